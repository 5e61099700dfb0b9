//! A token as ERC-20 asks for it, with the errors of ERC-6093.
#![no_std]

extern crate alloc;

#[cfg(test)]
mod tests;
mod token;

pub use token::{Approval, Erc20, Error, Transfer};
