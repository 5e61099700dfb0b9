//! Servers before the chain of this process: what [`troupe_rpc`] asks, the actors of [`troupe_blocks`] answer.
//!
//! [`start`] starts an actor of kind `rpc`, which speaks Ethereum's JSON-RPC; [`listen`] one that has another [`Front`](troupe_door::Front).
//! It listens before it has started, so that a port that is
//! taken is an error and not a restart; it serves from its own thread, and when the process is told to
//! stop it takes nobody any more, while the actors behind it still answer what was asked before.
//!
//! Whoever asks waits for an actor at most as long as [`About::patience`] says, and then hears that there
//! is no answer now. Work that takes long (calls, estimates, recoveries) runs in the jobs pool, a little
//! at a time: what consensus waits for is in the other one.

mod about;
mod backend;
mod error;
mod front;
mod heavy;
mod history;
mod lately;
mod start;
mod tips;

pub use about::{About, Phase};
pub use error::Error;
pub use heavy::Bench;
pub use start::{Source, listen, serve, source, start};
pub use troupe_blocks::Placing;
