//! What a party wants done.

use crate::{Error, Outcome};
use bytes::Bytes;
use core::fmt;

/// One wish of a [`Party`](crate::Party). After [`Output::Finished`] or [`Output::Failed`] there are none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Bytes to append to the stream for the peer, within its credit, at most [`CHUNK`](crate::CHUNK) at once.
    Send(Bytes),
    /// How far a phase has come; told at its start and at most 32 times after.
    Progress {
        /// The phase.
        phase: Phase,
        /// Bytes that have moved, in both directions.
        done: u64,
        /// Bytes that will have moved at its end.
        total: u64,
    },
    /// Everything is exchanged.
    Finished(Outcome),
    /// The run ended without a result; all its memory is released.
    Failed(Error),
}

/// What a party is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Points travel both ways.
    Points,
    /// Answers to them travel to whoever learns something.
    Answers,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Points => "points",
            Self::Answers => "answers",
        })
    }
}
