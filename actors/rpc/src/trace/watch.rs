//! The tracers, looking on.

use super::{calls, four_bytes, prestate, steps};
use crate::error::Error;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use troupe_chain::state::{Changes, Slot, StateView};
use troupe_types::{Address, Gas};
use troupe_vm::{End, Entry, Observer, Outcome, Step};

/// One of the tracers, at work.
pub(crate) enum Tracer {
    /// Every instruction.
    Steps(steps::Steps),
    /// Calls in calls.
    Calls(calls::Calls),
    /// What was read, as it was before; or what was changed.
    Prestate(prestate::Prestate),
    /// Which functions were called.
    FourBytes(four_bytes::FourBytes),
    /// Nothing.
    Nothing,
}

/// What is known of a transaction when it has ended.
pub(crate) struct Ended<'a, V> {
    pub(crate) outcome: &'a Outcome,
    /// What it may have used.
    pub(crate) gas: Gas,
    /// The state before it.
    pub(crate) before: &'a V,
    /// What it changed.
    pub(crate) changes: &'a Changes,
}

impl Tracer {
    /// What it tells.
    pub(crate) fn tell<V: StateView>(self, ended: &Ended<'_, V>) -> Result<Value, Error> {
        match self {
            Self::Steps(steps) => steps.tell(ended.outcome),
            Self::Calls(calls) => calls.tell(ended.outcome, ended.gas),
            Self::Prestate(prestate) => prestate.tell(ended),
            Self::FourBytes(found) => Ok(found.tell()),
            Self::Nothing => Ok(json!({})),
        }
    }
}

/// A tracer, and which accounts and slots were touched.
pub(crate) struct Watch {
    tracer: Tracer,
    pub(crate) touched: BTreeMap<Address, BTreeSet<Slot>>,
}

impl Default for Watch {
    fn default() -> Self {
        Self::new(Tracer::Nothing)
    }
}

impl Watch {
    pub(crate) const fn new(tracer: Tracer) -> Self {
        Self { tracer, touched: BTreeMap::new() }
    }

    /// Ends watching.
    pub(crate) fn into_tracer(self) -> Tracer {
        match self.tracer {
            Tracer::Prestate(prestate) => Tracer::Prestate(prestate.having_touched(self.touched)),
            tracer => tracer,
        }
    }
}

impl Observer for Watch {
    const STEPS: bool = true;

    fn step(&mut self, step: &Step<'_>) {
        if let Tracer::Steps(steps) = &mut self.tracer {
            steps.step(step);
        }
    }

    fn enter(&mut self, entry: &Entry<'_>) {
        match &mut self.tracer {
            Tracer::Steps(steps) => steps.enter(entry),
            Tracer::Calls(calls) => calls.enter(entry),
            Tracer::FourBytes(found) => found.enter(entry),
            Tracer::Prestate(_) | Tracer::Nothing => {}
        }
    }

    fn leave(&mut self, end: &End<'_>) {
        match &mut self.tracer {
            Tracer::Steps(steps) => steps.leave(end),
            Tracer::Calls(calls) => calls.leave(end),
            Tracer::FourBytes(_) | Tracer::Prestate(_) | Tracer::Nothing => {}
        }
    }

    fn touch(&mut self, account: Address, slot: Option<Slot>) {
        let slots = self.touched.entry(account).or_default();
        slots.extend(slot);
    }

    fn destroy(&mut self, account: Address, heir: Address, balance: alloy_primitives::U256) {
        if let Tracer::Calls(calls) = &mut self.tracer {
            calls.destroy(account, heir, balance);
        }
    }

    fn store(
        &mut self,
        account: Address,
        slot: Slot,
        _: alloy_primitives::U256,
        after: alloy_primitives::U256,
    ) {
        if let Tracer::Steps(steps) = &mut self.tracer {
            steps.store(account, slot, after);
        }
    }

    fn log(&mut self, log: &alloy_primitives::Log) {
        if let Tracer::Calls(calls) = &mut self.tracer {
            calls.log(log);
        }
    }
}
