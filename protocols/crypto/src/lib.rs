//! Hashes, signatures, verifiable randomness and keys at rest.
//!
//! * [`hash`]: Keccak-256, SHA-256, and hashes bound to a domain.
//! * [`ecdsa`]: secp256k1 with recovery, as Ethereum accounts sign.
//! * [`ed25519`]: checks what the key of a node's certificate signed.
//! * [`Scheme`]: signatures that many sign and one check verifies. [`Bls`] is the one to run,
//!   [`BlsNative`](bls) the same bytes by C and assembly (feature `blst`), [`Keyed`] the one to simulate with.
//! * [`sr25519`]: Schnorr signatures over ristretto255, batched without luck; [`vrf`]: a random word
//!   with a proof that its owner had no choice.
//! * [`keystore`]: secrets under a password, as JSON text that Ethereum's tools read too.
//!
//! Everything is a function of its arguments: randomness comes in as a [`troupe_wire::Stream`],
//! signatures draw none. Secrets have no `Debug`, are compared in constant time and are overwritten
//! when they are dropped. It is not transport security (that is `actors/net`) and it opens no file.
//!
//! ```
//! use troupe_crypto::{Bls, Scheme};
//! use troupe_wire::Seed;
//!
//! let mut entropy = Seed::from_number(7).stream("keys");
//! let (alice, bob) = (Bls::generate(&mut entropy), Bls::generate(&mut entropy));
//! // A key takes part in aggregates only with the proof that somebody holds its secret.
//! let key_of = |secret| Bls::admit(&Bls::public_key(secret), &Bls::prove(secret)).unwrap();
//! let keys = [key_of(&alice), key_of(&bob)];
//!
//! let votes = [Bls::sign(&alice, b"block 1"), Bls::sign(&bob, b"block 1")];
//! let certificate = Bls::aggregate(&votes).unwrap();
//! assert!(Bls::verify_same(&[&keys[0], &keys[1]], b"block 1", &certificate).is_ok());
//! assert!(Bls::verify_same(&[&keys[0], &keys[1]], b"block 2", &certificate).is_err());
//! ```

mod bisect;
pub mod bls;
pub mod ecdsa;
pub mod ed25519;
mod error;
mod fixed;
pub mod hash;
pub mod keyed;
pub mod keystore;
pub mod scheme;
pub mod sr25519;
pub mod vrf;

pub use bls::Bls;
#[cfg(feature = "blst")]
pub use bls::BlsNative;
pub use error::Error;
pub use fixed::Fixed;
pub use keyed::Keyed;
pub use scheme::Scheme;
