//! Plain values that every other crate speaks in: identities, hashes, time, sizes.
//!
//! A bare integer in a public signature says nothing about its unit; these newtypes do.
//! Arithmetic is checked or saturating by name, never silently wrapping. There is no
//! behaviour here and no dependency on a protocol.
//!
//! ```
//! use troupe_types::{Bytes, Millis};
//! let limit: Bytes = "64KiB".parse().unwrap();
//! assert_eq!(limit, Bytes::kib(64));
//! assert_eq!("1.5s".parse::<Millis>().unwrap(), Millis(1_500));
//! ```

mod address;
mod chain;
mod error;
mod id;
mod size;
mod time;

pub use address::BECH32_PREFIX;
pub use chain::{Epoch, Gas, Height, View};
pub use error::Error;
pub use id::{Address, Hash, Incarnation, NetworkId, NodeId, SessionId};
pub use size::Bytes;
pub use time::{Millis, UnixMillis};
