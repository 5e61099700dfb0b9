//! Why an actor cannot be started.

use std::net::SocketAddr;
use std::path::PathBuf;

/// What is wrong with a process's surroundings when an actor starts.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody else listens there.
    #[error("{what} cannot listen on {address}: {source}")]
    Listen {
        /// Which actor wanted the address.
        what: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A file that the manifest names cannot be used.
    #[error("{what}: {}: {reason}", path.display())]
    File {
        /// Which setting names it.
        what: String,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// What the chain's disk holds cannot be used, or not be written.
    #[error("storage: {0}")]
    Storage(String),
    /// The chain cannot be started.
    #[error("chain: {0}")]
    Chain(String),
    /// The chain's actors cannot be started.
    #[error(transparent)]
    Blocks(#[from] troupe_blocks::Error),
    /// The owner of the process cannot be let in.
    #[error(transparent)]
    Door(#[from] troupe_door::Error),
    /// The runtime refused.
    #[error(transparent)]
    Runtime(#[from] troupe_runtime::Error),
    /// A setting that the manifest's own check should have caught.
    #[error("settings of actor {kind}: {reason}")]
    Settings {
        /// The actor's kind.
        kind: &'static str,
        /// What is wrong.
        reason: String,
    },
}
