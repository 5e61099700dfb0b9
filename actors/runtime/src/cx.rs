//! What a handler can do beside changing its own state. Nothing here waits.

use crate::actor::{Actor, Handle};
use crate::clock::millis;
use crate::core::Core;
use crate::fault::{Exit, Fault};
use crate::link::{Link, Origin, Post, Refused};
use crate::node::Node;
use crate::pool::Pool;
use crate::reply::Reply;
use crate::shell::Command;
use crate::slot::Local;
use futures_util::FutureExt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use troupe_types::Millis;
use troupe_wire::{CallError, Message, Now};

/// Takes effects in the order in which they are wished for; see [`Reply::send`].
pub trait Effects {
    /// Performs `effect` now, or once the writes before it are durable.
    fn perform(&mut self, effect: impl FnOnce() + 'static);
}

/// A handler's view of its shell.
pub struct Cx<'a, A: Actor> {
    pub(crate) core: &'a mut Core<A>,
}

/// A timer that can be taken back; it ends with the incarnation that set it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timer {
    pub(crate) at: Millis,
    pub(crate) id: u64,
}

impl<A: Actor> std::fmt::Debug for Cx<'_, A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cx({})", A::KIND)
    }
}

impl<A: Actor> Effects for Cx<'_, A> {
    #[inline]
    fn perform(&mut self, effect: impl FnOnce() + 'static) {
        self.core.outbox.perform(effect);
    }
}

impl<'a, A: Actor> Cx<'a, A> {
    pub(crate) fn new(core: &'a mut Core<A>) -> Self {
        Self { core }
    }

    /// The node.
    #[must_use]
    pub fn node(&self) -> &Node {
        &self.core.node
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Now {
        self.core.clock.now()
    }

    /// Who sent the message being handled, or the one on whose behalf an answer is handled.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.core.current.origin
    }

    /// The instant by which the message being handled wants its answer; [`Millis::MAX`] outside of one.
    #[must_use]
    pub fn deadline(&self) -> Millis {
        self.core.current.deadline
    }

    /// A link to this very actor.
    #[must_use]
    pub fn myself<M: Message>(&mut self) -> Link<M>
    where
        A: Handle<M>,
    {
        let address = actix::Addr::clone(&self.core.address);
        Link::new(Arc::new(Local {
            recipient: address.recipient(),
            seat: Arc::clone(&self.core.seat),
            clock: Arc::clone(&self.core.clock),
            stats: self.core.seat.stats.shared(M::NAME),
        }))
    }

    /// Sends without an answer, for as long as its type says: a tell is no part of the call being
    /// handled. Behind a write it goes once the write is durable; a refusal is then only counted
    /// and logged.
    pub fn tell<M: Message>(&mut self, link: &Link<M>, message: M) -> Result<(), Refused<M>> {
        if !self.core.outbox.is_holding() {
            return link.tell(message);
        }
        let link = link.clone();
        self.core.outbox.perform(move || {
            if let Err(refused) = link.tell(message) {
                tracing::debug!(message = M::NAME, why = %refused.why, "held message was refused");
            }
        });
        Ok(())
    }

    /// Asks; `then` runs in this actor with the answer, or with why there is none, within what is
    /// left of the deadline of the message being handled. It does not run after a restart.
    pub fn ask<M: Message>(
        &mut self,
        link: &Link<M>,
        message: M,
        then: impl FnOnce(&mut A, Result<M::Reply, CallError>, &mut Cx<'_, A>) -> Result<(), Fault>
        + 'static,
    ) {
        self.ask_within(link, message, M::DEADLINE, then);
    }

    /// Like [`Cx::ask`], for at most so long.
    pub fn ask_within<M: Message>(
        &mut self,
        link: &Link<M>,
        message: M,
        span: Millis,
        then: impl FnOnce(&mut A, Result<M::Reply, CallError>, &mut Cx<'_, A>) -> Result<(), Fault>
        + 'static,
    ) {
        let sent = self.core.clock.nanos();
        let deadline = self.core.current.deadline.at_most(millis(sent).plus(span));
        let ticket = self.core.expect(deadline, then);
        let reply = Reply::actor(self.core.promise(ticket));
        // A refusal settles the reply, so the continuation hears of it.
        if !self.core.outbox.is_holding() {
            let _ = link.deliver(Post { message, reply, deadline, origin: Origin::Local, sent });
            return;
        }
        let link = link.clone();
        self.core.outbox.perform(move || {
            let sent = link.clock().nanos();
            let _ = link.deliver(Post { message, reply, deadline, origin: Origin::Local, sent });
        });
    }

    /// Runs `then` in this actor after `span`.
    pub fn after(
        &mut self,
        span: Millis,
        then: impl FnOnce(&mut A, &mut Cx<'_, A>) -> Result<(), Fault> + 'static,
    ) -> Timer {
        self.at(self.core.clock.mono().plus(span), then)
    }

    /// Runs `then` in this actor at an instant of the node's clock.
    pub(crate) fn at(
        &mut self,
        at: Millis,
        then: impl FnOnce(&mut A, &mut Cx<'_, A>) -> Result<(), Fault> + 'static,
    ) -> Timer {
        let id = self.core.set_timer(at, Box::new(then));
        Timer { at, id }
    }

    /// Takes a timer back; one that ran already is gone.
    pub fn cancel(&mut self, timer: Timer) {
        self.core.cancel_timer(timer.at, timer.id);
    }

    /// Appends to a durable file of the node. Everything this actor sends or answers afterwards
    /// leaves only when the bytes are durable; a failed write stops the node.
    pub fn persist(&mut self, file: impl Into<String>, bytes: Vec<u8>) {
        self.core.outbox.write(file.into(), bytes);
    }

    /// Runs `job` in a pool; `then` runs in this actor with its result, or with
    /// [`CallError::Crashed`] when it panicked. `Busy` when the pool's queue is full: `then` never
    /// runs in that case.
    pub fn pool<R: Send + 'static>(
        &mut self,
        pool: Pool,
        job: impl FnOnce() -> R + Send + 'static,
        then: impl FnOnce(&mut A, Result<R, CallError>, &mut Cx<'_, A>) -> Result<(), Fault> + 'static,
    ) -> Result<(), CallError> {
        let ticket = self.core.expect(Millis::MAX, then);
        let promise = self.core.promise(ticket);
        let work = move || {
            let outcome = catch_unwind(AssertUnwindSafe(job));
            promise.keep(outcome.map_err(|_| CallError::Crashed));
        };
        self.core.node.pool(pool).submit(Box::new(work)).map_err(|refused| {
            self.core.take_awaited(ticket);
            refused.why
        })
    }

    /// Runs a task beside the actor, for sockets and the like; it ends with the incarnation. A panic
    /// in it is a fall of the actor.
    pub fn task(&mut self, task: impl Future<Output = ()> + 'static) {
        self.core.tasks.retain(|task| !task.is_finished());
        let (address, incarnation) = (Arc::clone(&self.core.address), self.core.incarnation);
        let watched = async move {
            if let Err(panic) = AssertUnwindSafe(task).catch_unwind().await {
                let text = crate::fault::panic_text(panic.as_ref());
                address.do_send(Command::TaskPanicked { incarnation, text });
            }
        };
        self.core.tasks.push(tokio::task::spawn_local(watched).abort_handle());
    }

    /// Ends this actor once the handler has returned and what it persisted is durable. Messages in
    /// its queue are refused. A child's parent hears of it; any other actor is just gone.
    pub fn stop(&mut self) {
        self.core.leaving.get_or_insert(Exit::Stopped);
    }
}
