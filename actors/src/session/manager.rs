//! Decides which computations this process takes part in, and knows how they go.

use super::entry::{Entry, Life, News, unknown};
use super::observe::Meters;
use super::settle::Market;
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_config::SessionSettings;
use troupe_learning::common::Voices;
use troupe_learning::message::{Abandon, Accepted, Inquire, Prepare, Stage, Status};
use troupe_learning::{Plan, Task, task};
use troupe_market::duty::Say;
use troupe_market::message::Seen;
use troupe_mpc::{Deadlines, Party, Peer, Place, Program, Recall};
use troupe_runtime::{
    Actor, BulkEvent, Cancel, Cast, Contact, Conversation, Cx, Exit, Fault, Handle, Link, Origin,
    Queue, Reply,
};
use troupe_types::{Bytes, Hash, Millis, NodeId, SessionId};
use troupe_wire::{Seed, Text};

/// How long the end of a session can be asked for.
const MEMORY_OF_ENDS: Millis = Millis::secs(600);
/// How many ends are remembered.
const MOST_ENDS: usize = 1_024;
/// Bytes that may wait for a session's machine beyond what its program moves.
const SLACK: Bytes = Bytes::mib(4);

/// All sessions of this process.
pub(super) struct Sessions {
    me: NodeId,
    settings: SessionSettings,
    pub(super) entries: BTreeMap<SessionId, Entry>,
    /// Where a chain settles what is computed.
    pub(super) market: Option<Market>,
    pub(super) meters: Meters,
}

impl Sessions {
    pub(super) fn new(
        me: NodeId,
        settings: SessionSettings,
        market: Option<Market>,
        meters: Meters,
    ) -> Self {
        meters.running.set(0);
        Self { me, settings, entries: BTreeMap::new(), market, meters }
    }

    /// What was kept of a task on the chain.
    pub(super) fn recall(&self, number: u64) -> Option<&Recall> {
        let of_it = |entry: &&Entry| entry.number == number;
        self.entries.values().filter(of_it).find_map(|entry| entry.recall.as_ref())
    }

    fn running(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values().filter(|entry| !matches!(entry.life, Life::Over { .. }))
    }

    /// Everything that must hold before a seat is taken; the error is for the receiver.
    pub(super) fn consider(&self, task: &Task, from: NodeId) -> Result<Seated, String> {
        if task.receivers.first() != Some(&from) {
            return Err("only the first receiver may prepare a session".to_owned());
        }
        if self.entries.get(&task.session).is_some_and(|entry| !entry.may_give_way(task)) {
            return Err("this session is known already".to_owned());
        }
        let within = task.within.total();
        if within > self.settings.deadline {
            let (got, limit) = (within, self.settings.deadline);
            return Err(format!("a deadline of {got} exceeds {limit}"));
        }
        let most = usize::try_from(self.settings.max_sessions).unwrap_or(usize::MAX);
        if self.running().count() >= most {
            return Err(format!("all {most} slots are taken"));
        }
        let index = task.party(self.me).ok_or("no seat is this node's")?;
        let program = self::program(task)?;
        let held: u64 = self.running().map(|entry| entry.memory.0).sum();
        let memory = program.cost().memory[usize::from(index)];
        let memory = Bytes(memory.0.saturating_mul(2).saturating_add(SLACK.0));
        let left = Bytes(self.settings.memory.0.saturating_sub(held));
        if memory > left {
            return Err(format!("a session of {memory} exceeds {left} that are left"));
        }
        let cast = Cast::new(task.parts()).map_err(|error| error.to_string())?;
        Ok(Seated { index, program, cast, memory })
    }

    pub(super) fn seat(
        &mut self,
        task: &Task,
        seated: Seated,
        seen: Option<&Seen>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), String> {
        if let Some(before) = self.entries.remove(&task.session) {
            before.stop(cx);
            self.meters.running.dec();
        }
        match Voices::new(task) {
            None => self.start(task, seated, seen, cx)?,
            Some(voices) => self.wait(task, seated, seen, voices, cx)?,
        }
        self.meters.running.inc();
        Ok(())
    }

