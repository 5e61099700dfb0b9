//! Numbers of 256 bits, checked: what would overflow panics, as in Solidity from 0.8 on.

mod divide;
mod operators;
mod text;
mod u256;

pub use u256::{TooLarge, U256};
