//! An index in memory, for simulations and small networks.

use super::traits::{Edits, Index, Shelf, take_within};
use crate::Error;
use crate::state::Item;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Keeps an index as a page cache does: it outlives a process, and nothing says that it outlives a loss
/// of power. Clones are the same shelf.
#[derive(Debug, Clone, Default)]
pub struct MemoryShelf(Arc<Memory>);

#[derive(Debug, Default)]
struct Memory(Mutex<State>);

/// An index that is open.
struct Open(Arc<Memory>);

#[derive(Debug, Default)]
struct State {
    items: BTreeMap<Vec<u8>, Vec<u8>>,
    is_broken: bool,
}

impl Memory {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MemoryShelf {
    /// Loses the keys that `is_lost` names, as a loss of power may.
    pub fn lose(&self, mut is_lost: impl FnMut(&[u8]) -> bool) {
        self.0.lock().items.retain(|key, _| !is_lost(key));
    }

    /// Makes it impossible to open until it is discarded.
    pub fn break_open(&self) {
        self.0.lock().is_broken = true;
    }

    /// How many keys it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.lock().items.len()
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Index for Open {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.0.lock().items.get(key).cloned())
    }

    fn put(&self, edits: Edits) -> Result<(), Error> {
        let mut state = self.0.lock();
        for (key, value) in edits {
            match value {
                Some(value) => drop(state.items.insert(key, value)),
                None => drop(state.items.remove(&key)),
            }
        }
        Ok(())
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Item>, Error> {
        let state = self.0.lock();
        let from = after.map_or(Bound::Included(prefix), Bound::Excluded);
        let items = state.items.range::<[u8], _>((from, Bound::Unbounded));
        let ours = items.take_while(|(key, _)| key.starts_with(prefix));
        take_within(ours.map(|(key, value)| Ok((key.clone(), value.clone()))), limit)
    }

    fn last(&self, prefix: &[u8], before: &[u8]) -> Result<Option<Item>, Error> {
        let state = self.0.lock();
        let mut below = state.items.range::<[u8], _>((Bound::Unbounded, Bound::Excluded(before)));
        let last = below.next_back().filter(|(key, _)| key.starts_with(prefix));
        Ok(last.map(|(key, value)| (key.clone(), value.clone())))
    }
}

impl Shelf for MemoryShelf {
    fn open(&self) -> Result<Arc<dyn Index>, Error> {
        if self.0.lock().is_broken {
            return Err(Error::Index("it cannot be opened".to_owned()));
        }
        Ok(Arc::new(Open(Arc::clone(&self.0))))
    }

    fn discard(&self) -> Result<(), Error> {
        *self.0.lock() = State::default();
        Ok(())
    }

    fn close(&self, index: Arc<dyn Index>) -> Result<(), Error> {
        drop(index);
        Ok(())
    }
}
