//! Going back to where a frame began.

use super::Journal;
use alloy_primitives::U256;
use troupe_chain::state::{Account, Slot, StateView};
use troupe_types::Address;

/// What a step changed, as it was before.
pub(super) enum Undo {
    Account(Address, Account),
    Word((Address, Slot), U256),
    Transient((Address, Slot), U256),
    Accessed((Address, Option<Slot>)),
    Created(Address),
    Deleted(Address),
}

/// Where a frame began.
pub(super) struct Checkpoint {
    undo: usize,
    logs: usize,
}

impl<V: StateView> Journal<V> {
    pub(super) fn push_checkpoint(&mut self) {
        let (undo, logs) = (self.undo.len(), self.transaction.logs.len());
        self.checkpoints.push(Checkpoint { undo, logs });
    }

    /// Ends the innermost frame and keeps what it did. `false` when there is none.
    pub(super) fn keep(&mut self) -> bool {
        self.checkpoints.pop().is_some()
    }

    /// Ends the innermost frame and takes back what it did. `false` when there is none.
    pub(super) fn take_back(&mut self) -> bool {
        let Some(Checkpoint { undo, logs }) = self.checkpoints.pop() else { return false };
        self.transaction.logs.truncate(logs);
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
                Undo::Accessed(key) => {
                    self.transaction.accessed.remove(&key);
                }
                Undo::Created(address) => {
                    self.transaction.created.remove(&address);
                }
                Undo::Deleted(address) => {
                    self.transaction.deleted.remove(&address);
                }
            }
        }
        true
    }
}
