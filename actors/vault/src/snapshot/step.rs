//! What people are told while a snapshot is made or read.

use troupe_storage::Phase;
use troupe_types::{Bytes, Hash, Height};

/// How much is sorted in memory at a time.
pub(super) const RUN: Bytes = Bytes::mib(64);

/// What a snapshot has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contents {
    /// The height of its block.
    pub height: Height,
    /// The block.
    pub hash: Hash,
    /// The state root after it.
    pub root: Hash,
    /// How many pieces there are.
    pub pieces: u64,
    /// How many items of the flat state.
    pub items: u64,
    /// Bytes of the file.
    pub size: Bytes,
}

/// How far something is, for people: what is done, bytes of it, bytes of all of it.
pub type Told<'t> = &'t mut dyn FnMut(Step, Bytes, Bytes);

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The log is searched for the block.
    Searching,
    /// The state is read and its tries are built.
    Reading,
    /// Its items are put into the order of their hashes.
    Sorting,
    /// The pieces are written, or checked.
    Pieces,
    /// The state file is written.
    Planting,
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Searching => "searching the log",
            Self::Reading => "building the tries",
            Self::Sorting => "sorting",
            Self::Pieces => "pieces",
            Self::Planting => "writing the state file",
        })
    }
}

impl From<Phase> for Step {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Checking | Phase::Replaying => Self::Searching,
            Phase::Loading => Self::Reading,
            Phase::Writing => Self::Planting,
        }
    }
}
