//! Calls as PlatON's clients write them.
//!
//! An input is a list of RLP, each item of which is the RLP of something: the number of a function, then its arguments.
//! Ours differ in what nodes are: a node id has 32 bytes, and the keys of a candidate are others.

mod answer;
mod candidates;
mod items;
mod json;
mod proposals;
mod wish;

pub(super) use answer::answer;
pub(super) use items::function;
