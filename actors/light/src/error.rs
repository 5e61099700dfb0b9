//! What can go wrong.

use troupe_types::{Epoch, Height, Millis};

/// Why an answer is not believed, or a client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Bytes that are no encoding of what was asked for, or that a header does not commit to.
    #[error(transparent)]
    Chain(#[from] troupe_chain::Error),
    /// A header that is not shown to be final.
    #[error(transparent)]
    Ledger(#[from] troupe_ledger::Error),
    /// Signatures that nobody in office made.
    #[error(transparent)]
    Signatures(#[from] troupe_consensus::Error),
    /// A message that does not read.
    #[error(transparent)]
    Wire(#[from] troupe_wire::Error),
    /// Something else than what was asked for.
    #[error("{what} is another one")]
    Other {
        /// What it should have been.
        what: &'static str,
    },
    /// The file of what was known is not believed.
    #[error("the file of what was known: {reason}")]
    Kept {
        /// Why not.
        reason: &'static str,
    },
    /// The file of what was known cannot be read or written.
    #[error("the file of what was known: {0}")]
    Disk(#[from] std::io::Error),
    /// What is trusted is too old: whoever signed it may have left since.
    #[error(
        "block {height} is {age} old, trusting_period is {period}: name a later block as `checkpoint` (\"HEIGHT:0xHASH\", from \
         somebody you trust) in the settings of actor light"
    )]
    Stale {
        /// The last block that is trusted.
        height: Height,
        /// How long ago it was made.
        age: Millis,
        /// How long it is trusted.
        period: Millis,
    },
    /// Nobody shows the validators of an epoch.
    #[error("nobody shows the validators of epoch {epoch}")]
    Unknown {
        /// The epoch.
        epoch: Epoch,
    },
    /// The pool that checks signatures takes no more.
    #[error("signatures cannot be checked now")]
    Busy,
    /// The genesis does not describe a chain.
    #[error(transparent)]
    Genesis(#[from] troupe_chain::genesis::Fault),
    /// There is no network to ask.
    #[error(transparent)]
    Runtime(#[from] troupe_runtime::Error),
}

impl Error {
    /// Whether whoever answered is to blame.
    pub(crate) const fn is_theirs(&self) -> bool {
        match self {
            // The client knew too little: validators may have changed while it waited.
            Self::Ledger(why) => !why.is_outside() && !why.is_fork(),
            Self::Busy | Self::Runtime(_) | Self::Genesis(_) => false,
            Self::Kept { .. } | Self::Disk(_) | Self::Stale { .. } | Self::Unknown { .. } => false,
            Self::Chain(_) | Self::Signatures(_) | Self::Wire(_) | Self::Other { .. } => true,
        }
    }
}
