//! ECDSA over secp256k1 as Ethereum's accounts sign: 65 bytes from which the signer is recovered.
//!
//! One signature, one encoding: `r` and `s` between 1 and the group order, `s` in the lower half
//! (EIP-2), the parity of `y` 0 or 1. How a parity becomes the `v` of a transaction is [`V`] (EIP-155).
//!
//! ```
//! use troupe_crypto::{ecdsa::SecretKey, hash::keccak256};
//! let secret = SecretKey::from_bytes(&[0x46; 32]).unwrap();
//! let signature = secret.sign(&keccak256("pay"));
//! let signer = signature.recover(&keccak256("pay")).unwrap();
//! assert_eq!(signer.address(), secret.public_key().address());
//! ```

mod key;
mod secret;
mod signature;
mod v;

pub use key::PublicKey;
pub use secret::SecretKey;
pub use signature::{Parity, Signature};
pub use v::{ChainId, V};
