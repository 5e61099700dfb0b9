//! What is refused of calls, and how a call says so.

use super::{NotJudged, OutOfGas, Stop, abi};
use crate::Error;
use alloy_primitives::U256;
use alloy_sol_types::SolError;
use troupe_records::Error as Unread;
use troupe_types::NodeId;

/// Why a call does nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// By a rule.
    #[error(transparent)]
    Rule(#[from] Error),
    /// No function is named.
    #[error("no function of this contract is named by an input of {got} bytes")]
    Function {
        /// The length of the input.
        got: usize,
    },
    /// More than any function reads.
    #[error("an input of {got} bytes, allowed are {most}")]
    Input {
        /// Its length.
        got: usize,
        /// The longest.
        most: usize,
    },
    /// What is given to a function is none of its arguments.
    #[error("arguments: {0}")]
    Arguments(String),
    /// More or less is sent than the call takes from a balance.
    #[error("{got} von are sent, the call takes {want}")]
    Value {
        /// What is sent.
        got: U256,
        /// What has to be.
        want: u128,
    },
    /// There is no such candidate.
    #[error("nothing is known of node {node}")]
    NoCandidate {
        /// The node.
        node: NodeId,
    },
    /// There is no such delegation.
    #[error("there is no such delegation")]
    NoDelegation,
    /// Nothing is delegated that could have earned something.
    #[error("the account delegates nothing")]
    NoDelegations,
    /// Nobody is punished for what was shown.
    #[error("evidence: {0}")]
    Evidence(#[from] NotJudged),
    /// The key is no candidate's, or it has left and its stake went back.
    #[error("the key that signed in round {round} is no candidate's any more")]
    NoValidator {
        /// The round.
        round: u64,
    },
    /// Nobody reports himself.
    #[error("the caller has staked for the validator himself")]
    Oneself,
}

impl Refused {
    /// Its number, as PlatON's clients know it.
    #[must_use]
    pub const fn code(&self) -> u32 {
        match self {
            Self::Rule(error) => error.code(),
            Self::Function { .. } | Self::Input { .. } | Self::Arguments(_) => 3,
            // PlatON takes no value with a call.
            Self::Value { .. } => 301_121,
            Self::NoCandidate { .. } => 301_204,
            Self::NoDelegation => 301_205,
            Self::Evidence(NotJudged::NoEvidence(_)) => 303_000,
            Self::Evidence(NotJudged::Punished) => 303_001,
            Self::Evidence(NotJudged::NotYet { .. }) => 303_002,
            Self::Evidence(NotJudged::TooOld { .. }) => 303_003,
            Self::NoValidator { .. } => 303_009,
            Self::Oneself => 303_010,
            Self::NoDelegations => 305_001,
        }
    }

    /// As Solidity's error.
    pub(super) fn to_revert(&self) -> Vec<u8> {
        abi::Staking::Refused { code: self.code(), reason: self.to_string() }.abi_encode()
    }
}

/// Why a call comes to nothing, before anybody asks for bytes.
#[derive(Debug)]
pub(super) enum Failure {
    OutOfGas,
    Static,
    Refused(Refused),
}

impl From<OutOfGas> for Failure {
    fn from(_: OutOfGas) -> Self {
        Self::OutOfGas
    }
}

impl<R: Into<Refused>> From<R> for Failure {
    fn from(refused: R) -> Self {
        Self::Refused(refused.into())
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::OutOfGas => Self::OutOfGas,
            Failure::Static => Self::Static,
            Failure::Refused(refused) => Self::Reverted(refused.to_revert()),
        }
    }
}

macro_rules! from_rule {
    ($($refused:ty),+) => {
        $(impl From<$refused> for Refused {
            fn from(refused: $refused) -> Self {
                Self::Rule(refused.into())
            }
        })+
    };
}

impl From<Unread> for Refused {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Function { got } => Self::Function { got },
            Unread::Arguments(why) => Self::Arguments(why),
        }
    }
}

from_rule!(crate::stake::Refused, crate::restricting::Refused, crate::governance::Refused);
