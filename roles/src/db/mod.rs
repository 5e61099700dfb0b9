//! `troupe db`: what a node keeps, looked at.

mod args;
mod check;
mod info;

pub(crate) use args::{DbCommand, run};
