//! Why nobody is let in, or does not get in.

use std::path::PathBuf;

/// Why nobody is let in, or does not get in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The socket that was handed over cannot be used.
    #[error("cannot listen: {0}")]
    Listen(String),
    /// The file at which the owner is listened to cannot be had.
    #[error("cannot listen on {}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// In the system's words.
        reason: String,
    },
    /// Systems have little room for the path of a socket.
    #[error("{} has {got} bytes, the path of a socket has at most {most}", path.display())]
    Long {
        /// The file.
        path: PathBuf,
        /// So long it is.
        got: usize,
        /// So long it may be.
        most: usize,
    },
    /// Our bug: what describes the services does not fit them.
    #[error("the services are not described: {0}")]
    Described(String),
    /// The system does not let the caller in.
    #[error("{} has mode {mode:04o} and belongs to user {owner}", path.display())]
    Denied {
        /// The socket's file, or the folder on the way to it that lets nobody else through.
        path: PathBuf,
        /// Who may do what with it.
        mode: u32,
        /// Whose it is.
        owner: u32,
    },
    /// Nobody answers there.
    #[error("{0}")]
    Unanswered(String),
}
