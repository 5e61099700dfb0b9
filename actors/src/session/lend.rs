//! Seats of this party that its workers compute. The party takes the seat, says when it begins, signs, and answers for it on the
//! chain; the worker has the machine.

use super::entry::{Entry, Life, unknown};
use super::manager::{Sessions, needed, program};
use super::seats::{By, can_begin, check};
use super::settle::answered;
use crate::scheduler::{Gone, Lease};
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_crypto::ed25519::Sign;
use troupe_learning::Task;
use troupe_learning::message::{Accepted, Reserve, Reserved, Stage, Status};
use troupe_learning::task::Deputy;
use troupe_learning::workers::message::{
    Assign, Begin, Countersign, Countersigned, Dismiss, Ground, Note, Word,
};
use troupe_learning::workers::{Answer, Place, Want};
use troupe_market::message::{Decide, Decision, Sign as Wish};
use troupe_runtime::{Actor, Contact, Cx, Fault, Handle, Link, Origin, Reply};
use troupe_types::{Bytes, Hash, Millis, NodeId, SessionId};
use troupe_wire::{List, Text};

/// How long it is remembered which worker a session was given to that does not come.
const MEMORY: Millis = Millis::secs(120);
/// How many of those are remembered.
const MOST: usize = 1_024;

/// Where places at workers come from, and who signs for them.
pub(super) struct Desk {
    want: Link<Lease>,
    key: Arc<dyn Sign>,
    /// The workers that sessions were given to, and when.
    reserved: BTreeMap<SessionId, (NodeId, Millis)>,
}

/// A seat that a worker has.
pub(super) struct Lent {
    worker: NodeId,
    task: Task,
    has_begun: bool,
}

impl Desk {
    pub(super) const fn new(want: Link<Lease>, key: Arc<dyn Sign>) -> Self {
        Self { want, key, reserved: BTreeMap::new() }
    }

    fn remember(&mut self, session: SessionId, worker: NodeId, now: Millis) {
        self.reserved.retain(|_, (_, since)| since.plus(MEMORY) > now);
        if self.reserved.len() >= MOST {
            // Whoever comes after so many asks again.
            self.reserved.pop_first();
        }
        self.reserved.insert(session, (worker, now));
    }
}

impl Lent {
    pub(super) const fn has_begun(&self) -> bool {
        self.has_begun
    }

    pub(super) const fn task(&self) -> &Task {
        &self.task
    }

    /// The worker need not go on.
    pub(super) fn dismiss<A: Actor>(
        &self,
        (session, hash): (SessionId, Hash),
        why: &str,
        cx: &mut Cx<'_, A>,
    ) {
        let dismiss = Dismiss { session, hash, why: Text::cut(why) };
        if let Ok(link) = cx.node().remote::<Dismiss>(self.worker) {
            // One that does not hear it ends by the session's deadline.
            cx.ask(&link, dismiss, |_, _, _| Ok(()));
        }
    }
}

impl Sessions {
    /// Whether this worker was given the session.
    pub(super) fn consider_lent(&self, task: &Task, deputy: &Deputy) -> Result<NodeId, String> {
        task.check().map_err(|unfit| unfit.to_string())?;
        let given = self.desk.as_ref().and_then(|desk| desk.reserved.get(&task.session));
        match given {
            Some((worker, _)) if *worker == deputy.id => Ok(*worker),
            _ if self.has_lent(task, deputy) => Ok(deputy.id),
            _ => Err("no place is kept for it".to_owned()),
        }
    }

