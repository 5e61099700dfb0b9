//! What can happen to a machine.

use crate::{Block, CommitProof, Message, Signature, Statement, Term, Verdict};
use troupe_types::{Hash, NodeId};

/// One event, told to a [`Machine`](crate::Machine) by its shell.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "moved once from the socket to the machine")]
pub enum Input {
    /// The process is up. Before it, nothing is done; what a log held is said again.
    Start,
    /// A message of a peer whom the transport authenticated.
    Message {
        /// The peer.
        from: NodeId,
        /// What it says.
        message: Message,
    },
    /// The answer to [`Output::Verify`](crate::Output::Verify).
    Verified {
        /// The task's id.
        task: u64,
        /// What came of it.
        verdict: Verdict,
    },
    /// The answer to [`Output::Sign`](crate::Output::Sign).
    Signed {
        /// What was signed.
        statement: Statement,
        /// The signature.
        signature: Signature,
    },
    /// The answer to [`Output::Build`](crate::Output::Build).
    Built {
        /// The parent that was given.
        parent: Hash,
        /// The block, executed; `None` where it could not be built.
        block: Option<Block>,
        /// What its execution elected, if it is an election block.
        elected: Option<Term>,
    },
    /// The answer to [`Output::Execute`](crate::Output::Execute).
    Executed {
        /// The block.
        hash: Hash,
        /// What came of it.
        outcome: Outcome,
    },
    /// Transactions or evidence wait for a block, or no longer do. A block that was built with some
    /// takes the word back: it is given again where more are left.
    Work {
        /// Whether there are any.
        waiting: bool,
    },
    /// Blocks up to this one were fetched and checked by other means; see
    /// [`Output::Behind`](crate::Output::Behind). Commits that were wished before and not done yet are
    /// of blocks below it.
    Synced(Box<Anchor>),
}

/// What the execution of a block led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The block is valid.
    Valid {
        /// The root of the state after it.
        root: Hash,
        /// The validator set it elected, if it is an election block.
        elected: Option<Term>,
    },
    /// The block breaks a rule of the chain.
    Invalid,
}

/// A final block to stand on, with its state at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// The block.
    pub block: Block,
    /// Why it is final; `None` for the genesis block.
    pub proof: Option<CommitProof>,
    /// The terms known in its state: its own, and the next one once that is elected.
    pub terms: Vec<Term>,
}
