//! The one actix actor type of the project: it hosts an actor's value and gives it everything that
//! `SEMANTICS.md` promises.

use crate::actor::{Actor, Handle};
use crate::core::{Core, Current, Due, Outcome, Standing};
use crate::cx::Cx;
use crate::envelope::Envelope;
use crate::fault::{Exit, Fault, StopCause};
use crate::group::Rule;
use crate::stats::{Cause, Ran};
use actix::{ActorContext, AsyncContext, WrapFuture, fut::ActorFutureExt};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use troupe_wire::{CallError, Message};

/// After so many messages in a row the shell lets others run.
const RUN_LENGTH: u32 = 64;

pub(crate) struct Shell<A: Actor> {
    actor: Option<A>,
    core: Core<A>,
}

// The value is never pinned: handlers take it by reference and it may be dropped and made again.
impl<A: Actor> Unpin for Shell<A> {}

/// What the runtime itself says to a shell.
pub(crate) enum Command {
    /// A timer may be due.
    Wake,
    /// The outcome of a call, a job or a child's life.
    Came { incarnation: u64, id: u64, outcome: Outcome },
    /// The bytes of the sync under way are durable, or are not.
    Synced { incarnation: u64, outcome: Result<(), String> },
    /// The group wants a fresh start.
    Restart,
    /// The node drains: run the last hook and end.
    Finish,
    /// The parent or the actor itself ends this life.
    Stop(Exit),
}

impl actix::Message for Command {
    type Result = ();
}

impl<A: Actor> actix::Actor for Shell<A> {
    type Context = actix::Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        if let Some(membership) = &self.core.seat.group {
            let (address, seat) = (context.address(), Arc::clone(&self.core.seat));
            membership.on_restart(Arc::new(move || {
                seat.restart_wanted.store(true, Ordering::Release);
                address.do_send(Command::Restart);
            }));
        }
        self.build(context);
    }

    fn stopped(&mut self, _context: &mut Self::Context) {
        self.core.seat.gate.close();
        self.core.seat.is_gone.store(true, Ordering::Release);
    }
}

impl<A: Handle<M>, M: Message> actix::Handler<Envelope<M>> for Shell<A> {
    type Result = ();

    fn handle(&mut self, envelope: Envelope<M>, context: &mut Self::Context) {
        let Envelope { message, reply, deadline, origin, charge, sent, span } = envelope;
        self.obey_group(context);
        let began = self.core.node.clock().nanos();
        let stats = Arc::clone(self.core.stats::<M>());
        stats.queue.record(began.saturating_sub(sent));
        let refusal = match &self.actor {
            None => Some(CallError::Closing),
            Some(_) if deadline.0 < began / 1_000_000 => Some(CallError::Expired),
            Some(_) => None,
        };
        if let Some(why) = refusal {
            stats.count(Ran::Failed(why));
            reply.settle(Err(why));
            self.core.seat.gate.release(charge);
            return;
        }
        if let Some(audit) = self.core.node.audit() {
            audit.ran(began, A::KIND, M::NAME);
        }
        let entered = span.map(|parent| {
            tracing::debug_span!(parent: parent, "handle", actor = A::KIND, message = M::NAME)
                .entered()
        });
        self.core.current = Current { deadline, origin };
        let ran = self.run(context, began, |actor, cx| actor.handle(message, reply, cx));
        drop(entered);
        let ended = self.core.node.clock().nanos();
        stats.handle.record(ended.saturating_sub(began));
        stats.count(if ran { Ran::Done } else { Ran::Failed(CallError::Crashed) });
        self.core.seat.gate.release(charge);
        self.core.run_length += 1;
        if self.core.run_length >= RUN_LENGTH {
            self.core.run_length = 0;
            context.wait(tokio::task::yield_now().into_actor(self));
        }
    }
}

impl<A: Actor> actix::Handler<Command> for Shell<A> {
    type Result = ();

