//! What can go wrong with durable storage.

use crate::log::Sequence;
use std::io;
use troupe_types::{Hash, Height};

/// Why the store cannot do what was asked. Whatever it is, what was acknowledged before stays true.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk said no. Nothing is known of the file any more, so that the store takes no more either:
    /// the process has to stop, and a new one looks at what is there.
    #[error("{file}: {source}")]
    Io {
        /// The file, or the folder.
        file: String,
        /// In the system's words.
        source: io::Error,
    },
    /// It was closed.
    #[error("the store was closed")]
    Closed,
    /// An earlier error was fatal.
    #[error("an earlier write failed and the store takes no more")]
    Failed,
    /// A file holds something else than what was written and acknowledged.
    #[error("{file} is damaged at byte {offset}: {reason}")]
    Damaged {
        /// The file.
        file: String,
        /// Where the first record is that cannot be read.
        offset: u64,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A file is not there.
    #[error("{file} is missing")]
    Missing {
        /// The file.
        file: String,
    },
    /// The log ends before something that was acknowledged.
    #[error(
        "{file} ends at byte {offset} after record {last}, but record {acknowledged} was acknowledged"
    )]
    Lost {
        /// The last file of the log.
        file: String,
        /// Where it ends.
        offset: u64,
        /// Its last record.
        last: Sequence,
        /// The last one acknowledged.
        acknowledged: Sequence,
    },
    /// A file of another chain.
    #[error("{file} belongs to the chain {got}, not to {want}")]
    OtherChain {
        /// The file.
        file: String,
        /// Whose it is.
        got: Hash,
        /// The chain that was asked for.
        want: Hash,
    },
    /// A file that an other program wrote.
    #[error("{file} has format {got}, this program knows {want}")]
    Format {
        /// The file.
        file: String,
        /// Its version.
        got: u16,
        /// The one version that is known.
        want: u16,
    },
    /// Something is too long for the log.
    #[error("{what} of {got} exceeds {limit}")]
    TooLong {
        /// What.
        what: &'static str,
        /// How long it is.
        got: usize,
        /// How long it may be.
        limit: usize,
    },
    /// Bytes that are not what they should be.
    #[error("malformed {what}: {reason}")]
    Malformed {
        /// What they should be.
        what: &'static str,
        /// What is wrong.
        reason: &'static str,
    },
    /// A block that does not follow the last one.
    #[error("block {got} was given where block {want} comes next")]
    Gap {
        /// Its height.
        got: Height,
        /// The height that comes next.
        want: Height,
    },
    /// Neither a state file nor the log reaches back far enough to rebuild the index.
    #[error("no valid state file, and the log begins at record {first}")]
    NoState {
        /// The first record of the log.
        first: Sequence,
    },
    /// The index failed. It is rebuilt from the log at the next start.
    #[error("the index failed: {0}")]
    Index(String),
    /// A block that the log does not have.
    #[error("the log has no block {got}")]
    NoBlock {
        /// Its height.
        got: Height,
    },
    /// Blocks are there where a store is to begin.
    #[error("the folder holds blocks already")]
    Occupied,
    /// Something still looks at the state, which must not move.
    #[error("the state is in use")]
    InUse,
}

impl Error {
    /// Whether the process has to stop: what is on the disk is not known any more.
    #[must_use]
    pub const fn is_fatal(&self) -> bool {
        match self {
            Self::Io { .. } | Self::Failed | Self::Index(_) => true,
            Self::Damaged { .. }
            | Self::Missing { .. }
            | Self::Lost { .. }
            | Self::OtherChain { .. }
            | Self::Format { .. }
            | Self::TooLong { .. }
            | Self::Malformed { .. }
            | Self::Gap { .. }
            | Self::NoState { .. }
            | Self::Closed
            | Self::Occupied
            | Self::NoBlock { .. }
            | Self::InUse => false,
        }
    }

    /// Names the file of an error of the disk.
    pub(crate) fn io(file: &str) -> impl FnOnce(io::Error) -> Self + '_ {
        move |source| Self::Io { file: file.to_owned(), source }
    }

    pub(crate) fn damaged(file: &str, offset: u64, reason: &'static str) -> Self {
        Self::Damaged { file: file.to_owned(), offset, reason }
    }
}
