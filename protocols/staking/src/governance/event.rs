//! What is told of proposals and votes.

use super::{Choice, State, Tally};
use troupe_types::{Address, Epoch, Hash, NodeId};

/// Something that happened. Amounts are in von.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Something was proposed.
    Submitted {
        /// The proposal.
        id: Hash,
        /// The node of who proposed.
        node: NodeId,
    },
    /// An alternative validator voted.
    NodeVoted {
        /// On which proposal.
        id: Hash,
        /// Its node.
        node: NodeId,
        /// For what.
        choice: Choice,
    },
    /// An account voted.
    HolderVoted {
        /// On which proposal.
        id: Hash,
        /// Who.
        holder: Address,
        /// For what.
        choice: Choice,
        /// What it locked for it.
        locked: u128,
        /// What it delegates.
        delegated: u128,
    },
    /// What was locked for a vote went back.
    Unlocked {
        /// On which proposal.
        id: Hash,
        /// To whom.
        holder: Address,
        /// How much.
        amount: u128,
    },
    /// The votes on a proposal were counted, or it was dropped.
    Ended {
        /// Which.
        id: Hash,
        /// What became of it.
        state: State,
        /// How the votes are.
        tally: Tally,
    },
    /// A node says which program it runs.
    Declared {
        /// Which.
        node: NodeId,
        /// The version.
        version: u32,
    },
    /// A newer program is in force.
    Activated {
        /// The version.
        version: u32,
        /// The first round with it.
        from: Epoch,
    },
}
