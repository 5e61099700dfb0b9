//! What has to outlive the process.

use super::{Errand, Fees, Outcome};
use bincode::{Decode, Encode};
use troupe_types::{Hash, Height};
use troupe_wire::{Error, Limit, List, codec};

/// The longest transaction of an errand: its input, and what is around it.
const MAX_ENVELOPE: usize = super::MAX_INPUT + 1_024;

/// A step that a later process has to know of.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Record {
    /// An errand was taken.
    Wanted(Errand),
    /// A transaction was signed for one, and may be anywhere from now on.
    Signed {
        /// For which errand.
        id: Hash,
        /// Its nonce.
        nonce: u64,
        /// Its hash.
        hash: Hash,
        /// Its bytes.
        envelope: List<u8, MAX_ENVELOPE>,
        /// What it offers.
        fees: Fees,
        /// It cannot be in a block up to this one.
        after: Height,
        /// Whether it does nothing but use up the nonce.
        is_withdrawal: bool,
    },
    /// Blocks showed that the nonce went to a transaction of somebody else: the errand waits for another one.
    Lost {
        /// The nonce.
        nonce: u64,
    },
    /// An errand is over.
    Over {
        /// Which one.
        id: Hash,
        /// What became of it.
        outcome: Outcome,
    },
}

impl Record {
    /// The largest encoding.
    pub const LIMIT: Limit = Limit::KiB256;

    /// Its bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(self, Self::LIMIT)
            .expect("an input is a quarter of the limit, and it is there twice")
    }

    /// The record that was encoded.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        codec::decode(bytes, Self::LIMIT)
    }
}
