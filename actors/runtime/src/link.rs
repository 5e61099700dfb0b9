//! Links: how one actor reaches another, wherever it is.

use crate::ask::Ask;
use crate::clock::{Clock, millis};
use crate::reply::Reply;
use crate::transport::Peer;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use troupe_types::{Bytes, Millis};
use troupe_wire::{CallError, Message};

/// A message that was not taken, given back to its sender. It did not run.
#[derive(Debug)]
pub struct Refused<M> {
    /// The message.
    pub message: M,
    /// Why; its certainty is always *not run*.
    pub why: CallError,
}

impl<M> fmt::Display for Refused<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.why.fmt(f)
    }
}

impl<M: fmt::Debug> std::error::Error for Refused<M> {}

/// Where a message came from.
#[derive(Debug, Clone, Default)]
pub enum Origin {
    /// An actor or task of this process.
    #[default]
    Local,
    /// An authenticated peer.
    Peer(Arc<Peer>),
}

/// A message with all that travels beside it.
pub(crate) struct Post<M: Message> {
    pub(crate) message: M,
    pub(crate) reply: Reply<M>,
    /// Instant of the node's monotonic clock from which on it must not run.
    pub(crate) deadline: Millis,
    pub(crate) origin: Origin,
    /// When it was sent, in nanoseconds of that clock.
    pub(crate) sent: u64,
}

/// What stands behind a link.
pub(crate) trait Deliver<M: Message>: Send + Sync {
    /// Takes the message or gives it back; never waits.
    fn deliver(&self, post: Post<M>) -> Result<(), Refused<M>>;
    /// Completes when a message of this weight might be taken.
    fn ready(&self, weight: Bytes) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
    /// The clock that deadlines are read by.
    fn clock(&self) -> &Arc<dyn Clock>;
    /// Who is behind it, for traces.
    fn label(&self) -> &'static str;
}

/// A way to an actor that takes `M`. Behind it is an actor of this process or of another one; the
/// caller cannot tell and need not.
pub struct Link<M: Message>(Arc<dyn Deliver<M>>);

impl<M: Message> Clone for Link<M> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<M: Message> fmt::Debug for Link<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link<{}>({})", M::NAME, self.0.label())
    }
}

impl<M: Message> Link<M> {
    pub(crate) fn new(target: Arc<dyn Deliver<M>>) -> Self {
        Self(target)
    }

    /// Sends without waiting and without an answer. `Ok` means that it was queued.
    pub fn tell(&self, message: M) -> Result<(), Refused<M>> {
        let sent = self.clock().nanos();
        self.post(message, millis(sent).plus(M::DEADLINE), sent)
    }

    /// Like [`Link::tell`], with the instant from which on the message must not run.
    pub fn tell_by(&self, message: M, deadline: Millis) -> Result<(), Refused<M>> {
        self.post(message, deadline, self.clock().nanos())
    }

    fn post(&self, message: M, deadline: Millis, sent: u64) -> Result<(), Refused<M>> {
        let reply = Reply::nobody();
        self.0.deliver(Post { message, reply, deadline, origin: Origin::Local, sent })
    }

    /// Sends and awaits the answer, for as long as the message type says or
    /// [`Ask::within`] allows. For tasks; a handler uses [`crate::Cx::ask`] and gets the answer later.
    pub fn ask(&self, message: M) -> Ask<M> {
        Ask::new(self.clone(), message)
    }

    /// Completes when a message as heavy as `weight` might be taken: for tasks that must not lose it.
    pub async fn ready(&self, weight: Bytes) {
        self.0.ready(weight).await;
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        self.0.clock()
    }

    pub(crate) fn deliver(&self, post: Post<M>) -> Result<(), Refused<M>> {
        self.0.deliver(post)
    }
}
