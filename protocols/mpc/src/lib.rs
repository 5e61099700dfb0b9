//! Three-party computation on shared values.

mod error;
mod fixed;
mod input;
mod output;
mod owner;
mod party;
mod peer;
pub mod prg;
pub mod program;
mod progress;
mod receiver;
pub mod rep3;
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
