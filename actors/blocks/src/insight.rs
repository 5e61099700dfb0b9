//! What the ledger is told besides its chain: who signed transactions, whether validators signed, and which words
//! are this node's.

use crate::shared::Signers;
use std::sync::Arc;
use troupe_chain::Recovered;
use troupe_consensus::{Claim, Term};
use troupe_crypto::Scheme;
use troupe_crypto::sr25519::{PublicKey, SecretKey};
use troupe_crypto::vrf::Proof;
use troupe_ledger::{Draw, Known};
use troupe_types::Hash;
use troupe_vault::Validators;

/// See the module.
#[derive(Clone)]
pub(crate) struct Insight {
    signers: Signers,
    validators: Arc<dyn Known + Send + Sync>,
    vrf: Option<Arc<SecretKey>>,
}

impl Insight {
    pub(crate) fn new<S: Scheme>(signers: Signers, vrf: Option<Arc<SecretKey>>) -> Self {
        Self { signers, validators: Arc::new(Validators::<S>::default()), vrf }
    }
}

impl Known for Insight {
    fn transaction(&self, hash: &Hash) -> Option<Recovered> {
        self.signers.get(hash)
    }

    fn verify(&self, term: &Term, claims: &[Claim]) -> bool {
        self.validators.verify(term, claims)
    }

    fn prove(&self, key: &PublicKey, draw: &Draw) -> Option<Proof> {
        let secret = self.vrf.as_ref().filter(|secret| secret.public_key() == *key)?;
        Some(draw.prove(secret))
    }
}
