//! What is refused of restricting plans.

use troupe_types::Address;

/// Why: the rule, the value, and what it may be. Amounts are in von.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A release is to be in no settlement epoch, or too late.
    #[error("a release after {got} settlement epochs, allowed are 1 to {most}")]
    After {
        /// After how many.
        got: u64,
        /// After how many at most.
        most: u64,
    },
    /// Nothing is planned, or too much at once.
    #[error("{got} releases at once, allowed are 1 to {most}")]
    Plans {
        /// How many.
        got: usize,
        /// How many at most.
        most: usize,
    },
    /// Who plans has not so much.
    #[error("a balance of {got} von, wanted are {want}")]
    Funds {
        /// The balance.
        got: u128,
        /// What is wanted.
        want: u128,
    },
    /// No plan was ever made for this account, or all of it was released.
    #[error("{account} has no restricting plan")]
    Unknown {
        /// Which.
        account: Address,
    },
    /// A release is too small.
    #[error("a release of {got} von, wanted are at least {least}")]
    TooLow {
        /// How much.
        got: u128,
        /// The least.
        least: u128,
    },
    /// Less of it may be staked.
    #[error("{got} von of restricting plans may be staked, wanted are {want}")]
    Available {
        /// How much may.
        got: u128,
        /// What is wanted.
        want: u128,
    },
    /// The account would have more releases than it may.
    #[error("{account} would wait for {got} releases, allowed are {most}")]
    TooMany {
        /// Which.
        account: Address,
        /// How many.
        got: u64,
        /// How many at most.
        most: u64,
    },
}

impl Refused {
    /// Its number, as PlatON's clients know it.
    #[must_use]
    pub const fn code(&self) -> u32 {
        match self {
            Self::After { .. } => 304_001,
            Self::Plans { .. } => 304_002,
            Self::Funds { .. } => 304_004,
            Self::Unknown { .. } => 304_005,
            Self::TooLow { got: 0, .. } => 304_011,
            Self::Available { .. } => 304_013,
            Self::TooLow { .. } => 304_014,
            // PlatON knows no such rule: its lists of releases grow as long as anybody pays.
            Self::TooMany { .. } => 304_016,
        }
    }
}
