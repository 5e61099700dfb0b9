//! gRPC over HTTP/2: the chain, the node, its health and what there is to ask, for programs in any language.
//!
//! The messages are under `clients/proto`; [`proto`] is what the build makes of them. What is asked of the chain is
//! answered by [`troupe_rpc::Api`], which answers Ethereum's clients too: here it is only written in another way. What is
//! asked of the process is answered by a [`Host`].
//!
//! * [`Server`]: listens until it is stopped; [`Metrics`] is what it counts, [`Settings`] what bounds a client.
//! * [`Front`]: the same as an actor before the chain of a process.
//!
//! tonic turns requests into calls and back; HTTP/2 itself is spoken here, so that a client that does not read loses its
//! stream, with a reason, and what it does not read is never gathered. Messages are refused by their length,
//! before they have come. A client that goes away or whose deadline is over leaves no work behind.
//!
//! Browsers are no clients: they speak HTTP/2 with TLS only, and other HTTP is not answered.

mod asked;
mod blocks;
mod chain;
mod closing;
mod error;
mod follow;
mod front;
mod health;
mod host;
mod methods;
mod metrics;
mod node;
pub mod proto;
mod server;
mod settings;
mod status;
mod told;

pub use error::Error;
pub use front::Front;
pub use host::{Actor, Counts, Doing, Host};
pub use metrics::Metrics;
pub use server::Server;
pub use settings::{Node, Settings};
pub use status::{Details, ErrorInfo};
