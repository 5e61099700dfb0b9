//! The validators of an epoch, and which epochs are known.

use crate::signers::MAX_VALIDATORS;
use crate::{Error, PublicKey};
use std::collections::{BTreeMap, BTreeSet};
use troupe_types::{Epoch, Height, NodeId, View};

/// One validator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Validator {
    /// Its process on the network.
    pub node: NodeId,
    /// Its key. That somebody holds the secret was proven when it was registered.
    pub key: PublicKey,
}

/// The validators of an epoch, in the order in which they propose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidatorSet(Vec<Validator>);

impl ValidatorSet {
    /// A set of one to [`MAX_VALIDATORS`] validators, no two with one key or one node.
    pub fn new(validators: Vec<Validator>) -> Result<Self, Error> {
        let got = validators.len();
        if got == 0 || got > MAX_VALIDATORS {
            return Err(Error::SetSize { got, limit: MAX_VALIDATORS });
        }
        let keys: BTreeSet<&PublicKey> = validators.iter().map(|one| &one.key).collect();
        let nodes: BTreeSet<&NodeId> = validators.iter().map(|one| &one.node).collect();
        if keys.len() != got || nodes.len() != got {
            return Err(Error::SharedKey);
        }
        Ok(Self(validators))
    }

    /// How many validators there are.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a set is never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// How many may be faulty: less than a third.
    #[must_use]
    pub fn faults(&self) -> usize {
        self.0.len().saturating_sub(1) / 3
    }

    /// How many votes make a certificate: n - floor((n-1)/3).
    #[must_use]
    pub fn quorum(&self) -> usize {
        self.0.len() - self.faults()
    }

    /// All of them.
    #[must_use]
    pub fn as_slice(&self) -> &[Validator] {
        &self.0
    }

    /// The validator at a position.
    #[must_use]
    pub fn get(&self, at: u16) -> Option<&Validator> {
        self.0.get(usize::from(at))
    }

    /// The position of the proposer of a view: view mod n.
    #[must_use]
    pub fn proposer(&self, view: View) -> u16 {
        let count = u64::try_from(self.0.len()).expect("a set has at most 128 members");
        u16::try_from(view.0 % count).expect("a remainder below 128")
    }

    /// The position of a key.
    #[must_use]
    pub fn position_of(&self, key: &PublicKey) -> Option<u16> {
        (0..).zip(&self.0).find(|(_, one)| one.key == *key).map(|(at, _)| at)
    }

    /// The position of a node.
    #[must_use]
    pub fn position_of_node(&self, node: &NodeId) -> Option<u16> {
        (0..).zip(&self.0).find(|(_, one)| one.node == *node).map(|(at, _)| at)
    }
}

/// One validator set and the heights whose blocks it certifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Its number.
    pub epoch: Epoch,
    /// The first height it certifies.
    pub first: Height,
    /// The last one.
    pub last: Height,
    /// Who certifies.
    pub set: ValidatorSet,
}

impl Term {
    /// Whether a height is of this term.
    #[must_use]
    pub fn holds(&self, height: Height) -> bool {
        self.first <= height && height <= self.last
    }
}

/// The terms that are known, without a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    terms: BTreeMap<Epoch, Term>,
}

impl Schedule {
    /// A schedule that starts with a term.
    #[must_use]
    pub fn new(first: Term) -> Self {
        Self { terms: BTreeMap::from([(first.epoch, first)]) }
    }

    /// Adds the term after the last known one. The same one again changes nothing; anything else is refused.
    pub fn extend(&mut self, term: Term) -> Result<(), Error> {
        if let Some(known) = self.terms.get(&term.epoch) {
            return if *known == term {
                Ok(())
            } else {
                Err(Error::OtherTerm { epoch: term.epoch })
            };
        }
        let newest = self.newest();
        let follows = newest.epoch.next() == Some(term.epoch)
            && newest.last.next() == Some(term.first)
            && term.first <= term.last;
        if !follows {
            return Err(Error::Gap { after: newest.epoch, got: term.epoch });
        }
        self.terms.insert(term.epoch, term);
        Ok(())
    }

    /// The term of an epoch.
    #[must_use]
    pub fn get(&self, epoch: Epoch) -> Option<&Term> {
        self.terms.get(&epoch)
    }

    /// The last one known.
    #[must_use]
    pub fn newest(&self) -> &Term {
        self.terms.values().next_back().expect("a schedule starts with a term")
    }

    /// All known ones, ascending.
    pub fn iter(&self) -> impl Iterator<Item = &Term> {
        self.terms.values()
    }

    /// Forgets terms before an epoch, never the last known one.
    pub fn forget_before(&mut self, epoch: Epoch) {
        let newest = self.newest().epoch;
        self.terms.retain(|known, _| *known >= epoch || *known == newest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(count: u8) -> ValidatorSet {
        let one = |at| Validator { node: NodeId([at; 32]), key: PublicKey([at; 48]) };
        ValidatorSet::new((0..count).map(one).collect()).expect("a good set")
    }

    fn term(epoch: u64, first: u64, last: u64) -> Term {
        Term { epoch: Epoch(epoch), first: Height(first), last: Height(last), set: set(4) }
    }

    proptest! {
        #[test]
        fn two_quorums_share_more_than_the_faulty_and_the_honest_reach_one(count in 1u8..=128) {
            let set = set(count);
            let (n, f, q) = (set.len(), set.faults(), set.quorum());
            prop_assert!(2 * q > n + f, "an honest one in both");
            prop_assert!(n - f >= q);
            prop_assert!(3 * f < n);
        }
    }

    #[test]
    fn a_quorum_is_n_less_a_third() {
        let quorums = [1, 4, 7, 25, 43].map(|count| set(count).quorum());
        assert_eq!(quorums, [1, 3, 5, 17, 29]);
    }

    #[test]
    fn the_proposer_is_the_view_modulo_n() {
        let set = set(4);
        let proposers = [0, 1, 5, u64::MAX].map(|view| set.proposer(View(view)));
        assert_eq!(proposers, [0, 1, 1, 3]);
    }

    #[test]
    fn a_key_twice_or_nobody_is_no_set() {
        let one = Validator { node: NodeId([1; 32]), key: PublicKey([1; 48]) };
        let same_key = Validator { node: NodeId([2; 32]), ..one };
        let same_node = Validator { key: PublicKey([2; 48]), ..one };
        assert_eq!(ValidatorSet::new(vec![one, same_key]), Err(Error::SharedKey));
        assert_eq!(ValidatorSet::new(vec![one, same_node]), Err(Error::SharedKey));
        assert_eq!(ValidatorSet::new(vec![]), Err(Error::SetSize { got: 0, limit: 128 }));
    }

    #[test]
    fn terms_follow_without_a_gap_and_never_change() {
        let mut schedule = Schedule::new(term(1, 1, 40));
        assert!(schedule.extend(term(3, 41, 80)).is_err());
        assert!(schedule.extend(term(2, 42, 80)).is_err());
        assert_eq!(schedule.extend(term(2, 41, 80)), Ok(()));
        assert_eq!(schedule.extend(term(2, 41, 80)), Ok(()));
        assert_eq!(schedule.extend(term(2, 41, 90)), Err(Error::OtherTerm { epoch: Epoch(2) }));
        schedule.forget_before(Epoch(9));
        assert_eq!(schedule.iter().map(|term| term.epoch).collect::<Vec<_>>(), [Epoch(2)]);
    }
}
