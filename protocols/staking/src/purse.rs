//! Amounts by where they came from.

use bincode::{Decode, Encode};

/// Von of two kinds: what goes back to an account's balance, and what goes back to its restricting plans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct Purse {
    /// From a balance.
    pub free: u128,
    /// From restricting plans.
    pub restricted: u128,
}

impl Purse {
    /// Nothing.
    pub const EMPTY: Self = Self { free: 0, restricted: 0 };

    /// Both together. No purse holds more than there is, which is below 2^128.
    #[must_use]
    pub const fn total(&self) -> u128 {
        self.free.saturating_add(self.restricted)
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.total() == 0
    }

    /// Puts another's content into it.
    pub const fn add(&mut self, other: Self) {
        self.free = self.free.saturating_add(other.free);
        self.restricted = self.restricted.saturating_add(other.restricted);
    }

    /// Takes up to an amount out of it, what is free first.
    pub fn take(&mut self, amount: u128) -> Self {
        let free = self.free.min(amount);
        let restricted = self.restricted.min(amount - free);
        self.free -= free;
        self.restricted -= restricted;
        Self { free, restricted }
    }

    /// Takes everything out of it.
    pub fn empty(&mut self) -> Self {
        std::mem::take(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nothing_is_lost_between_purses(
            free in 0u128..1 << 100, restricted in 0u128..1 << 100, amount in 0u128..1 << 102,
        ) {
            let whole = Purse { free, restricted };
            let mut rest = whole;
            let mut taken = rest.take(amount);
            prop_assert_eq!(taken.total(), amount.min(whole.total()));
            prop_assert!(taken.restricted == 0 || rest.free == 0);
            taken.add(rest.empty());
            prop_assert_eq!(taken, whole);
            prop_assert!(rest.is_empty());
        }
    }
}
