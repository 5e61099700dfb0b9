//! gRPC over HTTP/2: the chain, the node, its health and what there is to ask, for programs in any language.
//!
//! The messages are under `clients/proto`. What is asked of the chain is
//! answered by [`troupe_rpc::Api`], which answers Ethereum's clients too: here it is only written in another way. What is
//! asked of the process is answered by a [`Host`].
//!
//! [`Front`] is the server as an actor before the chain of a process. How it speaks with clients, and what bounds them, is
//! in [`troupe_door`].
//!
//! Browsers are no clients: they speak HTTP/2 with TLS only, and other HTTP is not answered.

mod asked;
mod blocks;
mod chain;
mod error;
mod follow;
mod front;
mod host;
mod node;
mod status;
mod told;

use troupe_door::proto;

pub use error::Error;
pub use front::Front;
pub use host::{Counts, Host};
pub use node::Telling;
