//! Machines inside actors: inline, or moved to a pool with their inputs and back with their outputs.

use crate::actor::Actor;
use crate::cx::{Cx, Timer};
use crate::fault::Fault;
use crate::pool::Pool;
use std::collections::VecDeque;
use std::fmt;
use troupe_types::{Bytes, Millis};
use troupe_wire::{CallError, Machine, Now};

/// Where a machine's steps run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the handler: steps below 50 us.
    Inline,
    /// In a pool: steps that compute.
    Pooled(Pool),
}

/// A machine hosted by an actor.
pub struct Driven<M: Machine> {
    home: Home<M>,
    place: Place,
    /// Whether the next step is one for the handler after all.
    is_light: Option<fn(&M) -> bool>,
    waiting: Steps<M>,
    waiting_bytes: u64,
    cap: Bytes,
    /// Tells this machine from another one put under its key; 0 until it was first driven.
    pub(crate) name: u64,
    /// Its outputs are being performed; what they bring about waits until all were.
    pub(crate) is_performing: bool,
    pub(crate) tick: Option<Timer>,
    /// Set while the pool was too full to take the machine.
    pub(crate) retry: Option<Timer>,
}

enum Home<M> {
    Here(M),
    Away,
    /// It panicked.
    Broken,
}

pub(crate) enum Step<M: Machine> {
    Input(M::Input, u64),
    Tick,
}

pub(crate) type Steps<M> = VecDeque<Step<M>>;

impl<M: Machine> fmt::Debug for Driven<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driven")
            .field("place", &self.place)
            .field("is_away", &matches!(self.home, Home::Away))
            .field("is_broken", &self.is_broken())
            .field("waiting", &self.waiting.len())
            .finish_non_exhaustive()
    }
}

/// An actor that hosts machines of type `M`, each under a key.
pub trait Drives<M: Machine>: Actor {
    /// Tells its machines apart; `()` when there is one.
    type Key: Copy + 'static;

    /// The machine under this key, if it is still there.
    fn driven(&mut self, key: Self::Key) -> Option<&mut Driven<M>>;

    /// Does what the machine wishes, one output at a time and in order. An input given meanwhile is
    /// applied after the last of these outputs. Calls made here are the machine's own: they inherit
    /// no deadline.
    fn perform(
        &mut self,
        key: Self::Key,
        output: M::Output,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault>;

    /// The machine panicked and takes no more inputs. An actor that hosts several drops this one
    /// and goes on; without a word of its own the actor falls with it.
    fn broken(&mut self, key: Self::Key, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let _ = (key, cx);
        Err(Fault::Restart("a machine panicked".to_owned()))
    }
}

impl<M: Machine> Driven<M> {
    /// Hosts `machine`. At most `cap` bytes of inputs wait while it is away in a pool.
    pub fn new(machine: M, place: Place, cap: Bytes) -> Self {
        Self {
            home: Home::Here(machine),
            place,
            is_light: None,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            cap,
            name: 0,
            is_performing: false,
            tick: None,
            retry: None,
        }
    }

    /// The same, whose next step is taken in the handler where `is_light` says so of the machine, wherever else its place is:
    /// for a few microseconds, moving it costs more than they do.
    #[must_use]
    pub fn judged(mut self, is_light: fn(&M) -> bool) -> Self {
        self.is_light = Some(is_light);
        self
    }

    /// The machine, unless it is away in a pool or broken.
    #[must_use]
    pub fn machine(&self) -> Option<&M> {
        match &self.home {
            Home::Here(machine) => Some(machine),
            Home::Away | Home::Broken => None,
        }
    }

    /// Bytes of inputs that wait for the machine to come back.
    #[must_use]
    pub fn waiting_bytes(&self) -> Bytes {
        Bytes(self.waiting_bytes)
    }

    /// Whether the machine panicked.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        matches!(self.home, Home::Broken)
    }

    /// The pool for the next step of the machine; none where it is for the handler.
    pub(crate) fn pool(&self, machine: &M) -> Option<Pool> {
        match self.place {
            Place::Inline => None,
            Place::Pooled(pool) => {
                let is_light = self.is_light.is_some_and(|is_light| is_light(machine));
                (!is_light).then_some(pool)
            }
        }
    }

    pub(crate) fn push(&mut self, step: Step<M>) -> Result<(), CallError> {
        if self.is_broken() {
            return Err(CallError::Crashed);
        }
        if let Step::Input(_, weight) = &step {
            let total = self.waiting_bytes.saturating_add(*weight);
            if total > self.cap.0 {
                return Err(CallError::Busy);
            }
            self.waiting_bytes = total;
        }
        self.waiting.push_back(step);
        Ok(())
    }

    /// Takes the machine with everything that waits for it, if both are there.
    pub(crate) fn leave(&mut self) -> Option<(M, Steps<M>)> {
        if self.is_performing || self.waiting.is_empty() {
            return None;
        }
        match std::mem::replace(&mut self.home, Home::Away) {
            Home::Here(machine) => {
                self.waiting_bytes = 0;
                Some((machine, std::mem::take(&mut self.waiting)))
            }
            elsewhere => {
                self.home = elsewhere;
                None
            }
        }
    }

    /// The machine is back; `None` when it never will be.
    pub(crate) fn arrive(&mut self, machine: Option<M>) {
        match machine {
            Some(machine) => self.home = Home::Here(machine),
            None => {
                self.home = Home::Broken;
                self.waiting.clear();
                self.waiting_bytes = 0;
            }
        }
    }

    /// The machine did not get away: it is here again, and its steps wait before all others.
    pub(crate) fn stay(&mut self, machine: M, steps: Steps<M>) {
        self.home = Home::Here(machine);
        self.wait(steps);
    }

    /// These steps wait before all others.
    pub(crate) fn wait(&mut self, mut steps: Steps<M>) {
        let bytes = steps.iter().map(|step| match step {
            Step::Input(_, weight) => *weight,
            Step::Tick => 0,
        });
        self.waiting_bytes += bytes.sum::<u64>();
        steps.append(&mut self.waiting);
        self.waiting = steps;
    }
}

/// Applies steps in order.
pub(crate) fn apply<M: Machine>(machine: &mut M, now: Now, steps: Steps<M>) -> Vec<M::Output> {
    let mut outputs = Vec::new();
    for step in steps {
        match step {
            Step::Input(input, _) => machine.step(now, input, &mut outputs),
            Step::Tick => machine.tick(now, &mut outputs),
        }
    }
    outputs
}

/// When the machine at home wants to be ticked.
pub(crate) fn wanted_tick<M: Machine>(driven: &Driven<M>) -> Option<Millis> {
    driven.machine().and_then(Machine::next_tick)
}
