//! What is refused.

use crate::params::Param;
use crate::{governance, restricting, stake};

/// Why something is refused: the rule, what was asked for, and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A value that a parameter may not have as the others are.
    #[error("{param} is {got}, allowed is {least} to {most}")]
    OutOfRange {
        /// Which parameter.
        param: Param,
        /// What it was to be.
        got: u128,
        /// The least that it may be.
        least: u128,
        /// The most.
        most: u128,
    },
    /// Something with stakes or delegations.
    #[error(transparent)]
    Stake(#[from] stake::Refused),
    /// Something with restricting plans.
    #[error(transparent)]
    Restricting(#[from] restricting::Refused),
    /// Something with proposals and votes.
    #[error(transparent)]
    Governance(#[from] governance::Refused),
}

impl Error {
    /// Its number, as PlatON's clients know it.
    #[must_use]
    pub const fn code(&self) -> u32 {
        match self {
            Self::OutOfRange { .. } => 302_033,
            Self::Stake(refused) => refused.code(),
            Self::Restricting(refused) => refused.code(),
            Self::Governance(refused) => refused.code(),
        }
    }
}
