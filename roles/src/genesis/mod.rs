//! `troupe genesis`: what a chain begins with, made and checked.

mod args;
mod check;
mod file;
mod make;

pub(crate) use args::{GenesisCommand, run};
pub(crate) use file::{draft, load};
pub(crate) use make::Candidate;
