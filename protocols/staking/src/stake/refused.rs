//! What is refused of stakes and delegations.

use super::Status;
use crate::registration::RegistrationError;
use troupe_types::{Address, NodeId};

/// Why: the rule, the value, and what it may be. Amounts are in von.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The keys are not shown to be the candidate's.
    #[error("keys of the candidate: {0}")]
    Registration(#[from] RegistrationError),
    /// A text that describes the candidate is too long.
    #[error("{field} has {got} bytes, allowed are {most}")]
    Description {
        /// Which.
        field: &'static str,
        /// Its length.
        got: usize,
        /// The longest.
        most: usize,
    },
    /// The candidate's program is too old.
    #[error("program version {got:#08x} is below {least:#08x}")]
    Version {
        /// Its version.
        got: u32,
        /// The one that is in force.
        least: u32,
    },
    /// Somebody else has staked.
    #[error("{got} did not stake for this candidate, {staker} did")]
    NotStaker {
        /// Who calls.
        got: Address,
        /// Who may.
        staker: Address,
    },
    /// More than all.
    #[error("a share of {got} hundredths of a percent, allowed are at most 10000")]
    Share {
        /// The share.
        got: u16,
    },
    /// The share was changed not long ago.
    #[error("the share was changed {got} settlement epochs ago, wanted are {least}")]
    ShareTooSoon {
        /// How long ago.
        got: u64,
        /// How long it takes.
        least: u128,
    },
    /// The share changes by too much.
    #[error("the share changes by {got} hundredths of a percent, allowed are {most}")]
    ShareTooFar {
        /// By how much.
        got: u16,
        /// By how much it may.
        most: u128,
    },
    /// Too little is staked.
    #[error("a stake of {got} von, wanted are {least}")]
    StakeTooLow {
        /// How much.
        got: u128,
        /// The least.
        least: u128,
    },
    /// The node is a candidate.
    #[error("node {node} is a candidate already")]
    Exists {
        /// The node.
        node: NodeId,
    },
    /// The key for votes is, or was, that of another candidate.
    #[error("the key for votes is that of another candidate")]
    KeyTaken,
    /// The node is no candidate.
    #[error("node {node} is no candidate")]
    Unknown {
        /// The node.
        node: NodeId,
    },
    /// The candidate is none any more.
    #[error("the candidate has status {}", status.0)]
    NotCandidate {
        /// What happened to it.
        status: Status,
    },
    /// Too little is added.
    #[error("{got} von are added to the stake, wanted are at least {least}")]
    IncreaseTooLow {
        /// How much.
        got: u128,
        /// The least.
        least: u128,
    },
    /// Too little is delegated.
    #[error("{got} von are delegated, wanted are at least {least}")]
    DelegateTooLow {
        /// How much.
        got: u128,
        /// The least.
        least: u128,
    },
    /// Who stakes for a candidate delegates to none.
    #[error("{got} has staked for a candidate, so it delegates to none")]
    Staker {
        /// Who.
        got: Address,
    },
    /// Who delegates stakes for none.
    #[error("{got} delegates, so it stakes for no candidate")]
    Delegator {
        /// Who.
        got: Address,
    },
    /// One account stakes for one candidate.
    #[error("{got} has staked for a candidate already")]
    StakesAlready {
        /// Who.
        got: Address,
    },
    /// Nobody delegates so far.
    #[error("{got} delegates to {most} candidates, which are the most")]
    TooMany {
        /// To how many.
        got: usize,
        /// To how many one may.
        most: usize,
    },
    /// Too little is taken back.
    #[error("{got} von are taken back, wanted are at least {least}")]
    UndelegateTooLow {
        /// How much.
        got: u128,
        /// The least.
        least: u128,
    },
    /// There is no such delegation.
    #[error("{who} delegates nothing to this candidate")]
    NoDelegation {
        /// Who.
        who: Address,
    },
    /// No such source of LAT.
    #[error("{got} names no source of LAT: 0 free, 1 restricted, 2 mixed, 3 locked delegations")]
    Source {
        /// The number.
        got: u16,
    },
    /// The balance is too low.
    #[error("a balance of {got} von, wanted are {want}")]
    Funds {
        /// The balance.
        got: u128,
        /// What is wanted.
        want: u128,
    },
    /// The delegation is smaller.
    #[error("{got} von are taken back of a delegation of {most}")]
    UndelegateTooHigh {
        /// How much.
        got: u128,
        /// What is delegated.
        most: u128,
    },
    /// Less is locked.
    #[error("{got} von of withdrawn delegations are locked, wanted are {want}")]
    LockedFunds {
        /// What is.
        got: u128,
        /// What is wanted.
        want: u128,
    },
}

impl Refused {
    /// Its number, as PlatON's clients know it.
    #[must_use]
    pub const fn code(&self) -> u32 {
        match self {
            Self::Registration(_) => 301_001,
            Self::Description { .. } => 301_002,
            Self::Version { .. } => 301_004,
            Self::NotStaker { .. } => 301_006,
            Self::Share { .. } => 301_007,
            Self::ShareTooSoon { .. } => 301_008,
            Self::ShareTooFar { .. } => 301_009,
            Self::StakeTooLow { .. } => 301_100,
            Self::Exists { .. } | Self::StakesAlready { .. } => 301_101,
            Self::Unknown { .. } => 301_102,
            Self::NotCandidate { .. } => 301_103,
            Self::IncreaseTooLow { .. } => 301_104,
            Self::DelegateTooLow { .. } => 301_105,
            Self::Staker { .. } | Self::Delegator { .. } | Self::TooMany { .. } => 301_106,
            Self::UndelegateTooLow { .. } => 301_108,
            Self::NoDelegation { .. } => 301_109,
            Self::Source { .. } => 301_110,
            Self::Funds { .. } => 301_111,
            Self::UndelegateTooHigh { .. } => 301_113,
            Self::LockedFunds { .. } => 301_207,
            // PlatON knows no such rule: a key is one candidate's for ever.
            Self::KeyTaken => 301_120,
        }
    }
}
