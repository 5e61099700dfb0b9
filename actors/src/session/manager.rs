//! Decides which computations this process takes part in, and knows how they go.

use super::entries::Entries;
use super::entry::{Entry, Life, News, Signatures, Wanted, unknown};
use super::lend::Desk;
use super::models::{Models, Stock};
use super::observe::Meters;
use super::seats::By;
use super::settle::Market;
use super::witness::Witness;
use super::worker::Principal;
use std::collections::BTreeSet;
use std::sync::Arc;
use troupe_config::SessionSettings;
use troupe_learning::common::Voices;
use troupe_learning::message::{Abandon, Accepted, Inquire, Prepare, Stage, Status};
use troupe_learning::workers::message::Ground;
use troupe_learning::{Plan, Task, task};
use troupe_market::duty::Say;
use troupe_mpc::{Deadlines, Party, Peer, Place, Program, Recall};
use troupe_runtime::{
    Actor, BulkEvent, Cancel, Cast, Contact, Conversation, Cx, Exit, Fault, Handle, Link, Origin,
    Queue, Reply, Told,
};
use troupe_types::{Bytes, Hash, NodeId, SessionId, UnixMillis};
use troupe_wire::{Seed, Text};

/// Bytes that may wait for a session's machine beyond what its program moves.
const SLACK: Bytes = Bytes::mib(4);

/// All sessions of this process.
pub(super) struct Sessions {
    pub(super) me: NodeId,
    settings: SessionSettings,
    pub(super) entries: Entries,
    /// Where a chain settles what is computed.
    pub(super) market: Option<Market>,
    /// The party that this process computes for, where that is another one.
    pub(super) principal: Option<Principal>,
    /// The workers of this party, where it has some.
    pub(super) desk: Option<Desk>,
    models: Models,
    /// Tasks on the chain for which a seat is being taken that an owner handed over.
    pub(super) taking: BTreeSet<u64>,
    pub(super) meters: Meters,
}

impl Sessions {
    pub(super) fn new(
        me: NodeId,
        settings: SessionSettings,
        (market, principal, desk): (Option<Market>, Option<Principal>, Option<Desk>),
        models: Models,
        meters: Meters,
    ) -> Self {
        meters.running.set(0);
        let (entries, taking) = (Entries::default(), BTreeSet::new());
        Self { me, settings, entries, market, principal, desk, models, taking, meters }
    }

    /// What was kept of a task on the chain.
    pub(super) fn recall(&self, number: u64) -> Option<&Recall> {
        let of_it = |entry: &&Entry| entry.number == number;
        self.entries.beside(None).filter(of_it).find_map(|entry| entry.recall.as_ref())
    }

    /// What is computed here, and holds slots and memory.
    pub(super) fn running(&self) -> impl Iterator<Item = SessionId> {
        self.entries.iter().filter(|(_, entry)| entry.is_here()).map(|(session, _)| session)
    }

    /// Slots and memory that nothing holds.
    pub(super) fn room(&self) -> (u32, Bytes) {
        self.room_beside(None)
    }

    /// The same where nothing is held by this task, which makes room for itself.
    fn room_beside(&self, task: Option<&Task>) -> (u32, Bytes) {
        let task = task.map(|task| (task.session, task.number));
        let here = self.entries.beside(task).filter(|entry| entry.is_here());
        let (running, held) = here.fold((0u32, 0u64), |(running, held), entry| {
            (running.saturating_add(1), held.saturating_add(entry.memory.0))
        });
        let left = Bytes(self.settings.memory.0.saturating_sub(held));
        (self.settings.max_sessions.saturating_sub(running), left)
    }

    /// Everything that must hold before a seat is taken; the error is for the receiver.
    pub(super) fn consider(
        &self,
        task: &Task,
        from: NodeId,
        now: UnixMillis,
    ) -> Result<Offer, String> {
        self.invited(task, from)?;
        let seat = task.party(self.me).and_then(|seat| task.parties.get(usize::from(seat)));
        match seat.and_then(|seat| seat.deputy.as_ref()) {
            None => self.consider_here(task, now).map(|seated| Offer::Here(Box::new(seated))),
            Some(deputy) => self.consider_lent(task, deputy).map(Offer::With),
        }
    }

    /// What can be known of an invitation at no cost: whoever sends it may be anybody.
    fn invited(&self, task: &Task, from: NodeId) -> Result<By, String> {
        let by = if task.receivers.first() == Some(&from) {
            By::Asker
        } else if self.market.is_some() && task.owner(from).is_some() {
            By::Owner
        } else {
            return Err("only the first receiver may prepare a session".to_owned());
        };
        self.known(task)?;
        task.party(self.me).map(|_| by).ok_or_else(|| "no seat is this node's".to_owned())
    }

