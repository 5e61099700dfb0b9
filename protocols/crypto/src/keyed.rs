//! Keyed hashes that look like aggregate signatures: cheap, deterministic and worth nothing.
//!
//! The "public key" is all it takes to make a "signature", so whoever has read this file can forge
//! one. It lets a simulation run a thousand times more rounds than real signatures would, with
//! messages of the real sizes.
//!
//! It cannot be mistaken for [`Bls`](crate::Bls): its types are others; its bytes start with a mark
//! that no compressed point starts with and that it insists on itself; and
//! [`require_production`](crate::scheme::require_production) does not compile for it.

use crate::fixed::fixed_bytes;
use crate::scheme::{Combined, Strength, Vote};
use crate::{Error, Scheme, hash};
use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The scheme of the simulator; see the module. **Never** for a real process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keyed;

/// The first bytes of everything. A compressed point has its highest bit set; `t` has not.
const MARK: [u8; 16] = *b"troupe simulator";

/// A secret of the simulator.
#[expect(missing_debug_implementations, reason = "as for the real one")]
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SecretKey([u8; 32]);

/// A checked public key of the simulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key(PublicKey);

fixed_bytes!(
    /// A public key of the simulator.
    PublicKey,
    48,
    "simulated public key"
);
fixed_bytes!(
    /// A signature of the simulator, of one or of many.
    Signature,
    96,
    "simulated signature"
);
fixed_bytes!(
    /// A proof of possession of the simulator.
    Proof,
    96,
    "simulated proof of possession"
);

/// What a signature stands for: a group under addition, lane by lane, as points are.
type Lanes = [u64; 4];

impl AsRef<PublicKey> for Key {
    fn as_ref(&self) -> &PublicKey {
        &self.0
    }
}

impl ConstantTimeEq for SecretKey {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

impl Scheme for Keyed {
    const NAME: &'static str = "keyed-simulation-only";
    const STRENGTH: Strength = Strength::Simulation;

    type SecretKey = SecretKey;
    type PublicKey = PublicKey;
    type Signature = Signature;
    type Proof = Proof;
    type Key = Key;

    fn derive(material: &[u8]) -> Result<SecretKey, Error> {
        if material.len() < 32 {
            return Err(Error::ShortMaterial { got: material.len(), limit: 32 });
        }
        Ok(SecretKey(hash::tagged("keyed secret", &[material]).0))
    }

    fn public_key(secret: &SecretKey) -> PublicKey {
        let mut bytes = [0; 48];
        bytes[..16].copy_from_slice(&MARK);
        bytes[16..].copy_from_slice(&hash::tagged("keyed public", &[&secret.0]).0);
        PublicKey(bytes)
    }

    fn prove(secret: &SecretKey) -> Proof {
        Proof(write(digest("keyed proof", &Self::public_key(secret), &[])))
    }

    fn sign(secret: &SecretKey, message: &[u8]) -> Signature {
        Signature(write(digest("keyed vote", &Self::public_key(secret), message)))
    }

    fn admit(public: &PublicKey, proof: &Proof) -> Result<Key, Error> {
        let key = Self::readmit(public)?;
        let proof = read(Proof::WHAT, &proof.0)?;
        if proof == digest("keyed proof", public, &[]) { Ok(key) } else { Err(Error::BadProof) }
    }

    fn readmit(public: &PublicKey) -> Result<Key, Error> {
        if !public.0.starts_with(&MARK) {
            return Err(Error::NotCanonical { what: PublicKey::WHAT });
        }
        Ok(Key(*public))
    }

    fn aggregate(signatures: &[Signature]) -> Result<Signature, Error> {
        if signatures.is_empty() {
            return Err(Error::Empty { what: "signatures" });
        }
        let mut sum = Lanes::default();
        for signature in signatures {
            sum = add(sum, read(Signature::WHAT, &signature.0)?);
        }
        if sum == Lanes::default() {
            return Err(Error::Identity { what: "sum of signatures" });
        }
        Ok(Signature(write(sum)))
    }

    fn verify_same(keys: &[&Key], message: &[u8], signature: &Signature) -> Result<(), Error> {
        let signed: Vec<(&Key, &[u8])> = keys.iter().map(|key| (*key, message)).collect();
        Self::verify_each(&signed, signature)
    }

    fn verify_each(signed: &[(&Key, &[u8])], signature: &Signature) -> Result<(), Error> {
        if signed.is_empty() {
            return Err(Error::Empty { what: "keys" });
        }
        let signature = read(Signature::WHAT, &signature.0)?;
        let mut sum = Lanes::default();
        for (key, message) in signed {
            sum = add(sum, digest("keyed vote", &key.0, message));
        }
        if sum == signature { Ok(()) } else { Err(Error::BadSignature) }
    }

    fn combine(message: &[u8], votes: &[Vote<'_, Self>]) -> Combined<Self> {
        let mut good = Vec::new();
        let mut bad = Vec::new();
        for (at, vote) in votes.iter().enumerate() {
            match Self::verify(vote.key, message, &vote.signature) {
                Ok(()) => good.push(vote.signature),
                Err(_) => bad.push(at),
            }
        }
        Combined { aggregate: Self::aggregate(&good).ok(), bad }
    }
}

fn digest(purpose: &str, public: &PublicKey, message: &[u8]) -> Lanes {
    let digest = hash::tagged(purpose, &[&public.0, message]).0;
    let mut lanes = Lanes::default();
    for (lane, bytes) in lanes.iter_mut().zip(digest.as_chunks().0) {
        *lane = u64::from_le_bytes(*bytes);
    }
    lanes
}

fn add(left: Lanes, right: Lanes) -> Lanes {
    core::array::from_fn(|at| left[at].wrapping_add(right[at]))
}

/// The mark, the lanes, zeros up to the length of a real signature.
fn write(lanes: Lanes) -> [u8; 96] {
    let mut bytes = [0; 96];
    bytes[..16].copy_from_slice(&MARK);
    for (target, lane) in bytes[16..48].as_chunks_mut().0.iter_mut().zip(lanes) {
        *target = lane.to_le_bytes();
    }
    bytes
}

fn read(what: &'static str, bytes: &[u8; 96]) -> Result<Lanes, Error> {
    let mut lanes = Lanes::default();
    for (lane, bytes) in lanes.iter_mut().zip(bytes[16..48].as_chunks().0) {
        *lane = u64::from_le_bytes(*bytes);
    }
    if write(lanes) != *bytes {
        return Err(Error::NotCanonical { what });
    }
    if lanes == Lanes::default() {
        return Err(Error::Identity { what });
    }
    Ok(lanes)
}
