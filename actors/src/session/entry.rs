//! What a compute party remembers of a session.

use troupe_mpc::message::{Stage, Status};
use troupe_mpc::{Ending, Error, Phase, Progress};
use troupe_runtime::{Cancel, Event, Link, Registration, Traffic};
use troupe_types::{Bytes, Millis, NodeId, SessionId};
use troupe_wire::{Lane, Message, Text};

/// A session, running or over.
pub(super) struct Entry {
    pub(super) receiver: NodeId,
    pub(super) status: Status,
    pub(super) memory: Bytes,
    pub(super) life: Life,
    /// When the running round began, for its time.
    pub(super) round_began: Option<Millis>,
}

/// Whether it still runs.
pub(super) enum Life {
    Running {
        cancel: Link<Cancel>,
        /// Lets the others' streams in for as long as it is held.
        _door: Registration,
    },
    Over {
        since: Millis,
    },
}

/// Sent by a session's child to its manager when something changes.
pub(super) struct News {
    pub(super) session: SessionId,
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
    pub(super) fn of(session: SessionId, event: Event<Progress, Ending, Error>) -> Self {
        match event {
            Event::News { news: Progress { phase, done, total }, traffic } => {
                Self { session, stage: stage(phase), done, total, traffic }
            }
            Event::Ended { outcome, traffic } => {
                let stage = match outcome {
                    Ok(_) => Stage::Finished,
                    Err(error) => Stage::Failed(Text::cut(&error.to_string())),
                };
                Self { session, stage, done: 1, total: 1, traffic }
            }
        }
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
