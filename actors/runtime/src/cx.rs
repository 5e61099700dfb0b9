//! What a handler can do beside changing its own state. Nothing here waits.

use crate::actor::{Actor, Handle};
use crate::core::{Core, Due};
use crate::fault::{Exit, Fault};
use crate::link::{Link, Origin, Post, Refused};
use crate::node::Node;
use crate::pool::Pool;
use crate::reply::Reply;
use crate::shell::{Command, Shell};
use crate::slot::Local;
use actix::AsyncContext;
use std::any::Any;
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
    pub(crate) context: &'a mut actix::Context<Shell<A>>,
}

/// A timer that can be taken back; it ends with the incarnation that set it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timer {
    at: Millis,
    id: u64,
}

impl<A: Actor> std::fmt::Debug for Cx<'_, A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cx({})", A::KIND)
    }
}

impl<A: Actor> Effects for Cx<'_, A> {
    fn perform(&mut self, effect: impl FnOnce() + 'static) {
        self.core.outbox.perform(effect);
    }
}

impl<'a, A: Actor> Cx<'a, A> {
    pub(crate) fn new(core: &'a mut Core<A>, context: &'a mut actix::Context<Shell<A>>) -> Self {
        Self { core, context }
    }

    /// The node.
    #[must_use]
    pub fn node(&self) -> &Node {
        &self.core.node
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Now {
        self.core.node.now()
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
        let stats = Arc::clone(self.core.stats::<M>());
        Link::new(Arc::new(Local {
            recipient: self.context.address().recipient(),
            seat: Arc::clone(&self.core.seat),
            clock: Arc::clone(self.core.node.clock()),
            stats,
        }))
    }

    /// Sends without an answer. Behind a write it goes once the write is durable; a refusal is then
    /// only counted and logged.
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
        let deadline = self.core.current.deadline.at_most(link.deadline(span));
        let id = self.expect(Some(deadline), then);
        let answered = self.came(id);
        let reply = Reply::<M>::call(move |outcome| {
            answered(outcome.map(|answer| Box::new(answer) as Box<dyn Any + Send>));
        });
        let link = link.clone();
        self.core.outbox.perform(move || {
            // A refusal settles the reply, so the continuation hears of it.
            let _ = link.deliver(Post { message, reply, deadline, origin: Origin::Local });
        });
    }

    /// Runs `then` in this actor after `span`.
    pub fn after(
        &mut self,
        span: Millis,
        then: impl FnOnce(&mut A, &mut Cx<'_, A>) -> Result<(), Fault> + 'static,
    ) -> Timer {
        let at = self.core.node.clock().mono().plus(span);
        let id = self.core.fresh_id();
        self.core.schedule(at, id, Due::Run(Box::new(then)), self.context);
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
    /// [`CallError::Crashed`] when it panicked. `Busy` when the pool's queue is full.
    pub fn pool<R: Send + 'static>(
        &mut self,
        pool: Pool,
        job: impl FnOnce() -> R + Send + 'static,
        then: impl FnOnce(&mut A, Result<R, CallError>, &mut Cx<'_, A>) -> Result<(), Fault> + 'static,
    ) -> Result<(), CallError> {
        let id = self.expect(None, then);
        let finished = self.came(id);
        let work = move || {
            let outcome = catch_unwind(AssertUnwindSafe(job));
            finished(match outcome {
                Ok(result) => Ok(Box::new(result)),
                Err(_) => Err(CallError::Crashed),
            });
        };
        self.core.node.pool(pool).submit(Box::new(work)).map_err(|refused| {
            self.core.awaited.remove(&id);
            refused.why
        })
    }

    /// Runs a task beside the actor, for sockets and the like; it ends with the incarnation.
    pub fn task(&mut self, task: impl Future<Output = ()> + 'static) {
        self.core.tasks.retain(|task| !task.is_finished());
        self.core.tasks.push(tokio::task::spawn_local(task).abort_handle());
    }

    /// Ends this actor once the handler returns. Only a child ends alone; its parent hears of it.
    pub fn stop(&mut self) {
        self.core.wants_stop = Some(Exit::Stopped);
    }

    pub(crate) fn expect<R: 'static>(
        &mut self,
        deadline: Option<Millis>,
        then: impl FnOnce(&mut A, Result<R, CallError>, &mut Cx<'_, A>) -> Result<(), Fault> + 'static,
    ) -> u64 {
        let run = Box::new(
            move |actor: &mut A,
                  outcome: Result<Box<dyn Any + Send>, CallError>,
                  cx: &mut Cx<'_, A>| {
                let typed = outcome.map(|value| {
                    *value.downcast::<R>().expect("the id belongs to this type of outcome")
                });
                then(actor, typed, cx)
            },
        );
        self.core.expect(deadline, run, self.context)
    }

    /// How the outcome with this id reaches the actor, from whatever thread.
    pub(crate) fn came(
        &self,
        id: u64,
    ) -> impl FnOnce(Result<Box<dyn Any + Send>, CallError>) + Send + 'static {
        let (address, incarnation) = (self.context.address(), self.core.incarnation);
        move |outcome| address.do_send(Command::Came { incarnation, id, outcome })
    }
}
