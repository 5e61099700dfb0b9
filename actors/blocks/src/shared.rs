//! What the actors of a chain share.

use crate::insight::Insight;
use crate::metrics::Metrics;
use crate::offices::Offices;
use crate::watch::Watch;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use troupe_chain::Recovered;
use troupe_chain::transaction::Rules;
use troupe_types::Hash;
use troupe_vault::Vault;

/// What the actors of a chain share.
pub(crate) struct Shared {
    /// Used by one job at a time.
    pub(crate) vault: Arc<Mutex<Vault>>,
    pub(crate) signers: Signers,
    /// What the ledger is told.
    pub(crate) insight: Insight,
    pub(crate) rules: Rules,
    pub(crate) base_fee_floor: u64,
    /// The hash of the genesis block.
    pub(crate) genesis: Hash,
    /// How many blocks before an epoch's end the next validators are elected.
    pub(crate) election_distance: u64,
    /// Who validates when.
    pub(crate) offices: Offices,
    pub(crate) watch: Watch,
    pub(crate) metrics: Metrics,
}

impl Shared {
    pub(crate) fn lock(vault: &Mutex<Vault>) -> MutexGuard<'_, Vault> {
        vault.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who signed the transactions in the pool: found out once, read where blocks are executed.
#[derive(Clone, Default)]
pub(crate) struct Signers(Arc<Mutex<BTreeMap<Hash, Recovered>>>);

impl Signers {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Hash, Recovered>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn learn(&self, recovered: impl IntoIterator<Item = Recovered>) {
        let mut known = self.lock();
        for one in recovered {
            known.insert(one.hash(), one);
        }
    }

    pub(crate) fn knows(&self, hash: &Hash) -> bool {
        self.lock().contains_key(hash)
    }

    pub(crate) fn get(&self, hash: &Hash) -> Option<Recovered> {
        self.lock().get(hash).cloned()
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    pub(crate) fn forget(&self, hashes: impl Iterator<Item = Hash>) {
        let mut known = self.lock();
        for hash in hashes {
            known.remove(&hash);
        }
    }
}
