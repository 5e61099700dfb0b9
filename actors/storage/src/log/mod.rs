//! The log: what was acknowledged, in the order in which it was.
//!
//! It lies in segments, files of a bounded size. A segment is a header and whole *batches* of
//! records; a batch is written and synced at once, and is there after a crash wholly or not at all.
//! A segment is begun by a sync of its own, after the one before is complete, so that whatever is
//! damaged anywhere but in the last batch of the last segment was acknowledged.
//!
//! # What a start does with a damaged end
//!
//! A crash may leave anything in place of the batch that was being written. That batch is cut off,
//! and the last segment written anew: what only the page cache holds, after a failed sync or a killed
//! process, is then on the disk before anything is built on it. But bytes that a bad disk changed
//! look the same, and cutting those off would forget what was acknowledged. So the start refuses
//! when it sees that the damaged batch was acknowledged: a later batch or segment is there, or the
//! *mark* says so. The mark is a small file that follows each batch without a sync. It is exact
//! after anything but a loss of power; after that it may be some seconds old, and only then is a
//! last batch that rotted taken for one that was torn.
//!
//! # Checksums
//!
//! CRC-32 (IEEE), which finds every error within 32 bits, hence every changed byte; it costs a tenth
//! of SHA-256, and sled brings it along. It is seeded with a number that each log draws and tells nobody:
//! a transaction that looks like a record does not check as one.

mod look;
mod mark;
mod open;
mod record;
mod scan;
mod segment;
mod writer;

pub use look::{Look, Segment, Show, is_unfinished, look};
pub(crate) use open::size_on;
pub use open::{Cut, Opened, Visit};
pub use record::{Found, Kind, MAX_BATCH, MAX_PAYLOAD, Place, Sequence};
pub use scan::{Rest, Scanned, read_batches};
pub use segment::Identity;
pub use writer::Log;
