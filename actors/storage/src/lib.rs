//! Durable storage of the chain: what was acknowledged is there, whatever the power does.
//!
//! Three things are kept, and only the first two are the truth:
//!
//! | | holds | written | lost |
//! |---|---|---|---|
//! | [`log`] | what consensus says before it says it; committed blocks with proof, receipts and changes; evidence | one sync a batch | never |
//! | [`state`] | the whole flat state after one block; two files | when 256 MiB of log came, or at a settlement | one of them may rot |
//! | [`index`] | the newest flat state, where blocks are, whatever else is looked up | in the background, last values only | at any time: it is filled again |
//!
//! [`Store`] holds them together. It opens what a process before left, in whatever state that was,
//! without an operator; it refuses to open, naming file and offset, when something that was
//! acknowledged is not there. An error of the disk is final: the store takes no more, and the next
//! process reads what is really on the disk.
//!
//! What is no chain and must be whole or not be, such as a key or a result, is written by [`files`].
//!
//! Nothing here knows what a block or an account is: keys, values and records are bytes. Nothing waits
//! or has a thread: it is called from a pool, and writing a state file ([`Making`]) is a job of its own.
//! Everything goes through a `Disk`, and the index through a [`Shelf`](index::Shelf), so that the
//! simulator's disks and [`MemoryShelf`](index::MemoryShelf) do as well.
//!
//! ```
//! use std::sync::Arc;
//! use troupe_runtime::Directory;
//! use troupe_storage::index::SledShelf;
//! use troupe_storage::{Boot, Commit, Edit, Entry, Settings, Store};
//! use troupe_types::{Hash, Height};
//!
//! let folder = tempfile::tempdir().unwrap();
//! let open = || {
//!     let disk = Arc::new(Directory::open(folder.path().join("data")).unwrap());
//!     let index = SledShelf::new(folder.path().join("index"), SledShelf::CACHE);
//!     let settings = Settings::new(Hash([1; 32]), 42, Boot([0; 16]));
//!     Store::open(disk, Box::new(index), settings, &mut |_| {}).unwrap().0
//! };
//! let mut store = open();
//! let edits = vec![Edit::Put(b"alice".to_vec(), b"7".to_vec())];
//! let genesis = Commit { height: Height(0), edits, ..Commit::default() };
//! store.append(&[Entry::Consensus(b"a vote"), Entry::Commit(&genesis)]).unwrap();
//! drop(store); // The process dies.
//!
//! let store = open();
//! assert_eq!(store.committed().unwrap().height, Height(0));
//! assert_eq!(store.get(b"alice").unwrap(), Some(b"7".to_vec()));
//! ```

mod commit;
mod cursor;
mod error;
pub mod files;
pub mod index;
pub mod log;
mod pending;
mod progress;
pub mod state;
mod store;

pub use commit::{Commit, Edit};
pub use error::Error;
pub use progress::{Phase, Progress};
pub use store::{
    Begun, Boot, Compared, Derive, Entry, Flushed, Flushing, History, IndexWas, Made, Making, Pin,
    Plot, Reader, Report, Rules, Settings, Store, Tip, compare,
};
