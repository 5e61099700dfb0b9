//! What is told of stakes and delegations.

use super::StakeId;
use crate::Purse;
use troupe_types::{Address, NodeId};

/// Something that happened. Amounts are in von.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Somebody became a candidate.
    Created {
        /// Its number.
        id: StakeId,
        /// Its node.
        node: NodeId,
        /// Who staked.
        staker: Address,
        /// What.
        amount: Purse,
    },
    /// A candidate says something else of itself.
    Edited {
        /// Its node.
        node: NodeId,
    },
    /// A candidate staked more.
    Increased {
        /// Its node.
        node: NodeId,
        /// By so much.
        amount: Purse,
    },
    /// A candidate withdrew.
    Withdrawn {
        /// Its node.
        node: NodeId,
        /// What went back at once.
        returned: Purse,
        /// The settlement epoch with which the rest goes back.
        until: u64,
    },
    /// Somebody delegated.
    Delegated {
        /// Who.
        delegator: Address,
        /// To which node.
        node: NodeId,
        /// What.
        amount: Purse,
    },
    /// Somebody took a delegation back.
    Undelegated {
        /// Who.
        delegator: Address,
        /// From which node.
        node: NodeId,
        /// What went back at once.
        returned: Purse,
        /// What is locked.
        locked: Purse,
        /// Until the end of which settlement epoch.
        until: u64,
        /// What it had earned and was paid with it.
        earned: u128,
    },
    /// Locked delegations were paid out.
    Redeemed {
        /// To whom.
        delegator: Address,
        /// What.
        amount: Purse,
    },
    /// What delegations had earned was paid out.
    Claimed {
        /// To whom.
        delegator: Address,
        /// Of which node.
        node: NodeId,
        /// What.
        amount: u128,
    },
}
