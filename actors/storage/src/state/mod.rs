//! State files: the whole flat state after one block, ordered by key.
//!
//! A header, chunks with a checksum each, a trailer with the state root and the height. A file is
//! written beside its name and put there when it is whole and synced; two are kept, so that one that
//! rots costs a longer replay of the log and nothing else. The root is not computed here: whoever
//! builds the tries from the state compares it.

mod layout;
mod read;
mod write;

pub use layout::{About, Chunk, Item, MAX_CHUNK, Trailer, read_chunk, read_header, read_trailer};
pub use read::{Chunks, Shelved, StateFile, list, survey};
pub use write::{Source, write};
