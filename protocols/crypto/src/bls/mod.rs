//! BLS signatures on BLS12-381 as Ethereum's validators sign.
//!
//! The ciphersuite is `BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_` of the IETF draft
//! `draft-irtf-cfrg-bls-signature`: public keys in G1 (48 bytes), signatures in G2 (96 bytes), proofs of
//! possession under a tag of their own. Keys and signatures must be the one compressed encoding of a
//! point of the prime-order subgroup other than the identity.
//!
//! [`Bls`] is pure Rust. With the feature `blst`, `BlsNative` does the same in C and assembly, three to
//! five times faster; every byte is the same, so that two processes need not agree on which they run.

mod backend;
mod bytes;
#[cfg(feature = "blst")]
mod native;
mod pure;
mod secret;
mod suite;
mod sum;

pub use backend::Backend;
pub use bytes::{Proof, PublicKey, Signature};
#[cfg(feature = "blst")]
pub use native::Native;
pub use pure::Pure;
pub use secret::SecretKey;
pub use suite::{Key, Suite};

/// The scheme in pure Rust.
pub type Bls = Suite<Pure>;

/// The scheme in C and assembly.
#[cfg(feature = "blst")]
pub type BlsNative = Suite<Native>;
