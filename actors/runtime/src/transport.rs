//! What a network offers to links, whichever network it is: QUIC in a process, memory in a simulation.
//!
//! Nothing here waits. A call that needs time takes a callback, and the callback runs on whatever
//! thread the network likes; it must only hand its argument on.

use crate::bulk::BulkEvent;
use crate::link::Link;
use bytes::Bytes;
use std::fmt;
use std::sync::Arc;
use troupe_types::{Incarnation, Millis, NodeId, SessionId};
use troupe_wire::{CallError, Lane, Version};

/// Takes the encoded answer to an ask, exactly once.
pub type Answer = Box<dyn FnOnce(Result<Bytes, CallError>) + Send>;

/// An encoded message on its way to another process.
#[derive(Debug, Clone)]
pub struct Request {
    /// The service that answers it.
    pub service: &'static str,
    /// Its number within the service.
    pub tag: u16,
    /// How early it may be refused.
    pub lane: Lane,
    /// How long it is still worth running; each hop subtracts what it used.
    pub within: Millis,
    /// The encoded message, within its type's limit.
    pub body: Bytes,
    /// The longest answer to accept, in bytes.
    pub reply_limit: usize,
    /// The first protocol version that has it.
    pub since: Version,
}

/// An authenticated process at the other end of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Proven by its certificate.
    pub id: NodeId,
    /// Which start of that node this connection belongs to, as it said itself.
    pub incarnation: Incarnation,
    /// The role under which this process's manifest or directory lists it; `None` for a stranger.
    pub role: Option<String>,
    /// The agreed protocol version.
    pub version: Version,
}

/// Where a process can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Who must answer there; anyone else is refused.
    pub id: NodeId,
    /// Host and port.
    pub address: String,
}

/// Names one ordered stream of bytes between two processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BulkHeader {
    /// The conversation it belongs to.
    pub session: SessionId,
    /// Distinguishes several streams of one session and direction; chosen by the sender.
    pub lane: u8,
}

/// The sending end of a bulk stream.
pub trait BulkSink: Send + fmt::Debug {
    /// Hands over a chunk of at most [`crate::bulk::MAX_CHUNK`] bytes.
    ///
    /// Only as many bytes may be outstanding as the events have granted credit for
    /// ([`BulkKind::Credit`](crate::bulk::BulkKind::Credit)); more is refused with [`CallError::Busy`] and nothing is sent.
    fn send(&mut self, chunk: Bytes) -> Result<(), CallError>;

    /// Says that nothing more comes. Dropping the sink without it resets the stream.
    fn finish(self: Box<Self>);
}

/// A network as links see it.
pub trait Transport: Send + Sync + 'static {
    /// Sends a message that wants no answer. `Ok` promises nothing but that it was taken; an error
    /// says that it did not run.
    fn tell(&self, to: NodeId, request: Request) -> Result<(), CallError>;

    /// Sends a message and gives its answer, or why there is none, to `answer`. Dropping `answer`
    /// means [`CallError::Lost`].
    fn ask(&self, to: NodeId, request: Request, answer: Answer);

    /// Opens a bulk stream. `events` learns of credit and of its end.
    fn open_bulk(
        &self,
        to: NodeId,
        header: BulkHeader,
        events: Link<BulkEvent>,
    ) -> Result<Box<dyn BulkSink>, CallError>;

    /// The peers connected at this moment.
    fn peers(&self) -> Vec<Arc<Peer>>;

    /// Remembers where processes can be reached, for the next message to them. A network that
    /// needs no addresses ignores it; one that keeps them bounds how many.
    fn learn(&self, contacts: Vec<Contact>) {
        let _ = contacts;
    }
}
