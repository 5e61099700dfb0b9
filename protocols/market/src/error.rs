//! What is refused.

use crate::task::Phase;
use alloy_primitives::U256;
use troupe_records::Error as Unread;
use troupe_types::{Hash, Millis, UnixMillis};

/// Why a call does nothing: the rule, what was asked and what is allowed. Amounts are in von.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is no call of an interface.
    #[error(transparent)]
    Unread(#[from] Unread),
    /// More than any function reads.
    #[error("an input of {got} bytes, allowed are {most}")]
    Input {
        /// Its length.
        got: usize,
        /// The longest.
        most: usize,
    },
    /// An argument that no function takes.
    #[error("arguments: {0}")]
    Argument(&'static str),
    /// More of something than there may be, or none.
    #[error("{got} {what}, allowed are 1 to {most}")]
    Count {
        /// Of what.
        what: &'static str,
        /// How many.
        got: usize,
        /// How many at most.
        most: usize,
    },
    /// More or less is sent than the call takes.
    #[error("{got} von are sent, the call takes {want}")]
    Value {
        /// What is sent.
        got: U256,
        /// What has to be.
        want: u128,
    },
    /// An account has too little.
    #[error("a balance of {got} von, wanted are {want}")]
    Funds {
        /// The balance.
        got: u128,
        /// What is wanted.
        want: u128,
    },
    /// An amount that is none, or more than there is.
    #[error("an amount of {got} von, allowed are 1 to 2^100")]
    Amount {
        /// How much.
        got: u128,
    },
    /// The chain has no market.
    #[error("this chain has no market")]
    NoMarket,

    /// A listing that says nothing or contradicts itself.
    #[error("the data set: {what}")]
    Listing {
        /// What is wrong.
        what: &'static str,
    },
    /// There is no such data set.
    #[error("there is no data set {dataset}")]
    NoDataset {
        /// Its number.
        dataset: u64,
    },
    /// It is somebody else's.
    #[error("data set {dataset} is not the caller's")]
    NotOwner {
        /// Its number.
        dataset: u64,
    },
    /// It was taken back.
    #[error("data set {dataset} was revoked")]
    Revoked {
        /// Its number.
        dataset: u64,
    },
    /// Its policy does not allow this.
    #[error("the policy of data set {dataset}: {what}")]
    Policy {
        /// Its number.
        dataset: u64,
        /// What is not allowed.
        what: &'static str,
    },
    /// It is not what it was when the task was declared.
    #[error("data set {dataset} was changed after the task was declared")]
    Changed {
        /// Its number.
        dataset: u64,
    },

    /// The key of the node did not sign this.
    #[error("the node's signature of the registration: {0}")]
    Registration(troupe_crypto::Error),
    /// The account has a compute node, or the node is one.
    #[error("the account has a compute node, or the node is registered")]
    Registered,
    /// There are as many as there may be.
    #[error("there are {most} compute nodes, and may be no more")]
    TooManyNodes {
        /// How many.
        most: u64,
    },
    /// The account has no compute node.
    #[error("the account has no compute node")]
    NoNode,
    /// Too little is staked.
    #[error("a stake of {got} von, wanted are at least {least}")]
    Stake {
        /// What is staked.
        got: u128,
        /// The least.
        least: u128,
    },
    /// A node takes no task, or too many.
    #[error("a capacity of {got} tasks, allowed are 1 to {most}")]
    Capacity {
        /// How many.
        got: u32,
        /// How many at most.
        most: u32,
    },
    /// A change of the stake does not count yet.
    #[error(
        "the stake was changed a moment ago: it counts {views} views later, until then it stays"
    )]
    Pending {
        /// How many views.
        views: u64,
    },
    /// The node has left.
    #[error("the compute node has left")]
    Left,
    /// The node has not left, or is in a task.
    #[error("the compute node has not left, or is in a task")]
    NotLeft,
    /// Verdicts still reach its stake.
    #[error("the stake is kept until {}", until.0)]
    Bound {
        /// Until when.
        until: UnixMillis,
    },
    /// The node cannot take one more task.
    #[error("the compute node has too little free stake, as many tasks as it takes, or has left")]
    NotReady,

    /// A declaration that contradicts itself.
    #[error("the task: {what}")]
    Declaration {
        /// What is wrong.
        what: &'static str,
    },
    /// A phase would be too short or too long.
    #[error("a phase of {got}, allowed are {least} to {most}")]
    Span {
        /// How long.
        got: Millis,
        /// The shortest.
        least: Millis,
        /// The longest.
        most: Millis,
    },
    /// The parties would get too little.
    #[error("a fee of {got} von, the least is {least}")]
    Fee {
        /// What they would get.
        got: u128,
        /// The least.
        least: u128,
    },
    /// Data sets cost more than is paid for them.
    #[error("the data sets cost {got} von, paid are {most}")]
    Prices {
        /// What they cost.
        got: u128,
        /// What is paid.
        most: u128,
    },
    /// More nodes of owners would be parties than may be.
    #[error("{got} nodes of owners would be parties, allowed is {most}")]
    TooManyOwn {
        /// How many.
        got: usize,
        /// How many parties.
        most: usize,
    },
    /// There is no such task.
    #[error("there is no task {task}")]
    NoTask {
        /// Its number.
        task: u64,
    },
    /// Not in this phase.
    #[error("the task is in the phase \"{}\"", got.name())]
    Phase {
        /// Which one.
        got: Phase,
    },
    /// The time for it is over.
    #[error("there was time until {}", until.0)]
    TooLate {
        /// Until when.
        until: UnixMillis,
    },
    /// It is somebody else's task.
    #[error("the task is not the caller's")]
    NotSender,
    /// The caller has no data in it.
    #[error("none of the data sets is the caller's")]
    NoOwner,
    /// The caller has authorised nothing.
    #[error("the caller has not authorised the task")]
    NotAuthorised,
    /// It was done before.
    #[error("it was done already")]
    Twice,
    /// The caller computes nothing here.
    #[error("the caller's compute node is not the party for this")]
    NoParty,
    /// Nobody wants to be called, or it was done.
    #[error("nobody is to be told of this task any more")]
    NoCallback,
    /// An owner can end a task only for reasons of its own.
    #[error("{got} is no reason for which an owner declines, those are 14 to 16")]
    Reason {
        /// What was said.
        got: u8,
    },
    /// There is no such seat, or it is the caller's own, or nobody has taken it.
    #[error("there is no such other party")]
    NoSeat,
    /// As much is demanded as may be.
    #[error("no more can be demanded")]
    TooManyDemands,
    /// There is no such demand.
    #[error("there is no such demand")]
    NoDemand,
    /// Nothing was published.
    #[error("nothing was published")]
    NotPublished,
    /// A message that is too long.
    #[error("a message of {got} bytes, allowed are {most}")]
    TooLong {
        /// Its length.
        got: usize,
        /// The longest.
        most: usize,
    },
    /// It is another message than the one that was published.
    #[error("the hash {got} is not the one that was published")]
    Hash {
        /// The hash.
        got: Hash,
    },
    /// What is shown contradicts nothing.
    #[error("what is shown contradicts nothing")]
    NoContradiction,
    /// What is shown is not what the two other parties posted, or they have not.
    #[error("the two other parties have not posted what is shown, or this one has posted")]
    NotAgreed,
    /// The party did not sign it.
    #[error("the party's signature: {0}")]
    Signature(troupe_crypto::Error),
    /// What is shown is no result that anybody committed to.
    #[error(transparent)]
    Error(#[from] troupe_evidence::Error),
    /// What is shown is not what the parties of the task posted, or it is not paid.
    #[error("the task was not paid for a result with this hash: {got}")]
    NotPosted {
        /// The hash of what is shown.
        got: Hash,
    },
    /// It was punished before.
    #[error("the party was punished for this task already")]
    Punished,
    /// Nobody reports himself.
    #[error("the compute node is the caller's own")]
    Oneself,
}

