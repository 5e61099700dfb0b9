//! What can happen to the machine.

use crate::block::Stored;
use crate::message::Position;
use std::sync::Arc;
use troupe_types::{Hash, Height, NodeId};

/// One event.
#[derive(Debug, Clone)]
pub enum Input {
    /// A peer said how far it is: asked, or by itself.
    Position {
        /// Who.
        peer: NodeId,
        /// Where it is.
        position: Position,
    },
    /// A peer is gone.
    Lost {
        /// Who.
        peer: NodeId,
    },
    /// The answer to an [`Output::Ask`](super::Output::Ask).
    Answer {
        /// The question.
        id: u64,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// A question will not be answered.
    Unanswered {
        /// The question.
        id: u64,
    },
    /// The answer to an [`Output::Verify`](super::Output::Verify).
    Verified {
        /// The question.
        id: u64,
        /// What came out.
        verdict: Verdict,
    },
    /// The chain has committed and executed up to this block, by what was handed on or by itself.
    Committed {
        /// Its height.
        height: Height,
        /// Its hash.
        hash: Hash,
    },
    /// Nobody else will bring what is missing: until all that is claimed now is executed, one block
    /// that others are ahead is enough to ask for it.
    Urged,
}

/// What is said of a range of blocks.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// They are what their headers say, linked, and committed. Fewer than were asked about where the
    /// validators of the rest are not known before these are executed; at least one.
    Good(Vec<Arc<Stored>>),
    /// They are not.
    Bad,
    /// The validators of their epoch are not known before earlier blocks are executed. Where all earlier
    /// ones are, it is a claim that cannot be true.
    NotYet,
}
