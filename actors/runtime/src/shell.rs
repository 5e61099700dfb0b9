//! The one actix actor type of the project: it hosts an actor's value and gives it everything that
//! `SEMANTICS.md` promises. Here it runs messages; `life.rs` is about its value's birth and death.

use crate::actor::{Actor, Handle};
use crate::core::{Awaited, Core, Current};
use crate::cx::Cx;
use crate::envelope::Envelope;
use crate::fault::{Fault, panic_text};
use crate::orphans::{self, guarded};
use crate::promise::{Came, Hear, Ticket};
use crate::stats::{Cause, Ran};
use actix::fut::{ActorFuture, ActorFutureExt};
use actix::{Addr, AsyncContext, Context, WrapFuture};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context as Task, Poll};
use troupe_wire::{CallError, Message};

/// After so many messages in a row the shell lets others run.
const RUN_LENGTH: u32 = 64;

pub(crate) struct Shell<A: Actor> {
    pub(crate) actor: Option<A>,
    pub(crate) core: Core<A>,
    /// The message that found the actor about to be rebuilt; it is the first to run then.
    pub(crate) stalled: Option<Stalled<A>>,
    pub(crate) has_ended: bool,
    run_length: u32,
}

pub(crate) type Stalled<A> = Box<dyn FnOnce(&mut Shell<A>, &mut Context<Shell<A>>)>;

// The value is never pinned: handlers take it by reference and it may be dropped and made again.
impl<A: Actor> Unpin for Shell<A> {}

/// What the runtime itself says to a shell.
pub(crate) enum Command {
    /// A timer may be due.
    Wake,
    /// Its seat holds an order.
    Obey,
    /// A task of the actor panicked.
    TaskPanicked { incarnation: u64, text: String },
    /// The node drains: run the last hook and end.
    Finish,
}

impl actix::Message for Command {
    type Result = ();
}

/// Polled whenever the queue was read to its end: what comes later reads the clock anew.
struct Pause;

impl<A: Actor> ActorFuture<Shell<A>> for Pause {
    type Output = ();

    fn poll(
        self: Pin<&mut Self>,
        shell: &mut Shell<A>,
        _context: &mut Context<Shell<A>>,
        _task: &mut Task<'_>,
    ) -> Poll<()> {
        shell.core.read_at = None;
        Poll::Pending
    }
}

impl<A: Actor> actix::Actor for Shell<A> {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.spawn(Pause);
        self.come(context);
    }

    fn stopped(&mut self, _context: &mut Self::Context) {
        self.gone();
    }
}

impl<A: Handle<M>, M: Message> actix::Handler<Envelope<M>> for Shell<A> {
    type Result = ();

    fn handle(&mut self, envelope: Envelope<M>, context: &mut Self::Context) {
        if self.core.seat.has_orders() {
            self.obey(context);
        }
        self.receive(envelope, context);
    }
}

impl<A: Actor, R: Send + 'static> actix::Handler<Came<R>> for Shell<A> {
    type Result = ();

    fn handle(&mut self, came: Came<R>, context: &mut Self::Context) {
        if self.core.seat.has_orders() {
            self.obey(context);
        }
        let Came { incarnation, ticket, outcome } = came;
        if incarnation != self.core.incarnation {
            return;
        }
        let mut outcome = Some(outcome);
        self.resume(ticket, context, |awaited, actor, cx| {
            awaited.then.resume(&mut outcome, actor, cx)
        });
    }
}

impl<A: Actor, R: Send + 'static> Hear<R> for Addr<Shell<A>> {
    fn hear(&self, came: Came<R>) {
        self.do_send(came);
    }
}

impl<A: Actor> actix::Handler<Command> for Shell<A> {
    type Result = ();

    fn handle(&mut self, command: Command, context: &mut Self::Context) {
        if self.core.seat.has_orders() {
            self.obey(context);
        }
        match command {
            Command::Wake => self.wake(context),
            Command::Obey => {}
            Command::TaskPanicked { incarnation, text } => {
                if incarnation == self.core.incarnation {
                    self.fall(Cause::Panic, Fault::Restart(text), context);
                }
            }
            Command::Finish if self.actor.is_none() => {
                self.stalled.get_or_insert(Box::new(Self::finish));
            }
            Command::Finish => self.finish(context),
        }
    }
}

impl<A: Actor> Shell<A> {
    pub(crate) fn new(core: Core<A>) -> Self {
        Self { actor: None, core, stalled: None, has_ended: false, run_length: 0 }
    }

    fn receive<M: Message>(&mut self, mut envelope: Envelope<M>, context: &mut Context<Self>)
    where
        A: Handle<M>,
    {
        let is_leaving = self.has_ended || self.core.leaving.is_some();
        if self.actor.is_none() && !is_leaving {
            self.stalled = Some(Box::new(move |shell, context| shell.receive(envelope, context)));
            return;
        }
        envelope.reply.begin();
        let Envelope { message, reply, deadline, origin, charge, sent, span } = envelope;
        let began = self.core.reading();
        let stats = self.core.stats.find::<M>();
        self.core.stats.of(stats).queue.record(began.saturating_sub(sent));
        let refusal = match (is_leaving, deadline.0 <= began / 1_000_000) {
            (true, _) => Some(CallError::Closing),
            (false, true) => Some(CallError::Expired),
            (false, false) => None,
        };
        if let Some(why) = refusal {
            self.core.stats.of(stats).count(Ran::Failed(why));
            reply.settle(Err(why));
            self.core.seat.gate.release(charge);
            self.count_run(context);
            return;
        }
        if let Some(audit) = self.core.node.audit() {
            audit.ran(began, A::KIND, M::NAME);
        }
        let entered = span.map(|parent| {
            tracing::debug_span!(parent: &*parent, "handle", actor = A::KIND, message = M::NAME)
                .entered()
        });
        self.core.current = Current { deadline, origin };
        let ran = self.run(context, began, |actor, cx| actor.handle(message, reply, cx));
        drop(entered);
        let stats = self.core.stats.of(stats);
        stats.handle.record(ran.nanos);
        stats.count(if ran.is_whole { Ran::Done } else { Ran::Failed(CallError::Crashed) });
        self.core.seat.gate.release(charge);
    }

