//! What a party signs of a task on a chain: so that whoever posts something else there can be shown to have.

use std::sync::Arc;
use troupe_crypto::ed25519::Sign;
use troupe_market::message::Seen;
use troupe_market::statement::{Kind, NOBODY, Place, Statement};
use troupe_mpc::{Claim, Notary, SIGNATURE, Signature};
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
