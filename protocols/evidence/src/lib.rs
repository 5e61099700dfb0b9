//! What a computation of three parties leaves behind for somebody who was not there: commitments to its results, and how a
//! receiver shows what they are.
//!
//! * [`Ground`]: what everything is bound to, and the hashes that are made of it.
//! * [`Piece`]: a commitment to one of the three pieces of what a receiver gets.
//! * [`Shape`]: what is public of a result.
//! * [`Opening`]: a receiver's results with all that it takes to see that they are those the parties committed to.
//!
//! Where a computation is settled, all three parties have signed and posted one hash of all results. It is made of a leaf for
//! each receiver, and a leaf of the commitments to three pieces, made with random numbers that only the parties and that
//! receiver know: the hash tells nobody anything. The receiver alone can open its leaf, and may show that to whom it likes,
//! such as a contract.

mod ground;
mod opening;
mod piece;
mod shape;

pub use ground::Ground;
pub use opening::{Error, MAX_LEAVES, MAX_RESULTS, MAX_WORDS, Opened, Opening};
pub use piece::{Piece, SALT};
pub use shape::{Kind, NAME, Shape};

/// How many parties there are.
pub const PARTIES: usize = 3;
