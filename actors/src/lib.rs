//! The actors of the network, one file a kind, and the list of them.
//!
//! An actor here translates: a message becomes an input of a protocol, an output becomes a message,
//! a file or a socket. The rules are in `protocols/`, the queues, restarts and pools in
//! `actors/runtime`. A kind becomes available to manifests by its line in [`kinds`].

mod account;
mod answers;
mod chain;
mod control;
mod dataset;
mod directory;
mod error;
mod grpc;
mod health;
mod jobs;
mod kind;
mod light;
mod market;
mod member;
mod owner;
mod pen;
mod rpc;
mod scheduler;
mod session;
mod telemetry;

pub use chain::{Commons, INDEX, LOG, ValidatorKey, genesis, keeps_of};
pub use error::Error;
pub use health::{Health, Part};
pub use kind::{Kind, Start, kinds};
pub use pen::remote_pen;
