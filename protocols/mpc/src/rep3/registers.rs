//! The vectors of a run, each kept until it was read for the last time.

use super::Share;
use crate::program::Register;

pub(super) struct Registers {
    slots: Vec<Option<Share>>,
    /// Reads to come of each; at none it is dropped.
    uses: Vec<u32>,
}

impl Registers {
    /// The inputs, in the program's order, and room for what follows.
    pub(super) fn new(inputs: Vec<Share>, uses: Vec<u32>) -> Self {
        let mut slots: Vec<Option<Share>> = inputs.into_iter().map(Some).collect();
        for (slot, uses) in slots.iter_mut().zip(&uses) {
            if *uses == 0 {
                *slot = None;
            }
        }
        slots.resize_with(uses.len(), || None);
        Self { slots, uses }
    }

    pub(super) fn get(&self, register: Register) -> Option<&Share> {
        self.slots.get(register.index())?.as_ref()
    }

    #[cfg(test)]
    pub(super) fn get_mut(&mut self, register: Register) -> Option<&mut Share> {
        self.slots.get_mut(register.index())?.as_mut()
    }

    pub(super) fn read(&self, register: Register) -> &Share {
        self.get(register).expect("a checked program fills a register before it reads it")
    }

    /// The vector itself at its last use, a copy before.
    pub(super) fn take(&mut self, register: Register) -> Share {
        let share = self.take_last(register).unwrap_or_else(|| self.read(register).clone());
        self.release(register);
        share
    }

    /// The vector itself if this is its last use, which is still to be released.
    pub(super) fn take_last(&mut self, register: Register) -> Option<Share> {
        let index = register.index();
        if self.uses[index] == 1 { self.slots[index].take() } else { None }
    }

    /// One read less to come.
    pub(super) fn release(&mut self, register: Register) {
        let index = register.index();
        self.uses[index] -= 1;
        if self.uses[index] == 0 {
            self.slots[index] = None;
        }
    }

    /// Fills a register, if anybody will read it.
    pub(super) fn fill(&mut self, index: usize, share: Share) {
        if self.uses[index] > 0 {
            self.slots[index] = Some(share);
        }
    }

    /// Words of memory.
    pub(super) fn words(&self) -> usize {
        self.slots.iter().flatten().map(Share::capacity).sum()
    }
}
