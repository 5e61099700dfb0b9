//! The index: what is looked up by key, and never the truth.
//!
//! Everything in it follows from a state file and the log, so that it may be lost at any time. It is
//! reopened only where nothing can have been lost; otherwise it is discarded and filled again.

mod memory;
mod sled;
mod traits;

pub use memory::MemoryShelf;
pub use sled::SledShelf;
pub(crate) use traits::Closed;
pub use traits::{Edits, Index, Shelf};
