//! Whether validators signed.

use std::sync::{Mutex, PoisonError};
use troupe_chain::Recovered;
use troupe_consensus::{Claim, Keys, Term};
use troupe_crypto::Scheme;
use troupe_crypto::sr25519::PublicKey;
use troupe_crypto::vrf::Proof;
use troupe_ledger::{Draw, Known};
use troupe_types::Hash;

/// Checks what validators signed. The term that was asked about last is kept with its keys: reading those of
/// a set costs more than the signatures of a block's evidence.
#[derive(Debug)]
pub struct Validators<S: Scheme>(Mutex<Option<(Term, Keys<S>)>>);

impl<S: Scheme> Default for Validators<S> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<S: Scheme> Known for Validators<S> {
    fn transaction(&self, _: &Hash) -> Option<Recovered> {
        None
    }

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

    /// Blocks are made elsewhere.
    fn prove(&self, _: &PublicKey, _: &Draw) -> Option<Proof> {
        None
    }
}
