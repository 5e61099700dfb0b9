//! What a machine wants done, in order.

use crate::invariants::Reached;
use crate::{Block, CommitProof, Error, Evidence, Message, Place, Record, Statement, Task, Term};
use std::sync::Arc;
use troupe_types::{Hash, Height, NodeId, UnixMillis};

/// One wish. The order of wishes is part of the contract: everything after a [`Output::Persist`]
/// waits until that record is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "moved once from the machine to its shell")]
pub enum Output {
    /// Write this down. What follows waits for it.
    Persist(Record),
    /// Say this.
    Send {
        /// To whom.
        to: To,
        /// What.
        message: Message,
    },
    /// Sign this; answered by [`Input::Signed`](crate::Input::Signed).
    Sign(Statement),
    /// Find this out; answered by [`Input::Verified`](crate::Input::Verified).
    Verify(Task),
    /// Make and execute a block; answered by [`Input::Built`](crate::Input::Built).
    Build(Order),
    /// Execute a block whose parent was executed; answered by [`Input::Executed`](crate::Input::Executed).
    Execute(Arc<Block>),
    /// This block is final. They come in the order of their heights, without a gap.
    Commit {
        /// The block.
        block: Arc<Block>,
        /// Why.
        proof: CommitProof,
    },
    /// The validator set of a coming epoch is final: its keys will be needed.
    Term(Term),
    /// Whom [`To::Peers`] means from now on.
    Peers(Vec<NodeId>),
    /// The view that is worked on now.
    Entered(Place),
    /// A block is prepared or locked; for metrics and invariants.
    Reached(Reached),
    /// A validator contradicted itself, with verified signatures.
    Evidence(Evidence),
    /// A peer said something that no honest one says.
    Blame {
        /// The peer.
        peer: NodeId,
        /// What was wrong.
        fault: Error,
    },
    /// The chain is further than messages reach back: fetch and check final blocks by other means, and
    /// answer with [`Input::Synced`](crate::Input::Synced). Said again while it is so.
    Behind {
        /// How high somebody says it is.
        height: Height,
        /// Who.
        peer: NodeId,
    },
    /// This node signs nothing yet, or no longer so.
    Silent(Silent),
    /// Stop the process: going on could fork. Nothing is done any more.
    Halt(Halt),
}

/// To whom something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// To everybody in the last [`Output::Peers`], except this node.
    Peers,
    /// To one.
    One(NodeId),
}

/// A block to be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// On which block.
    pub parent: Hash,
    /// How high it is.
    pub height: Height,
    /// In which view.
    pub place: Place,
    /// Its number there.
    pub index: u32,
    /// The time to put into it.
    pub time: UnixMillis,
    /// Whether it is the last of its epoch.
    pub ends_epoch: bool,
    /// What goes in.
    pub fill: Fill,
}

/// What goes into a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// Whatever waits; the block may end up empty.
    Whatever,
    /// Nothing: it only makes others final.
    Nothing,
}

/// Whether a validator without a history may sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silent {
    /// Not yet: it watches whether another process signs with its key.
    Watching {
        /// For so many whole views.
        views: u32,
    },
    /// It may from now on.
    Over,
}

/// Why a machine stops for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Halt {
    /// A quorum stands by a block that leads to another state here.
    #[error(
        "execution of the certified block {hash} at height {height} differs from the root claimed"
    )]
    Diverged {
        /// The block.
        hash: Hash,
        /// Its height.
        height: Height,
    },
    /// Another process signs with the key of this one.
    #[error(
        "another process votes with this key: it signed in view {place} while this one only watched"
    )]
    Twin {
        /// The view it signed in.
        place: Place,
    },
    /// The chain elected a set that does not follow, or too late for it to be final in time.
    #[error(
        "block {height} elects validators out of order or less than {limit} blocks before the end of the epoch"
    )]
    Election {
        /// The height of the election block.
        height: Height,
        /// The least distance to the end.
        limit: u64,
    },
}
