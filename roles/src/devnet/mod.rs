//! `troupe devnet`: a whole network on one machine, one process a node.

mod args;
mod files;
mod inside;
mod network;
mod plan;
mod processes;
mod record;

pub(crate) use args::{DevnetArgs, NETWORK_ID, run};
pub(crate) use network::{Housing, Network, Wish};
pub(crate) use plan::example;
pub(crate) use record::Record;
