//! What a shell keeps beside the actor's value: what is awaited, what is held back, what belongs to
//! one incarnation.

use crate::actor::Actor;
use crate::clock::Clock;
use crate::cx::Cx;
use crate::fault::{Exit, Fault};
use crate::link::Origin;
use crate::node::Node;
use crate::outbox::Outbox;
use crate::promise::{Promise, Ticket};
use crate::restart::{Falls, RestartPolicy};
use crate::seat::{Order, Seat};
use crate::shell::{Command, Shell};
use crate::slab::Slab;
use crate::spawn::Factory;
use crate::stats::OwnStats;
use crate::writer::Writer;
use std::any::Any;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use troupe_types::Millis;
use troupe_wire::CallError;

/// What a timer runs.
pub(crate) type TimerAction<A> = Box<dyn FnOnce(&mut A, &mut Cx<'_, A>) -> Result<(), Fault>>;

/// What runs with an awaited outcome.
pub(crate) trait Resume<A: Actor> {
    /// `outcome` is an `Option<Result<R, CallError>>` of this continuation's `R`, and is taken.
    fn resume(
        self: Box<Self>,
        outcome: &mut dyn Any,
        actor: &mut A,
        cx: &mut Cx<'_, A>,
    ) -> Result<(), Fault>;

    fn fail(
        self: Box<Self>,
        why: CallError,
        actor: &mut A,
        cx: &mut Cx<'_, A>,
    ) -> Result<(), Fault>;
}

struct Then<F, R>(F, PhantomData<fn(R)>);

impl<A, F, R> Resume<A> for Then<F, R>
where
    A: Actor,
    F: FnOnce(&mut A, Result<R, CallError>, &mut Cx<'_, A>) -> Result<(), Fault>,
    R: 'static,
{
    fn resume(
        self: Box<Self>,
        outcome: &mut dyn Any,
        actor: &mut A,
        cx: &mut Cx<'_, A>,
    ) -> Result<(), Fault> {
        let outcome = outcome.downcast_mut::<Option<Result<R, CallError>>>();
        let outcome = outcome.and_then(Option::take).expect("the ticket belongs to this type");
        (self.0)(actor, outcome, cx)
    }

    fn fail(
        self: Box<Self>,
        why: CallError,
        actor: &mut A,
        cx: &mut Cx<'_, A>,
    ) -> Result<(), Fault> {
        (self.0)(actor, Err(why), cx)
    }
}

/// The circumstances of what is running: calls made meanwhile inherit them.
#[derive(Debug, Clone)]
pub(crate) struct Current {
    pub(crate) deadline: Millis,
    pub(crate) origin: Origin,
}

impl Current {
    /// Not on behalf of any message.
    pub(crate) const fn own() -> Self {
        Self { deadline: Millis::MAX, origin: Origin::Local }
    }
}

pub(crate) struct Awaited<A: Actor> {
    pub(crate) then: Box<dyn Resume<A>>,
    pub(crate) current: Current,
    /// When to stop waiting; [`Millis::MAX`] for what always comes.
    deadline: Millis,
}

/// Whether the actor stands on its own or belongs to a parent.
pub(crate) enum Standing {
    Top(RestartPolicy),
    Child {
        /// Takes the exit to the parent.
        exit: Option<Promise<Exit>>,
        /// Dropped when nothing of the child is at work any more.
        done: Option<oneshot::Sender<()>>,
    },
}

/// A child as its parent holds it.
pub(crate) struct Child {
    pub(crate) tell: Box<dyn Fn(Order)>,
    pub(crate) done: oneshot::Receiver<()>,
    pub(crate) lifetime: Option<(Millis, u64)>,
}

pub(crate) struct Core<A: Actor> {
    pub(crate) node: Node,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) seat: Arc<Seat>,
    pub(crate) address: Arc<actix::Addr<Shell<A>>>,
    pub(crate) stats: OwnStats,
    pub(crate) factory: Factory<A>,
    pub(crate) standing: Standing,
    pub(crate) falls: Falls,
    /// Counts rebuilds; what was begun for an earlier value is dropped.
    pub(crate) incarnation: u64,
    pub(crate) current: Current,
    pub(crate) outbox: Outbox,
    pub(crate) writer: Writer,
    awaited: Slab<Awaited<A>>,
    /// No awaited outcome has an earlier deadline.
    give_up_at: Millis,
    timers: BTreeMap<(Millis, u64), TimerAction<A>>,
    last_timer: u64,
    /// The last name given to a machine.
    pub(crate) last_name: u64,
    armed: Option<(Millis, AbortHandle)>,
    pub(crate) tasks: Vec<AbortHandle>,
    pub(crate) children: BTreeMap<u64, Child>,
    /// Children of earlier values that may still be at work.
    pub(crate) leftover: Vec<oneshot::Receiver<()>>,
    /// The actor is to end once what it persisted is durable.
    pub(crate) leaving: Option<Exit>,
    /// The last reading of the clock, while the shell runs one thing after the other.
    pub(crate) read_at: Option<u64>,
}

impl<A: Actor> Core<A> {
    pub(crate) fn new(
        node: Node,
        seat: Arc<Seat>,
        address: actix::Addr<Shell<A>>,
        factory: Factory<A>,
        standing: Standing,
    ) -> Self {
        Self {
            clock: Arc::clone(node.clock()),
            node,
            stats: OwnStats::new(&seat.stats),
            seat,
            address: Arc::new(address),
            factory,
            standing,
            falls: Falls::default(),
            incarnation: 0,
            current: Current::own(),
            outbox: Outbox::default(),
            writer: Writer::default(),
            awaited: Slab::default(),
            give_up_at: Millis::MAX,
            timers: BTreeMap::new(),
            last_timer: 0,
            last_name: 0,
            armed: None,
            tasks: Vec::new(),
            children: BTreeMap::new(),
            leftover: Vec::new(),
            leaving: None,
            read_at: None,
        }
    }

    /// The time in nanoseconds; what ran just before has read it already.
    pub(crate) fn reading(&self) -> u64 {
        self.read_at.unwrap_or_else(|| self.clock.nanos())
    }

    /// Remembers what to run when the outcome comes, and by when to give up on it.
    pub(crate) fn expect<R: 'static>(
        &mut self,
        deadline: Millis,
        then: impl FnOnce(&mut A, Result<R, CallError>, &mut Cx<'_, A>) -> Result<(), Fault> + 'static,
    ) -> Ticket {
        let then = Box::new(Then(then, PhantomData));
        let current = self.current.clone();
        let ticket = self.awaited.insert(Awaited { then, current, deadline });
        if deadline < self.give_up_at {
            self.give_up_at = deadline;
            self.arm();
        }
        ticket
    }

    /// How the outcome for a ticket reaches the actor.
    pub(crate) fn promise<R: Send + 'static>(&self, ticket: Ticket) -> Promise<R> {
        Promise::new(Arc::clone(&self.address) as _, self.incarnation, ticket)
    }

    /// What the ticket stands for, unless it was taken or given up.
    pub(crate) fn take_awaited(&mut self, ticket: Ticket) -> Option<Awaited<A>> {
        self.awaited.remove(ticket)
    }

    /// What is awaited in vain, the longest overdue first.
    pub(crate) fn overdue(&mut self, now: Millis) -> Vec<Ticket> {
        if now < self.give_up_at {
            return Vec::new();
        }
        let mut overdue = Vec::new();
        self.give_up_at = Millis::MAX;
        for (ticket, awaited) in self.awaited.iter() {
            if awaited.deadline <= now {
                overdue.push((awaited.deadline, ticket));
            } else {
                self.give_up_at = self.give_up_at.at_most(awaited.deadline);
            }
        }
        overdue.sort_unstable_by_key(|(deadline, ticket)| (*deadline, ticket.serial));
        overdue.into_iter().map(|(_, ticket)| ticket).collect()
    }

    /// Some of what is overdue was not given up yet.
    pub(crate) fn look_again(&mut self, now: Millis) {
        self.give_up_at = self.give_up_at.at_most(now);
    }

    pub(crate) fn set_timer(&mut self, at: Millis, action: TimerAction<A>) -> u64 {
        self.last_timer += 1;
        self.timers.insert((at, self.last_timer), action);
        self.arm();
        self.last_timer
    }

    pub(crate) fn cancel_timer(&mut self, at: Millis, id: u64) {
        self.timers.remove(&(at, id));
    }

    pub(crate) fn last_timer(&self) -> u64 {
        self.last_timer
    }

    /// Takes the next timer that is due, among those up to `last`.
    pub(crate) fn take_due(&mut self, now: Millis, last: u64) -> Option<TimerAction<A>> {
        let entry = self.timers.first_entry()?;
        let (at, id) = *entry.key();
        (at <= now && id <= last).then(|| entry.remove())
    }

    /// Keeps one alarm on what comes first.
    pub(crate) fn arm(&mut self) {
        let timer = self.timers.first_key_value().map_or(Millis::MAX, |((at, _), _)| *at);
        let earliest = timer.at_most(self.give_up_at);
        if earliest == Millis::MAX || self.armed.as_ref().is_some_and(|(at, _)| *at <= earliest) {
            return;
        }
        self.disarm();
        let (alarm, address) = (self.clock.alarm(earliest), Arc::clone(&self.address));
        let task = tokio::task::spawn_local(async move {
            alarm.await;
            address.do_send(Command::Wake);
        });
        self.armed = Some((earliest, task.abort_handle()));
    }

    /// The alarm rang or is not wanted any more.
    pub(crate) fn disarm(&mut self) {
        if let Some((_, alarm)) = self.armed.take() {
            alarm.abort();
        }
    }

    /// How much is still to come, as the drain sees it.
    pub(crate) fn pending(&self) -> u64 {
        (self.awaited.len() + usize::from(self.outbox.is_holding())) as u64
    }

    /// A child's life is over.
    pub(crate) fn bury(&mut self, serial: u64) {
        if self.children.is_empty() {
            return;
        }
        if let Some((at, id)) = self.children.remove(&serial).and_then(|child| child.lifetime) {
            self.cancel_timer(at, id);
        }
    }

    /// Gives up what would run the actor again; what it persisted and sent stays.
    pub(crate) fn expect_nothing(&mut self) -> Debris<A> {
        self.disarm();
        self.give_up_at = Millis::MAX;
        Debris {
            outbox: Outbox::default(),
            awaited: self.awaited.take_all(),
            timers: std::mem::take(&mut self.timers),
        }
    }

    /// Gives up everything that belongs to the incarnation.
    pub(crate) fn forget(&mut self) -> Debris<A> {
        self.incarnation += 1;
        self.current = Current::own();
        for task in self.tasks.drain(..) {
            task.abort();
        }
        for (_, child) in std::mem::take(&mut self.children) {
            (child.tell)(Order::Stop);
            self.leftover.push(child.done);
        }
        Debris { outbox: std::mem::take(&mut self.outbox), ..self.expect_nothing() }
    }
}

/// What is left of an incarnation, to be dropped where a panic does no harm.
#[expect(dead_code, reason = "it exists to be dropped")]
pub(crate) struct Debris<A: Actor> {
    outbox: Outbox,
    awaited: Vec<Awaited<A>>,
    timers: BTreeMap<(Millis, u64), TimerAction<A>>,
}
