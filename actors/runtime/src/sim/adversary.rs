//! Nodes that do not do what they should.
//!
//! The network authenticates: an adversary sends in its own name only. Everything else is open to
//! it: it may change, hold back, multiply or invent what its node says.

use crate::transport::{BulkHeader, Request};
use bytes::Bytes;
use troupe_types::{Millis, NodeId};
use troupe_wire::CallError;

/// A message that an adversary wants sent.
#[derive(Debug, Clone)]
pub struct Sent {
    /// How long it waits before it sends.
    pub after: Millis,
    /// To whom.
    pub to: NodeId,
    /// What.
    pub request: Request,
    /// Whether it asks or tells.
    pub wants: Wants,
}

/// Whether an adversary's message wants an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    /// It is told.
    Nothing,
    /// It is asked; the answer goes to the node's own asker, once, or to [`Adversary::hears`].
    Answer,
}

/// Sits between a node and the network and decides what leaves. Every method does what an honest
/// node does unless it is overridden.
pub trait Adversary: Send + 'static {
    /// The node wants to send `sent`; what `out` holds afterwards is sent in its place.
    fn sends(&mut self, now: Millis, sent: Sent, out: &mut Vec<Sent>) {
        let _ = now;
        out.push(sent);
    }

    /// The node answers a message of `service` and `tag`; `None` keeps the answer back.
    fn answers(
        &mut self,
        service: &'static str,
        tag: u16,
        answer: Result<Bytes, CallError>,
    ) -> Option<Result<Bytes, CallError>> {
        let _ = (service, tag);
        Some(answer)
    }

    /// The node sends a chunk of a bulk stream; `None` swallows it.
    fn streams(&mut self, to: NodeId, header: BulkHeader, chunk: Bytes) -> Option<Bytes> {
        let _ = (to, header);
        Some(chunk)
    }

    /// Something to do of its own accord; returns when it wants to be asked again. First asked when
    /// its node starts.
    fn acts(&mut self, now: Millis, out: &mut Vec<Sent>) -> Option<Millis> {
        let _ = (now, out);
        None
    }

    /// The outcome of a message that it made up itself.
    fn hears(&mut self, from: NodeId, outcome: Result<Bytes, CallError>) {
        let _ = (from, outcome);
    }
}
