//! What a machine of this crate wants done.

use crate::sign::OwnClaims;
use crate::{Error, Peer, Phase};
use bytes::Bytes;

/// One wish of a machine. After [`Output::Finished`] or [`Output::Failed`] there are none.
#[derive(Debug, Clone, PartialEq)]
pub enum Output<T = ()> {
    /// Bytes to append to the stream for a peer, within its credit, at most
    /// [`CHUNK`](crate::CHUNK) at once.
    Send {
        /// The peer.
        to: Peer,
        /// The bytes.
        bytes: Bytes,
    },
    /// How far a phase has come; told at its start and at most 32 times after.
    Progress {
        /// The phase.
        phase: Phase,
        /// Bytes that have moved.
        done: u64,
        /// Bytes that will have moved at its end.
        total: u64,
    },
    /// Signatures under what a party states. Until they are [there](crate::Input::Signed) it reveals nothing.
    Sign(Box<OwnClaims>),
    /// Everything is done and sent.
    Finished(T),
    /// The session ended without a result; all its memory is released.
    Failed(Error),
}
