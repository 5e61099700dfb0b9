//! What gossip wishes for, and what it is told.

use crate::message::{Announce, Pull, Push};
use troupe_types::NodeId;

/// A wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Tell them all.
    Push {
        /// Whom.
        to: Vec<NodeId>,
        /// What.
        push: Push,
    },
    /// Tell one.
    Announce {
        /// Whom.
        to: NodeId,
        /// What.
        announce: Announce,
    },
    /// Ask, and say what came of it: [`Gossip::pulled`](super::Gossip::pulled). An empty one only finds out
    /// whether there is a pool.
    Pull {
        /// Whom.
        to: NodeId,
        /// For what.
        pull: Pull,
    },
}

/// Where a transaction came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// From a user of this process.
    Local,
    /// From another node.
    Peer(NodeId),
}

/// Why a pull was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// There is no pool.
    NoPool,
    /// The peer left, or has too much to do.
    Refused,
    /// It took the question and did not answer in time, or badly.
    Silent,
}
