//! Why a server does not start.

use std::net::SocketAddr;

/// Why a server does not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The socket that was handed over cannot be used.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The address; nowhere if it cannot be told.
        address: SocketAddr,
        /// In the system's words.
        reason: String,
    },
    /// Our bug: what describes the services cannot be read.
    #[error("the services are not described: {0}")]
    Described(String),
}