    /// Has a worker take the seat.
    pub(super) fn lend(
        &mut self,
        task: Task,
        worker: NodeId,
        cx: &mut Cx<'_, Self>,
        then: impl FnOnce(&mut Self, Result<(), String>, &mut Cx<'_, Self>) + 'static,
    ) {
        let (link, hash) = match (cx.node().remote::<Assign>(worker), task.hash()) {
            (Ok(link), Ok(hash)) => (link, hash),
            (Err(why), _) => return then(self, Err(why.to_string()), cx),
            (_, Err(why)) => return then(self, Err(why.to_string()), cx),
        };
        cx.ask(&link, Assign(task.clone()), move |sessions, answer, cx| {
            let taken = match answer {
                Ok(Accepted::Yes) => {
                    sessions.lent(task, worker, hash, cx);
                    Ok(())
                }
                Ok(Accepted::No(reason)) => Err(reason.to_string()),
                Err(why) => Err(format!("its worker: {why}")),
            };
            then(sessions, taken, cx);
            Ok(())
        });
    }

    fn lent(&mut self, task: Task, worker: NodeId, hash: Hash, cx: &mut Cx<'_, Self>) {
        let (session, number) = (task.session, task.number);
        let lent = Lent { worker, task, has_begun: number == 0 };
        if !can_begin(&lent.task) && self.has_taken(&lent.task, By::Owner) {
            // Whoever asks for it has said more meanwhile.
            return lent.dismiss((session, hash), "it is computed as was said later", cx);
        }
        self.replace(&lent.task, hash, cx);
        if let Some(desk) = &mut self.desk {
            desk.reserved.remove(&session);
        }
        tracing::info!(session = %session.short(), worker = %worker.short(), "a worker has the seat");
        let receiver = lent.task.receivers.first().copied().unwrap_or_default();
        let within = lent.task.within.total();
        // Without a chain there is nothing that it begins with, and nothing to say at its end.
        let life = Life::Lent(Box::new(lent));
        let status = Status { stage: Stage::Inputs, ..unknown() };
        let (memory, recall, round_began) = (Bytes::ZERO, None, None);
        let stock = None;
        let entry =
            Entry { receiver, number, hash, status, memory, life, recall, stock, round_began };
        self.entries.insert(session, entry);
        if number == 0 {
            self.retire((session, hash), within, cx);
        }
    }

    /// Whatever a worker says: after its time a session is over.
    fn retire(&self, place: (SessionId, Hash), within: Millis, cx: &mut Cx<'_, Self>) {
        let late = within.plus(Millis::secs(30));
        cx.after(late, move |sessions, cx| {
            if sessions.lent_to(place).is_some() {
                sessions.disband(place, "its worker said nothing of it in time", cx);
            }
            Ok(())
        });
    }

    fn lent_to(&mut self, (session, hash): (SessionId, Hash)) -> Option<&mut Lent> {
        let entry = self.entries.at_mut((session, hash))?;
        match &mut entry.life {
            Life::Lent(lent) => Some(lent),
            Life::Waiting(_) | Life::Running { .. } | Life::Over { .. } => None,
        }
    }

    /// Tells the worker that the chain lets its session begin.
    pub(super) fn pass_on(
        &mut self,
        place: (SessionId, Hash),
        ground: Ground,
        cx: &mut Cx<'_, Self>,
    ) {
        let Some(lent) = self.lent_to(place) else { return };
        lent.has_begun = true;
        let (worker, within) = (lent.worker, lent.task.within.total());
        self.retire(place, within, cx);
        let Ok(link) = cx.node().remote::<Begin>(worker) else { return };
        let (session, hash) = place;
        let begin = Begin { session, hash, ground };
        cx.ask(&link, begin, move |sessions: &mut Self, answer, cx| {
            let why = match answer {
                Ok(Accepted::Yes) => return Ok(()),
                Ok(Accepted::No(why)) => why.to_string(),
                Err(why) => format!("its worker: {why}"),
            };
            sessions.disband(place, &why, cx);
            Ok(())
        });
    }

    /// The session of a number on the chain that a worker tells of, if it is that worker's.
    fn told_by(&mut self, place: (SessionId, Hash), origin: &Origin) -> Option<u64> {
        let Origin::Peer(peer) = origin else { return None };
        let from = peer.id;
        self.lent_to(place).filter(|lent| lent.worker == from)?;
        self.entries.at(place).map(|entry| entry.number)
    }
}

/// What the market is to know of what a worker says.
fn decision(word: Word) -> Decision {
    match word {
        Word::Sent { to, round, message } => {
            Decision::Sent { to, round, message: message.into_inner() }
        }
        Word::Missing { of, round } => Decision::Missing { of, round },
        Word::Holds(held) => Decision::Holds(held.into_inner()),
        Word::Said(say) => Decision::Say(say),
    }
}

impl Handle<Reserve> for Sessions {
    fn handle(
        &mut self,
        Reserve(task): Reserve,
        reply: Reply<Reserve>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let no = |why: &str| Reserved::No(Text::cut(why));
        let is_from_receiver = match cx.origin() {
            Origin::Peer(peer) => task.receivers.first() == Some(&peer.id),
            Origin::Local => false,
        };
        if !is_from_receiver {
            reply.send(no("only the first receiver may reserve a place"), cx);
            return Ok(());
        }
        let Some(seat) = task.party(self.me).filter(|_| self.principal.is_none()) else {
            reply.send(no("no seat is this node's"), cx);
            return Ok(());
        };
        // What stays, stays with the party itself.
        if self.desk.is_none() || super::models::concerns(&task) {
            reply.send(Reserved::Here, cx);
            return Ok(());
        }
        let told = |_: &mut Self, reserved, cx: &mut Cx<'_, Self>| reply.send(reserved, cx);
        match self.is_settled(&task) {
            Err(why) => told(self, no(&why), cx),
            Ok(false) => self.place(task, seat, cx, told),
            Ok(true) => {
                self.seen_electing(task.number, cx, move |sessions, seen, cx| {
                    if let Err(why) = seen.and_then(|seen| check(&task, &seen, By::Asker)) {
                        return told(sessions, no(&why), cx);
                    }
                    match sessions.reserved(&task) {
                        Some(reserved) => told(sessions, reserved, cx),
                        None => sessions.place(task, seat, cx, told),
                    }
                });
            }
        }
        Ok(())
    }
}

impl Sessions {
    /// Finds a worker for a session, and appoints it.
    pub(super) fn place(
        &mut self,
        task: Task,
        seat: u8,
        cx: &mut Cx<'_, Self>,
        then: impl FnOnce(&mut Self, Reserved, &mut Cx<'_, Self>) + 'static,
    ) {
        let Some(desk) = &self.desk else { return then(self, Reserved::Here, cx) };
        let want = match program(&task) {
            Ok(program) => Want { session: task.session, memory: needed(&program, seat) },
            Err(why) => return then(self, Reserved::No(Text::cut(&why)), cx),
        };
        cx.ask(&desk.want.clone(), Lease(want), move |sessions: &mut Self, answer, cx| {
            let answer = match answer {
                Ok(Answer::At(place)) => sessions.appoint(&task, place, cx),
                Ok(Answer::Nobody) => Reserved::Here,
                Ok(Answer::Busy) => Reserved::No(Text::cut("all its workers are busy")),
                Err(why) => Reserved::No(Text::cut(&why.to_string())),
            };
            then(sessions, answer, cx);
            Ok(())
        });
    }

    fn appoint(&mut self, task: &Task, place: Place, cx: &Cx<'_, Self>) -> Reserved {
        let Place { worker, address } = place;
        let Some(desk) = &mut self.desk else { return Reserved::Here };
        let contact = Contact { id: worker, address: address.to_string() };
        let terms = task.terms().map_err(|error| error.to_string());
        let appointed = terms.and_then(|terms| {
            let appointed = Deputy::appoint(terms, (worker, address), &*desk.key);
            appointed.map_err(|error| error.to_string())
        });
        match appointed {
            Ok(deputy) => {
                desk.remember(task.session, worker, cx.now().mono);
                if let Some(transport) = cx.node().transport() {
                    transport.learn(vec![contact]);
                }
                Reserved::By(deputy)
            }
            Err(why) => Reserved::No(Text::cut(&why)),
        }
    }
}

impl Handle<Countersign> for Sessions {
    fn handle(
        &mut self,
        asked: Countersign,
        reply: Reply<Countersign>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let Countersign { session, hash, statements } = asked;
        let origin = cx.origin();
        let number = self.told_by((session, hash), origin).filter(|number| *number != 0);
        let Some((number, market)) = number.zip(self.market.as_ref()) else {
            reply.send(Countersigned::No(Text::cut("it computes nothing of that kind here")), cx);
            return Ok(());
        };
        let wish = Wish { task: number, statements: statements.into_inner() };
        cx.ask(&market.sign.clone(), wish, move |_: &mut Self, answer, cx| {
            let signed = answered(answer)
                .and_then(|signed| List::new(signed).map_err(|error| error.to_string()));
            let answer = match signed {
                Ok(signed) => Countersigned::Yes(signed),
                Err(why) => Countersigned::No(Text::cut(&why)),
            };
            reply.send(answer, cx);
            Ok(())
        });
        Ok(())
    }
}

impl Handle<Note> for Sessions {
    fn handle(
        &mut self,
        note: Note,
        reply: Reply<Note>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let Note { session, hash, word } = note;
        let origin = cx.origin();
        let Some(number) = self.told_by((session, hash), origin) else {
            // Nothing that it says of it changes anything any more.
            reply.send(true, cx);
            return Ok(());
        };
        if matches!(word, Word::Said(_))
            && let Some(entry) = self.entries.at_mut((session, hash))
        {
            let now = cx.now().mono;
            entry.life = Life::Over { since: now };
            self.entries.forget(now);
        }
        let Some(market) = self.market.as_ref().filter(|_| number != 0) else {
            reply.send(true, cx);
            return Ok(());
        };
        let decide = Decide { task: number, decision: decision(word) };
        cx.ask(&market.decide.clone(), decide, move |_: &mut Self, kept, cx| {
            if let Err(why) = answered(kept) {
                tracing::error!(task = number, why, "what came of a task was not kept");
            }
            reply.send(true, cx);
            Ok(())
        });
        Ok(())
    }
}

impl Handle<Gone> for Sessions {
    fn handle(
        &mut self,
        Gone(workers): Gone,
        _reply: Reply<Gone>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let is_lost = |entry: &Entry| match &entry.life {
            Life::Lent(lent) => workers.contains(&lent.worker),
            Life::Waiting(_) | Life::Running { .. } | Life::Over { .. } => false,
        };
        let lost = self.entries.iter().filter(|(_, entry)| is_lost(entry));
        let lost: Vec<_> = lost.map(|(session, entry)| (session, entry.hash)).collect();
        for place in lost {
            self.disband(place, "its worker is gone", cx);
        }
        Ok(())
    }
}
