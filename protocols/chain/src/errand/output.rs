//! What errands want done.

use super::{Outcome, Record};
use troupe_types::{Address, Gas, Hash, Height};

/// What is to be done, in order: nothing is sent before what comes before it is on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// To be signed with the account's key; answered by [`Input::Signed`](super::Input::Signed).
    Sign(Request),
    /// To be on the disk before anything after it happens.
    Persist(Record),
    /// To be given to a pool.
    Send {
        /// The transaction's hash.
        hash: Hash,
        /// Its bytes.
        envelope: Vec<u8>,
    },
    /// Which of these transactions are in a block; answered by [`Input::Block`](super::Input::Block).
    Read {
        /// Which block.
        height: Height,
        /// Which transactions.
        hashes: Vec<Hash>,
    },
    /// An errand is over. Said again to who hands it in again.
    Over {
        /// Which one.
        id: Hash,
        /// What became of it.
        outcome: Outcome,
    },
    /// An errand is not taken: too many wait.
    Busy {
        /// Which one.
        id: Hash,
    },
}

/// A transaction that is to be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Its nonce.
    pub nonce: u64,
    /// Whom it calls; `None` is ourselves.
    pub to: Option<Address>,
    /// What it pays, in von.
    pub value: u128,
    /// What it says.
    pub input: Vec<u8>,
    /// What it may use.
    pub gas_limit: Gas,
    /// What it offers.
    pub fees: super::Fees,
}
