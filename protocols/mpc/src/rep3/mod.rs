//! Three-party replicated secret sharing over the integers modulo 2^64.
//!
//! A value is `x = x_0 + x_1 + x_2`; party `i` holds `(x_i, x_{i+1})`, so every piece is with two
//! parties and no party has all three. Sums and public factors are local. A product leaves each
//! party with one piece of a sum of three, which it masks and hands to the party before it (Araki
//! et al. 2016/768). The one other exchange is truncation, after Escudero et al. 2020/338.

mod engine;
mod frames;
mod keys;
mod local;
mod share;
pub(crate) mod traffic;
mod truncate;

pub use keys::Keys;
pub use local::{Local, TILE};
pub use share::Share;

pub(crate) use engine::Engine;

#[cfg(test)]
mod tests;
