//! Moving a [`Driven`] machine through its steps.

use crate::actor::Actor;
use crate::core::Current;
use crate::cx::Cx;
use crate::driven::{Driven, Drives, Step, Steps, apply, wanted_tick};
use crate::fault::Fault;
use crate::pool::Pool;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use troupe_types::{Bytes, Millis};
use troupe_wire::{CallError, Machine};

/// How soon a machine is offered again to a pool that was full.
const AGAIN: Millis = Millis(2);

/// A machine and its steps, on loan to a job.
type Cargo<M> = Arc<Mutex<Option<(M, Steps<M>)>>>;

fn unload<M: Machine>(cargo: &Cargo<M>) -> Option<(M, Steps<M>)> {
    cargo.lock().unwrap_or_else(PoisonError::into_inner).take()
}

impl<A: Actor> Cx<'_, A> {
    /// Gives an input of so many bytes to the machine under `key`.
    ///
    /// `Busy` when too much waits for it already, `Crashed` when it panicked, `NotHere` without such
    /// a machine.
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
        if let Err(why) = driven.push(Step::Input(input, weight.0)) {
            return Ok(Err(why));
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

    /// The machine under the key, provided that it is still the one of this name.
    fn named<M>(actor: &mut A, key: A::Key, name: u64) -> Option<&mut Driven<M>>
    where
        A: Drives<M>,
        M: Machine,
    {
        actor.driven(key).filter(|driven| driven.name == name)
    }

    fn name<M: Machine>(&mut self, driven: &mut Driven<M>) -> u64 {
        if driven.name == 0 {
            self.core.last_name += 1;
            driven.name = self.core.last_name;
        }
        driven.name
    }

    /// Lets the machine take its steps for as long as it has some and is here.
    fn advance<M>(&mut self, actor: &mut A, key: A::Key) -> Result<(), Fault>
    where
        A: Drives<M>,
        M: Machine + Send + 'static,
        M::Input: Send,
        M::Output: Send,
    {
        while let Some(driven) = actor.driven(key) {
            let Some((mut machine, mut steps)) = driven.leave() else { break };
            let name = self.name(driven);
            if let Some(pool) = driven.pool(&machine) {
                return self.send_away(actor, key, pool, machine, steps);
            }
            // What follows the first may be more than that.
            driven.wait(steps.split_off(1));
            let now = self.now();
            let stepped = catch_unwind(AssertUnwindSafe(|| {
                let outputs = apply(&mut machine, now, steps);
                (machine, outputs)
            }));
            self.arrived(actor, key, name, stepped.ok())?;
        }
        Ok(())
    }

    fn send_away<M>(
        &mut self,
        actor: &mut A,
        key: A::Key,
        pool: Pool,
        machine: M,
        steps: Steps<M>,
    ) -> Result<(), Fault>
    where
        A: Drives<M>,
        M: Machine + Send + 'static,
        M::Input: Send,
        M::Output: Send,
    {
        let Some(driven) = actor.driven(key) else { return Ok(()) };
        let (name, now) = (self.name(driven), self.now());
        let cargo = Arc::new(Mutex::new(Some((machine, steps))));
        let loaded = Arc::clone(&cargo);
        let job = move || {
            let (mut machine, steps) = unload(&loaded).expect("a job runs once");
            let outputs = apply(&mut machine, now, steps);
            (machine, outputs)
        };
        let back = move |actor: &mut A, result: Result<_, CallError>, cx: &mut Cx<'_, A>| {
            cx.arrived::<M>(actor, key, name, result.ok())?;
            cx.advance::<M>(actor, key)
        };
        let Err(why) = self.pool(pool, job, back) else { return Ok(()) };
        let (Some((machine, steps)), Some(driven)) = (unload(&cargo), actor.driven(key)) else {
            return Ok(());
        };
        driven.stay(machine, steps);
        if why != CallError::Busy {
            return Err(Fault::Restart(format!("the pool is {why}")));
        }
        // Inputs wait under their cap until the pool has room.
        if driven.retry.is_none() {
            let timer = self.after(AGAIN, move |actor: &mut A, cx: &mut Cx<'_, A>| {
                let Some(driven) = Self::named::<M>(actor, key, name) else { return Ok(()) };
                driven.retry = None;
                cx.advance::<M>(actor, key)
            });
            driven.retry = Some(timer);
        }
        Ok(())
    }

    /// The machine is back with its outputs, or panicked.
    fn arrived<M>(
        &mut self,
        actor: &mut A,
        key: A::Key,
        name: u64,
        result: Option<(M, Vec<M::Output>)>,
    ) -> Result<(), Fault>
    where
        A: Drives<M>,
        M: Machine + Send + 'static,
        M::Input: Send,
        M::Output: Send,
    {
        // Removed or replaced meanwhile: nobody wants it any more.
        let Some(driven) = Self::named::<M>(actor, key, name) else { return Ok(()) };
        let Some((machine, outputs)) = result else {
            driven.arrive(None);
            return actor.broken(key, self);
        };
        driven.arrive(Some(machine));
        driven.is_performing = true;
        let current = std::mem::replace(&mut self.core.current, Current::own());
        for output in outputs {
            actor.perform(key, output, self)?;
        }
        self.core.current = current;
        if let Some(driven) = Self::named::<M>(actor, key, name) {
            driven.is_performing = false;
        }
        self.arm_tick::<M>(actor, key);
        Ok(())
    }

    /// Keeps one timer on the tick that the machine wants.
    fn arm_tick<M>(&mut self, actor: &mut A, key: A::Key)
    where
        A: Drives<M>,
        M: Machine + Send + 'static,
        M::Input: Send,
        M::Output: Send,
    {
        let Some(driven) = actor.driven(key) else { return };
        let name = self.name(driven);
        let wanted = wanted_tick(driven);
        if wanted == driven.tick.map(|timer| timer.at) {
            return;
        }
        if let Some(timer) = driven.tick.take() {
            self.cancel(timer);
        }
        let Some(at) = wanted else { return };
        let timer = self.at(at, move |actor: &mut A, cx: &mut Cx<'_, A>| {
            let Some(driven) = Self::named::<M>(actor, key, name) else { return Ok(()) };
            driven.tick = None;
            // A broken machine is not ticked; otherwise a tick weighs nothing and is taken.
            if driven.push(Step::Tick).is_ok() {
                cx.advance::<M>(actor, key)?;
                cx.arm_tick::<M>(actor, key);
            }
            Ok(())
        });
        if let Some(driven) = actor.driven(key) {
            driven.tick = Some(timer);
        }
    }
}
