//! The network as links see it.

use crate::ask::{self, Asker};
use crate::bulk_out;
use crate::frame::is_service;
use crate::outbox::Tell;
use crate::shared::Shared;
use crate::slot::{Aim, Slot};
use crate::waiting::Waiting;
use std::fmt;
use std::sync::Arc;
use troupe_runtime::{
    Answer, BulkEvent, BulkHeader, BulkSink, Contact, Link, Peer, Request, Transport,
};
use troupe_types::{Millis, NodeId};
use troupe_wire::{CallError, Limit};

/// A [`Transport`] over the network it came from.
#[derive(Clone)]
pub(crate) struct Handle(pub(crate) Arc<Shared>);

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({})", self.0.me.short())
    }
}

impl Handle {
    /// The peer, when a message could reach it in time, and until when it is worth it.
    fn way(&self, to: &NodeId, request: &Request) -> Result<(Arc<Slot>, Millis), CallError> {
        if self.0.is_closing() {
            return Err(CallError::Closing);
        }
        if !is_service(request.service) || request.body.len() > Limit::MAX.bytes() {
            return Err(CallError::Unsupported);
        }
        if request.within == Millis::ZERO {
            return Err(CallError::Expired);
        }
        let slot = self.0.book.find(to).ok_or(CallError::NotHere)?;
        let deadline = self.0.now().plus(request.within);
        match self.0.aim(&slot, deadline) {
            Aim::Up(line) if request.since > line.version => Err(CallError::Unsupported),
            Aim::Up(_) | Aim::Wait | Aim::Dial => Ok((slot, deadline)),
            Aim::Never => Err(CallError::NotHere),
        }
    }
}

impl Transport for Handle {
    fn tell(&self, to: NodeId, request: Request) -> Result<(), CallError> {
        let (slot, deadline) = self.way(&to, &request)?;
        let Request { service, tag, lane, body, since, within: _, reply_limit: _ } = request;
        slot.outbox(lane).push(Tell { service, tag, since, deadline, body })
    }

    fn ask(&self, to: NodeId, request: Request, answer: Answer) {
        let asker = Asker::new(answer);
        let (slot, deadline) = match self.way(&to, &request) {
            Ok(way) => way,
            Err(why) => return asker.settle(Err(why)),
        };
        let Some(waits) = Waiting::enter(&slot, request.body.len()) else {
            return asker.settle(Err(CallError::Busy));
        };
        let shared = Arc::clone(&self.0);
        self.0.funnel.push(Box::new(move || {
            let ask = ask::run(Arc::clone(&shared), slot, waits, request, deadline, asker);
            shared.spawn(ask);
        }));
    }

    fn open_bulk(
        &self,
        to: NodeId,
        header: BulkHeader,
        events: Link<BulkEvent>,
    ) -> Result<Box<dyn BulkSink>, CallError> {
        if self.0.is_closing() {
            return Err(CallError::Closing);
        }
        let slot = self.0.book.find(&to).ok_or(CallError::NotHere)?;
        let deadline = self.0.now().plus(self.0.limits.admission);
        match self.0.aim(&slot, deadline) {
            Aim::Up(_) | Aim::Wait | Aim::Dial => bulk_out::open(&self.0, &slot, header, events),
            Aim::Never => Err(CallError::NotHere),
        }
    }

    fn peers(&self) -> Vec<Arc<Peer>> {
        self.0.book.lines().iter().map(|line| line.peer()).collect()
    }

    fn learn(&self, contacts: Vec<Contact>) {
        self.0.book.tell_of(contacts);
    }
}
