//! Why the network could not be started or told something by its own process.

use std::io;
use std::net::SocketAddr;
use troupe_types::NodeId;

/// A mistake in what this process handed in, or a machine that said no. What peers do wrong is a
/// [`crate::Close`], what keeps a peer from being reached a [`crate::DialError`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bytes are not a PKCS#8 document with an Ed25519 private key.
    #[error("node key of {got} bytes is not an Ed25519 key in PKCS#8")]
    Key {
        /// Bytes given.
        got: usize,
    },
    /// A key could not be made or used.
    #[error("certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The TLS library refused the settings.
    #[error("tls: {0}")]
    Tls(#[from] rustls::Error),
    /// The machine gave no randomness.
    #[error("no entropy: {0}")]
    Entropy(getrandom::Error),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the machine said.
        source: io::Error,
    },
    /// The network threads could not be started.
    #[error("cannot start the network threads: {0}")]
    Threads(io::Error),
    /// A limit is outside its range.
    #[error("{field} of {got} is not between {min} and {max}")]
    Limit {
        /// The setting.
        field: &'static str,
        /// The value given.
        got: u64,
        /// The smallest.
        min: u64,
        /// The largest.
        max: u64,
    },
    /// A text that goes into the hello is too long or has other characters than it may.
    #[error("{field} `{got}`: {reason}")]
    Text {
        /// The setting.
        field: &'static str,
        /// The text, shortened.
        got: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// An entry of the address book names this very node.
    #[error("entry {id} is this node itself")]
    Oneself {
        /// The node.
        id: NodeId,
    },
    /// The address book is full.
    #[error("{got} entries exceed {limit}")]
    Entries {
        /// Entries there would be.
        got: usize,
        /// Entries allowed.
        limit: usize,
    },
    /// A metric is registered already.
    #[error("metrics: {0}")]
    Metrics(#[from] prometheus::Error),
}
