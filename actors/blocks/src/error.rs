//! What can go wrong while a validator is started.

/// Why a validator was not started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Its vault does not open.
    #[error(transparent)]
    Vault(#[from] troupe_vault::Error),
    /// The validators of the genesis are none.
    #[error(transparent)]
    Ledger(Box<troupe_ledger::Error>),
    /// The runtime refused something.
    #[error(transparent)]
    Runtime(#[from] troupe_runtime::Error),
    /// The settings of consensus contradict each other, or a key is none.
    #[error(transparent)]
    Consensus(#[from] troupe_consensus::Error),
}

impl From<troupe_ledger::Error> for Error {
    fn from(error: troupe_ledger::Error) -> Self {
        Self::Ledger(Box::new(error))
    }
}
