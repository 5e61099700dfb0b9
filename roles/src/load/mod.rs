//! `troupe load`: how much a chain bears, measured from beside it.
//!
//! The generator shares its machine with the network that it measures, so that it has to be cheap: all
//! transactions are signed, and all requests written, before the first is sent; they go out in batches
//! over connections that stay open; and nobody asks for receipts: one connection follows the blocks and
//! recognises what is in them. [`idle`] measures the other thing, what a single user waits for.

mod args;
mod batch;
mod fund;
mod idle;
mod lane;
mod percentile;
mod prepare;
mod processor;
mod report;
mod run;
mod senders;
mod tally;
mod watch;

pub(crate) use args::{LoadArgs, run};
