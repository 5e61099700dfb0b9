//! A vote key that remembers.

use crate::past::Past;
use crate::refusal::Refusal;
use troupe_consensus::{PublicKey, Signature, Statement};
use troupe_crypto::{Bls, Scheme, bls};
use troupe_types::Hash;

/// A vote key, and what was signed. Nothing it signs contradicts anything it signed before.
pub struct Book {
    past: Past,
    secret: bls::SecretKey,
    key: PublicKey,
}

impl std::fmt::Debug for Book {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Book({:?}, {:?})", self.key, self.past)
    }
}

impl Book {
    /// A key with its past.
    #[must_use]
    pub fn new(past: Past, secret: bls::SecretKey) -> Self {
        let key = PublicKey(Bls::public_key(&secret).0);
        Self { past, secret, key }
    }

    /// The public key.
    #[must_use]
    pub const fn key(&self) -> PublicKey {
        self.key
    }

    /// What was signed.
    #[must_use]
    pub const fn past(&self) -> &Past {
        &self.past
    }

    /// Signs, or says why not. That it signed is durable when it returns.
    pub fn sign(&mut self, chain: Hash, statement: &Statement) -> Result<Signature, Refusal> {
        self.past.admit(self.key, chain, statement)?;
        Ok(Signature(Bls::sign(&self.secret, &statement.digest(&chain).0).0))
    }
}