    /// Runs a piece of the actor, and sees to what it wished for.
    pub(crate) fn run(
        &mut self,
        context: &mut Context<Self>,
        began: u64,
        piece: impl FnOnce(&mut A, &mut Cx<'_, A>) -> Result<(), Fault>,
    ) -> Piece {
        let Some(actor) = self.actor.as_mut() else { return Piece { is_whole: false, nanos: 0 } };
        let core = &mut self.core;
        core.seat.begin(began);
        let (outcome, orphans) = orphans::collect(|| {
            catch_unwind(AssertUnwindSafe(|| piece(actor, &mut Cx::new(core))))
        });
        let ended = core.clock.nanos();
        core.read_at = Some(ended);
        core.seat.end();
        let nanos = ended.saturating_sub(began);
        core.stats.worked(nanos);
        let fall = match outcome {
            Ok(Ok(())) => None,
            Ok(Err(fault)) => Some((Cause::Fault, fault)),
            Err(panic) => Some((Cause::Panic, Fault::Restart(panic_text(panic.as_ref())))),
        };
        let is_whole = fall.is_none();
        if !orphans.is_empty() {
            orphans::settle(orphans, if is_whole { CallError::Lost } else { CallError::Crashed });
        }
        match fall {
            Some((cause, fault)) => self.fall(cause, fault, context),
            None => self.follow_up(context),
        }
        self.core.seat.ran(self.core.pending());
        self.count_run(context);
        Piece { is_whole, nanos }
    }

    /// Sees to writes and to the wish to end.
    fn follow_up(&mut self, context: &mut Context<Self>) {
        self.sync(context);
        if self.core.leaving.is_some() {
            self.leave(context);
        } else if self.core.outbox.is_full() {
            let idle = self.core.writer.idle();
            self.pause(context, idle, |_, _| {});
        }
    }

    fn count_run(&mut self, context: &mut Context<Self>) {
        self.run_length += 1;
        if self.run_length >= RUN_LENGTH {
            self.run_length = 0;
            self.pause(context, tokio::task::yield_now(), |_, _| {});
        }
    }

    /// Reads nothing from the queue until the future completes.
    pub(crate) fn pause(
        &mut self,
        context: &mut Context<Self>,
        until: impl Future<Output = ()> + 'static,
        then: impl FnOnce(&mut Self, &mut Context<Self>) + 'static,
    ) {
        self.core.read_at = None;
        context.wait(until.into_actor(self).map(|(), shell, context| then(shell, context)));
    }

    /// Runs what waits for an outcome, once.
    fn resume(
        &mut self,
        ticket: Ticket,
        context: &mut Context<Self>,
        piece: impl FnOnce(Awaited<A>, &mut A, &mut Cx<'_, A>) -> Result<(), Fault>,
    ) {
        let Some(mut awaited) = self.core.take_awaited(ticket) else { return };
        self.core.bury(ticket.serial);
        self.core.current = std::mem::replace(&mut awaited.current, Current::own());
        let began = self.core.reading();
        self.run(context, began, |actor, cx| piece(awaited, actor, cx));
    }

    fn wake(&mut self, context: &mut Context<Self>) {
        self.core.disarm();
        let now = crate::clock::millis(self.core.reading());
        // A timer set meanwhile is not run now, or one that sets itself again would never end.
        let last = self.core.last_timer();
        for ticket in self.core.overdue(now) {
            if context.waiting() {
                self.core.look_again(now);
                break;
            }
            self.resume(ticket, context, |awaited, actor, cx| {
                awaited.then.fail(CallError::TimedOut, actor, cx)
            });
        }
        while !context.waiting() {
            let Some(action) = self.core.take_due(now, last) else { break };
            self.core.current = Current::own();
            let began = self.core.reading();
            self.run(context, began, action);
        }
        self.core.arm();
    }

    /// Starts a sync when writes wait for one.
    fn sync(&mut self, context: &mut Context<Self>) {
        let Some(writes) = self.core.outbox.begin_sync() else { return };
        let incarnation = self.core.incarnation;
        let written = self.core.writer.start(&self.core.node, writes);
        let synced = async move { written.await.is_ok() };
        context.spawn(synced.into_actor(self).map(move |is_whole, shell, context| {
            shell.synced(incarnation, is_whole, context);
        }));
    }

    fn synced(&mut self, incarnation: u64, is_whole: bool, context: &mut Context<Self>) {
        if self.has_ended {
            return;
        }
        let panicked = || (!is_whole).then(|| "the write panicked".to_owned());
        if let Some(error) = self.core.writer.failure().or_else(panicked) {
            self.fall(Cause::Fault, Fault::Storage(error), context);
            return;
        }
        if incarnation != self.core.incarnation {
            return;
        }
        let effects = self.core.outbox.end_sync();
        if !guarded("an effect behind a write", || effects.into_iter().for_each(|effect| effect()))
        {
            let fault = Fault::Restart("an effect behind a write panicked".to_owned());
            self.fall(Cause::Panic, fault, context);
            return;
        }
        self.follow_up(context);
        self.core.seat.ran(self.core.pending());
    }
}

/// How a piece of the actor ran.
pub(crate) struct Piece {
    pub(crate) is_whole: bool,
    pub(crate) nanos: u64,
}
