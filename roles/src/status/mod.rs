//! `troupe status`: a network on one screen.

mod chain;
mod command;
mod metrics;
mod processes;

pub(crate) use command::{StatusArgs, run};
