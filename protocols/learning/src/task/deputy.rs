//! A process that computes in the place of a party.
//!
//! A party is one identity: the chain elects it, and it answers for what is computed. What it computes with may be several
//! processes, each with a key of its own that nobody has to trust. The identity signs which of them has its seat in which
//! task; everybody else speaks to that process and holds the identity to what comes of it.

use super::Seat;
use bincode::{Decode, Encode};
use sha2::{Digest, Sha256};
use troupe_crypto::ed25519::{PublicKey, Sign, Signature};
use troupe_types::{Hash, NodeId};
use troupe_wire::Text;

/// The process that has the seat of a party in one task.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Deputy {
    /// Which process it is.
    pub id: NodeId,
    /// Host and port.
    pub address: Text<256>,
    /// The key of the party that it stands for.
    pub key: [u8; 32],
    /// The party's signature under [`Deputy::digest`].
    pub signature: [u8; 64],
}

impl Deputy {
    /// What a party signs for its deputy in the task of these [terms](super::Task::terms), of which no two are alike: they have the session's
    /// number.
    #[must_use]
    pub fn digest(terms: Hash, id: NodeId) -> Hash {
        let digest = Sha256::new_with_prefix(b"troupe deputy 1").chain_update(terms.0);
        Hash(digest.chain_update(id.0).finalize().into())
    }

    /// The deputy of whoever has this key.
    pub fn appoint(
        terms: Hash,
        (id, address): (NodeId, Text<256>),
        key: &dyn Sign,
    ) -> Result<Self, troupe_crypto::Error> {
        let signature = key.sign(&Self::digest(terms, id))?.0;
        Ok(Self { id, address, key: key.public_key().0, signature })
    }

    /// Whether the party appointed it for the task of these terms.
    #[must_use]
    pub fn is_of(&self, party: NodeId, terms: Hash) -> bool {
        let (key, digest) = (PublicKey(self.key), Self::digest(terms, self.id));
        key.node_id() == party && key.verify(&digest.0, &Signature(self.signature)).is_ok()
    }
}

impl Seat {
    /// The process that computes.
    #[must_use]
    pub fn process(&self) -> NodeId {
        self.deputy.as_ref().map_or(self.id, |deputy| deputy.id)
    }

    /// Where that is reached: host and port.
    #[must_use]
    pub fn reached_at(&self) -> &str {
        self.deputy.as_ref().map_or(&self.address, |deputy| &deputy.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::{Unfit, nobody, tests};
    use ed25519_dalek::{Signer, SigningKey};
    use troupe_crypto::Error;

    struct Key(SigningKey);

    impl Sign for Key {
        fn public_key(&self) -> PublicKey {
            PublicKey(self.0.verifying_key().to_bytes())
        }

        fn sign(&self, digest: &Hash) -> Result<Signature, Error> {
            Ok(Signature(self.0.sign(&digest.0).to_bytes()))
        }
    }

    fn key(number: u8) -> Key {
        Key(SigningKey::from_bytes(&[number; 32]))
    }

    #[test]
    fn a_deputy_has_one_seat_in_one_task_by_the_word_of_its_party_alone() {
        let mut task = tests::good();
        task.parties[1].id = key(1).public_key().node_id();
        let terms = task.terms().unwrap();
        let worker = NodeId([77; 32]);
        let appoint = |terms, id, by: u8| {
            Deputy::appoint(terms, (id, Text::new("w:1").unwrap()), &key(by)).unwrap()
        };
        let with = |seat: usize, deputy: Deputy| {
            let mut task = task.clone();
            task.parties[seat].deputy = Some(deputy);
            task
        };
        let good = with(1, appoint(terms, worker, 1));
        assert_eq!(good.check(), Ok(()));
        assert_eq!(good.terms().unwrap(), terms, "who computes is no part of the terms");
        assert_ne!(good.hash().unwrap(), task.hash().unwrap());
        assert_eq!((good.party(worker), good.computes_for(worker)), (None, Some(1)));
        assert_eq!(good.party(task.parties[1].id), Some(1));
        assert_eq!(good.computes_for(task.parties[1].id), None);
        assert!(good.parts().any(|(_, id)| id == worker));
        assert_eq!(good.parties[1].reached_at(), "w:1");

        let wrong = Err(Unfit::Deputy(task.parties[1].id));
        assert_eq!(with(1, appoint(terms, worker, 2)).check(), wrong, "somebody else's word");
        assert_eq!(with(1, appoint(Hash([1; 32]), worker, 1)).check(), wrong, "another task");
        let mut other = appoint(terms, worker, 1);
        other.id = NodeId([78; 32]);
        assert_eq!(with(1, other).check(), wrong, "another process");
        let elsewhere = with(0, appoint(terms, worker, 1)).check();
        assert_eq!(elsewhere, Err(Unfit::Deputy(task.parties[0].id)), "another seat");
        // Nobody plays two parts by it.
        for id in [task.parties[0].id, task.owners[0].id, task.receivers[0], task.parties[1].id] {
            assert_eq!(with(1, appoint(terms, id, 1)).check(), Err(Unfit::TwoParts(id)));
        }
        assert!(nobody().iter().all(|seat| seat.process() == seat.id));
    }
}
