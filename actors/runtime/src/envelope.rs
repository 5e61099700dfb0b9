//! What lies in a mailbox.

use crate::gate::Charge;
use crate::link::{Origin, Post};
use crate::reply::Reply;
use troupe_types::Millis;
use troupe_wire::Message;

/// An admitted message. Dropped before it ran, its asker hears that it did not.
pub(crate) struct Envelope<M: Message> {
    pub(crate) message: M,
    pub(crate) reply: Reply<M>,
    pub(crate) deadline: Millis,
    pub(crate) origin: Origin,
    pub(crate) charge: Charge,
    /// When it was sent, in nanoseconds of the node's clock.
    pub(crate) sent: u64,
    /// The sender's span, when traces are on.
    pub(crate) span: Option<Box<tracing::Span>>,
}

impl<M: Message> actix::Message for Envelope<M> {
    type Result = ();
}

impl<M: Message> Envelope<M> {
    pub(crate) fn new(post: Post<M>, charge: Charge) -> Self {
        let Post { message, mut reply, deadline, origin, sent } = post;
        reply.queue();
        let is_traced = tracing::level_filters::LevelFilter::current() >= tracing::Level::DEBUG;
        let span = is_traced.then(|| Box::new(tracing::Span::current()));
        Self { message, reply, deadline, origin, charge, sent, span }
    }
}
