//! What can go wrong.

use troupe_types::{Hash, Height};

/// Why a vault cannot go on. None of it is a peer's fault.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store failed, or refuses to open.
    #[error(transparent)]
    Storage(#[from] troupe_storage::Error),
    /// What lies in the store is no chain.
    #[error(transparent)]
    Chain(#[from] troupe_chain::Error),
    /// The genesis does not describe a chain.
    #[error(transparent)]
    Genesis(#[from] troupe_chain::genesis::Fault),
    /// The ledger cannot be made.
    #[error(transparent)]
    Ledger(#[from] troupe_ledger::Error),
    /// A record or a proof that does not read.
    #[error("{what} in the store: {reason}")]
    Encoding {
        /// What it should be.
        what: &'static str,
        /// In the words of the codec.
        reason: troupe_wire::Error,
    },
    /// The flat state does not have the root that its block claims.
    #[error("the state at height {height} has the root {got}, its block says {want}")]
    Root {
        /// The block's height.
        height: Height,
        /// The root of what is stored.
        got: Hash,
        /// What the header says.
        want: Hash,
    },
    /// The states of all blocks are wanted, of which the first are gone.
    #[error(
        "blocks below {first} are gone, so their states cannot be kept: begin with an empty data directory"
    )]
    Gone {
        /// The lowest block that is kept.
        first: Height,
    },
    /// A block that must be there is not.
    #[error("the block at height {height} is missing")]
    MissingBlock {
        /// Its height.
        height: Height,
    },
}
