//! What the ledger is told besides its chain: who signed transactions, and whether validators signed.

use crate::shared::Signers;
use std::sync::{Arc, Mutex, PoisonError};
use troupe_chain::Recovered;
use troupe_consensus::{Claim, Keys, Term};
use troupe_crypto::Scheme;
use troupe_ledger::Known;
use troupe_types::Hash;

/// Checks what validators signed, whatever the scheme.
trait Verify: Send + Sync {
    fn verify(&self, term: &Term, claims: &[Claim]) -> bool;
}

/// The term that was asked about last, with its keys: reading those of a set costs more than the
/// signatures of a block's evidence.
struct Last<S: Scheme>(Mutex<Option<(Term, Keys<S>)>>);

impl<S: Scheme> Verify for Last<S> {
    fn verify(&self, term: &Term, claims: &[Claim]) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = match last.take() {
            Some((known, keys)) if known == *term => keys,
            Some(_) | None => {
                let mut keys = Keys::default();
                if keys.learn(term).is_err() {
                    return false;
                }
                keys
            }
        };
        // No block is claimed here.
        let holds = keys.check(claims, |_| false).is_ok();
        *last = Some((term.clone(), keys));
        holds
    }
}

/// See the module.
#[derive(Clone)]
pub(crate) struct Insight {
    signers: Signers,
    validators: Arc<dyn Verify>,
}

impl Insight {
    pub(crate) fn new<S: Scheme>(signers: Signers) -> Self {
        Self { signers, validators: Arc::new(Last::<S>(Mutex::new(None))) }
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
