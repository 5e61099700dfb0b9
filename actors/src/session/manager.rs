//! Decides which computations this process takes part in, and knows how they go.

use super::entry::{Entry, Life, News, unknown};
use super::observe::Meters;
use std::collections::BTreeMap;
use troupe_config::SessionSettings;
use troupe_mpc::agreement::Agreement;
use troupe_mpc::message::{Abandon, Accepted, Inquire, Prepare, Stage};
use troupe_mpc::{Deadlines, Party, Peer, Place, Program};
use troupe_runtime::{
    Actor, BulkEvent, Cancel, Cast, Contact, Conversation, Cx, Exit, Fault, Handle, Link, Origin,
    Queue, Reply,
};
use troupe_types::{Bytes, Millis, NodeId, SessionId};
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
    entries: BTreeMap<SessionId, Entry>,
    meters: Meters,
}

impl Sessions {
    pub(super) fn new(me: NodeId, settings: SessionSettings, meters: Meters) -> Self {
        meters.running.set(0);
        Self { me, settings, entries: BTreeMap::new(), meters }
    }

    fn running(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values().filter(|entry| matches!(entry.life, Life::Running { .. }))
    }

    /// Everything that must hold before a seat is taken; the error is for the receiver.
    fn consider(&self, agreement: &Agreement, from: &Origin) -> Result<Seated, String> {
        let Origin::Peer(peer) = from else { return Err("no receiver".to_owned()) };
        if peer.id != agreement.receiver {
            return Err("only the receiver may prepare a session".to_owned());
        }
        if self.entries.contains_key(&agreement.session) {
            return Err("this session is known already".to_owned());
        }
        if agreement.within > self.settings.deadline {
            let (got, limit) = (agreement.within, self.settings.deadline);
            return Err(format!("a deadline of {got} exceeds {limit}"));
        }
        let most = usize::try_from(self.settings.max_sessions).unwrap_or(usize::MAX);
        if self.running().count() >= most {
            return Err(format!("all {most} slots are taken"));
        }
        let index = agreement.party(self.me).ok_or("no seat is this node's")?;
        let program = agreement.program().map_err(|error| error.to_string())?;
        let held: u64 = self.running().map(|entry| entry.memory.0).sum();
        let memory = program.cost().memory[usize::from(index)];
        let memory = Bytes(memory.0.saturating_mul(2).saturating_add(SLACK.0));
        let left = Bytes(self.settings.memory.0.saturating_sub(held));
        if memory > left {
            return Err(format!("a session of {memory} exceeds {left} that are left"));
        }
        let cast = Cast::new(agreement.parts()).map_err(|error| error.to_string())?;
        Ok(Seated { index, program, cast, memory })
    }

    fn seat(
        &mut self,
        agreement: &Agreement,
        seated: Seated,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), String> {
        let session = agreement.session;
        let Seated { index, program, cast, memory } = seated;
        let seed = Seed::new(cx.node().random("mpc party", 0).array());
        let deadlines = deadlines(agreement.within);
        let place = Place { session, terms: agreement.hash() };
        let machine = Party::new(place, program, index, deadlines, &seed, cx.now())
            .map_err(|error| error.to_string())?;
        self.introduce(agreement, cx);
        let manager: Link<News> = cx.myself();
        let listener = move |event| {
            // The manager's queue has room for control messages unless it is lost anyway.
            let _ = manager.tell(News::of(session, event));
        };
        let guests: Vec<NodeId> = cast.others(self.me).map(|(_, node)| node).collect();
        let child = Conversation::new(session, self.me, cast, machine, memory, listener);
        let queue = Queue { messages: 4_096, bytes: Bytes::mib(16) };
        let spawned =
            cx.child(child, queue, Some(agreement.within), move |sessions: &mut Self, exit, cx| {
                sessions.ended(session, &exit, cx);
                Ok(())
            });
        let door = cx.node().bulk().register(session, guests, spawned.link::<BulkEvent>());
        let door = door.map_err(|why| {
            spawned.stop();
            format!("the session's streams: {why}")
        })?;
        let life = Life::Running { cancel: spawned.link::<Cancel>(), _door: door };
        let status = troupe_mpc::message::Status { stage: Stage::Inputs, ..unknown() };
        let receiver = agreement.receiver;
        self.entries.insert(session, Entry { receiver, status, memory, life, round_began: None });
        self.meters.running.inc();
        Ok(())
    }

