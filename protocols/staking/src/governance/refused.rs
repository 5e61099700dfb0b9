//! What is refused of proposals and votes.

use super::State;
use crate::params::Param;
use crate::stake::Status;
use troupe_types::{Address, Hash, Millis, NodeId};

/// Why: the rule, the value, and what it may be. Amounts are in von.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no such choice, or not for this proposal.
    #[error("{got} is no choice here: 1 yes, 2 no, 3 abstain, and for a version 1 alone")]
    Choice {
        /// The number.
        got: u8,
    },
    /// A proposal of this identifier exists.
    #[error("proposal {id} exists already")]
    Exists {
        /// Which.
        id: Hash,
    },
    /// There is no such proposal.
    #[error("there is no proposal {id}")]
    Unknown {
        /// Which.
        id: Hash,
    },
    /// It does not say what it is about, or too long.
    #[error("a PIP id of {got} bytes, allowed are 1 to {most}")]
    Pip {
        /// Its length.
        got: usize,
        /// The longest.
        most: usize,
    },
    /// Another proposal, open or accepted, is about the same.
    #[error("there is a proposal with the PIP id {pip} already")]
    PipTaken {
        /// About what.
        pip: String,
    },
    /// A vote that ends at once.
    #[error("a vote of {}ms, wanted is at least {}ms", got.0, least.0)]
    TooShort {
        /// How long.
        got: Millis,
        /// The shortest.
        least: Millis,
    },
    /// A vote that takes too long.
    #[error("a vote of {}ms, allowed are {}ms", got.0, most.0)]
    TooLong {
        /// How long.
        got: Millis,
        /// The longest.
        most: Millis,
    },
    /// The version is not newer than what is in force.
    #[error("version {got:#08x} is not newer than {active:#08x}")]
    NotNewer {
        /// The version.
        got: u32,
        /// The one in force.
        active: u32,
    },
    /// Another version is voted on.
    #[error("proposal {open} of a version is open")]
    VersionOpen {
        /// By which proposal.
        open: Hash,
    },
    /// Another version is accepted and will be in force soon.
    #[error("version {version:#08x} will be in force soon")]
    VersionUpcoming {
        /// Which.
        version: u32,
    },
    /// Another proposal may be dropped.
    #[error("proposal {open} to drop one is open")]
    CancelOpen {
        /// By which proposal.
        open: Hash,
    },
    /// There is no proposal to drop.
    #[error("there is no proposal {id} to drop")]
    TargetUnknown {
        /// Which.
        id: Hash,
    },
    /// Only proposals of versions and parameters are dropped.
    #[error("proposal {id} is of no version and of no parameter")]
    TargetKind {
        /// Which.
        id: Hash,
    },
    /// The proposal to drop is open no more.
    #[error("proposal {id} to drop is open no more, it is {state}")]
    TargetClosed {
        /// Which.
        id: Hash,
        /// What became of it.
        state: State,
    },
    /// The candidate is none any more.
    #[error("the candidate has status {}", status.0)]
    Status {
        /// What happened to it.
        status: Status,
    },
    /// Somebody else has staked.
    #[error("{got} did not stake for this node, {staker} did")]
    NotStaker {
        /// Who calls.
        got: Address,
        /// Who may.
        staker: Address,
    },
    /// The node is no alternative validator.
    #[error("node {node} is no alternative validator")]
    NotAlternative {
        /// The node.
        node: NodeId,
    },
    /// The node is no candidate.
    #[error("node {node} is no candidate")]
    NotCandidate {
        /// The node.
        node: NodeId,
    },
    /// Who votes for a version runs it.
    #[error("the node runs version {got:#08x}, the proposal is of {want:#08x}")]
    NotUpgraded {
        /// What runs.
        got: u32,
        /// What is proposed.
        want: u32,
    },
    /// The proposal is open no more.
    #[error("proposal {id} is open no more, it is {state}")]
    Closed {
        /// Which.
        id: Hash,
        /// What became of it.
        state: State,
    },
    /// One votes once.
    #[error("there is a vote on proposal {id} already")]
    Voted {
        /// On which.
        id: Hash,
    },
    /// No such version may be declared now.
    #[error("version {got:#08x} is declared, allowed is one like {want:#08x}")]
    Declared {
        /// The version.
        got: u32,
        /// The one in force, the one that will be, or the one that the node voted for.
        want: u32,
    },
    /// There is no such parameter.
    #[error("there is no parameter {name}")]
    Param {
        /// Its name.
        name: String,
    },
    /// Another parameter is voted on.
    #[error("proposal {open} of a parameter is open")]
    ParamOpen {
        /// By which proposal.
        open: Hash,
    },
    /// A value that is no number.
    #[error("{got:?} is no number")]
    Value {
        /// The value.
        got: String,
    },
    /// The parameter is that already.
    #[error("{param} is {value} already")]
    Same {
        /// Which.
        param: Param,
        /// Its value.
        value: u128,
    },
    /// The candidate proposes something already.
    #[error("proposal {open} of the same node is open")]
    TextOpen {
        /// Which.
        open: Hash,
    },
    /// Too many texts are voted on.
    #[error("{got} texts are voted on, which are the most")]
    TooMany {
        /// How many.
        got: usize,
    },
    /// Versions are a matter of nodes.
    #[error("proposal {id} is of a version: alternative validators alone vote")]
    NodesOnly {
        /// Which.
        id: Hash,
    },
    /// Who has no LAT in the vote has no vote.
    #[error("{holder} delegates nothing and locks nothing")]
    Nothing {
        /// Who.
        holder: Address,
    },
    /// The balance is too low.
    #[error("a balance of {got} von, wanted are {want}")]
    Funds {
        /// The balance.
        got: u128,
        /// What is wanted.
        want: u128,
    },
    /// What is locked for a vote stays so until it ends.
    #[error("proposal {id} is open still")]
    Open {
        /// Which.
        id: Hash,
    },
    /// There is no vote to take anything back from.
    #[error("{holder} has no vote on proposal {id}")]
    NoVote {
        /// On which.
        id: Hash,
        /// Who.
        holder: Address,
    },
}

