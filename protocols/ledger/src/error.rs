//! What can go wrong here. None of it is a bad block: that is an outcome.

use troupe_types::{Epoch, Hash, Height, View};

/// Why a ledger could not do what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The genesis does not describe a chain.
    #[error(transparent)]
    Genesis(#[from] troupe_chain::genesis::Fault),
    /// A validator of the genesis has a key that is none, or shares it.
    #[error("validators of epoch {epoch}: {reason}")]
    Validators {
        /// Their epoch.
        epoch: Epoch,
        /// In the words of consensus.
        reason: troupe_consensus::Error,
    },
    /// The validators of an epoch are not known, or not any more: stakes elect them, and no state at hand says whom.
    #[error("the validators of epoch {epoch} are not known")]
    UnknownValidators {
        /// The epoch.
        epoch: Epoch,
    },
    /// The epoch of a height is not known, or not any more.
    #[error("the validators of height {height} are not known")]
    UnknownTerm {
        /// The height.
        height: Height,
    },
    /// A block that is not known, or not any more.
    #[error("block {got} is not known")]
    UnknownBlock {
        /// The block.
        got: Hash,
    },
    /// A block that is to be made in a view whose random words this node cannot draw.
    #[error("the key that draws the random words of view {view} of epoch {epoch} is not here")]
    NoKey {
        /// The epoch.
        epoch: Epoch,
        /// The view.
        view: View,
    },
    /// Rules are in force that this program does not know.
    #[error(
        "version {} is in force from round {round} on, this program knows the rules up to {}: start a newer one",
        troupe_staking::governance::version_text(*active),
        troupe_staking::governance::version_text(troupe_staking::governance::PROGRAM_VERSION)
    )]
    Outdated {
        /// The version in force.
        active: u32,
        /// The round of the block that was to be executed.
        round: Epoch,
    },
    /// A block that others have made final has another state here, or breaks a rule: one of the two runs a
    /// wrong program.
    #[error(
        "execution of the final block {hash} at height {height} differs from the root certified"
    )]
    Diverged {
        /// The block.
        hash: Hash,
        /// Its height.
        height: Height,
    },
    /// What somebody says of blocks does not prove them final.
    #[error("no proof that a block is final: {0}")]
    Unproven(#[from] Unproven),
    /// The state could not be read, or the interpreter broke.
    #[error(transparent)]
    Execution(#[from] troupe_vm::Error),
    /// The state could not be moved.
    #[error(transparent)]
    State(#[from] troupe_chain::Error),
}

/// Why blocks are not proven final.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// The proof of one is no proof's encoding.
    #[error("the proof of block {height} is malformed: {reason}")]
    Malformed {
        /// The block's height.
        height: Height,
        /// What is wrong.
        reason: troupe_wire::Error,
    },
    /// A header that comes with a proof is no header's encoding.
    #[error("a header above block {height}: {reason}")]
    Header {
        /// The block's height.
        height: Height,
        /// What is wrong.
        reason: troupe_chain::Error,
    },
    /// Certificates that are not of these blocks, of nobody in office, or too few.
    #[error(transparent)]
    Links(#[from] troupe_consensus::Error),
    /// Certificates of fewer blocks above than make one final.
    #[error("block {height} has too little above it")]
    Short {
        /// The block's height.
        height: Height,
    },
    /// A header, or one above it that proves it, of which the validators are not known.
    #[error("the validators of block {height}, or of those above it, are not known")]
    Outside {
        /// The header's height.
        height: Height,
    },
    /// A genesis block that is not the one that is trusted.
    #[error("the genesis block is {got}, trusted is {want}")]
    Genesis {
        /// The block.
        got: Hash,
        /// Which one is trusted.
        want: Hash,
    },
    /// A block that is not the one from which a client is to begin.
    #[error("the block is {got}, trusted is {want}")]
    Checkpoint {
        /// The block.
        got: Hash,
        /// Which one is trusted.
        want: Hash,
    },
    /// Two final blocks at one height: validators have made two chains.
    #[error(
        "block {got} is final at height {height}, where {known} is: validators contradict themselves"
    )]
    Fork {
        /// The height.
        height: Height,
        /// The block.
        got: Hash,
        /// The one that was final before.
        known: Hash,
    },
    /// Bytes that are no client's knowledge.
    #[error("what was kept does not read: {0}")]
    Kept(troupe_wire::Error),
    /// A roster that the header does not name.
    #[error("the roster is {got}, the header names {}", want.map_or("none".to_owned(), |want| want.to_string()))]
    Roster {
        /// The hash of the roster.
        got: Hash,
        /// What the header names.
        want: Option<Hash>,
    },
    /// Validators of an epoch that do not follow those that are known.
    #[error("the validators of epoch {epoch} do not follow those that are known")]
    Validators {
        /// The epoch.
        epoch: Epoch,
    },
    /// There is nothing to check, or no term to check it by.
    #[error("there is nothing to check")]
    Nothing,
}

impl Error {
    /// Whether something hangs on validators that are not known yet.
    #[must_use]
    pub const fn is_outside(&self) -> bool {
        matches!(self, Self::Unproven(Unproven::Outside { .. }))
    }

    /// Whether validators have made two chains: whoever shows that has told the truth.
    #[must_use]
    pub const fn is_fork(&self) -> bool {
        matches!(self, Self::Unproven(Unproven::Fork { .. }))
    }

    /// Whether validators do not follow those that are known: there may be others between.
    #[must_use]
    pub const fn is_gap(&self) -> bool {
        matches!(self, Self::Unproven(Unproven::Validators { .. }))
    }
}
