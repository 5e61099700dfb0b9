//! What can happen to a machine of this crate.

use crate::Peer;
use crate::sign::OwnSignatures;
use bytes::Bytes;

pub use troupe_wire::bulk::CHUNK;

/// One event, told to a [`Party`](crate::Party), an [`Owner`](crate::Owner) or a
/// [`Receiver`](crate::Receiver) by its shell.
#[derive(Debug, Clone)]
pub enum Input {
    /// The next bytes of a peer's stream, at most [`CHUNK`], cut anywhere.
    Bytes {
        /// Whose stream, as the transport authenticated it.
        from: Peer,
        /// The bytes that follow those given before.
        bytes: Bytes,
    },
    /// So many more bytes may be sent to a peer. Credit for a peer that gets nothing is ignored.
    Credit {
        /// The peer with room.
        to: Peer,
        /// How much more, in bytes.
        bytes: u64,
    },
    /// The transport gave a peer up. Harmless once everything was exchanged with it.
    Lost {
        /// The peer that is gone.
        peer: Peer,
    },
    /// What a party wanted [signed](crate::Output::Sign), in the same order.
    Signed(Box<OwnSignatures>),
    /// What a party wanted signed is not.
    Unsigned,
    /// Somebody in charge wants the session to end now.
    Cancel,
}
