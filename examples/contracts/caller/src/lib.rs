//! A savings box: a Rust contract that calls a token written in Solidity, or in anything else.
#![no_std]

extern crate alloc;

mod savings;
#[cfg(test)]
mod tests;

pub use savings::{Deposited, Error, Savings, Token, Withdrawn};
