//! Places in a chain and what work costs there.

use bincode::{Decode, Encode};
use core::fmt;

macro_rules! counter {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode,
        )]
        pub struct $name(pub u64);

        impl $name {
            /// The first one.
            pub const ZERO: Self = Self(0);

            /// The one after it; `None` after the last that 64 bits can count.
            #[must_use]
            pub const fn next(self) -> Option<Self> {
                match self.0.checked_add(1) {
                    Some(next) => Some(Self(next)),
                    None => None,
                }
            }

            /// So many further; `None` past the last that 64 bits can count.
            #[must_use]
            pub const fn checked_add(self, count: u64) -> Option<Self> {
                match self.0.checked_add(count) {
                    Some(sum) => Some(Self(sum)),
                    None => None,
                }
            }

            /// How many there are from `earlier` to this one; none when it is not earlier.
            #[must_use]
            pub const fn since(self, earlier: Self) -> u64 {
                self.0.saturating_sub(earlier.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

counter!(
    /// How far a block is from the genesis block, whose height is 0.
    Height
);
counter!(
    /// The term of one set of validators, counted from the first, 0.
    Epoch
);
counter!(
    /// The term of one proposer within an epoch, counted from 0.
    View
);
counter!(
    /// What execution costs, in Ethereum's unit.
    Gas
);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn counting_never_wraps(a in any::<u64>(), b in any::<u64>()) {
            let sum = Height(a).checked_add(b);
            prop_assert_eq!(sum.map(|sum| sum.0), a.checked_add(b));
            prop_assert_eq!(Height(a).since(Height(b)), a.saturating_sub(b));
            prop_assert_eq!(View(a).next(), View(a).checked_add(1));
        }
    }
}
