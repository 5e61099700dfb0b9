//! `troupe job`: private computations, asked for from the command line.

mod args;
mod chain;
mod contacts;
mod desk;
mod explain;
mod failure;
mod list;
mod model;
mod models;
mod network;
mod report;
mod result;
#[cfg(feature = "dataset")]
mod simulate;
mod watch;

pub(crate) use args::{JobCommand, command, parse, with_bar};
pub(crate) use model::{Target, report as with_model};
pub(crate) use report::Shown;
