//! Ledger and machine, made from the vault: at the start, and again after a fall.

use crate::shared::Shared;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use troupe_consensus::{Machine, Settings, Term};
use troupe_ledger::Ledger;
use troupe_runtime::Fault;
use troupe_vault::Restored;
use troupe_wire::Sequential;

/// What one restoring of the vault leaves for each of the two that need it.
#[derive(Default)]
pub(crate) struct Halves {
    ledger: Option<Ledger>,
    /// With the terms whose keys it needs.
    machine: Option<(Machine, Vec<Term>)>,
}

impl Halves {
    /// What one restoring led to.
    pub(crate) fn new(restored: Restored, settings: Settings) -> Result<Self, crate::error::Error> {
        let Restored { mut ledger, records } = restored;
        let anchor = ledger.anchor().map_err(troupe_vault::Error::from)?;
        let terms = anchor.terms.clone();
        let machine = Machine::new(settings, anchor, records)?;
        Ok(Self { ledger: Some(ledger), machine: Some((machine, terms)) })
    }

    /// The terms that the machine begins with.
    pub(crate) fn terms(&self) -> &[Term] {
        self.machine.as_ref().map_or(&[], |(_, terms)| terms)
    }
}

/// Makes ledger and machine anew from the vault, for whoever of the two is built first.
#[derive(Clone)]
pub(crate) struct Restore {
    shared: Arc<Shared>,
    settings: Settings,
    halves: Arc<Mutex<Halves>>,
}

impl Restore {
    pub(crate) fn new(shared: Arc<Shared>, settings: Settings, halves: Halves) -> Self {
        Self { shared, settings, halves: Arc::new(Mutex::new(halves)) }
    }

    fn halves(&self) -> MutexGuard<'_, Halves> {
        self.halves.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn restore(&self, halves: &mut Halves) -> Result<(), Fault> {
        let stop = |error: crate::error::Error| Fault::Storage(error.to_string());
        let restored = Shared::lock(&self.shared.vault).restore(&Sequential, &mut |_| {});
        let restored = restored.map_err(|error| stop(error.into()))?;
        *halves = Halves::new(restored, self.settings).map_err(stop)?;
        Ok(())
    }

    /// Lets go of what nobody took.
    pub(crate) fn clear(&self) {
        *self.halves() = Halves::default();
    }

    pub(crate) fn ledger(&self) -> Result<Ledger, Fault> {
        let mut halves = self.halves();
        if halves.ledger.is_none() {
            self.restore(&mut halves)?;
        }
        halves.ledger.take().ok_or_else(|| Fault::Restart("no ledger was restored".to_owned()))
    }

    pub(crate) fn machine(&self) -> Result<(Machine, Vec<Term>), Fault> {
        let mut halves = self.halves();
        if halves.machine.is_none() {
            self.restore(&mut halves)?;
        }
        halves.machine.take().ok_or_else(|| Fault::Restart("no machine was restored".to_owned()))
    }
}
