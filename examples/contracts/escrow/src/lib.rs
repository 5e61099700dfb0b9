//! A buyer pays, a seller delivers, an arbiter decides when they do not agree.
#![no_std]

extern crate alloc;

mod escrow;
#[cfg(test)]
mod tests;

pub use escrow::{Error, Escrow, Opened, Phase, Settled, Terms};
