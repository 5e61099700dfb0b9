//! State files: the whole flat state after one block, ordered by key.
//!
//! A header, chunks with a checksum each, a trailer with the state root and the height. A file is
//! written beside its name and put there when it is whole and synced; two are kept, so that one that
//! rots costs a longer replay of the log and nothing else. [`Past`] is the state after a block between two of
//! them; [`Runs`] puts items into the order in which a file has them. The root is not computed here: whoever
//! builds the tries from the state compares it.

mod layout;
mod past;
mod read;
mod runs;
mod write;

pub use layout::{About, Chunk, Item, MAX_CHUNK, Trailer, read_chunk, read_header, read_trailer};
pub use past::{Items, Past};
pub use read::{Chunks, Shelved, StateFile, list, survey};
pub use runs::{Merge, Runs};
pub use write::{Source, write};
