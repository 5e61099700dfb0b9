//! Machines inside actors: inline, or moved to a pool with their inputs and back with their outputs.

use crate::actor::Actor;
use crate::cx::{Cx, Timer};
use crate::fault::Fault;
use crate::pool::Pool;
use std::collections::VecDeque;
use std::fmt;
use troupe_types::{Bytes, Millis};
use troupe_wire::{CallError, Machine};

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
    machine: Option<M>,
    place: Place,
    waiting: VecDeque<Step<M>>,
    waiting_bytes: u64,
    cap: Bytes,
    timer: Option<(Millis, Timer)>,
}

enum Step<M: Machine> {
    Input(M::Input, u64),
    Tick,
}

impl<M: Machine> fmt::Debug for Driven<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driven")
            .field("place", &self.place)
            .field("is_away", &self.machine.is_none())
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

    /// Does what the machine wishes, one output at a time and in order.
    fn perform(
        &mut self,
        key: Self::Key,
        output: M::Output,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault>;
}

impl<M> Driven<M>
where
    M: Machine + Send + 'static,
    M::Input: Send,
    M::Output: Send,
{
    /// Hosts `machine`. At most `cap` bytes of inputs wait while it is away in a pool.
    pub fn new(machine: M, place: Place, cap: Bytes) -> Self {
        let waiting = VecDeque::new();
        Self { machine: Some(machine), place, waiting, waiting_bytes: 0, cap, timer: None }
    }

    /// The machine, unless it is away in a pool.
    #[must_use]
    pub fn machine(&self) -> Option<&M> {
        self.machine.as_ref()
    }

    /// Bytes of inputs that wait for the machine to come back.
    #[must_use]
    pub fn waiting_bytes(&self) -> Bytes {
        Bytes(self.waiting_bytes)
    }

    fn push(&mut self, step: Step<M>) -> Result<(), CallError> {
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

    /// Takes everything that waits, leaving the account empty.
    fn take_waiting(&mut self) -> VecDeque<Step<M>> {
        self.waiting_bytes = 0;
        std::mem::take(&mut self.waiting)
    }
}

/// Applies waiting steps in order.
fn apply<M: Machine>(
    machine: &mut M,
    now: troupe_wire::Now,
    steps: VecDeque<Step<M>>,
) -> Vec<M::Output> {
    let mut outputs = Vec::new();
    for step in steps {
        match step {
            Step::Input(input, _) => machine.step(now, input, &mut outputs),
            Step::Tick => machine.tick(now, &mut outputs),
        }
    }
    outputs
}

impl<A: Actor> Cx<'_, A> {
    /// Gives an input of so many bytes to the machine under `key`.
    ///
    /// `Busy` when the machine is away and too much waits already; `NotHere` without such a machine.
    pub fn drive<M>(
        &mut self,
        actor: &mut A,
        key: A::Key,
        input: M::Input,
        weight: Bytes,
    ) -> Result<Result<(), CallError>, Fault>
    where
        A: Drives<M>,
        M: Machine + Send + 'static,
        M::Input: Send,
        M::Output: Send,
    {
        let Some(driven) = actor.driven(key) else { return Ok(Err(CallError::NotHere)) };
        if let Err(busy) = driven.push(Step::Input(input, weight.0)) {
            return Ok(Err(busy));
        }
        self.advance::<M>(actor, key)?;
        Ok(Ok(()))
    }

    /// Arms the machine's first tick; needed once, after it was put in its place.
    pub fn begin<M>(&mut self, actor: &mut A, key: A::Key) -> Result<(), Fault>
    where
        A: Drives<M>,
        M: Machine + Send + 'static,
        M::Input: Send,
        M::Output: Send,
    {
        self.arm_tick::<M>(actor, key);
        Ok(())
    }

    fn advance<M>(&mut self, actor: &mut A, key: A::Key) -> Result<(), Fault>
    where
        A: Drives<M>,
        M: Machine + Send + 'static,
        M::Input: Send,
        M::Output: Send,
    {
        let now = self.now();
        let Some(driven) = actor.driven(key) else { return Ok(()) };
        if driven.waiting.is_empty() {
            return Ok(());
        }
        // Away: what waits is applied when it comes back.
        let Some(mut machine) = driven.machine.take() else { return Ok(()) };
        let steps = driven.take_waiting();
        match driven.place {
            Place::Inline => {
                let outputs = apply(&mut machine, now, steps);
                driven.machine = Some(machine);
                self.perform_all::<M>(actor, key, outputs)?;
                self.arm_tick::<M>(actor, key);
                self.advance::<M>(actor, key)
            }
            Place::Pooled(pool) => {
                let job = move || {
                    let outputs = apply(&mut machine, now, steps);
                    (machine, outputs)
                };
                let back =
                    move |actor: &mut A, result: Result<_, CallError>, cx: &mut Cx<'_, A>| {
                        let (machine, outputs) =
                            result.map_err(|_| Fault::Restart("a machine panicked".to_owned()))?;
                        let Some(driven) = actor.driven(key) else { return Ok(()) };
                        driven.machine = Some(machine);
                        cx.perform_all::<M>(actor, key, outputs)?;
                        cx.arm_tick::<M>(actor, key);
                        cx.advance::<M>(actor, key)
                    };
                // The machine is in the job; a pool that refuses it has lost the conversation.
                self.pool(pool, job, back)
                    .map_err(|why| Fault::Restart(format!("the pool is {why}")))
            }
        }
    }

    fn perform_all<M>(
        &mut self,
        actor: &mut A,
        key: A::Key,
        outputs: Vec<M::Output>,
    ) -> Result<(), Fault>
    where
        A: Drives<M>,
        M: Machine,
    {
        outputs.into_iter().try_for_each(|output| actor.perform(key, output, self))
    }

    fn arm_tick<M>(&mut self, actor: &mut A, key: A::Key)
    where
        A: Drives<M>,
        M: Machine + Send + 'static,
        M::Input: Send,
        M::Output: Send,
    {
        let now = self.now().mono;
        let Some(driven) = actor.driven(key) else { return };
        let wanted = driven.machine.as_ref().and_then(Machine::next_tick);
        let armed = driven.timer.map(|(at, _)| at);
        if wanted == armed {
            return;
        }
        if let Some((_, timer)) = driven.timer.take() {
            self.cancel(timer);
        }
        let Some(at) = wanted else { return };
        let timer = self.after(at.since(now), move |actor: &mut A, cx: &mut Cx<'_, A>| {
            let Some(driven) = actor.driven(key) else { return Ok(()) };
            driven.timer = None;
            // A tick weighs nothing, so it is always taken.
            let _ = driven.push(Step::Tick);
            cx.advance::<M>(actor, key)?;
            cx.arm_tick::<M>(actor, key);
            Ok(())
        });
        if let Some(driven) = actor.driven(key) {
            driven.timer = Some((at, timer));
        }
    }
}
