//! What the machine wants done.

use crate::block::Stored;
use crate::message::Fetch;
use std::sync::Arc;
use troupe_types::{Hash, Height, NodeId};

/// One wish.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Ask a peer how far it is.
    Inquire {
        /// Whom.
        peer: NodeId,
    },
    /// Ask a peer for blocks.
    Ask {
        /// The question, for its answer.
        id: u64,
        /// Whom.
        peer: NodeId,
        /// What.
        fetch: Fetch,
    },
    /// Check stored blocks, off the machine's thread.
    Verify {
        /// The question, for its answer.
        id: u64,
        /// The hash of the block before the first.
        parent: Hash,
        /// The blocks, encoded, ascending.
        blocks: Vec<Vec<u8>>,
    },
    /// Execute and commit blocks, in order; they are committed by others already.
    Execute {
        /// The blocks, ascending, the first the child of the last one handed on.
        blocks: Vec<Arc<Stored>>,
    },
    /// A peer did not do what it should.
    Score {
        /// Who.
        peer: NodeId,
        /// What it did.
        fault: Fault,
    },
    /// How far it has come; told whenever blocks were executed while others are known to be further.
    Progress {
        /// The last block executed.
        height: Height,
        /// The highest that a peer claims.
        target: Height,
    },
}

/// What a peer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Fault {
    /// It claims another genesis block.
    #[error("it is on another chain")]
    Chain,
    /// It did not answer in time.
    #[error("it did not answer")]
    Silent,
    /// It had none of the blocks that it claimed.
    #[error("it has not what it claims")]
    Empty,
    /// It sent something that is no stored block, or one over the limit.
    #[error("it sent what is no block")]
    Malformed,
    /// It sent a block of another height, or one that does not follow from the one before.
    #[error("it sent another block")]
    Unlinked,
    /// It sent a block whose body or proof does not verify. No honest peer does.
    #[error("it sent a block that does not verify")]
    Proof,
}
