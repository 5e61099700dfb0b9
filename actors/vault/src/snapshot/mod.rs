//! The state after a final block, as a file, and a vault that begins with it.

mod create;
mod read;
mod restore;

pub use create::{Created, create};
pub use read::{Snapshot, Verified};
pub use restore::{Garden, restore};

use troupe_storage::Phase;
use troupe_types::Bytes;

/// How much is sorted in memory at a time.
const RUN: Bytes = Bytes::mib(64);

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
