//! Numbers: choices, rounding, quotients, roots, exponentials.
//!
//! All of it is written with the operations that there are, so every engine has it. Fixed-point
//! numbers are the encodings of a [`Fixed`](crate::Fixed) format, which the caller names: registers
//! do not know theirs. Domains come from the ranges that the program knows of its registers
//! ([`Draft::range`](super::Draft::range)): the narrower they are, the fewer comparisons are made.

mod bits;
mod choose;
mod compact;
mod exponential;
mod join;
mod network;
mod order;
mod polynomial;
mod quotient;
mod root;
mod round;
mod sigmoid;
mod table;

pub use join::{Joined, KEYS, Keyed};

/// `2^exponent`, exactly.
fn power(exponent: i32) -> f64 {
    let biased = u64::try_from(exponent + 1023).unwrap_or(0).min(2046);
    f64::from_bits(biased << 52)
}

/// `value * 2^bits`, rounded to a whole number; the nearest end of the range where it is too large.
fn encoded(value: f64, bits: i32) -> i64 {
    let scaled = (value * power(bits)).round();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "saturates, and a checked program refuses it"
    )]
    let whole = scaled as i64;
    whole
}

/// Bits that a number takes without its sign.
fn width(value: i64) -> i32 {
    i32::try_from(u64::BITS - value.unsigned_abs().leading_zeros()).unwrap_or(64)
}
