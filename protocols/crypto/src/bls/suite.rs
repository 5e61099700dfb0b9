//! The scheme over either arithmetic: who is let in, what is added up, what is checked.

use super::secret::SecretKey;
use super::{Backend, Proof, PublicKey, Signature};
use crate::bisect::bad_ones;
use crate::scheme::{Combined, Strength, Vote};
use crate::{Error, Scheme, hash};
use core::{fmt, marker::PhantomData};
use troupe_wire::Seed;

// draft-irtf-cfrg-bls-signature-05 4.2.3
const SIGN_TAG: &[u8] = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";
const PROVE_TAG: &[u8] = b"BLS_POP_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";

/// BLS with proofs of possession over the arithmetic `B`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suite<B>(PhantomData<B>);

/// A public key whose point and proof of possession were checked.
#[derive(Clone, Copy)]
pub struct Key<B: Backend> {
    bytes: PublicKey,
    point: B::Key,
}

impl<B: Backend> AsRef<PublicKey> for Key<B> {
    fn as_ref(&self) -> &PublicKey {
        &self.bytes
    }
}

impl<B: Backend> fmt::Debug for Key<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({:?})", self.bytes)
    }
}

impl<B: Backend> Scheme for Suite<B> {
    const NAME: &'static str = B::NAME;
    const STRENGTH: Strength = Strength::Production;

    type SecretKey = SecretKey;
    type PublicKey = PublicKey;
    type Signature = Signature;
    type Proof = Proof;
    type Key = Key<B>;

    fn derive(material: &[u8]) -> Result<SecretKey, Error> {
        SecretKey::derive(material)
    }

    fn public_key(secret: &SecretKey) -> PublicKey {
        PublicKey(B::public_key(secret))
    }

    fn prove(secret: &SecretKey) -> Proof {
        let public = B::public_key(secret);
        Proof(B::sign(secret, &B::hash(PROVE_TAG, &public)))
    }

    fn sign(secret: &SecretKey, message: &[u8]) -> Signature {
        Signature(B::sign(secret, &B::hash(SIGN_TAG, message)))
    }

    fn admit(public: &PublicKey, proof: &Proof) -> Result<Key<B>, Error> {
        let key = Self::readmit(public)?;
        let proof = B::read_signature(Proof::WHAT, &proof.0)?;
        let message = B::hash(PROVE_TAG, &public.0);
        if B::holds(&[(key.point, &message)], &proof) { Ok(key) } else { Err(Error::BadProof) }
    }

    fn readmit(public: &PublicKey) -> Result<Key<B>, Error> {
        let point = B::read_key(PublicKey::WHAT, &public.0)?;
        Ok(Key { bytes: *public, point })
    }

    fn aggregate(signatures: &[Signature]) -> Result<Signature, Error> {
        if signatures.is_empty() {
            return Err(Error::Empty { what: "signatures" });
        }
        let points = signatures.iter().map(read::<B>).collect::<Result<Vec<_>, _>>()?;
        let sum = B::sum_signatures(&points);
        let sum = sum.ok_or(Error::Identity { what: "sum of signatures" })?;
        Ok(Signature(B::write_signature(&sum)))
    }

    fn verify_same(keys: &[&Key<B>], message: &[u8], signature: &Signature) -> Result<(), Error> {
        if keys.is_empty() {
            return Err(Error::Empty { what: "keys" });
        }
        let signature = read::<B>(signature)?;
        let points: Vec<B::Key> = keys.iter().map(|key| key.point).collect();
        let sum = B::sum_keys(&points).ok_or(Error::Identity { what: "sum of keys" })?;
        check::<B>(&[(sum, &B::hash(SIGN_TAG, message))], &signature)
    }

    fn verify_each(signed: &[(&Key<B>, &[u8])], signature: &Signature) -> Result<(), Error> {
        if signed.is_empty() {
            return Err(Error::Empty { what: "keys" });
        }
        let signature = read::<B>(signature)?;
        let messages: Vec<B::Message> =
            signed.iter().map(|(_, message)| B::hash(SIGN_TAG, message)).collect();
        let pairs: Vec<(B::Key, &B::Message)> =
            signed.iter().zip(&messages).map(|((key, _), message)| (key.point, message)).collect();
        check::<B>(&pairs, &signature)
    }

