//! One signature.

use super::{PublicKey, SecretKey, deterministic};
use crate::Error;
use crate::fixed::fixed_bytes;
use merlin::Transcript;
use schnorrkel::signing_context;

/// What something is signed or drawn for: part of all that is hashed, so that it is for nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Purpose(&'static str);

fixed_bytes!(
    /// A point and a number that are said to be a signature; checked where they are verified.
    Signature,
    64,
    "signature"
);

impl Purpose {
    /// Names a purpose.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }

    pub(super) fn transcript(self, message: &[u8]) -> Transcript {
        signing_context(self.0.as_bytes()).bytes(message)
    }
}

impl SecretKey {
    /// Signs a message for a purpose, deterministically.
    #[must_use]
    pub fn sign(&self, purpose: Purpose, message: &[u8]) -> Signature {
        let transcript = deterministic(purpose.transcript(message));
        Signature(self.pair.sign(transcript).to_bytes())
    }
}

impl PublicKey {
    /// Checks one signature.
    pub fn verify(
        &self,
        purpose: Purpose,
        message: &[u8],
        signature: &Signature,
    ) -> Result<(), Error> {
        let signature = read(signature)?;
        self.0.verify(purpose.transcript(message), &signature).map_err(|_| Error::BadSignature)
    }
}

/// The mark of the scheme must be there and the number below the group order. The point is only
/// compared with, or decoded by a batch: another encoding of it equals none.
pub(super) fn read(signature: &Signature) -> Result<schnorrkel::Signature, Error> {
    schnorrkel::Signature::from_bytes(&signature.0)
        .map_err(|_| Error::NotCanonical { what: Signature::WHAT })
}
