//! Ledger and machine, made from the vault: at the start, and again after a fall.

use crate::consensus::Seen;
use crate::shared::Shared;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use troupe_consensus::{Evidence, Machine, Settings, Term};
use troupe_ledger::Ledger;
use troupe_runtime::{Fault, Forks};
use troupe_vault::Restored;
use troupe_vm::Vm;

/// What one restoring of the vault leaves for each of the two that need it.
#[derive(Default)]
pub(crate) struct Halves {
    /// With the evidence that blocks may carry.
    ledger: Option<(Ledger, Vec<Evidence>)>,
    voter: Option<Voter>,
}

/// What consensus goes on with.
pub(crate) struct Voter {
    pub(crate) machine: Machine,
    /// The terms whose keys it needs.
    pub(crate) terms: Vec<Term>,
    pub(crate) evidence: Seen,
}

impl Halves {
    /// What one restoring led to.
    pub(crate) fn new(restored: Restored, settings: Settings) -> Result<Self, crate::error::Error> {
        let Restored { mut ledger, records, evidence } = restored;
        let anchor = ledger.anchor().map_err(troupe_vault::Error::from)?;
        let terms = anchor.terms.clone();
        let machine = Machine::new(settings, anchor, records)?;
        let voter = Voter { machine, terms, evidence: Seen::new(&evidence) };
        Ok(Self { ledger: Some((ledger, evidence)), voter: Some(voter) })
    }

    /// The terms that the machine begins with.
    pub(crate) fn terms(&self) -> &[Term] {
        self.voter.as_ref().map_or(&[], |voter| &voter.terms)
    }
}

/// Makes ledger and machine anew from the vault, for whoever of the two is built first.
#[derive(Clone)]
pub(crate) struct Restore {
    shared: Arc<Shared>,
    settings: Settings,
    forks: Forks,
    halves: Arc<Mutex<Halves>>,
    /// What all share who execute.
    pub(crate) vm: Vm,
}

impl Restore {
    pub(crate) fn new(
        shared: Arc<Shared>,
        settings: Settings,
        forks: Forks,
        halves: Halves,
        vm: Vm,
    ) -> Self {
        let halves = Arc::new(Mutex::new(halves));
        Self { shared, settings, forks, halves, vm }
    }

    fn halves(&self) -> MutexGuard<'_, Halves> {
        self.halves.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn restore(&self, halves: &mut Halves) -> Result<(), Fault> {
        let stop = |error: crate::error::Error| Fault::Storage(error.to_string());
        let restored = Shared::lock(&self.shared.vault).restore(&self.forks, &mut |_| {});
        let restored = restored.map_err(|error| stop(error.into()))?;
        *halves = Halves::new(restored, self.settings).map_err(stop)?;
        Ok(())
    }

    /// Lets go of what nobody took.
    pub(crate) fn clear(&self) {
        *self.halves() = Halves::default();
    }

    pub(crate) fn ledger(&self) -> Result<(Ledger, Vec<Evidence>), Fault> {
        let mut halves = self.halves();
        if halves.ledger.is_none() {
            self.restore(&mut halves)?;
        }
        let none = || Fault::Restart("no ledger was restored".to_owned());
        let (ledger, evidence) = halves.ledger.take().ok_or_else(none)?;
        Ok((ledger.with_vm(self.vm.clone()), evidence))
    }

    pub(crate) fn voter(&self) -> Result<Voter, Fault> {
        let mut halves = self.halves();
        if halves.voter.is_none() {
            self.restore(&mut halves)?;
        }
        halves.voter.take().ok_or_else(|| Fault::Restart("no machine was restored".to_owned()))
    }
}