    fn combine(message: &[u8], votes: &[Vote<'_, Self>]) -> Combined<Self> {
        let weights = weights(message, votes);
        let mut bad = Vec::new();
        let mut read = Read::<B>::default();
        for (at, (vote, weight)) in votes.iter().zip(weights).enumerate() {
            match B::read_signature(Signature::WHAT, &vote.signature.0) {
                Ok(signature) => read.push(at, vote.key.point, signature, weight),
                Err(_) => bad.push(at),
            }
        }
        let unverified = read.bad_ones(&B::hash(SIGN_TAG, message));
        bad.extend(unverified.iter().map(|at| read.positions[*at]));
        bad.sort_unstable();
        let aggregate =
            read.sum_without(&unverified).map(|sum| Signature(B::write_signature(&sum)));
        Combined { aggregate, bad }
    }
}

fn read<B: Backend>(signature: &Signature) -> Result<B::Signature, Error> {
    B::read_signature(Signature::WHAT, &signature.0)
}

fn check<B: Backend>(
    signed: &[(B::Key, &B::Message)],
    signature: &B::Signature,
) -> Result<(), Error> {
    if B::holds(signed, signature) { Ok(()) } else { Err(Error::BadSignature) }
}

/// The votes whose signatures are points, column by column.
struct Read<B: Backend> {
    positions: Vec<usize>,
    keys: Vec<B::Key>,
    signatures: Vec<B::Signature>,
    weights: Vec<u128>,
}

impl<B: Backend> Default for Read<B> {
    fn default() -> Self {
        Self { positions: vec![], keys: vec![], signatures: vec![], weights: vec![] }
    }
}

impl<B: Backend> Read<B> {
    fn push(&mut self, at: usize, key: B::Key, signature: B::Signature, weight: u128) {
        self.positions.push(at);
        self.keys.push(key);
        self.signatures.push(signature);
        self.weights.push(weight);
    }

    /// Which of them do not verify.
    ///
    /// Two signers can make errors that cancel in a plain sum: the sum would pass, each of the two
    /// votes would fail at whoever checks it alone. Weights that nobody knew when signing prevent that.
    fn bad_ones(&self, message: &B::Message) -> Vec<usize> {
        bad_ones(self.keys.len(), |range| {
            if range.len() == 1 {
                let at = range.start;
                return B::holds(&[(self.keys[at], message)], &self.signatures[at]);
            }
            let weights = &self.weights[range.clone()];
            let key = B::weigh_keys(&self.keys[range.clone()], weights);
            let signature = B::weigh_signatures(&self.signatures[range], weights);
            match (key, signature) {
                (Some(key), Some(signature)) => B::holds(&[(key, message)], &signature),
                _ => false,
            }
        })
    }

    /// The sum of all but the bad ones.
    fn sum_without(&self, bad: &[usize]) -> Option<B::Signature> {
        if bad.is_empty() {
            return B::sum_signatures(&self.signatures);
        }
        let good: Vec<B::Signature> = (0..self.signatures.len())
            .filter(|at| bad.binary_search(at).is_err())
            .map(|at| self.signatures[at])
            .collect();
        B::sum_signatures(&good)
    }
}

/// A weight of 128 bits a vote, drawn from the message and all votes, never zero.
fn weights<B: Backend>(message: &[u8], votes: &[Vote<'_, Suite<B>>]) -> Vec<u128> {
    let mut parts: Vec<&[u8]> = vec![message];
    for vote in votes {
        parts.extend([&vote.key.bytes.0[..], &vote.signature.0[..]]);
    }
    let seed = Seed::new(hash::tagged("troupe bls votes", &parts).0);
    let mut stream = seed.stream("weights");
    votes.iter().map(|_| u128::from_le_bytes(stream.array()).max(1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bls::Pure;
    use proptest::prelude::*;

    fn key(seed: u8) -> Key<Pure> {
        let secret = SecretKey::derive(&[seed; 32]).expect("32 bytes");
        Suite::<Pure>::readmit(&Suite::<Pure>::public_key(&secret)).expect("a fresh key")
    }

    fn weights_of(message: &[u8], keys: &[Key<Pure>; 3], signatures: &[Signature; 3]) -> Vec<u128> {
        let pairs = keys.iter().zip(signatures);
        let votes: Vec<Vote<'_, Suite<Pure>>> =
            pairs.map(|(key, signature)| Vote { key, signature: *signature }).collect();
        weights(message, &votes)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        /// Or two signers could make errors to measure.
        #[test]
        fn every_bit_of_a_vote_changes_every_weight(vote in 0usize..3, at in 0usize..96, bit in 0u8..8) {
            let (keys, signatures) = ([1, 2, 3].map(key), [Signature([5; 96]); 3]);
            let before = weights_of(b"m", &keys, &signatures);
            let mut changed = signatures;
            changed[vote].0[at] ^= 1 << bit;
            let mut others = keys;
            others[vote] = key(4);
            for after in [
                weights_of(b"m", &keys, &changed),
                weights_of(b"m", &others, &signatures),
                weights_of(b"n", &keys, &signatures),
            ] {
                prop_assert!(before.iter().zip(&after).all(|(before, after)| before != after));
            }
            prop_assert_eq!(before.len(), 3);
        }
    }
}