impl Refused {
    /// Its number, as PlatON's clients know it.
    #[must_use]
    pub const fn code(&self) -> u32 {
        match self {
            Self::Choice { .. } => 302_002,
            Self::Exists { .. } => 302_005,
            Self::Unknown { .. } => 302_006,
            Self::Pip { .. } => 302_007,
            Self::PipTaken { .. } => 302_008,
            Self::TooShort { .. } => 302_009,
            Self::TooLong { .. } => 302_010,
            Self::NotNewer { .. } => 302_011,
            Self::VersionOpen { .. } => 302_012,
            Self::VersionUpcoming { .. } => 302_013,
            Self::CancelOpen { .. } => 302_014,
            Self::TargetUnknown { .. } => 302_015,
            Self::TargetKind { .. } => 302_016,
            Self::TargetClosed { .. } => 302_017,
            Self::Status { .. } => 302_020,
            Self::NotStaker { .. } => 302_021,
            Self::NotAlternative { .. } => 302_022,
            Self::NotCandidate { .. } => 302_023,
            Self::NotUpgraded { .. } => 302_025,
            Self::Closed { .. } => 302_026,
            Self::Voted { .. } => 302_027,
            Self::Declared { .. } => 302_028,
            Self::Param { .. } => 302_031,
            Self::ParamOpen { .. } => 302_032,
            Self::Value { .. } => 302_033,
            Self::Same { .. } => 302_034,
            // PlatON knows no such rules: its lists of texts are not bounded, and accounts have no votes.
            Self::TextOpen { .. } => 302_040,
            Self::TooMany { .. } => 302_041,
            Self::NodesOnly { .. } => 302_042,
            Self::Nothing { .. } => 302_043,
            Self::Funds { .. } => 302_044,
            Self::Open { .. } => 302_045,
            Self::NoVote { .. } => 302_046,
        }
    }
}
