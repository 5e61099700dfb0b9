//! Who validates when, for all in the process that want to know.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use troupe_chain::block::Roster;
use troupe_consensus::Term;
use troupe_ledger::{Error, Terms};
use troupe_types::{Epoch, Height};

/// Who validates when: what the genesis schedules, or what final blocks of the last while have elected. Clones share.
#[derive(Debug, Clone)]
pub struct Offices(Arc<Mutex<Terms>>);

impl Offices {
    pub(crate) fn new(terms: Terms) -> Self {
        Self(Arc::new(Mutex::new(terms)))
    }

    fn lock(&self) -> MutexGuard<'_, Terms> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether stakes elect them.
    pub(crate) fn is_staked(&self) -> bool {
        self.lock().is_staked()
    }

    /// The validators of an epoch that has begun.
    pub fn of(&self, epoch: Epoch) -> Result<Term, Error> {
        self.lock().of(epoch).cloned()
    }

    /// The epoch of a height.
    pub(crate) fn at(&self, height: Height) -> Result<Epoch, Error> {
        Ok(self.lock().at(height)?.epoch)
    }

    /// The validators of an epoch, as headers name them.
    pub(crate) fn roster(&self, epoch: Epoch) -> Result<Roster, Error> {
        self.lock().roster(epoch)
    }

    /// Takes over what a final block has elected.
    pub(crate) fn learn(&self, elected: &Roster) -> Result<(), Error> {
        self.lock().learn(elected.clone())
    }
}
