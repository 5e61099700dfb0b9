//! Whether anybody still waits for work that is under way.

mod guarded;

use crate::backend::Snapshot;
use alloy_primitives::U256;
pub(crate) use guarded::Guarded;
use std::sync::{Arc, Weak};
use troupe_chain::state::{Account, Code, ReadError, Slot, StateView};
use troupe_types::{Address, Hash};
use troupe_vm::{Ancestors, Vm};

/// Held by whoever waits for work.
#[derive(Debug, Default)]
pub(crate) struct Waiting(Arc<()>);

impl Waiting {
    /// What the work is given.
    pub(crate) fn wanted(&self) -> Wanted {
        Wanted(Arc::downgrade(&self.0))
    }
}

/// Told to work that is long: nobody waits any more when the client has gone, or its time is over.
#[derive(Debug, Clone)]
pub(crate) struct Wanted(Weak<()>);

impl Wanted {
    /// Whether somebody waits.
    pub(crate) fn is_wanted(&self) -> bool {
        self.0.strong_count() > 0
    }
}

/// A snapshot's state for as long as anybody waits for what comes of it: then no read costs anything
/// any more.
#[derive(Debug, Clone)]
pub(crate) struct View {
    snapshot: Snapshot,
    wanted: Wanted,
}

impl View {
    pub(crate) const fn new(snapshot: Snapshot, wanted: Wanted) -> Self {
        Self { snapshot, wanted }
    }

    /// The blocks before.
    pub(crate) fn ancestors(&self) -> Arc<dyn Ancestors + Send + Sync> {
        Arc::clone(&self.snapshot.ancestors)
    }

    /// What executions share.
    pub(crate) const fn vm(&self) -> &Vm {
        &self.snapshot.vm
    }

    /// An observer that ends executions when nobody waits any more.
    pub(crate) fn guard<O>(&self, observer: O) -> Guarded<O> {
        Guarded::new(observer, self.wanted.clone())
    }

    fn check(&self) -> Result<(), ReadError> {
        if self.wanted.is_wanted() {
            return Ok(());
        }
        Err(ReadError::Store { reason: "nobody waits for it any more".into() })
    }
}

impl StateView for View {
    fn account(&self, address: &Address) -> Result<Option<Account>, ReadError> {
        self.check()?;
        self.snapshot.view.account(address)
    }

    fn storage(&self, address: &Address, slot: &Slot) -> Result<U256, ReadError> {
        self.check()?;
        self.snapshot.view.storage(address, slot)
    }

    fn next_word(
        &self,
        address: &Address,
        after: Option<&Slot>,
    ) -> Result<Option<(Slot, U256)>, ReadError> {
        self.check()?;
        self.snapshot.view.next_word(address, after)
    }

    fn code(&self, hash: &Hash) -> Result<Code, ReadError> {
        self.check()?;
        self.snapshot.view.code(hash)
    }
}
