//! What it costs beyond the base fee to be in one of the next blocks.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use troupe_vault::Stored;

/// So many blocks with transactions are looked at.
const BLOCKS: usize = 20;
/// So many transactions of each.
const EACH: usize = 64;

/// The tips that the last blocks were paid.
#[derive(Debug)]
pub(crate) struct Tips {
    least: u128,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    blocks: VecDeque<Vec<u128>>,
    median: u128,
}

impl Tips {
    /// Nothing was paid yet; less than this is never advised.
    pub(crate) fn new(least: u128) -> Self {
        Self { least, seen: Mutex::default() }
    }

    /// A block is final.
    pub(crate) fn add(&self, stored: &Stored) {
        let base_fee = u128::from(stored.block.header().base_fee);
        self.add_tips(stored.receipts.iter().map(|it| it.effective_price.saturating_sub(base_fee)));
    }

    fn add_tips(&self, tips: impl ExactSizeIterator<Item = u128>) {
        let stride = tips.len().div_ceil(EACH).max(1);
        let sample: Vec<u128> = tips.step_by(stride).collect();
        // A block that nobody pays for says nothing.
        if sample.is_empty() {
            return;
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.blocks.push_back(sample);
        if seen.blocks.len() > BLOCKS {
            seen.blocks.pop_front();
        }
        let mut all: Vec<u128> = seen.blocks.iter().flatten().copied().collect();
        let middle = all.len() / 2;
        let (_, median, _) = all.select_nth_unstable(middle);
        seen.median = *median;
    }

    /// The median of what was paid, in von per gas.
    pub(crate) fn advised(&self) -> u128 {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).median.max(self.least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_median_of_the_last_blocks_is_advised() {
        let tips = Tips::new(3);
        assert_eq!(tips.advised(), 3, "an empty chain");
        tips.add_tips([100, 7, 9].into_iter());
        assert_eq!(tips.advised(), 9);
        tips.add_tips([].into_iter());
        assert_eq!(tips.advised(), 9, "an empty block");
        for _ in 0..BLOCKS {
            tips.add_tips([1].into_iter());
        }
        assert_eq!(tips.advised(), 3, "what is older is forgotten");
    }

    proptest! {
        #[test]
        fn large_blocks_are_sampled_and_advice_is_what_somebody_paid(
            blocks in proptest::collection::vec(proptest::collection::vec(5u128..1_000, 0..300), 1..30),
        ) {
            let tips = Tips::new(0);
            for block in &blocks {
                tips.add_tips(block.clone().into_iter());
            }
            let seen = tips.seen.lock().unwrap();
            prop_assert!(seen.blocks.len() <= BLOCKS);
            prop_assert!(seen.blocks.iter().all(|block| (1..=EACH).contains(&block.len())));
            prop_assert!(blocks.iter().flatten().any(|tip| *tip == seen.median) || seen.blocks.is_empty());
        }
    }
}
