//! What is refused.

use crate::params::Param;

/// Why something is refused: the rule, what was asked for, and what is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
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
}
