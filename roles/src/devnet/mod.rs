//! `troupe devnet`: a whole network on one machine, one process a node.

mod accounts;
mod args;
mod chain;
mod files;
mod inside;
mod network;
mod part;
mod plan;
mod processes;
mod record;

pub(crate) use args::{DevnetArgs, run};
pub(crate) use network::{Housing, Network, Wish};
pub(crate) use plan::{Counts, example};
pub(crate) use record::{Record, User};
