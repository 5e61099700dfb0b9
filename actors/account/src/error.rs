//! Why something could not be read.

use troupe_types::Height;

/// Why something could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Whoever has the chain does not answer, or refuses.
    #[error(transparent)]
    Asked(#[from] troupe_rpc::Error),
    /// A block that is not kept by anybody who was asked.
    #[error("block {0} is not kept")]
    NotKept(Height),
    /// Fewer receipts than transactions.
    #[error("block {0} and its receipts do not fit")]
    Torn(Height),
}

impl Error {
    /// What a contract said that refused.
    #[must_use]
    pub fn reverted(&self) -> Option<&[u8]> {
        match self {
            Self::Asked(troupe_rpc::Error::Reverted(data)) => Some(data),
            Self::Asked(_) | Self::NotKept(_) | Self::Torn(_) => None,
        }
    }
}
