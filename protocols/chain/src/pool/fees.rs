//! What is worth most under a base fee that moves.
//!
//! An effective tip is the smaller of the tip and what the cap leaves above the base fee. As long
//! as the base fee stays below their difference, the *turning point*, the tip alone decides, and from
//! there on the cap alone; within either kind the order does not depend on the base fee. So two ordered
//! sets are kept, and when the base fee moves, only what passed its turning point moves between
//! them.

use std::collections::BTreeSet;

/// The two fees of a transaction, in von per gas: the tip is at most the cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fees {
    cap: u128,
    tip: u128,
}

/// What something is worth under a base fee: first whether it pays the base fee at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Worth {
    /// It does not, with this cap.
    Below(u128),
    /// It does, and pays so much above.
    Tip(u128),
}

impl Fees {
    /// Nobody pays a tip above the cap.
    pub(super) fn new(cap: u128, tip: u128) -> Self {
        Self { cap, tip: tip.min(cap) }
    }

    /// The worse of each.
    pub(super) fn least(self, other: Self) -> Self {
        Self { cap: self.cap.min(other.cap), tip: self.tip.min(other.tip) }
    }

    pub(super) fn worth(self, base_fee: u64) -> Worth {
        match self.cap.checked_sub(base_fee.into()) {
            None => Worth::Below(self.cap),
            Some(above) => Worth::Tip(above.min(self.tip)),
        }
    }

    /// Up to this base fee the tip decides, above it the cap.
    const fn turning(self) -> u128 {
        self.cap - self.tip
    }

    /// Whether both fees exceed another's by so many per cent.
    pub(super) fn outbid(self, old: Self, bump: u8) -> bool {
        let exceeds = |new: u128, old: u128| {
            let wanted = old.saturating_mul(100 + u128::from(bump)) / 100;
            new > old && new >= wanted
        };
        exceeds(self.cap, old.cap) && exceeds(self.tip, old.tip)
    }
}

/// Keys ordered by what they are worth, then by themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FeeIndex<K: Ord> {
    base_fee: u64,
    by_tip: BTreeSet<(u128, K)>,
    by_cap: BTreeSet<(u128, K)>,
    /// The same keys by turning point and tip, which add up to the cap.
    turning_up: BTreeSet<(u128, u128, K)>,
    turning_down: BTreeSet<(u128, u128, K)>,
}

impl<K: Ord + Copy> FeeIndex<K> {
    pub(super) const fn new(base_fee: u64) -> Self {
        Self {
            base_fee,
            by_tip: BTreeSet::new(),
            by_cap: BTreeSet::new(),
            turning_up: BTreeSet::new(),
            turning_down: BTreeSet::new(),
        }
    }

    fn is_by_tip(&self, fees: Fees) -> bool {
        u128::from(self.base_fee) <= fees.turning()
    }

    pub(super) fn insert(&mut self, fees: Fees, key: K) {
        if self.is_by_tip(fees) {
            self.by_tip.insert((fees.tip, key));
            self.turning_up.insert((fees.turning(), fees.tip, key));
        } else {
            self.by_cap.insert((fees.cap, key));
            self.turning_down.insert((fees.turning(), fees.tip, key));
        }
    }

    pub(super) fn remove(&mut self, fees: Fees, key: K) {
        if self.is_by_tip(fees) {
            self.by_tip.remove(&(fees.tip, key));
            self.turning_up.remove(&(fees.turning(), fees.tip, key));
        } else {
            self.by_cap.remove(&(fees.cap, key));
            self.turning_down.remove(&(fees.turning(), fees.tip, key));
        }
    }

    pub(super) fn set_base_fee(&mut self, base_fee: u64) {
        let old = core::mem::replace(&mut self.base_fee, base_fee);
        let base_fee = u128::from(base_fee);
        if base_fee > old.into() {
            while let Some(first) = self.turning_up.first().copied().filter(|at| at.0 < base_fee) {
                self.turning_up.remove(&first);
                let (turning, tip, key) = first;
                self.by_tip.remove(&(tip, key));
                self.by_cap.insert((turning + tip, key));
                self.turning_down.insert(first);
            }
        } else {
            while let Some(last) = self.turning_down.last().copied().filter(|at| at.0 >= base_fee) {
                self.turning_down.remove(&last);
                let (turning, tip, key) = last;
                self.by_cap.remove(&(turning + tip, key));
                self.by_tip.insert((tip, key));
                self.turning_up.insert(last);
            }
        }
    }

    fn worth_of_cap(&self, cap: u128) -> Worth {
        Fees { cap, tip: cap }.worth(self.base_fee)
    }

    /// The least.
    pub(super) fn lowest(&self) -> Option<(Worth, K)> {
        let tip = self.by_tip.first().map(|(tip, key)| (Worth::Tip(*tip), *key));
        let cap = self.by_cap.first().map(|(cap, key)| (self.worth_of_cap(*cap), *key));
        match (tip, cap) {
            (Some(tip), Some(cap)) => Some(tip.min(cap)),
            (tip, cap) => tip.or(cap),
        }
    }

    /// From the best down.
    pub(super) fn descending(&self) -> impl Iterator<Item = (Worth, K)> {
        let mut tips = self.by_tip.iter().rev().peekable();
        let mut caps = self.by_cap.iter().rev().peekable();
        core::iter::from_fn(move || {
            let tip = tips.peek().map(|(tip, key)| (Worth::Tip(*tip), *key));
            let cap = caps.peek().map(|(cap, key)| (self.worth_of_cap(*cap), *key));
            if tip > cap {
                tips.next();
                tip
            } else {
                caps.next();
                cap
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_order_is_that_of_sorting_anew_wherever_the_base_fee_moves(
            fees in proptest::collection::vec((0u128..40, 0u128..40), 0..40),
            moves in proptest::collection::vec(0u64..50, 1..8),
            gone in any::<prop::sample::Index>(),
        ) {
            let mut index = FeeIndex::new(7);
            let mut all: Vec<(Fees, usize)> = Vec::new();
            for (key, (cap, tip)) in fees.into_iter().enumerate() {
                let fees = Fees { cap: cap.max(tip), tip };
                index.insert(fees, key);
                all.push((fees, key));
            }
            for base_fee in moves {
                index.set_base_fee(base_fee);
                if !all.is_empty() {
                    let (fees, key) = all.swap_remove(gone.index(all.len()));
                    index.remove(fees, key);
                }
                let mut sorted: Vec<_> =
                    all.iter().map(|(fees, key)| (fees.worth(base_fee), *key)).collect();
                sorted.sort_unstable();
                prop_assert_eq!(index.lowest(), sorted.first().copied());
                sorted.reverse();
                prop_assert_eq!(index.descending().collect::<Vec<_>>(), sorted);
            }
        }
    }

    #[test]
    fn a_replacement_raises_both_fees_by_the_bump_and_at_least_by_one() {
        let old = Fees { cap: 100, tip: 10 };
        for (cap, tip, wins) in
            [(110, 11, true), (109, 11, false), (110, 10, false), (200, 10, false)]
        {
            assert_eq!(Fees { cap, tip }.outbid(old, 10), wins, "{cap} {tip}");
        }
        let tiny = Fees { cap: 1, tip: 1 };
        assert!(!tiny.outbid(tiny, 10));
        assert!(Fees { cap: 2, tip: 2 }.outbid(tiny, 10));
        let largest = Fees { cap: u128::MAX, tip: u128::MAX };
        assert!(!largest.outbid(largest, 10));
    }
}
