//! Birth, fall, rebuilding and end of the value in a shell.

use crate::actor::Actor;
use crate::core::{Current, Standing};
use crate::fault::{Exit, Fault, StopCause, panic_text};
use crate::group::Rule;
use crate::orphans::{self, guarded};
use crate::seat::Order;
use crate::shell::{Command, Shell};
use crate::stats::Cause;
use actix::{ActorContext, Context};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use troupe_wire::CallError;

impl<A: Actor> Shell<A> {
    /// The shell was started.
    pub(crate) fn come(&mut self, context: &mut Context<Self>) {
        // An event loop that is dropped starts what it never ran, only to stop it.
        if !context.state().alive() {
            return;
        }
        if let Some(membership) = &self.core.seat.group {
            let (address, seat) = (Arc::clone(&self.core.address), Arc::clone(&self.core.seat));
            membership.on_restart(Arc::new(move || {
                seat.order(Order::Restart);
                address.do_send(Command::Obey);
            }));
        }
        self.rebuild(context);
    }

    /// Does what its seat was ordered to.
    pub(crate) fn obey(&mut self, context: &mut Context<Self>) {
        if self.has_ended {
            return;
        }
        if let Some(exit) = self.core.seat.ordered_exit() {
            self.end(exit, context);
            return;
        }
        // Without a value it is about to be rebuilt anyway.
        if self.core.seat.take_restart() && self.actor.is_some() && self.core.leaving.is_none() {
            self.core.seat.stats.restarted(Cause::Group);
            self.discard(CallError::Crashed);
            if self.is_settled() {
                self.rebuild(context);
            } else {
                let settled = self.settled();
                self.pause(context, settled, Self::rebuild);
            }
        }
    }

    /// The value is lost: a child ends, any other actor is rebuilt after a pause or stops the node.
    pub(crate) fn fall(&mut self, cause: Cause, fault: Fault, context: &mut Context<Self>) {
        let kind = A::KIND;
        tracing::error!(actor = kind, ?cause, error = %fault, "actor fell");
        self.core.seat.stats.restarted(cause);
        let is_leaving = self.core.leaving.take().is_some();
        self.discard(CallError::Crashed);
        let is_fatal = match &fault {
            Fault::Storage(_)
            | Fault::Diverged(_)
            | Fault::Twin(_)
            | Fault::Outdated(_)
            | Fault::Fatal(_) => true,
            Fault::Restart(_) => {
                self.core.seat.group.as_ref().is_some_and(|group| group.rule() == Rule::Never)
            }
        };
        if is_fatal {
            self.core.node.stop(StopCause::Fault { kind, fault: fault.clone() });
        }
        let policy = match &self.core.standing {
            Standing::Child { .. } => {
                let exit = match (cause, fault) {
                    (Cause::Panic, Fault::Restart(text)) => Exit::Panicked(text),
                    (_, fault) => Exit::Faulted(fault),
                };
                return self.end(exit, context);
            }
            Standing::Top(policy) => *policy,
        };
        if is_fatal || is_leaving {
            return self.end(Exit::Faulted(fault), context);
        }
        let now = self.core.clock.mono();
        let Some(pause) = self.core.falls.next_pause(now, &policy) else {
            self.core.node.stop(StopCause::CrashLoop { kind, last: fault.to_string() });
            return self.end(Exit::Faulted(fault), context);
        };
        if let Some(group) = &self.core.seat.group {
            group.fell();
        }
        let (alarm, settled) = (self.core.clock.alarm(now.plus(pause)), self.settled());
        // Queued messages stay in the mailbox: a context that waits does not read it.
        let pause = async move {
            alarm.await;
            settled.await;
        };
        self.pause(context, pause, Self::rebuild);
    }

