//! Schnorr signatures over ristretto255, by `schnorrkel`: small keys, cheap batches.
//!
//! Every signature names its [`Purpose`], so that what was signed for one protocol means nothing in
//! another. Signing draws no randomness: the nonce comes from a secret kept beside the key and from
//! everything that is signed, as in Ed25519.
//!
//! Ristretto has one encoding a point and no points of small order, so a public key is refused in
//! three cases only: another encoding, no point, the identity.
//!
//! ```
//! use troupe_crypto::sr25519::{Purpose, SecretKey};
//! const GREETING: Purpose = Purpose::new("greeting");
//! let secret = SecretKey::from_seed(&[7; 32]);
//! let signature = secret.sign(GREETING, b"hello");
//! assert!(secret.public_key().verify(GREETING, b"hello", &signature).is_ok());
//! assert!(secret.public_key().verify(Purpose::new("parting"), b"hello", &signature).is_err());
//! ```

mod batch;
mod key;
mod nonce;
mod signature;

pub use batch::{Signed, bad_signatures, verify_all};
pub use key::{PublicKey, SecretKey};
pub(crate) use nonce::deterministic;
pub use signature::{Purpose, Signature};
