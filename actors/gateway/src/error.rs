//! Why a gateway does not start.

use std::net::SocketAddr;

/// Why a gateway does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be had.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// In the system's words.
        reason: std::io::Error,
    },
    /// The runtime refused: there is one already.
    #[error(transparent)]
    Runtime(#[from] troupe_runtime::Error),
}
