//! Who signed, as a bitmap over a validator set.

use bincode::{Decode, Encode};

/// The most validators a set may have.
pub const MAX_VALIDATORS: usize = 128;

/// A set of validators by their position in the set of an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
pub struct Signers(u128);

impl Signers {
    /// Nobody.
    pub const NONE: Self = Self(0);

    /// Adds a validator; false if it was there, or if no set has such a position.
    pub fn insert(&mut self, validator: u16) -> bool {
        let Some(bit) = bit(validator) else { return false };
        let is_new = self.0 & bit == 0;
        self.0 |= bit;
        is_new
    }

    /// Whether a validator is in it.
    #[must_use]
    pub fn contains(self, validator: u16) -> bool {
        bit(validator).is_some_and(|bit| self.0 & bit != 0)
    }

    /// How many there are.
    #[must_use]
    pub const fn count(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether all of them have a position below `validators`.
    #[must_use]
    pub fn fit(self, validators: usize) -> bool {
        let used = u128::BITS - self.0.leading_zeros();
        usize::try_from(used).is_ok_and(|used| used <= validators)
    }

    /// Whether nobody is in both.
    #[must_use]
    pub const fn is_disjoint(self, other: Self) -> bool {
        self.0 & other.0 == 0
    }

    /// Who is in one of them.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Their positions, ascending.
    pub fn iter(self) -> impl Iterator<Item = u16> {
        (0..u16::try_from(u128::BITS).unwrap_or(u16::MAX)).filter(move |at| self.contains(*at))
    }
}

impl FromIterator<u16> for Signers {
    fn from_iter<I: IntoIterator<Item = u16>>(validators: I) -> Self {
        let mut signers = Self::NONE;
        for validator in validators {
            signers.insert(validator);
        }
        signers
    }
}

fn bit(validator: u16) -> Option<u128> {
    1u128.checked_shl(u32::from(validator))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn it_behaves_as_a_set(
            left in proptest::collection::btree_set(0u16..128, 0..40),
            right in proptest::collection::btree_set(0u16..128, 0..40),
            validators in 0usize..=128,
        ) {
            let (a, b): (Signers, Signers) =
                (left.iter().copied().collect(), right.iter().copied().collect());
            prop_assert_eq!(a.count(), left.len());
            prop_assert_eq!(a.is_disjoint(b), left.is_disjoint(&right));
            prop_assert_eq!(a.union(b).count(), left.union(&right).count());
            prop_assert_eq!(a.fit(validators), left.iter().all(|at| usize::from(*at) < validators));
            prop_assert_eq!(a.iter().collect::<BTreeSet<_>>(), left);
        }
    }

    #[test]
    fn a_position_that_no_set_has_is_not_taken() {
        let mut signers = Signers::NONE;
        assert!(signers.insert(127));
        assert!(!signers.insert(127), "twice");
        assert!(!signers.insert(128), "too high");
        assert!(!signers.contains(u16::MAX));
        assert_eq!(signers.count(), 1);
    }
}
