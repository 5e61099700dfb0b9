//! Executions that end when nobody waits for them.

use super::Wanted;
use alloy_primitives::{Log, U256};
use troupe_chain::state::Slot;
use troupe_types::Address;
use troupe_vm::{End, Entry, Observer, Step};

/// So many instructions pass between two looks at whether anybody waits: some microseconds.
const STRIDE: u32 = 1_024;

/// An observer, and whether anybody still wants to know what it sees.
#[derive(Debug)]
pub(crate) struct Guarded<O> {
    pub(crate) observer: O,
    wanted: Wanted,
    passed: u32,
    is_over: bool,
}

impl<O> Guarded<O> {
    pub(super) const fn new(observer: O, wanted: Wanted) -> Self {
        Self { observer, wanted, passed: 0, is_over: false }
    }
}

impl<O: Observer> Observer for Guarded<O> {
    const STEPS: bool = O::STEPS;
    const EVENTS: bool = O::EVENTS;
    const STOPS: bool = true;

    fn is_over(&mut self) -> bool {
        self.passed = self.passed.wrapping_add(1);
        if self.passed.is_multiple_of(STRIDE) {
            self.is_over |= !self.wanted.is_wanted();
        }
        // Callers end as soon as those whom they called.
        self.is_over
    }

    fn step(&mut self, step: &Step<'_>) {
        self.observer.step(step);
    }

    fn enter(&mut self, entry: &Entry<'_>) {
        self.observer.enter(entry);
    }

    fn leave(&mut self, end: &End<'_>) {
        self.observer.leave(end);
    }

    fn touch(&mut self, account: Address, slot: Option<Slot>) {
        self.observer.touch(account, slot);
    }

    fn store(&mut self, account: Address, slot: Slot, before: U256, after: U256) {
        self.observer.store(account, slot, before, after);
    }

    fn destroy(&mut self, account: Address, heir: Address, balance: U256) {
        self.observer.destroy(account, heir, balance);
    }

    fn debug(&mut self, account: Address, text: &str) {
        self.observer.debug(account, text);
    }

    fn log(&mut self, log: &Log) {
        self.observer.log(log);
    }
}
