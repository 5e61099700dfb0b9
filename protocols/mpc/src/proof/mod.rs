//! Proofs that a party computed its messages as the program says, of sublinear length.
//!
//! In replicated sharing every message of a party, the *prover*, is a function of values that are
//! each with one of the two others as well. So "all my messages were right" is a list of relations
//! `sum u v = a + b` where the party before it, the *first verifier*, knows `u` and `a`, and the
//! party after it, the *second*, knows `v` and `b`. All of them are proven at once, with a few
//! kilobytes whatever their number: those between [numbers] in a prime field, those between [bits]
//! in the field of 2^64 elements. Both end in the [argument] for a scalar product.
//!
//! The verifiers draw every random number from a key that the prover does not have, and the second
//! tells it to the prover after it has the message before: coins that are tossed in the open, not a
//! hash, so that soundness is statistical, whatever a prover computes. It is the sum of
//!
//! | | |
//! |---|---|
//! | 64 random halves miss a wrong relation between numbers | 2^-64 |
//! | one of at most five bad primes is drawn, or seven for wide numbers, of more than 2^54.6 | 2^-51.8 |
//! | the combination of the 64 sums misses a wrong one | 2^-60 |
//! | the weights of words miss a wrong one | 2^-63 |
//! | a point drawn is a zero: two for each of at most 35 variables | 2^-53 |
//!
//! which is below 2^-51: 0.58 times it and 0.25 times it and less. A program is proven in at most 65 portions, so that one of its proofs deceives with
//! less than 2^-44. The verifiers learn nothing: one has seen only what it drew itself and two
//! uniform elements in the end, the other only its uniform shares.

mod argument;
mod binary;
pub(crate) mod bits;
mod field;
mod grid;
pub(crate) mod lanes;
mod lift;
mod limbs;
pub(crate) mod numbers;
mod prime;
mod source;
mod subsets;

pub(crate) use argument::is_right;
pub(crate) use binary::Binary;
pub(crate) use field::Coins;
pub(crate) use prime::Prime;
pub(crate) use source::{Moved, Role, Source, Tile, moved_places};
pub(crate) use subsets::{Choices, SUMS, add_subsets, by_sum};

#[cfg(test)]
mod tests;
