//! Why the directory refuses an entry.

use troupe_types::Incarnation;

/// An entry that is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The directory is full of entries that have not expired.
    #[error("directory holds {limit} entries and takes no more")]
    Full {
        /// How many it holds at most.
        limit: usize,
    },
    /// The node has announced a later start of itself already.
    #[error("announced by start {got} of the node after start {known}")]
    Stale {
        /// The start counter in the entry.
        got: Incarnation,
        /// The one known.
        known: Incarnation,
    },
    /// The address is not `host:port`.
    #[error("address wants host:port")]
    Address,
}
