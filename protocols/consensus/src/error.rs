//! Why something from outside is refused.

use troupe_types::{Epoch, Height};

/// A value that breaks a rule, whoever made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A set of nobody, or of too many.
    #[error("a set of {got} validators, not of 1 to {limit}")]
    SetSize {
        /// Validators given.
        got: usize,
        /// The most there may be.
        limit: usize,
    },
    /// Two validators of a set with one key or one node.
    #[error("two validators share a key or a node")]
    SharedKey,
    /// A key that is none: not a point, the identity, or outside the subgroup.
    #[error("validator {at} has no usable key: {reason}")]
    Key {
        /// The position in the set.
        at: u16,
        /// What is wrong with it.
        reason: troupe_crypto::Error,
    },
    /// Another set for an epoch that has one.
    #[error("epoch {epoch} has another validator set already")]
    OtherTerm {
        /// The epoch.
        epoch: Epoch,
    },
    /// A term that does not follow the last known one.
    #[error("the term of epoch {got} does not follow that of epoch {after}")]
    Gap {
        /// The last known epoch.
        after: Epoch,
        /// The one given.
        got: Epoch,
    },
    /// Too few signers.
    #[error("{got} signers, a quorum is {want}")]
    NoQuorum {
        /// How many signed.
        got: usize,
        /// How many are needed.
        want: usize,
    },
    /// A signer whom the set does not have.
    #[error("a signer beyond the {limit} of the set")]
    UnknownSigner {
        /// How many the set has.
        limit: usize,
    },
    /// One signer in two places.
    #[error("a signer is counted twice")]
    SignedTwice,
    /// A height that is not of the epoch, or an epoch that is not known.
    #[error("height {height} is not of epoch {epoch}")]
    OutsideTerm {
        /// The epoch named.
        epoch: Epoch,
        /// The height named.
        height: Height,
    },
    /// The certificate of the highest block is missing, or is of another block.
    #[error("the highest block named is not the one whose certificate is attached")]
    WrongMaximum,
    /// More entries than validators, or none.
    #[error("{got} entries, not 1 to {limit}")]
    Entries {
        /// Entries given.
        got: usize,
        /// The most there may be.
        limit: usize,
    },
    /// Certificates or blocks that do not follow each other.
    #[error("link {at} does not follow the one before")]
    Unlinked {
        /// The position of the link.
        at: usize,
    },
    /// Certificates in a row that settle nothing.
    #[error("{got} certificates settle nothing")]
    Unsettled {
        /// How many there are.
        got: usize,
    },
    /// A signature, or a sum of signatures, that does not verify.
    #[error("a signature does not verify")]
    BadSignature,
    /// A block that is not the one its hash names.
    #[error("the block is not what its hash names")]
    BadBlock,
    /// An index beyond the blocks of a view.
    #[error("index {got}, a view has {limit} blocks")]
    Index {
        /// The index given.
        got: u32,
        /// How many blocks a view has.
        limit: u32,
    },
    /// Signed by somebody else than the proposer of the view, or by nobody in the set.
    #[error("not signed by who has to")]
    WrongSigner,
    /// A block below or beside the one it should be on, or with flags that are not so.
    #[error("the block does not belong where it was proposed")]
    Misplaced,
    /// A block that nothing entitles its proposer to build there.
    #[error("nothing justifies this base of a view")]
    Unjustified,
    /// Two statements that do not exclude each other, or not of one signer.
    #[error("the two statements do not contradict each other")]
    NoContradiction,
    /// More messages than a peer may have under way.
    #[error("{limit} unverified messages are under way already")]
    Flood {
        /// The most there may be.
        limit: usize,
    },
    /// Settings that contradict each other.
    #[error("settings: {0}")]
    Settings(&'static str),
}
