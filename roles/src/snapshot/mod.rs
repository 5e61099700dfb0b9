//! `troupe snapshot`: the state after a final block as a file.

mod args;
mod create;
mod read;
mod restore;

pub(crate) use args::{SnapshotCommand, run};
