//! A link whose actor lives in another process.

use crate::clock::{Clock, millis};
use crate::link::{Deliver, Link, Post, Refused};
use crate::transport::{Request, Transport};
use bytes::Bytes;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use troupe_types::{Bytes as Size, NodeId};
use troupe_wire::{CallError, Wire, codec};

/// A link to the actor at `peer` that answers `M`'s service.
pub(crate) fn link<M: Wire>(
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    peer: NodeId,
) -> Link<M> {
    Link::new(Arc::new(Remote { transport, clock, peer, message: PhantomData }))
}

struct Remote<M> {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    peer: NodeId,
    message: PhantomData<fn(M)>,
}

impl<M: Wire> Remote<M> {
    fn request(&self, post: &Post<M>) -> Result<Request, CallError> {
        let within = post.deadline.since(millis(post.sent));
        if within.0 == 0 {
            return Err(CallError::Expired);
        }
        // A message over its own limit is a bug of the sender that no retry mends.
        let body = codec::encode(&post.message, M::LIMIT).map_err(|_| CallError::Unsupported)?;
        Ok(Request {
            service: M::SERVICE,
            tag: M::TAG,
            lane: M::LANE,
            within,
            body: Bytes::from(body),
            reply_limit: M::REPLY_LIMIT.bytes(),
            since: M::SINCE,
        })
    }
}

impl<M: Wire> Deliver<M> for Remote<M> {
    fn deliver(&self, post: Post<M>) -> Result<(), Refused<M>> {
        let request = match self.request(&post) {
            Ok(request) => request,
            Err(why) => {
                let Post { message, reply, .. } = post;
                reply.settle(Err(why));
                return Err(Refused { message, why });
            }
        };
        if !post.reply.is_wanted() {
            let sent = self.transport.tell(self.peer, request);
            return sent.map_err(|why| Refused { message: post.message, why });
        }
        let reply = post.reply;
        let answer = move |outcome: Result<Bytes, CallError>| {
            // The message did run, so an answer that is none leaves its outcome unknown.
            let decoded = outcome.and_then(|bytes| {
                codec::decode(&bytes, M::REPLY_LIMIT).map_err(|_| CallError::Lost)
            });
            reply.settle(decoded);
        };
        self.transport.ask(self.peer, request, Box::new(answer));
        Ok(())
    }

    /// The network queues; whether it has room shows when the message is sent.
    fn ready(&self, _weight: Size) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(std::future::ready(()))
    }

    fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    fn label(&self) -> &'static str {
        M::SERVICE
    }
}
