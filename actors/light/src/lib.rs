//! A light client: it keeps no chain and trusts nobody who has one.
//!
//! [`Client`] follows final headers ([`troupe_ledger::Light`] says which are), asks others for the rest, and believes
//! nothing that a header does not commit to: bodies and receipts by their roots, accounts and storage by proofs,
//! code by its hash. To Ethereum's clients it looks like any node ([`troupe_rpc::Backend`]); calls are executed
//! here, on a state that comes word by word from others.
//!
//! What it trusts outlives it in a file, and grows old: a client that was away for longer than validators can be held
//! to what they sign begins with a [`Checkpoint`].
//!
//! What it cannot know it does not pretend to: states older than the proofs of others reach, and what waits in
//! their pools. Blocks of the past it knows as far as others have them.

mod actor;
mod ahead;
mod backend;
mod begin;
mod client;
mod error;
mod facts;
mod follow;
mod kept;
mod known;
mod past;
mod peers;
mod sent;
mod view;

pub use actor::start;
pub use begin::Checkpoint;
pub use client::{About, Client};
pub use error::Error;
