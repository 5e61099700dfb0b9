//! What can go wrong here. None of it is a bad block: that is an outcome.

use troupe_types::{Epoch, Hash, Height};

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
    /// A block that is not known, or not any more.
    #[error("block {got} is not known")]
    UnknownBlock {
        /// The block.
        got: Hash,
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
    /// The state could not be read, or the interpreter broke.
    #[error(transparent)]
    Execution(#[from] troupe_vm::Error),
    /// The state could not be moved.
    #[error(transparent)]
    State(#[from] troupe_chain::Error),
}
