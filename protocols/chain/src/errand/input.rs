//! What can happen to errands.

use super::Errand;
use troupe_types::{Gas, Hash, Height};

/// What can happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Somebody wants something done.
    Submit(Errand),
    /// A block was committed.
    Head(Head),
    /// What was asked to be signed is signed.
    Signed {
        /// The nonce it has.
        nonce: u64,
        /// The transaction's hash.
        hash: Hash,
        /// Its bytes.
        envelope: Vec<u8>,
    },
    /// A pool does not take a transaction. One that takes it need not say so.
    Refused {
        /// The transaction.
        hash: Hash,
        /// Why.
        reason: Refusal,
    },
    /// A block that was asked for, and which of the transactions asked for are in it.
    Block {
        /// Which one.
        height: Height,
        /// What is in it.
        found: Vec<Found>,
    },
    /// A block that was asked for could not be had now.
    Unreadable {
        /// Which one.
        height: Height,
    },
}

/// What is known after a committed block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Its height.
    pub height: Height,
    /// The account's next nonce after it.
    pub nonce: u64,
    /// What gas costs in the next block, in von.
    pub base_fee: u128,
    /// The tip that gets a transaction into one of the next blocks, in von per gas.
    pub tip: u128,
}

/// A transaction in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Its hash.
    pub hash: Hash,
    /// Its place there, from 0.
    pub index: u32,
    /// Whether it was not reverted.
    pub has_succeeded: bool,
    /// What it used.
    pub gas_used: Gas,
}

/// Why a pool does not take a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It may take it later: no funds, no room, nobody there, fees that are too low, a nonce that is out of order
    /// or has a transaction already.
    NotNow,
    /// No pool ever takes it.
    Never,
}
