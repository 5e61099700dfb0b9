//! What a call wishes to change, whichever form it came in.

use crate::Purse;
use crate::governance::Choice;
use crate::restricting::Plan;
use crate::stake::{Creation, Edit, Source, StakeId, Undelegated};
use troupe_types::{Address, Hash, NodeId};

/// A change. Amounts are in von.
#[derive(Debug)]
pub(super) enum Wish {
    Create(Box<Creation>),
    Edit { node: NodeId, edit: Box<Edit> },
    Increase { node: NodeId, source: Source, amount: u128 },
    Withdraw { node: NodeId },
    Delegate { node: NodeId, source: Source, amount: u128 },
    Undelegate { from: From, amount: u128 },
    Redeem,
    Plan { account: Address, plans: Vec<Plan> },
    Claim,
    Report { evidence: Vec<u8> },
    Submit { node: NodeId, pip: String, what: What },
    VoteAsNode { node: NodeId, id: Hash, choice: Choice, version: u32 },
    VoteAsHolder { id: Hash, choice: Choice, locked: u128 },
    Unlock { id: Hash },
    Declare { node: NodeId, version: u32 },
}

/// Whose delegation is taken back.
#[derive(Debug, Clone, Copy)]
pub(super) enum From {
    /// The candidate of this number.
    Number(StakeId),
    /// The candidate that this node was from a block on.
    Node(NodeId, u64),
}

/// What is proposed.
#[derive(Debug)]
pub(super) enum What {
    Text,
    Version { version: u32, voting: Voting },
    Param { module: String, name: String, value: String },
    Cancel { target: Hash, voting: Voting },
}

/// How long a vote takes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Voting {
    Millis(u64),
    Rounds(u64),
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Done {
    Plain,
    Created(StakeId),
    Undelegated(Undelegated),
    Redeemed(Purse),
    Claimed(Vec<Reward>),
    Submitted(Hash),
    Unlocked(u128),
    Punished(u128),
}

/// What was earned with a candidate.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reward {
    pub(super) id: StakeId,
    pub(super) node: NodeId,
    /// The block in which it was staked.
    pub(super) since: u64,
    pub(super) amount: u128,
}
