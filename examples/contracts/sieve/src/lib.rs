//! Primes, counted by marking their multiples: plain computing, to compare machines by.
#![no_std]

extern crate alloc;

mod sieve;
#[cfg(test)]
mod tests;

pub use sieve::{Error, Sieve};