    /// The parties must find each other; addresses come with the seats.
    fn introduce(&self, agreement: &Agreement, cx: &Cx<'_, Self>) {
        let others = agreement.parties.iter().filter(|seat| seat.id != self.me);
        let contacts =
            others.map(|seat| Contact { id: seat.id, address: seat.address.to_string() });
        if let Some(transport) = cx.node().transport() {
            transport.learn(contacts.collect());
        }
    }

    fn ended(&mut self, session: SessionId, exit: &Exit, cx: &Cx<'_, Self>) {
        let now = cx.now().mono;
        let Some(entry) = self.entries.get_mut(&session) else { return };
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
        self.forget(now);
    }

    fn forget(&mut self, now: Millis) {
        let is_old = |entry: &Entry| match entry.life {
            Life::Over { since } => since.plus(MEMORY_OF_ENDS) < now,
            Life::Running { .. } => false,
        };
        self.entries.retain(|_, entry| !is_old(entry));
        let mut ends: Vec<(Millis, SessionId)> = self
            .entries
            .iter()
            .filter_map(|(session, entry)| match entry.life {
                Life::Over { since } => Some((since, *session)),
                Life::Running { .. } => None,
            })
            .collect();
        ends.sort_unstable();
        for (_, session) in ends.iter().take(ends.len().saturating_sub(MOST_ENDS)) {
            self.entries.remove(session);
        }
    }
}

/// A seat that may be taken.
struct Seated {
    index: u8,
    program: Program,
    cast: Cast<Peer>,
    memory: Bytes,
}

/// Every phase gets the same share of the whole time. Whoever waits for the one that is missing has
/// then waited for longer than those who wait for it in turn, so its verdict comes first.
fn deadlines(within: Millis) -> Deadlines {
    let phase = Millis(within.0 / 5 * 2);
    Deadlines { inputs: phase, round: phase, reveal: phase }
}

impl Actor for Sessions {
    const KIND: &'static str = "session";
}

impl Handle<Prepare> for Sessions {
    fn handle(
        &mut self,
        Prepare(agreement): Prepare,
        reply: Reply<Prepare>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let considered = self.consider(&agreement, cx.origin());
        let answer = match considered.and_then(|seated| self.seat(&agreement, seated, cx)) {
            Ok(()) => Accepted::Yes,
            Err(reason) => Accepted::No(Text::cut(&reason)),
        };
        tracing::info!(session = %agreement.session.short(), ?answer, "seat offered");
        reply.send(answer, cx);
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
        let cancel = match self.mine(session, cx).map(|entry| &entry.life) {
            Some(Life::Running { cancel, .. }) => Some(cancel.clone()),
            Some(Life::Over { .. }) | None => None,
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
        let Some(entry) = self.entries.get_mut(&news.session) else { return Ok(()) };
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
        entry.status = troupe_mpc::message::Status {
            stage: news.stage,
            done: news.done,
            total: news.total,
            sent: Bytes(sent),
            received: Bytes(received),
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whoever_waits_in_the_first_phase_and_in_the_last_is_told_before_the_session_ends(within in 0u64..1 << 40) {
            let Deadlines { inputs, round, reveal } = deadlines(Millis(within));
            prop_assert!(inputs.0 + reveal.0 <= within);
            prop_assert_eq!((inputs, round), (round, reveal));
        }
    }
}