    /// Starts the machine: what it computes is known.
    pub(super) fn start(
        &mut self,
        task: &Task,
        seated: Seated,
        seen: Option<&Seen>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), String> {
        let (session, hash) = (task.session, task.hash().map_err(|error| error.to_string())?);
        let streams = task.streams().map_err(|error| error.to_string())?;
        let Seated { index, program, cast, memory } = seated;
        let seed = Seed::new(cx.node().random("mpc party", 0).array());
        let deadlines = deadlines(&task.within);
        let place = Place { session, terms: hash };
        let mut machine = Party::new(place, program, index, deadlines, &seed, cx.now())
            .map_err(|error| error.to_string())?;
        // Where it is settled, all three sign how it ends, and what they sent may be demanded.
        let mut recall = None;
        if let Some((seen, market)) = seen.zip(self.market.as_ref()) {
            let kept = recall.insert(Recall::default()).clone();
            machine = machine.signing(Arc::new(market.witness(seen, index))).recalling(kept);
        }
        self.introduce(task, cx);
        let manager: Link<News> = cx.myself();
        let listener = move |event| {
            // The manager's queue has room for control messages unless it is lost anyway.
            let _ = manager.tell(News::of((session, hash), index, event));
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
        let life = Life::Running { cancel: spawned.link::<Cancel>(), _door: door };
        let status = Status { stage: Stage::Inputs, ..unknown() };
        let receiver = task.receivers.first().copied().unwrap_or(self.me);
        let (number, round_began) = (task.number, None);
        let entry = Entry { receiver, number, hash, status, memory, life, recall, round_began };
        self.entries.insert(session, entry);
        Ok(())
    }

    /// The parties must find each other; addresses come with the seats.
    fn introduce(&self, task: &Task, cx: &Cx<'_, Self>) {
        let others = task.parties.iter().filter(|seat| seat.id != self.me);
        let contacts =
            others.map(|seat| Contact { id: seat.id, address: seat.address.to_string() });
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
        let entry = self.entries.get_mut(&session).filter(|entry| entry.hash == hash);
        let Some(entry) = entry else { return };
        if matches!(entry.life, Life::Over { .. }) || entry.status.stage != Stage::Inputs {
            return;
        }
        if matches!(entry.life, Life::Waiting(_)) {
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
        let entry = self.entries.get_mut(&session).filter(|entry| entry.hash == hash);
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
        entry.life = Life::Over { since: now };
        self.meters.running.dec();
        tracing::info!(session = %session.short(), stage = ?entry.status.stage, "session ended");
        if !is_told {
            let (number, recall) = (entry.number, entry.recall.clone());
            self.conclude(number, recall.as_ref(), Vec::new(), Say::GivesUp(None), cx);
        }
        self.forget(now);
    }

    pub(super) fn forget(&mut self, now: Millis) {
        let is_old = |entry: &Entry| match entry.life {
            Life::Over { since } => since.plus(MEMORY_OF_ENDS) < now,
            Life::Waiting(_) | Life::Running { .. } => false,
        };
        self.entries.retain(|_, entry| !is_old(entry));
        let mut ends: Vec<(Millis, SessionId)> = self
            .entries
            .iter()
            .filter_map(|(session, entry)| match entry.life {
                Life::Over { since } => Some((since, *session)),
                Life::Waiting(_) | Life::Running { .. } => None,
            })
            .collect();
        ends.sort_unstable();
        for (_, session) in ends.iter().take(ends.len().saturating_sub(MOST_ENDS)) {
            self.entries.remove(session);
        }
    }
}

/// A seat that may be taken.
pub(super) struct Seated {
    pub(super) index: u8,
    pub(super) program: Program,
    pub(super) cast: Cast<Peer>,
    pub(super) memory: Bytes,
}

/// What the parties run; where rows are matched, for as many as can be common.
fn program(task: &Task) -> Result<Program, String> {
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
        // What can be known without asking the chain is known first.
        let considered = from.and_then(|from| {
            let is_settled = self.is_settled(&task)?;
            Ok((from, is_settled, self.consider(&task, from)?))
        });
        match considered {
            Err(reason) => answer(Err(reason), cx),
            Ok((_, false, seated)) => {
                let outcome = self.seat(&task, seated, None, cx);
                answer(outcome, cx);
            }
            Ok((from, true, _)) => self.accept(task, from, answer, cx),
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
            Some((_, Life::Over { .. })) | None => None,
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
        self.entries.get(&session).filter(|entry| entry.receiver == peer.id)
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
        let entry = self.entries.get_mut(&news.session).filter(|entry| entry.hash == news.hash);
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
            self.conclude(number, recall.as_ref(), news.held, say, cx);
        }
        Ok(())
    }
}
