//! Secret keys.

use super::{Parity, PublicKey, Signature};
use crate::Error;
use secp256k1::Message;
use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use subtle::{Choice, ConstantTimeEq};
use troupe_types::Hash;
use troupe_wire::Stream;
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// A number between 1 and the group order; overwritten when dropped.
#[expect(missing_debug_implementations, reason = "a secret does not print")]
pub struct SecretKey(Zeroizing<[u8; 32]>);

impl SecretKey {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// Reads a big-endian number; zero and numbers not below the group order are refused.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, Error> {
        let mut checked = secp256k1::SecretKey::from_secret_bytes(*bytes)
            .map_err(|_| Error::OutOfRange { what: "secret key" })?;
        checked.non_secure_erase();
        Ok(Self(Zeroizing::new(*bytes)))
    }

    /// Makes a key of fresh entropy.
    #[must_use]
    pub fn generate(entropy: &mut Stream) -> Self {
        loop {
            // All but one of 2^128 draws are below the group order.
            if let Ok(key) = Self::from_bytes(&Zeroizing::new(entropy.array())) {
                return key;
            }
        }
    }

    /// The big-endian number.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        self.0.clone()
    }

    /// The public key.
    #[must_use]
    pub fn public_key(&self) -> PublicKey {
        self.with_native(|secret| PublicKey(secret.public_key()))
    }

    /// Signs a digest, deterministically.
    // RFC 6979 3.2 with SHA-256; s in the lower half by the library
    #[must_use]
    pub fn sign(&self, digest: &Hash) -> Signature {
        let digest = Message::from_digest(digest.0);
        self.with_native(|secret| {
            let mut attempt = 0u64;
            loop {
                let signature = sign_once(digest, secret, attempt);
                let (recovery, bytes) = signature.serialize_compact();
                let parity = match recovery {
                    RecoveryId::Zero => Parity::Even,
                    RecoveryId::One => Parity::Odd,
                    // r was above the group order before it was reduced, once in 2^127 signatures:
                    // Ethereum has no v for it, so another nonce is taken.
                    RecoveryId::Two | RecoveryId::Three => {
                        attempt += 1;
                        continue;
                    }
                };
                return Signature::new(bytes, parity).expect("the library signs in range and low");
            }
        })
    }

    /// Lends the library's own form of the key, which does not erase itself.
    fn with_native<T>(&self, run: impl FnOnce(&secp256k1::SecretKey) -> T) -> T {
        let mut secret = secp256k1::SecretKey::from_secret_bytes(*self.0)
            .expect("the range was checked when the key was made");
        let result = run(&secret);
        secret.non_secure_erase();
        result
    }
}

fn sign_once(digest: Message, secret: &secp256k1::SecretKey, attempt: u64) -> RecoverableSignature {
    if attempt == 0 {
        return RecoverableSignature::sign_ecdsa_recoverable(digest, secret);
    }
    let mut extra = [0; 32];
    extra[..8].copy_from_slice(&attempt.to_le_bytes());
    RecoverableSignature::sign_ecdsa_recoverable_with_noncedata(digest, secret, &extra)
}

impl ZeroizeOnDrop for SecretKey {}

impl ConstantTimeEq for SecretKey {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&*other.0)
    }
}
