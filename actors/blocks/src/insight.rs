//! What the ledger is told besides its chain: who signed transactions, and whether validators signed.

use crate::shared::Signers;
use std::sync::Arc;
use troupe_chain::Recovered;
use troupe_consensus::{Claim, Term};
use troupe_crypto::Scheme;
use troupe_ledger::Known;
use troupe_types::Hash;
use troupe_vault::Validators;

/// See the module.
#[derive(Clone)]
pub(crate) struct Insight {
    signers: Signers,
    validators: Arc<dyn Known + Send + Sync>,
}

impl Insight {
    pub(crate) fn new<S: Scheme>(signers: Signers) -> Self {
        Self { signers, validators: Arc::new(Validators::<S>::default()) }
    }
}

impl Known for Insight {
    fn transaction(&self, hash: &Hash) -> Option<Recovered> {
        self.signers.get(hash)
    }

    fn verify(&self, term: &Term, claims: &[Claim]) -> bool {
        self.validators.verify(term, claims)
    }
}
