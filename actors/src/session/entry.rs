//! What a compute party remembers of a session.

use super::lend::Lent;
use super::matched::Waiting;
use super::models::Stock;
use super::witness;
use troupe_learning::Task;
use troupe_learning::message::{Stage, Status};
use troupe_market::duty::Say;
use troupe_market::statement::Held;
use troupe_market::task::Posting;
use troupe_mpc::{Ending, Error, OwnClaims, OwnSignatures, Peer, Phase, Progress, Recall};
use troupe_runtime::{Actor, Cancel, Cx, Event, Link, Registration, Told, Traffic};
use troupe_types::{Bytes, Hash, Millis, NodeId, SessionId};
use troupe_wire::{Lane, Message, Text};

/// A session, running or over.
pub(super) struct Entry {
    pub(super) receiver: NodeId,
    /// The task's number on the chain; 0 where it is on none.
    pub(super) number: u64,
    /// The hash of the task.
    pub(super) hash: Hash,
    pub(super) status: Status,
    pub(super) memory: Bytes,
    pub(super) life: Life,
    /// What it sent last and did not hear, where that may be demanded.
    pub(super) recall: Option<Recall>,
    /// What is to stay when it ends well.
    pub(super) stock: Option<Stock>,
    /// When the running round began, for its time.
    pub(super) round_began: Option<Millis>,
}

/// Whether it still runs.
pub(super) enum Life {
    /// The chain does not say yet that it may begin, or the owners not how many rows they have in common.
    Waiting(Box<Waiting>),
    /// One of this party's workers computes it.
    Lent(Box<Lent>),
    Running {
        cancel: Link<Cancel>,
        /// Where signatures go.
        signed: Link<Told<Signatures>>,
        /// Lets the others' streams in for as long as it is held.
        _door: Registration,
    },
    Over {
        since: Millis,
    },
}

impl Entry {
    /// Whether the same task with other parties may take its place: the chain may elect others until it lets all begin.
    pub(super) fn may_give_way(&self, task: &Task) -> bool {
        let is_early = match &self.life {
            Life::Waiting(waiting) => !waiting.has_begun(),
            Life::Lent(lent) => !lent.has_begun(),
            Life::Running { .. } | Life::Over { .. } => false,
        };
        self.number != 0 && self.number == task.number && is_early
    }

    /// Whether it is computed here, and holds a slot and memory.
    pub(super) const fn is_here(&self) -> bool {
        matches!(self.life, Life::Waiting(_) | Life::Running { .. })
    }

    /// Whether a model is to stay when it ends well.
    pub(super) fn will_keep(&self) -> bool {
        match &self.life {
            Life::Waiting(waiting) => waiting.will_keep(),
            Life::Lent(_) | Life::Running { .. } | Life::Over { .. } => self.stock.is_some(),
        }
    }

    /// Ends the running child; its end is not told any more.
    pub(super) fn stop<A: Actor>(&self, cx: &mut Cx<'_, A>) {
        if let Life::Running { cancel, .. } = &self.life {
            // A child that is gone already needs no cancelling.
            let _ = cx.tell(cancel, Cancel);
        }
    }
}

/// What a machine is told of the signatures that it wants: these, or that there are none.
pub(super) type Signatures = Option<Box<OwnSignatures>>;

/// Sent by a session's child to its manager: it goes on when this is signed.
pub(super) struct Wanted {
    pub(super) session: SessionId,
    /// The hash of the task.
    pub(super) hash: Hash,
    pub(super) claims: Box<OwnClaims>,
}

impl Message for Wanted {
    type Reply = ();
    const NAME: &'static str = "wanted";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::secs(60);
}

/// Sent by a session's child to its manager when something changes.
pub(super) struct News {
    pub(super) session: SessionId,
    /// The hash of the task.
    pub(super) hash: Hash,
    /// At the end, what others signed of it.
    pub(super) held: Vec<Held>,
    /// At the end, what is said of it on a chain.
    pub(super) say: Option<Say>,
    pub(super) stage: Stage,
    pub(super) done: u64,
    pub(super) total: u64,
    pub(super) traffic: Traffic,
}

impl Message for News {
    type Reply = ();
    const NAME: &'static str = "news";
    const LANE: Lane = Lane::Control;
    const DEADLINE: Millis = Millis::secs(600);
}

impl News {
    /// What the manager hears of an event: news, or what is wanted of it.
    pub(super) fn of(
        (session, hash): (SessionId, Hash),
        seat: u8,
        event: Event<Progress, Ending, Error, Box<OwnClaims>>,
    ) -> Result<Self, Wanted> {
        Ok(match event {
            Event::Asks(claims) => return Err(Wanted { session, hash, claims }),
            Event::News { news: Progress { phase, done, total }, traffic } => {
                let (stage, held, say) = (stage(phase), Vec::new(), None);
                Self { session, hash, held, say, stage, done, total, traffic }
            }
            Event::Ended { outcome, traffic } => {
                let signed = outcome.as_ref().ok().and_then(|ending| ending.signed.as_ref());
                let held = signed.map_or_else(Vec::new, |signed| witness::held(signed));
                let (stage, say) = match outcome {
                    Ok(ending) => (Stage::Finished, Say::Done(posting(&ending))),
                    Err(error) => {
                        let blamed = error.verdict(Peer::Party(seat)).seat();
                        (Stage::Failed(Text::cut(&error.to_string())), Say::GivesUp(blamed))
                    }
                };
                let (say, done, total) = (Some(say), 1, 1);
                Self { session, hash, held, say, stage, done, total, traffic }
            }
        })
    }
}

const fn stage(phase: Phase) -> Stage {
    match phase {
        Phase::Inputs => Stage::Inputs,
        Phase::Computing { round, rounds } => Stage::Computing { round, rounds },
        Phase::Checking { round, rounds } => Stage::Checking { round, rounds },
        Phase::Closing | Phase::Revealing => Stage::Revealing,
    }
}

/// What is said of a session that is not there, or not the asker's.
pub(super) const fn unknown() -> Status {
    Status { stage: Stage::Unknown, done: 0, total: 0, sent: Bytes::ZERO, received: Bytes::ZERO }
}

/// What a party says on a chain of a computation that ended well.
const fn posting(ending: &Ending) -> Posting {
    let Ending { result, transcript, output, pairs, .. } = *ending;
    Posting { result, transcript, output, pairs }
}
