//! `troupe blocks`: final blocks as a file.

mod args;
mod export;
mod import;

pub(crate) use args::{BlocksCommand, run};
