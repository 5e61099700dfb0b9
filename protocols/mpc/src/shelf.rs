//! Where a party keeps what it keeps.

use crate::Kept;
use core::fmt;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use troupe_types::{Hash, SessionId};

/// What a party kept and what it will keep, beside the machine: it stays when the machine is gone. Clones share it.
#[derive(Clone, Default)]
pub struct Shelf(Arc<Mutex<BTreeMap<Hash, Arc<Kept>>>>);

impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shelf({} kept)", self.lock().len())
    }
}

impl Shelf {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Hash, Arc<Kept>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts something on it, for a session to take up.
    pub fn put(&self, kept: Kept) {
        self.lock().insert(kept.id(), Arc::new(kept));
    }

    /// What is called so.
    #[must_use]
    pub fn get(&self, id: Hash) -> Option<Arc<Kept>> {
        self.lock().get(&id).cloned()
    }

    /// What a session put on it, in the order of its program: nothing before the party has
    /// [finished](crate::Output::Finished).
    #[must_use]
    pub fn of(&self, session: SessionId) -> Vec<Arc<Kept>> {
        let shelf = self.lock();
        let mut all: Vec<Arc<Kept>> =
            shelf.values().filter(|kept| kept.label().session == session).cloned().collect();
        all.sort_by_key(|kept| kept.label().at);
        all
    }
}