    /// Whether it may still be computed, and that long.
    fn known(&self, task: &Task) -> Result<(), String> {
        if self.entries.of(task).is_some_and(|entry| !entry.may_give_way(task)) {
            return Err("this session is known already".to_owned());
        }
        let within = task.within.total();
        if within > self.settings.deadline {
            let (got, limit) = (within, self.settings.deadline);
            return Err(format!("a deadline of {got} exceeds {limit}"));
        }
        Ok(())
    }

    /// What a seat that this process has wants of it, and whether it has that.
    pub(super) fn consider_here(&self, task: &Task, now: UnixMillis) -> Result<Seated, String> {
        self.known(task)?;
        let (slots, left) = self.room_beside(Some(task));
        if slots == 0 {
            return Err(format!("all {} slots are taken", self.settings.max_sessions));
        }
        let index = task.computes_for(self.me).ok_or("no seat is this node's")?;
        let program = self::program(task)?;
        let memory = needed(&program, index);
        if memory > left {
            return Err(format!("a session of {memory} exceeds {left} that are left"));
        }
        let cast = Cast::new(task.parts()).map_err(|error| error.to_string())?;
        let others = self.entries.beside(Some((task.session, task.number)));
        let keeping = others.filter(|entry| entry.will_keep()).count();
        let stock = self.models.stock(task, keeping, now)?;
        Ok(Seated { index, program, cast, memory, stock })
    }

    pub(super) fn seat(
        &mut self,
        task: &Task,
        seated: Seated,
        is_settled: bool,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), String> {
        let hash = task.hash().map_err(|error| error.to_string())?;
        self.replace(task, hash, cx);
        match (Voices::new(task), is_settled) {
            (None, false) => self.start(task, seated, None, cx)?,
            (voices, is_settled) => self.wait(task, seated, voices, is_settled, cx)?,
        }
        self.meters.running.inc();
        Ok(())
    }

    /// The same task with other parties makes room.
    pub(super) fn replace(&mut self, task: &Task, hash: Hash, cx: &mut Cx<'_, Self>) {
        let Some(before) = self.entries.remove(task) else { return };
        match before.life {
            // It is the same to its worker.
            Life::Lent(_) if before.hash == hash => {}
            Life::Lent(lent) => lent.dismiss((task.session, before.hash), "others have it", cx),
            Life::Waiting(_) | Life::Running { .. } => {
                before.stop(cx);
                self.meters.running.dec();
            }
            Life::Over { .. } => {}
        }
    }

    /// Starts the machine: what it computes is known.
    pub(super) fn start(
        &mut self,
        task: &Task,
        seated: Seated,
        ground: Option<&Ground>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), String> {
        let (session, hash) = (task.session, task.hash().map_err(|error| error.to_string())?);
        let streams = task.streams().map_err(|error| error.to_string())?;
        let Seated { index, program, cast, memory, stock } = seated;
        let seed = Seed::new(cx.node().random("mpc party", 0).array());
        let deadlines = deadlines(&task.within);
        let place = Place { session, terms: hash };
        let shelf = stock.shelf.clone();
        let machine = Party::with_shelf(shelf, place, program, index, deadlines, &seed, cx.now());
        let mut machine = machine.map_err(|error| error.to_string())?;
        // Where it is settled, all three sign how it ends, and what they sent may be demanded.
        let mut recall = None;
        if let Some(ground) = ground {
            let kept = recall.insert(Recall::default()).clone();
            machine = machine.signing(Arc::new(Witness::new(ground))).recalling(kept);
        }
        self.introduce(task, cx);
        let (manager, clerk): (Link<News>, Link<Wanted>) = (cx.myself(), cx.myself());
        // The manager's queue has room for control messages unless it is lost anyway.
        let listener = move |event| match News::of((session, hash), index, event) {
            Ok(news) => _ = manager.tell(news),
            Err(wanted) => _ = clerk.tell(wanted),
        };
        let guests: Vec<NodeId> = cast.others(self.me).map(|(_, node)| node).collect();
        let child = Conversation::new(streams, self.me, cast, machine, memory, listener);
        let queue = Queue { messages: 4_096, bytes: Bytes::mib(16) };
        let spawned = cx.child(
            child,
            queue,
            Some(task.within.total()),
            move |sessions: &mut Self, exit, cx| {
                sessions.ended((session, hash), &exit, cx);
                Ok(())
            },
        );
        let door = cx.node().bulk().register(streams, guests, spawned.link::<BulkEvent>());
        let door = door.map_err(|why| {
            spawned.stop();
            format!("the session's streams: {why}")
        })?;
        let signed = spawned.link::<Told<Signatures>>();
        let life = Life::Running { cancel: spawned.link::<Cancel>(), signed, _door: door };
        let status = Status { stage: Stage::Inputs, ..unknown() };
        let receiver = task.receivers.first().copied().unwrap_or(self.me);
        let (number, round_began) = (task.number, None);
        let stock = Some(stock).filter(|stock| stock.keeps.is_some());
        let entry =
            Entry { receiver, number, hash, status, memory, life, recall, stock, round_began };
        self.entries.insert(session, entry);
        Ok(())
    }

