//! What a process does on a chain in its own name, and what it hears from there.
//!
//! * [`start`] starts the actor `account`: it holds a key, takes an [`Errand`](troupe_chain::errand::Errand) from any actor of the process
//!   ([`Submit`]), and answers when a block shows what became of it. The rules are in [`troupe_chain::errand`]; here are
//!   the file, the pool and the blocks.
//! * [`Reader`] asks contracts and follows what they log, block by block, each block once and in order.
//!
//! Both work on whatever answers for a chain ([`troupe_rpc::Backend`]): one that the process keeps, or a light client that
//! asks others and checks what they say.

mod actor;
mod error;
mod file;
mod message;
mod reader;

pub use actor::{Opening, Source, start};
pub use error::Error;
pub use message::{Submit, Submitted};
pub use reader::{Happened, Reader};
