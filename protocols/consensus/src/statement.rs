//! What validators sign, and the digest of it that goes under the pen.

use crate::Place;
use bincode::{Decode, Encode};
use troupe_crypto::hash::keccak256_concat;
use troupe_types::{Hash, Height};

/// What a signature is for. No signature for one is good for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Kind {
    /// The proposer of a view puts a block forward.
    Proposal,
    /// A validator has executed a block and stands by it.
    Vote,
    /// A validator gives a view up and names the highest certified block it knows.
    ViewChange,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Proposal, Self::Vote, Self::ViewChange];

    /// Its number in what is signed.
    #[must_use]
    pub const fn tag(self) -> u8 {
        match self {
            Self::Proposal => 1,
            Self::Vote => 2,
            Self::ViewChange => 3,
        }
    }
}

/// Everything that one signature covers, apart from the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Statement {
    /// What is stated.
    pub kind: Kind,
    /// Where.
    pub place: Place,
    /// How high the block is.
    pub height: Height,
    /// Its number among the blocks of its view, from 0; of no meaning for a view change, and 0 there.
    pub index: u32,
    /// The block.
    pub hash: Hash,
    /// For a view change: where the block was certified; `None` for the genesis block, and for the others.
    pub certified: Option<Place>,
}

impl Statement {
    /// What is signed: bound to the kind, the network and the place.
    // keccak(kind, genesis hash, epoch, view, height, index, block hash), and the certificate's
    // (epoch, view) for a view change; zeros stand for none
    #[must_use]
    pub fn digest(&self, genesis: &Hash) -> Hash {
        let mut tail = [0; 16];
        let mut used = 0;
        if self.kind == Kind::ViewChange {
            let certified = self.certified.unwrap_or_default();
            tail[..8].copy_from_slice(&certified.epoch.0.to_be_bytes());
            tail[8..].copy_from_slice(&certified.view.0.to_be_bytes());
            used = tail.len();
        }
        keccak256_concat(&[
            &[self.kind.tag()],
            &genesis.0,
            &self.place.epoch.0.to_be_bytes(),
            &self.place.view.0.to_be_bytes(),
            &self.height.0.to_be_bytes(),
            &self.index.to_be_bytes(),
            &self.hash.0,
            &tail[..used],
        ])
    }

    /// Whether nothing of it is said that the digest leaves out, so that no two of these have one digest.
    #[must_use]
    pub fn is_canonical(&self) -> bool {
        match self.kind {
            Kind::Proposal | Kind::Vote => self.certified.is_none(),
            // Zeros stand for none.
            Kind::ViewChange => self.certified != Some(Place::default()) && self.index == 0,
        }
    }

    /// Whether one honest validator can have signed only one of the two.
    ///
    /// In one view it proposes and votes once for each index and once for each height, and it gives
    /// the view up once.
    #[must_use]
    pub fn excludes(&self, other: &Self) -> bool {
        if self.kind != other.kind || self.place != other.place || self == other {
            return false;
        }
        match self.kind {
            Kind::Proposal | Kind::Vote => self.height == other.height || self.index == other.index,
            Kind::ViewChange => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn statement() -> impl Strategy<Value = Statement> {
        (
            0usize..3,
            0u64..3,
            0u64..3,
            0u64..3,
            0u32..3,
            0u8..3,
            proptest::option::of((0u64..2, 0u64..2)),
        )
            .prop_map(|(kind, epoch, view, height, index, hash, certified)| {
                let kind = Kind::ALL[kind];
                let certified = certified.map(|(epoch, view)| Place::new(epoch, view));
                Statement {
                    kind,
                    place: Place::new(epoch, view),
                    height: Height(height),
                    index,
                    hash: Hash([hash; 32]),
                    certified: certified.filter(|_| kind == Kind::ViewChange),
                }
            })
    }

    proptest! {
        #[test]
        fn different_statements_have_different_digests(a in statement(), b in statement()) {
            let zero = |s: &Statement| s.certified.unwrap_or_default();
            let same = a.kind == b.kind && a.place == b.place && a.height == b.height
                && a.index == b.index && a.hash == b.hash && zero(&a) == zero(&b);
            let genesis = Hash([9; 32]);
            prop_assert_eq!(a.digest(&genesis) == b.digest(&genesis), same);
            prop_assert_ne!(a.digest(&genesis), a.digest(&Hash([8; 32])));
            prop_assert_eq!(a.excludes(&b), b.excludes(&a));
            if a.is_canonical() && b.is_canonical() {
                prop_assert_eq!(a == b, same);
            }
        }
    }

    #[test]
    fn the_digest_is_the_one_that_was_agreed_upon() {
        let mut statement = Statement {
            kind: Kind::Vote,
            place: Place::new(1, 2),
            height: Height(3),
            index: 4,
            hash: Hash([5; 32]),
            certified: None,
        };
        let mut bytes = vec![2];
        bytes.extend([6; 32]);
        bytes.extend([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3]);
        bytes.extend([0, 0, 0, 4]);
        bytes.extend([5; 32]);
        let genesis = Hash([6; 32]);
        assert_eq!(statement.digest(&genesis), troupe_crypto::hash::keccak256(&bytes));
        statement.kind = Kind::ViewChange;
        statement.certified = Some(Place::new(7, 8));
        bytes[0] = 3;
        bytes.extend([0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 8]);
        assert_eq!(statement.digest(&genesis), troupe_crypto::hash::keccak256(&bytes));
    }
}
