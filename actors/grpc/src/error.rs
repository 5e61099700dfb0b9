//! Why a server does not start.

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The socket that was handed over has no address.
    #[error("cannot listen: {0}")]
    Listen(std::io::Error),
    /// The server refused.
    #[error(transparent)]
    Door(#[from] troupe_door::Error),
}