    /// The parties must find each other; addresses come with the seats.
    fn introduce(&self, task: &Task, cx: &Cx<'_, Self>) {
        let others = task.parties.iter().filter(|seat| seat.process() != self.me);
        let contacts = others
            .map(|seat| Contact { id: seat.process(), address: seat.reached_at().to_owned() });
        if let Some(transport) = cx.node().transport() {
            transport.learn(contacts.collect());
        }
    }

    /// A task ended before it began: its seat is free.
    pub(super) fn release(
        &mut self,
        (session, hash): (SessionId, Hash),
        why: &str,
        cx: &mut Cx<'_, Self>,
    ) {
        let entry = self.entries.at_mut((session, hash));
        let Some(entry) = entry else { return };
        if matches!(entry.life, Life::Over { .. }) || entry.status.stage != Stage::Inputs {
            return;
        }
        if let Life::Lent(lent) = &entry.life {
            lent.dismiss((session, hash), why, cx);
        }
        if matches!(entry.life, Life::Waiting(_) | Life::Lent(_)) {
            // Nothing is said of it on the chain any more.
            entry.number = 0;
            self.disband((session, hash), why, cx);
            return;
        }
        tracing::info!(session = %session.short(), why, "session ended before it started");
        entry.stop(cx);
    }

    fn ended(&mut self, (session, hash): (SessionId, Hash), exit: &Exit, cx: &mut Cx<'_, Self>) {
        let now = cx.now().mono;
        let entry = self.entries.at_mut((session, hash));
        let Some(entry) = entry else { return };
        let is_told = matches!(entry.status.stage, Stage::Finished | Stage::Failed(_));
        if !is_told {
            let why = match exit {
                Exit::Stopped => "stopped".to_owned(),
                Exit::DeadlinePassed => "the deadline of the session passed".to_owned(),
                Exit::Panicked(_) => "the party crashed".to_owned(),
                Exit::Faulted(fault) => fault.to_string(),
            };
            entry.status.stage = Stage::Failed(Text::cut(&why));
        }
        (entry.life, entry.stock) = (Life::Over { since: now }, None);
        self.meters.running.dec();
        tracing::info!(session = %session.short(), stage = ?entry.status.stage, "session ended");
        if !is_told {
            let (number, recall) = (entry.number, entry.recall.clone());
            self.conclude(
                (session, hash),
                number,
                recall.as_ref(),
                Vec::new(),
                Say::GivesUp(None),
                cx,
            );
        }
        self.entries.forget(now);
        self.tell_room(cx);
    }
}

/// A seat that may be taken.
#[derive(Clone)]
pub(super) struct Seated {
    pub(super) index: u8,
    pub(super) program: Program,
    pub(super) cast: Cast<Peer>,
    pub(super) memory: Bytes,
    pub(super) stock: Stock,
}

/// Who computes what a seat is for.
pub(super) enum Offer {
    Here(Box<Seated>),
    /// This worker.
    With(NodeId),
}

/// What a session may hold: twice what it computes with, and what waits for it.
pub(super) fn needed(program: &Program, index: u8) -> Bytes {
    let memory = program.cost().memory[usize::from(index)];
    Bytes(memory.0.saturating_mul(2).saturating_add(SLACK.0))
}

/// What the parties run; where rows are matched, for as many as can be common.
pub(super) fn program(task: &Task) -> Result<Program, String> {
    let plan = Plan::new(task, task.most_matched()).map_err(|error| error.to_string())?;
    Ok(plan.program().clone())
}

/// A round may take as long as all of them: whoever waits for the one that is missing has then waited for longer than
/// those who wait for it in turn, so its verdict comes first.
const fn deadlines(within: &task::Deadlines) -> Deadlines {
    let task::Deadlines { inputs, computing, revealing } = *within;
    Deadlines { inputs, round: computing, reveal: revealing }
}

