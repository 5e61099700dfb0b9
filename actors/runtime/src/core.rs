//! What a shell keeps beside the actor's value: what is awaited, what is held back, what belongs to
//! one incarnation.

use crate::cx::Cx;
use crate::fault::{Exit, Fault};
use crate::link::Origin;
use crate::node::Node;
use crate::outbox::Outbox;
use crate::restart::{Falls, RestartPolicy};
use crate::seat::Seat;
use crate::shell::Command;
use crate::spawn::Factory;
use crate::stats::MessageStats;
use std::any::{Any, TypeId};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;
use troupe_types::Millis;
use troupe_wire::{CallError, Message};

/// What comes back for an awaited call, job or exit.
pub(crate) type Outcome = Result<Box<dyn Any + Send>, CallError>;
/// What runs with it.
pub(crate) type Continuation<A> =
    Box<dyn FnOnce(&mut A, Outcome, &mut Cx<'_, A>) -> Result<(), Fault>>;
/// What a timer runs.
pub(crate) type TimerAction<A> = Box<dyn FnOnce(&mut A, &mut Cx<'_, A>) -> Result<(), Fault>>;

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

pub(crate) struct Awaited<A: crate::Actor> {
    pub(crate) run: Continuation<A>,
    pub(crate) current: Current,
}

pub(crate) enum Due<A: crate::Actor> {
    /// The deadline of something awaited.
    GiveUp(u64),
    /// A timer of the actor's own.
    Run(TimerAction<A>),
}

/// Whether the actor stands on its own or belongs to a parent.
pub(crate) enum Standing {
    Top(RestartPolicy),
    /// Takes the exit to the parent.
    Child(Option<Box<dyn FnOnce(Exit)>>),
}

pub(crate) struct Core<A: crate::Actor> {
    pub(crate) node: Node,
    pub(crate) seat: Arc<Seat>,
    pub(crate) factory: Factory<A>,
    pub(crate) standing: Standing,
    pub(crate) falls: Falls,
    /// Counts rebuilds; what was begun for an earlier value is dropped.
    pub(crate) incarnation: u64,
    pub(crate) current: Current,
    pub(crate) outbox: Outbox,
    /// Held while bytes are on their way to disk, so that no rebuild reads a file being written.
    pub(crate) disk: Arc<Semaphore>,
    next_id: u64,
    pub(crate) awaited: HashMap<u64, Awaited<A>>,
    timers: BTreeMap<(Millis, u64), Due<A>>,
    armed: Option<(Millis, AbortHandle)>,
    pub(crate) tasks: Vec<AbortHandle>,
    pub(crate) children: BTreeMap<u64, Box<dyn Fn()>>,
    stats: Vec<(TypeId, Arc<MessageStats>)>,
    pub(crate) run_length: u32,
    pub(crate) wants_stop: Option<Exit>,
}

impl<A: crate::Actor> Core<A> {
    pub(crate) fn new(
        node: Node,
        seat: Arc<Seat>,
        factory: Factory<A>,
        standing: Standing,
    ) -> Self {
        Self {
            node,
            seat,
            factory,
            standing,
            falls: Falls::default(),
            incarnation: 0,
            current: Current::own(),
            outbox: Outbox::default(),
            disk: Arc::new(Semaphore::new(1)),
            next_id: 0,
            awaited: HashMap::new(),
            timers: BTreeMap::new(),
            armed: None,
            tasks: Vec::new(),
            children: BTreeMap::new(),
            stats: Vec::new(),
            run_length: 0,
            wants_stop: None,
        }
    }

    pub(crate) fn stats<M: Message>(&mut self) -> &Arc<MessageStats> {
        let id = TypeId::of::<M>();
        let index = match self.stats.iter().position(|(known, _)| *known == id) {
            Some(index) => index,
            None => {
                self.stats.push((id, self.seat.stats.message(M::NAME)));
                self.stats.len() - 1
            }
        };
        &self.stats[index].1
    }

    pub(crate) fn fresh_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// Remembers what to run when the outcome with this id comes, and by when to give up on it.
    pub(crate) fn expect(
        &mut self,
        deadline: Option<Millis>,
        run: Continuation<A>,
        context: &actix::Context<crate::shell::Shell<A>>,
    ) -> u64 {
        let id = self.fresh_id();
        self.awaited.insert(id, Awaited { run, current: self.current.clone() });
        if let Some(deadline) = deadline {
            self.schedule(deadline, id, Due::GiveUp(id), context);
        }
        self.note_pending();
        id
    }

    pub(crate) fn schedule(
        &mut self,
        at: Millis,
        id: u64,
        due: Due<A>,
        context: &actix::Context<crate::shell::Shell<A>>,
    ) {
        self.timers.insert((at, id), due);
        self.arm(context);
    }

    /// Takes the next timer that is due.
    pub(crate) fn take_due(&mut self, now: Millis) -> Option<Due<A>> {
        let entry = self.timers.first_entry()?;
        (entry.key().0 <= now).then(|| entry.remove())
    }

    pub(crate) fn cancel_timer(&mut self, at: Millis, id: u64) {
        self.timers.remove(&(at, id));
    }

    /// Keeps one alarm on the earliest timer.
    pub(crate) fn arm(&mut self, context: &actix::Context<crate::shell::Shell<A>>) {
        use actix::AsyncContext;
        let Some((earliest, _)) = self.timers.keys().next().copied() else { return };
        if self.armed.as_ref().is_some_and(|(at, _)| *at <= earliest) {
            return;
        }
        if let Some((_, alarm)) = self.armed.take() {
            alarm.abort();
        }
        let alarm = self.node.clock().alarm(earliest);
        let address = context.address();
        let task = tokio::task::spawn_local(async move {
            alarm.await;
            address.do_send(Command::Wake);
        });
        self.armed = Some((earliest, task.abort_handle()));
    }

    /// The alarm rang.
    pub(crate) fn disarm(&mut self) {
        self.armed = None;
    }

    /// Lets the drain see whether something is still to come.
    pub(crate) fn note_pending(&self) {
        let pending = self.awaited.len() + usize::from(self.outbox.is_holding());
        self.seat.pending.store(pending as u64, Ordering::Release);
    }

    /// Drops everything that belongs to the incarnation.
    pub(crate) fn forget(&mut self) {
        self.incarnation += 1;
        self.outbox.clear();
        self.awaited.clear();
        self.timers.clear();
        if let Some((_, alarm)) = self.armed.take() {
            alarm.abort();
        }
        for task in self.tasks.drain(..) {
            task.abort();
        }
        for (_, stop) in std::mem::take(&mut self.children) {
            stop();
        }
        self.current = Current::own();
        self.wants_stop = None;
        self.note_pending();
    }
}
