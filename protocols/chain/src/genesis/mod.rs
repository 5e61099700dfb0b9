//! The beginning of a chain.
//!
//! A [`Genesis`] is a value; files and commands are made into one elsewhere. [`Genesis::check`] names the
//! field, the value and the limit of whatever is wrong; [`Genesis::build`] gives the block and the
//! state. The block's hash commits to every field.

mod build;
mod check;
mod config;

pub use check::Fault;
pub use config::{Allocation, Genesis, Term, Validator};