    fn handle(&mut self, command: Command, context: &mut Self::Context) {
        self.obey_group(context);
        match command {
            Command::Wake => self.wake(context),
            Command::Came { incarnation, id, outcome } => {
                if incarnation == self.core.incarnation {
                    self.resume(id, outcome, context);
                }
            }
            Command::Synced { incarnation, outcome } => self.synced(incarnation, outcome, context),
            Command::Restart => {}
            Command::Finish => self.finish(context),
            Command::Stop(exit) => self.end(exit, context),
        }
    }
}

impl<A: Actor> Shell<A> {
    pub(crate) fn new(core: Core<A>) -> Self {
        Self { actor: None, core }
    }

    /// Runs a piece of the actor. False when it panicked or returned a fault.
    fn run(
        &mut self,
        context: &mut actix::Context<Self>,
        began: u64,
        piece: impl FnOnce(&mut A, &mut Cx<'_, A>) -> Result<(), Fault>,
    ) -> bool {
        let Some(actor) = self.actor.as_mut() else { return false };
        let seat = Arc::clone(&self.core.seat);
        seat.begin(began);
        let core = &mut self.core;
        let outcome = catch_unwind(AssertUnwindSafe(|| piece(actor, &mut Cx::new(core, context))));
        seat.end();
        let busy = self.core.node.clock().nanos().saturating_sub(began);
        seat.stats.busy_nanos.fetch_add(busy, Ordering::Relaxed);
        match outcome {
            Ok(Ok(())) => {
                self.sync(context);
                self.core.note_pending();
                if let Some(exit) = self.core.wants_stop.take() {
                    self.end(exit, context);
                }
                true
            }
            Ok(Err(fault)) => {
                self.fall(Cause::Fault, fault, context);
                false
            }
            Err(panic) => {
                let text = panic_text(panic.as_ref());
                self.fall(Cause::Panic, Fault::Restart(text), context);
                false
            }
        }
    }

    /// Like `run`, on behalf of no message.
    fn run_own(
        &mut self,
        context: &mut actix::Context<Self>,
        piece: impl FnOnce(&mut A, &mut Cx<'_, A>) -> Result<(), Fault>,
    ) {
        let began = self.core.node.clock().nanos();
        self.run(context, began, piece);
    }

    fn resume(&mut self, id: u64, outcome: Outcome, context: &mut actix::Context<Self>) {
        self.core.children.remove(&id);
        let Some(awaited) = self.core.awaited.remove(&id) else { return };
        self.core.current = awaited.current;
        self.run_own(context, |actor, cx| (awaited.run)(actor, outcome, cx));
        self.core.note_pending();
    }

    fn wake(&mut self, context: &mut actix::Context<Self>) {
        self.core.disarm();
        let incarnation = self.core.incarnation;
        let now = self.core.node.clock().mono();
        while let Some(due) = self.core.take_due(now) {
            match due {
                Due::GiveUp(id) => self.resume(id, Err(CallError::TimedOut), context),
                Due::Run(action) => {
                    self.core.current = Current::own();
                    self.run_own(context, action);
                }
            }
            if self.core.incarnation != incarnation {
                return;
            }
        }
        self.core.arm(context);
    }

    /// Starts a sync when writes wait for one.
    fn sync(&mut self, context: &mut actix::Context<Self>) {
        let Some(writes) = self.core.outbox.begin_sync() else { return };
        let incarnation = self.core.incarnation;
        let (node, lock) = (self.core.node.clone(), Arc::clone(&self.core.disk));
        let address = context.address();
        tokio::task::spawn_local(async move {
            let permit = lock.acquire_owned().await;
            let outcome = crate::spawn::write(&node, writes).await;
            drop(permit);
            address.do_send(Command::Synced { incarnation, outcome });
        });
    }

    fn synced(
        &mut self,
        incarnation: u64,
        outcome: Result<(), String>,
        context: &mut actix::Context<Self>,
    ) {
        if let Err(error) = outcome {
            self.fall(Cause::Fault, Fault::Storage(error), context);
            return;
        }
        if incarnation != self.core.incarnation {
            return;
        }
        for effect in self.core.outbox.end_sync() {
            effect();
        }
        self.sync(context);
        self.core.note_pending();
    }

    /// Another member of the group fell and the rule names this one.
    fn obey_group(&mut self, context: &mut actix::Context<Self>) {
        if self.core.seat.restart_wanted.swap(false, Ordering::AcqRel) && self.actor.is_some() {
            self.core.seat.stats.restarted(Cause::Group);
            self.actor = None;
            self.core.forget();
            self.build(context);
        }
    }

    /// The value is lost: a child ends, any other actor is rebuilt after a pause or stops the node.
    fn fall(&mut self, cause: Cause, fault: Fault, context: &mut actix::Context<Self>) {
        let kind = A::KIND;
        tracing::error!(actor = kind, ?cause, error = %fault, "actor fell");
        self.core.seat.stats.restarted(cause);
        self.actor = None;
        self.core.forget();
        let policy = match &self.core.standing {
            Standing::Child(_) => {
                let exit = match (cause, fault) {
                    (Cause::Panic, Fault::Restart(text)) => Exit::Panicked(text),
                    (_, fault) => Exit::Faulted(fault),
                };
                self.end(exit, context);
                return;
            }
            Standing::Top(policy) => *policy,
        };
        let is_final = match &fault {
            Fault::Storage(_) | Fault::Fatal(_) => true,
            Fault::Restart(_) => {
                self.core.seat.group.as_ref().is_some_and(|group| group.rule() == Rule::Never)
            }
        };
        if is_final {
            self.core.node.stop(StopCause::Fault { kind, fault });
            self.end(Exit::Stopped, context);
            return;
        }
        let now = self.core.node.clock().mono();
        let Some(pause) = self.core.falls.next_pause(now, &policy) else {
            self.core.node.stop(StopCause::CrashLoop { kind, last: fault.to_string() });
            self.end(Exit::Stopped, context);
            return;
        };
        if let Some(group) = &self.core.seat.group {
            group.fell();
        }
        let alarm = self.core.node.clock().alarm(now.plus(pause));
        let disk = Arc::clone(&self.core.disk);
        // Queued messages stay in the mailbox: a context that waits does not read it.
        let pause = async move {
            alarm.await;
            drop(disk.acquire_owned().await);
        };
        let rebuild = pause
            .into_actor(self)
            .map(|(), shell, context: &mut actix::Context<Self>| shell.build(context));
        context.wait(rebuild);
    }

    fn build(&mut self, context: &mut actix::Context<Self>) {
        let incarnation = self.core.incarnation;
        let node = self.core.node.clone();
        let factory = &mut self.core.factory;
        let built = catch_unwind(AssertUnwindSafe(|| factory.build(&node, incarnation)));
        match built {
            Ok(Ok(actor)) => {
                self.actor = Some(actor);
                self.core.current = Current::own();
                self.run_own(context, |actor, cx| actor.started(cx));
            }
            Ok(Err(fault)) => self.fall(Cause::Fault, fault, context),
            Err(panic) => {
                let text = panic_text(panic.as_ref());
                self.fall(Cause::Panic, Fault::Restart(text), context);
            }
        }
    }

    fn finish(&mut self, context: &mut actix::Context<Self>) {
        self.core.current = Current::own();
        self.run_own(context, |actor, cx| actor.stopping(cx));
        if !self.core.outbox.is_holding() {
            self.end(Exit::Stopped, context);
            return;
        }
        // What the last hook persisted is on its way; come back when it is durable.
        let disk = Arc::clone(&self.core.disk);
        let flushed = async move { drop(disk.acquire_owned().await) };
        let address = context.address();
        let then = flushed.into_actor(self).map(move |(), _shell, _context| {
            address.do_send(Command::Stop(Exit::Stopped));
        });
        context.spawn(then);
    }

    fn end(&mut self, exit: Exit, context: &mut actix::Context<Self>) {
        self.actor = None;
        self.core.forget();
        self.core.seat.gate.close();
        if let Standing::Child(notify) = &mut self.core.standing {
            if let Some(notify) = notify.take() {
                notify(exit);
            }
        }
        self.core.seat.is_gone.store(true, Ordering::Release);
        context.stop();
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "panic without a message".to_owned())
}
