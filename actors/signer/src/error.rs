//! Why a signer cannot begin, or cannot go on.

use troupe_types::Hash;

/// Why a signer cannot begin, or cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk failed.
    #[error("what was signed cannot be read or written: {0}")]
    Disk(#[from] std::io::Error),
    /// The file is not what was written. Nobody may go on with it.
    #[error("what was signed is damaged: {got} bytes that do not have their digest")]
    Digest {
        /// Bytes found.
        got: usize,
    },
    /// The file is whole, and of another form than this program writes.
    #[error("what was signed is of a form that is not known here: {0}")]
    Form(String),
    /// There is no room for the marks of so many keys.
    #[error("{got} signatures to remember exceed {limit}")]
    Many {
        /// How many there are.
        got: usize,
        /// How many there may be.
        limit: usize,
    },
    /// What was brought is of another chain.
    #[error("of the chain {got}, and what was signed here is of {want}")]
    OtherChain {
        /// The chain of what was brought.
        got: Hash,
        /// The chain of what was signed.
        want: Hash,
    },
    /// A write failed before: what the file holds is not known to this process any more.
    #[error("what was signed could not be written: {0}")]
    Failed(String),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] troupe_net::Error),
}
