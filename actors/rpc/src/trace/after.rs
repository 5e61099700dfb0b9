//! A state, and what transactions changed in it since.

use alloy_primitives::U256;
use std::sync::Arc;
use troupe_chain::state::{Account, Changes, Code, ReadError, Slot, StateView, next_over};
use troupe_types::{Address, Hash};

/// A root that is not the empty one: there is storage to be looked at.
const SOME_ROOT: Hash = Hash([0xff; 32]);

/// A state after some of a block's transactions.
#[derive(Debug, Clone)]
pub(crate) struct After<V> {
    pub(crate) view: V,
    pub(crate) changes: Arc<Changes>,
}

impl<V: StateView> StateView for After<V> {
    fn account(&self, address: &Address) -> Result<Option<Account>, ReadError> {
        let account = match self.changes.account(address) {
            Some(account) => account,
            None => self.view.account(address)?,
        };
        // Roots are worked out at the end of a block.
        let has_words = self.changes.storage.contains_key(address);
        Ok(account.map(|account| match has_words {
            true => Account { storage_root: SOME_ROOT, ..account },
            false => account,
        }))
    }

    fn storage(&self, address: &Address, slot: &Slot) -> Result<U256, ReadError> {
        match self.changes.slot(address, slot) {
            Some(word) => Ok(word),
            None => self.view.storage(address, slot),
        }
    }

    fn next_word(
        &self,
        address: &Address,
        after: Option<&Slot>,
    ) -> Result<Option<(Slot, U256)>, ReadError> {
        let written = |after: Option<&Slot>| self.changes.next_slot(address, after);
        let below = |after: Option<&Slot>| self.view.next_word(address, after);
        next_over(self, address, after, written, below)
    }

    fn code(&self, hash: &Hash) -> Result<Code, ReadError> {
        match self.changes.codes.get(hash) {
            Some(code) => Ok(code.clone()),
            None => self.view.code(hash),
        }
    }
}
