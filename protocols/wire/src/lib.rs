//! What actors say to each other and how a protocol meets the world.
//!
//! * [`Machine`]: every protocol with behaviour over time is one: inputs in, outputs out, time as
//!   an argument. No clock, socket, file or luck of its own.
//! * [`Message`]: anything an actor can be told or asked; [`Wire`]: a message that may also cross
//!   between processes, with its limits as part of the type.
//! * [`codec`]: strict, bounded encoding of [`Wire`] messages; [`List`], [`Text`], [`Blob`] are the
//!   collections it allows.
//! * [`node_id`]: how a node is called, wherever its key is seen.
//! * [`bulk`]: what streams of a session's bytes have in common, whoever frames them; [`Talks`]: a machine at their end.
//! * [`Stream`]: randomness, named by its purpose. [`Fork`]: parallelism, handed in.
//!
//! It is not a network: frames, links and queues are `actors/runtime` and `actors/net`.
//!
//! ```
//! use troupe_wire::{codec, Limit, List};
//! let squares: List<u64, 8> = List::new(vec![1, 4, 9]).unwrap();
//! let bytes = codec::encode(&squares, Limit::KiB1).unwrap();
//! assert_eq!(codec::decode::<List<u64, 8>>(&bytes, Limit::KiB1).unwrap(), squares);
//! assert!(codec::decode::<List<u64, 8>>(&bytes[..2], Limit::KiB1).is_err());
//! ```

mod bounded;
pub mod bulk;
pub mod codec;
mod error;
mod fork;
mod limit;
mod machine;
mod message;
mod node;
mod outcome;
mod random;
mod talk;
pub mod vectors;
mod version;

pub use bounded::{Blob, List, Text};
pub use error::Error;
pub use fork::{Fork, Sequential};
pub use limit::Limit;
pub use machine::{Machine, Now};
pub use message::{Lane, Message, Retry, Sender, Wire};
pub use node::{ED25519_INFO, node_id};
pub use outcome::{CallError, Certainty};
pub use random::{Seed, Stream};
pub use talk::{Heard, Said, Saying, Talks};
pub use version::{Version, VersionRange};