    /// Makes the value from its factory, unless there is a reason to end.
    fn rebuild(&mut self, context: &mut Context<Self>) {
        if self.has_ended {
            return;
        }
        if let Some(exit) = self.core.seat.ordered_exit() {
            return self.end(exit, context);
        }
        if let Some(error) = self.core.writer.failure() {
            return self.fall(Cause::Fault, Fault::Storage(error), context);
        }
        // A restart that was ordered before is this one.
        self.core.seat.take_restart();
        let core = &mut self.core;
        core.seat.begin(core.clock.nanos());
        let built =
            catch_unwind(AssertUnwindSafe(|| core.factory.build(&core.node, core.incarnation)));
        core.seat.end();
        match built {
            Ok(Ok(actor)) => self.actor = Some(actor),
            Ok(Err(fault)) => return self.fall(Cause::Fault, fault, context),
            Err(panic) => {
                let text = panic_text(panic.as_ref());
                return self.fall(Cause::Panic, Fault::Restart(text), context);
            }
        }
        self.core.current = Current::own();
        let began = self.core.clock.nanos();
        self.run(context, began, |actor, cx| actor.started(cx));
        if self.actor.is_some()
            && let Some(stalled) = self.stalled.take()
        {
            stalled(self, context);
        }
    }

    /// The node drains.
    pub(crate) fn finish(&mut self, context: &mut Context<Self>) {
        if self.has_ended {
            return;
        }
        self.core.current = Current::own();
        self.core.leaving.get_or_insert(Exit::Stopped);
        let began = self.core.clock.nanos();
        self.run(context, began, |actor, cx| actor.stopping(cx));
    }

    /// Ends once what was persisted is durable; until then nothing else runs.
    pub(crate) fn leave(&mut self, context: &mut Context<Self>) {
        if !self.core.outbox.is_holding() {
            if let Some(exit) = self.core.leaving.take() {
                self.end(exit, context);
            }
            return;
        }
        let debris = self.core.expect_nothing();
        let ((), orphans) = orphans::collect(|| {
            guarded("what an actor left behind", || drop(debris));
        });
        orphans::settle(orphans, CallError::Lost);
    }

    /// Ends at once.
    pub(crate) fn end(&mut self, exit: Exit, context: &mut Context<Self>) {
        if self.has_ended {
            return;
        }
        self.has_ended = true;
        self.core.seat.gate.close();
        self.discard(CallError::Lost);
        self.stalled = None;
        if let Some(group) = &self.core.seat.group {
            group.leave();
        }
        let seat = Arc::clone(&self.core.seat);
        let (promise, done) = match &mut self.core.standing {
            Standing::Top(_) => (None, None),
            Standing::Child { exit, done } => (exit.take(), done.take()),
        };
        let tell = move || {
            seat.go();
            if let Some(promise) = promise {
                promise.keep(Ok(exit));
            }
            drop(done);
        };
        context.stop();
        if self.is_settled() {
            return tell();
        }
        let settled = self.settled();
        tokio::task::spawn_local(async move {
            settled.await;
            tell();
        });
    }

    /// The shell is about to be dropped. Only a panic of the shell itself or the end of the event
    /// loop gets here without [`Shell::end`].
    pub(crate) fn gone(&mut self) {
        if self.has_ended {
            return;
        }
        self.has_ended = true;
        self.core.seat.gate.close();
        if let Some(group) = &self.core.seat.group {
            group.leave();
        }
        if std::thread::panicking() {
            let fault = Fault::Fatal("its shell panicked".to_owned());
            self.core.node.stop(StopCause::Fault { kind: A::KIND, fault });
        }
        if let Standing::Child { exit, .. } = &mut self.core.standing
            && let Some(promise) = exit.take()
        {
            promise.keep(Ok(Exit::Panicked("its shell was dropped".to_owned())));
        }
        self.core.seat.go();
    }

    /// Drops the value and all that belongs to it. Askers of what it had begun hear `why`.
    fn discard(&mut self, why: CallError) {
        let (actor, debris) = (self.actor.take(), self.core.forget());
        let ((), orphans) = orphans::collect(|| {
            guarded("dropping an actor", || drop(actor));
            guarded("what an actor left behind", || drop(debris));
        });
        orphans::settle(orphans, why);
        self.core.seat.ran(0);
    }

    /// Whether nothing of an earlier value is at work.
    fn is_settled(&self) -> bool {
        self.core.leftover.is_empty() && self.core.writer.is_idle()
    }

    /// Completes when nothing of an earlier value is at work: its children have ended, its bytes
    /// are written.
    fn settled(&mut self) -> impl Future<Output = ()> + 'static {
        let children = std::mem::take(&mut self.core.leftover);
        let idle = self.core.writer.idle();
        async move {
            for child in children {
                // An error is how the child says that it is done.
                let _ = child.await;
            }
            idle.await;
        }
    }
}
