//! Why there is no intersection.

use crate::Phase;
use troupe_types::Hash;

/// Everything that can be wrong with a set, an agreement or a run.
///
/// No variant carries an item or anything computed from one: places in a stream are random.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// More items than a run can take.
    #[error("a set of {got} items exceeds {limit}")]
    TooMany {
        /// Items there are.
        got: u64,
        /// The most there may be.
        limit: u32,
    },
    /// A set of another size than the agreement says.
    #[error("{got} different items where the agreement has {want}")]
    Size {
        /// Items without duplicates.
        got: u32,
        /// What was agreed.
        want: u32,
    },
    /// The transport lost the peer before everything was exchanged.
    #[error("the peer was lost in phase {phase}")]
    PeerLost {
        /// What was going on.
        phase: Phase,
    },
    /// A phase took too long.
    #[error("the deadline of phase {phase} passed while waiting for the peer's {waiting_for}")]
    DeadlinePassed {
        /// What was going on.
        phase: Phase,
        /// What was missing.
        waiting_for: Missing,
    },
    /// The peer sent something that does not belong here.
    #[error("the peer was refused in phase {phase}: {reason}")]
    Refused {
        /// What was going on.
        phase: Phase,
        /// What was wrong.
        reason: Refusal,
    },
    /// The run was cancelled from outside.
    #[error("cancelled in phase {phase}")]
    Cancelled {
        /// What was going on.
        phase: Phase,
    },
}

/// What a side waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// Its bytes.
    #[error("bytes")]
    Bytes,
    /// Its room for ours.
    #[error("room")]
    Room,
}

/// Why a peer's bytes were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The stream does not begin as streams of this protocol do.
    #[error("not a stream of this protocol")]
    Magic,
    /// Another version of the protocol.
    #[error("stream version {got}, this is version {want}")]
    Version {
        /// The stream's version.
        got: u16,
        /// Ours.
        want: u16,
    },
    /// A bit is set that has no meaning yet.
    #[error("reserved bytes are not zero")]
    Reserved,
    /// The header names another sender: our own stream came back, for one.
    #[error("it claims another sender")]
    Sender,
    /// Another session's stream.
    #[error("it belongs to another session")]
    Session,
    /// The peer would send another number of items than was agreed.
    #[error("{got} items where the agreement has {want}")]
    Count {
        /// Items that the header announces.
        got: u32,
        /// What was agreed.
        want: u32,
    },
    /// A stream for another agreement.
    #[error("it belongs to agreement {}, this is {}", got.short(), want.short())]
    Agreement {
        /// The stream's agreement.
        got: Hash,
        /// Ours.
        want: Hash,
    },
    /// More bytes than the agreed stream has, or at once than a chunk may have.
    #[error(transparent)]
    Overrun(#[from] troupe_wire::bulk::Overrun),
    /// A frame is not what its end says: bytes were changed, lost, repeated or inserted.
    #[error("frame {frame} does not match its transcript")]
    Transcript {
        /// The frame, from 0.
        frame: usize,
    },
    /// An answer to points that were not sent yet.
    #[error("it answers before it was asked")]
    Early,
    /// Thirty-two bytes that are no point, or not the one form of a point.
    #[error("point {index} is not in canonical form")]
    Encoding {
        /// Its place in the stream, from 0.
        index: u32,
    },
    /// The neutral element, which every secret leaves as it is.
    #[error("point {index} is the identity")]
    Identity {
        /// Its place in the stream, from 0.
        index: u32,
    },
    /// A point that was there before.
    #[error("point {second} repeats point {first}")]
    RepeatedPoint {
        /// Where it was first, from 0.
        first: u32,
        /// Where it was again.
        second: u32,
    },
    /// Two different points of ours have one answer.
    #[error("answer {second} repeats answer {first}")]
    RepeatedToken {
        /// Where it was first, from 0.
        first: u32,
        /// Where it was again.
        second: u32,
    },
    /// Answers that are to be counted are not in ascending order.
    #[error("answer {index} is not greater than the one before it")]
    Unsorted {
        /// Its place, from 0.
        index: u32,
    },
}
