//! Who is on the network and where.
//!
//! A bootstrap process keeps a [`Directory`]: every process announces where it listens and which
//! services it publishes, again and again before its entry expires, and asks for others by service.
//! An entry is bound to the certificate of the connection it came over, so nobody can announce for
//! somebody else; what an entry says about its own role and services is a claim, and grants nothing.
//!
//! ```
//! use troupe_overlay::{Directory, Entry};
//! use troupe_types::{Incarnation, Millis, NodeId};
//! use troupe_wire::{List, Text};
//!
//! let mut directory = Directory::new(100, Millis::secs(30));
//! let entry = Entry {
//!     id: NodeId([7; 32]),
//!     incarnation: Incarnation(1),
//!     address: Text::new("127.0.0.1:9470").unwrap(),
//!     role: Text::new("compute").unwrap(),
//!     services: List::new(vec![Text::new("compute.session").unwrap()]).unwrap(),
//! };
//! directory.announce(Millis(0), entry).unwrap();
//! assert_eq!(directory.find(Millis(1), "compute.session", 8).len(), 1);
//! assert_eq!(directory.find(Millis(31_000), "compute.session", 8).len(), 0);
//! ```

mod directory;
mod error;
pub mod message;

pub use directory::Directory;
pub use error::Error;
pub use message::Entry;