impl Error {
    /// Its number: it stays.
    #[must_use]
    pub const fn code(&self) -> u32 {
        match self {
            Self::Unread(_) | Self::Input { .. } | Self::Argument(_) => 3,
            Self::Value { .. } => 310_001,
            Self::Funds { .. } => 310_002,
            Self::Amount { .. } => 310_003,
            Self::NoMarket => 310_004,
            Self::Count { .. } => 310_005,
            Self::Twice => 310_006,
            Self::Listing { .. } => 311_001,
            Self::NoDataset { .. } => 311_002,
            Self::NotOwner { .. } => 311_003,
            Self::Revoked { .. } => 311_004,
            Self::Policy { .. } => 311_005,
            Self::Changed { .. } => 311_006,
            Self::Registration(_) => 312_001,
            Self::Registered => 312_002,
            Self::TooManyNodes { .. } => 312_003,
            Self::NoNode => 312_004,
            Self::Stake { .. } => 312_005,
            Self::Capacity { .. } => 312_006,
            Self::Left => 312_007,
            Self::NotLeft => 312_008,
            Self::Bound { .. } => 312_009,
            Self::NotReady => 312_010,
            Self::Pending { .. } => 312_011,
            Self::Declaration { .. } => 313_001,
            Self::Span { .. } => 313_002,
            Self::Prices { .. } => 313_003,
            Self::TooManyOwn { .. } => 313_004,
            Self::NoTask { .. } => 313_005,
            Self::Phase { .. } => 313_006,
            Self::TooLate { .. } => 313_007,
            Self::NotSender => 313_008,
            Self::NoOwner => 313_009,
            Self::NotAuthorised => 313_010,
            Self::NoParty => 313_011,
            Self::NoSeat => 313_013,
            Self::NoCallback => 313_014,
            Self::Reason { .. } => 313_015,
            Self::Fee { .. } => 313_016,
            Self::TooManyDemands => 314_001,
            Self::NoDemand => 314_002,
            Self::NotPublished => 314_003,
            Self::TooLong { .. } => 314_004,
            Self::Hash { .. } => 314_005,
            Self::NoContradiction => 315_001,
            Self::Signature(_) => 315_002,
            Self::Punished => 315_003,
            Self::NotAgreed => 315_005,
            Self::Oneself => 315_004,
            Self::Error(_) => 315_006,
            Self::NotPosted { .. } => 315_007,
        }
    }
}
