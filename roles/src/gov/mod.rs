//! `troupe gov`: proposals, votes, and what they may change.

mod args;
mod declare;
mod entry;
mod list;
mod params;
mod submit;
mod vote;

pub(crate) use args::{GovCommand, run};
