//! `troupe node explain`: what a manifest amounts to.

mod command;
mod facts;
mod json;
mod text;

pub(crate) use command::explain;
