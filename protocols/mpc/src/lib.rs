//! Three-party computation on shared values.

pub mod agreement;
mod error;
mod fixed;
mod input;
pub mod message;
mod output;
mod owner;
mod party;
mod peer;
pub mod prg;
pub mod program;
mod progress;
mod receiver;
pub mod rep3;
pub mod statistics;
mod stream;

pub use error::{Error, Refusal, Unfit};
pub use fixed::Fixed;
pub use input::{CHUNK, Input};
pub use output::Output;
pub use owner::{Owner, Table};
pub use party::{Deadlines, Party};
pub use peer::{PARTIES, Peer, Phase};
pub use program::Program;
pub use receiver::{Receiver, Revealed};
