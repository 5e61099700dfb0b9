//! A number that its owner raises: the smallest contract that has everything.
#![no_std]

extern crate alloc;

mod counter;
#[cfg(test)]
mod tests;

pub use counter::{Counter, Error, Increased};
