//! `troupe data`: what a data node of one's own offers.

mod args;
mod declare;
mod keep;
mod show;

pub(crate) use args::{DataCommand, command};
#[cfg(feature = "dataset")]
pub(crate) use declare::{is_model, rows};
