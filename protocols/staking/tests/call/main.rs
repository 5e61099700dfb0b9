//! The economy as it is called: by Solidity's ABI and as PlatON's clients do.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]
#![expect(unreachable_pub, reason = "these are the parts of one test")]

#[path = "../common/mod.rs"]
mod common;
mod hostile;
mod platon;
mod questions;
mod refusals;
mod same;
mod shell;
