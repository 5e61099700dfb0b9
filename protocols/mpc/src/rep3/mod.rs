//! Three-party replicated secret sharing over the integers modulo 2^64.
//!
//! A value is `x = x_0 + x_1 + x_2`; party `i` holds `(x_i, x_{i+1})`, so every piece is with two
//! parties and no party has all three. Sums and public factors are local. A product leaves each
//! party with one piece of a sum of three, which it masks and hands to the party before it (Araki
//! et al. 2016/768). Truncation is after Escudero et al. 2020/338.
//!
//! Bits are shared in the same way with "exclusive or" in place of the sum, 64 to a word. From
//! numbers to bits and back lead exchanges in which one party deals: of three pieces it knows two,
//! and the others both know the third.
//!
//! Wide numbers are shared modulo 2^128 in the same way.

mod bits;
mod compare;
mod engine;
mod frames;
pub(crate) mod guarded;
mod inject;
mod keys;
mod local;
mod matmul;
mod parts;
mod permute;
mod planes;
mod registers;
pub(crate) mod ring;
mod shape;
mod share;
mod split;
mod test;
pub(crate) mod traffic;
mod tree;
mod truncate;
mod wide;

pub use keys::Keys;
pub use local::{Local, TILE};
pub use share::Share;

pub(crate) use engine::Engine;
pub(crate) use inject::Injection;
pub(crate) use permute::arranged;
pub(crate) use planes::transpose;
pub(crate) use test::{Question, Test};
pub(crate) use wide::sub_wide;

#[cfg(test)]
mod tests;
