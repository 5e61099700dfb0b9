//! Signatures of the keys that nodes show one another in their certificates: checked here, made there.
//!
//! A signature that passes is accepted by every implementation of RFC 8032, and nobody can make a
//! second one of it: keys and points that are not written in their one form, that are of small order,
//! and numbers not below the order of the group are refused.
//!
//! ```
//! use troupe_crypto::ed25519::{PublicKey, Signature};
//! // RFC 8032 7.1, test 1: the signature of nothing.
//! let key: PublicKey = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a".parse()?;
//! let signature: Signature = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555\
//!     fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b".parse()?;
//! assert!(key.verify(b"", &signature).is_ok());
//! assert!(key.verify(b"?", &signature).is_err());
//! # Ok::<(), troupe_crypto::Error>(())
//! ```

use crate::Error;
use crate::fixed::fixed_bytes;
use ed25519_dalek::VerifyingKey;
use troupe_types::{Hash, NodeId};

fixed_bytes!(
    /// A point that is said to be the key of a node; checked by [`PublicKey::check`] and [`PublicKey::verify`].
    PublicKey,
    32,
    "node key"
);
fixed_bytes!(
    /// A point and a number that are said to be a signature; checked where they are verified.
    Signature,
    64,
    "signature"
);

/// Whoever holds the key of a node, and signs with it where it is.
pub trait Sign: Send + Sync {
    /// The key that others know.
    fn public_key(&self) -> PublicKey;

    /// Signs a digest that was computed here and says what it is for: nobody may get a signature of what somebody else chose.
    fn sign(&self, digest: &Hash) -> Result<Signature, Error>;
}

impl PublicKey {
    /// Refuses what is no point, one written another way, and one of small order, which signs everything.
    pub fn check(&self) -> Result<(), Error> {
        self.point().map(drop)
    }

    /// Checks one signature.
    // RFC 8032 5.1.7 without the cofactor; Chalkias et al. 2020/1244: strict
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), Error> {
        // The order of the group has 253 bits.
        if signature.0[63] & 0xe0 != 0 {
            return Err(Error::NotCanonical { what: Signature::WHAT });
        }
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        self.point()?.verify_strict(message, &signature).map_err(|_| Error::BadSignature)
    }

    /// The name of the node that has this key.
    #[must_use]
    pub fn node_id(&self) -> NodeId {
        troupe_wire::node_id(&self.0)
    }

    fn point(&self) -> Result<VerifyingKey, Error> {
        let what = Self::WHAT;
        let key = VerifyingKey::from_bytes(&self.0).map_err(|_| Error::NotCanonical { what })?;
        if key.to_edwards().compress().to_bytes() != self.0 {
            return Err(Error::NotCanonical { what });
        }
        if key.is_weak() { Err(Error::WrongSubgroup { what }) } else { Ok(key) }
    }
}
