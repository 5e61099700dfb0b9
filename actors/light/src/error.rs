//! What can go wrong.

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
            Self::Ledger(why) => !why.is_outside(),
            Self::Busy | Self::Runtime(_) | Self::Genesis(_) => false,
            Self::Chain(_) | Self::Signatures(_) | Self::Wire(_) | Self::Other { .. } => true,
        }
    }
}
