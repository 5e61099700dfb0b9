//! What a party signs of a task on a chain: so that whoever posts something else there can be shown to have.

use std::sync::Arc;
use troupe_crypto::ed25519::Sign;
use troupe_market::message::Seen;
use troupe_market::statement::{Held, Kind, NOBODY, Place, Statement};
use troupe_mpc::{Claim, Notary, SIGNATURE, Signature, Signed};
use troupe_types::Hash;

/// Signs with the key of this node, and knows those of the others, as the chain has them.
pub(super) struct Witness {
    place: Place,
    key: Arc<dyn Sign>,
    /// In the order of the seats.
    keys: Vec<[u8; 32]>,
}

impl Witness {
    /// For the seat that this node has in a task.
    pub(super) fn new(seen: &Seen, seat: u8, key: Arc<dyn Sign>) -> Self {
        let terms = Hash(seen.task.terms.0);
        let place = Place { chain_id: seen.chain_id, task: seen.task.id, terms, seat };
        Self { place, key, keys: seen.nodes.iter().map(|(_, key)| *key).collect() }
    }
}

impl Notary for Witness {
    fn sign(&self, claim: &Claim) -> Signature {
        let signed = self.key.sign(&statement(claim).digest(&self.place));
        // What is no signature is refused by the others, and the session ends there.
        signed.map_or([0; SIGNATURE], |signature| signature.0)
    }

    fn is_signed(&self, seat: u8, claim: &Claim, signature: &Signature) -> bool {
        let place = Place { seat, ..self.place };
        let key = self.keys.get(usize::from(seat));
        key.is_some_and(|key| statement(claim).verify(&place, key, signature).is_ok())
    }
}

/// What the others signed, as it may be shown to the chain.
pub(super) fn held(signed: &[Signed]) -> Vec<Held> {
    let of_one = |one: &Signed| {
        let (seat, claims) = (one.seat, one.claims.iter().zip(one.signatures));
        let held = move |(claim, signature): (&Claim, _)| Held {
            seat,
            statement: statement(claim),
            signature,
        };
        claims.map(held).collect::<Vec<_>>()
    };
    signed.iter().flat_map(of_one).collect()
}

/// As the chain reads it.
const fn statement(claim: &Claim) -> Statement {
    let (kind, peer, hash) = match *claim {
        Claim::Pair { peer, hash } => (Kind::Pair, peer, hash),
        Claim::Transcript(hash) => (Kind::Transcript, NOBODY, hash),
        Claim::Result(hash) => (Kind::Result, NOBODY, hash),
        Claim::Output(hash) => (Kind::Output, NOBODY, hash),
    };
    Statement { kind, peer, round: 0, part: 0, hash }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer, SigningKey};
    use proptest::prelude::*;
    use troupe_crypto::Error;
    use troupe_crypto::ed25519::{PublicKey, Signature as Inner};

    struct Key(SigningKey);

    impl Sign for Key {
        fn public_key(&self) -> PublicKey {
            PublicKey(self.0.verifying_key().to_bytes())
        }

        fn sign(&self, digest: &Hash) -> Result<Inner, Error> {
            Ok(Inner(self.0.sign(&digest.0).to_bytes()))
        }
    }

    fn witness(seat: u8) -> Witness {
        let key = |seat: u8| Key(SigningKey::from_bytes(&[seat + 1; 32]));
        let place = Place { chain_id: 7, task: 3, terms: Hash([9; 32]), seat };
        let keys = (0..3).map(|seat| key(seat).public_key().0).collect();
        Witness { place, key: Arc::new(key(seat)), keys }
    }

    fn claim() -> impl Strategy<Value = Claim> {
        (0u8..4, 0u8..3, any::<[u8; 32]>()).prop_map(|(kind, peer, hash)| match kind {
            0 => Claim::Pair { peer, hash: Hash(hash) },
            1 => Claim::Transcript(Hash(hash)),
            2 => Claim::Result(Hash(hash)),
            _ => Claim::Output(Hash(hash)),
        })
    }

    proptest! {
        #[test]
        fn what_a_party_signs_is_signed_by_it_and_says_nothing_else(
            claim in claim(),
            other in claim(),
            seat in 0u8..3,
            by in 0u8..4,
        ) {
            let signature = witness(seat).sign(&claim);
            prop_assert_eq!(witness(0).is_signed(by, &claim, &signature), by == seat);
            prop_assert_eq!(witness(0).is_signed(seat, &other, &signature), other == claim);
        }
    }
}