impl Actor for Sessions {
    const KIND: &'static str = "session";

    fn started(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        self.models.open(cx.now().wall)?;
        self.keep_enlisting(cx);
        Ok(())
    }
}

impl Handle<Prepare> for Sessions {
    fn handle(
        &mut self,
        Prepare(task): Prepare,
        reply: Reply<Prepare>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let session = task.session;
        let answer = move |outcome: Result<(), String>, cx: &mut Cx<'_, Self>| {
            let answer = match outcome {
                Ok(()) => Accepted::Yes,
                Err(reason) => Accepted::No(Text::cut(&reason)),
            };
            tracing::info!(session = %session.short(), ?answer, "seat offered");
            reply.send(answer, cx);
        };
        let from = match cx.origin() {
            Origin::Peer(peer) => Ok(peer.id),
            Origin::Local => Err("no receiver".to_owned()),
        };
        let from = match self.principal {
            Some(_) => Err("it computes what its party gives it".to_owned()),
            None => from,
        };
        // Where a chain settles it, nothing is worked out for what nobody has declared and paid for.
        let asked = from.and_then(|from| {
            let is_settled = self.is_settled(&task)?;
            Ok((is_settled, from, self.invited(&task, from)?))
        });
        match asked {
            Err(reason) => answer(Err(reason), cx),
            Ok((true, from, by)) => self.accept(task, (from, by), answer, cx),
            Ok((false, from, _)) => match self.consider(&task, from, cx.now().wall) {
                Err(reason) => answer(Err(reason), cx),
                Ok(offer) => {
                    self.take(task, offer, false, cx, |_, taken, cx| answer(taken, cx));
                }
            },
        }
        Ok(())
    }
}

impl Handle<Inquire> for Sessions {
    fn handle(
        &mut self,
        Inquire(session): Inquire,
        reply: Reply<Inquire>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let status = self.mine(session, cx).map_or_else(unknown, |entry| entry.status.clone());
        reply.send(status, cx);
        Ok(())
    }
}

impl Handle<Abandon> for Sessions {
    fn handle(
        &mut self,
        Abandon(session): Abandon,
        reply: Reply<Abandon>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let mine = self.mine(session, cx).map(|entry| (entry.hash, &entry.life));
        let cancel = match mine {
            Some((_, Life::Running { cancel, .. })) => Some(cancel.clone()),
            Some((hash, Life::Waiting(_))) => {
                self.disband((session, hash), "cancelled", cx);
                None
            }
            Some((_, Life::Lent(_) | Life::Over { .. })) | None => None,
        };
        if let Some(cancel) = cancel {
            // A child that is gone already needs no cancelling.
            let _ = cx.tell(&cancel, Cancel);
        }
        reply.send((), cx);
        Ok(())
    }
}

impl Sessions {
    /// The session, if the asker is its receiver.
    fn mine(&self, session: SessionId, cx: &Cx<'_, Self>) -> Option<&Entry> {
        let Origin::Peer(peer) = cx.origin() else { return None };
        self.entries.of_receiver(session, peer.id)
    }
}

impl Handle<News> for Sessions {
    fn handle(
        &mut self,
        news: News,
        _reply: Reply<News>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let now = cx.now().mono;
        let entry = self.entries.at_mut((news.session, news.hash));
        let Some(entry) = entry else { return Ok(()) };
        let (sent, received) = (news.traffic.sent, news.traffic.received);
        let before = &entry.status;
        self.meters
            .moved(sent.saturating_sub(before.sent.0), received.saturating_sub(before.received.0));
        if before.stage != news.stage {
            if let (Stage::Computing { .. }, Some(began)) = (&before.stage, entry.round_began) {
                self.meters.round_took(now.since(began));
            }
            entry.round_began = Some(now);
        }
        entry.status = Status {
            stage: news.stage,
            done: news.done,
            total: news.total,
            sent: Bytes(sent),
            received: Bytes(received),
        };
        let number = entry.number;
        if let Some(say) = news.say {
            let recall = entry.recall.clone();
            // It is on the disk before anybody is told that this party is done.
            let stock = entry.stock.take().filter(|_| matches!(say, Say::Done(_)));
            let left = stock.map(|stock| stock.left(news.session, cx.now().wall));
            for (file, bytes) in left.unwrap_or_default() {
                cx.persist(file, bytes);
            }
            self.conclude((news.session, news.hash), number, recall.as_ref(), news.held, say, cx);
        }
        Ok(())
    }
}
