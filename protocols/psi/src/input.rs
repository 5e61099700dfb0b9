//! What can happen to a party.

use bytes::Bytes;

pub use troupe_wire::bulk::CHUNK;

/// One event, told to a [`Party`](crate::Party) by its shell.
#[derive(Debug, Clone)]
pub enum Input {
    /// The next bytes of the peer's stream, at most [`CHUNK`], cut anywhere.
    Bytes(Bytes),
    /// So many more bytes may be sent to the peer.
    Credit(u64),
    /// The transport gave the peer up. Harmless once everything was exchanged.
    Lost,
    /// Somebody in charge wants the run to end now.
    Cancel,
}
