//! Going back to where a frame began.

use super::Journal;
use crate::observe::Observer;
use alloy_primitives::U256;
use troupe_chain::state::{Account, Slot, StateView};
use troupe_types::Address;

/// What a step changed, as it was before.
pub(super) enum Undo {
    Account(Address, Account),
    Word((Address, Slot), U256),
    Transient((Address, Slot), U256),
    Touched(Address),
    TouchedWord((Address, Slot)),
    Created(Address),
    Deleted(Address),
    Retired(Address),
}

/// Where a frame began.
pub(super) struct Checkpoint {
    undo: usize,
    logs: usize,
    refund: i64,
}

impl<V: StateView, O: Observer> Journal<V, O> {
    pub(crate) fn checkpoint(&mut self) {
        let (undo, logs) = (self.undo.len(), self.transaction.logs.len());
        self.checkpoints.push(Checkpoint { undo, logs, refund: self.transaction.refund });
    }

    /// Ends the innermost frame and keeps what it did. `false` when there is none.
    pub(crate) fn keep(&mut self) -> bool {
        self.checkpoints.pop().is_some()
    }

    /// Ends the innermost frame and takes back what it did. `false` when there is none.
    pub(crate) fn take_back(&mut self) -> bool {
        let Some(Checkpoint { undo, logs, refund }) = self.checkpoints.pop() else { return false };
        self.transaction.logs.truncate(logs);
        self.transaction.refund = refund;
        let known = self.known.get_mut();
        for step in self.undo.drain(undo..).rev() {
            match step {
                Undo::Account(address, before) => {
                    if let Some(entry) = known.accounts.get_mut(&address) {
                        entry.now = before;
                    }
                }
                Undo::Word(key, before) => {
                    if let Some(word) = known.words.get_mut(&key) {
                        word.now = before;
                    }
                }
                Undo::Transient(key, before) => {
                    self.transaction.transient.insert(key, before);
                }
                Undo::Touched(address) => {
                    if let Some(entry) = known.accounts.get_mut(&address) {
                        entry.touched = 0;
                    }
                }
                Undo::TouchedWord(key) => {
                    if let Some(word) = known.words.get_mut(&key) {
                        word.touched = 0;
                    }
                }
                Undo::Created(address) => {
                    self.transaction.created.remove(&address);
                }
                Undo::Deleted(address) => {
                    self.transaction.deleted.remove(&address);
                }
                Undo::Retired(address) => {
                    self.transaction.retired.remove(&address);
                }
            }
        }
        true
    }
}
