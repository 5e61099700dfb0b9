//! What a party states of a task on a chain, and what the others do: so that whoever posts something else there can be shown to
//! have. It is signed by the actor of the market, which signs nothing that contradicts what it signed before.

use troupe_learning::workers::message::Ground;
use troupe_market::statement::{Held, Kind, NOBODY, Place, Statement};
use troupe_mpc::{Claim, Notary, Signature, Signed};

/// Knows the keys of the parties of a task, as the chain has them.
pub(super) struct Witness {
    /// Of any seat.
    place: Place,
    /// In the order of the seats.
    keys: Vec<[u8; 32]>,
}

impl Witness {
    pub(super) fn new(ground: &Ground) -> Self {
        let Ground { chain_id, task, terms, keys } = ground;
        let place = Place { chain_id: *chain_id, task: *task, terms: *terms, seat: NOBODY };
        Self { place, keys: keys.to_vec() }
    }
}

impl Notary for Witness {
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
pub(super) const fn statement(claim: &Claim) -> Statement {
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
    use troupe_types::Hash;

    const PLACE: Place = Place { chain_id: 7, task: 3, terms: Hash([9; 32]), seat: NOBODY };

    fn key(seat: u8) -> SigningKey {
        SigningKey::from_bytes(&[seat + 1; 32])
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
            let keys = (0..3).map(|seat| key(seat).verifying_key().to_bytes()).collect();
            let witness = Witness { place: PLACE, keys };
            let digest = statement(&claim).digest(&Place { seat, ..PLACE });
            let signature = key(seat).sign(&digest.0).to_bytes();
            prop_assert_eq!(witness.is_signed(by, &claim, &signature), by == seat);
            prop_assert_eq!(witness.is_signed(seat, &other, &signature), other == claim);
        }
    }
}
