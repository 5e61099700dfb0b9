//! What is told to those who look on.

use crate::task::{End, Posting};
use troupe_types::{Address, Hash, NodeId, UnixMillis};

/// Something that an operation did. What the chain does by itself at the end of a block has no receipt: that is read from the
/// records.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of the interfaces in `clients/abi`")]
pub enum Event {
    /// A data set was listed.
    Published { dataset: u64, owner: Address, node: NodeId },
    /// Something else is said of it.
    Updated { dataset: u64, version: u32 },
    /// It was taken back.
    Revoked { dataset: u64 },
    /// A compute node registered.
    Registered { number: u64, account: Address, node: NodeId, stake: u128 },
    /// More was staked.
    Added { number: u64, amount: u128 },
    /// It takes more or fewer tasks.
    Capacity { number: u64, capacity: u32 },
    /// It takes no more tasks.
    Leaving { number: u64 },
    /// Its stake was taken back.
    Withdrawn { number: u64, amount: u128 },
    /// A task was declared.
    Declared { task: u64, sender: Address, terms: Hash },
    /// An owner authorised it.
    Authorised { task: u64, owner: Address },
    /// An owner took that back.
    AuthorisationRevoked { task: u64, owner: Address },
    /// All owners have authorised it: parties are elected in a view.
    Final { task: u64, view: u64 },
    /// Parties were elected.
    Drawn { task: u64, word: Hash },
    /// A party did not accept: another one is asked.
    Replaced { task: u64, before: u64, node: u64 },
    /// A party accepted.
    Accepted { task: u64, node: u64 },
    /// An owner confirmed the start.
    Confirmed { task: u64, owner: Address },
    /// All owners have.
    Started { task: u64 },
    /// A party said what came of it.
    Posted { task: u64, party: Address, posting: Posting },
    /// A party gave up.
    Gave { task: u64, party: Address, blamed: Option<u8> },
    /// It was shown that a party had signed what the others posted.
    Signed { task: u64, party: Address },
    /// All parties said the same.
    Agreed { task: u64 },
    /// Somebody wants a message published.
    Demanded { task: u64, demand: u8, of: u8, round: u32, until: UnixMillis },
    /// It was published.
    Answered { task: u64, demand: u8, hash: Hash, message: Vec<u8> },
    /// It was acknowledged.
    Acknowledged { task: u64, demand: u8 },
    /// A party lost a part of what it bound.
    Forfeited { task: u64, node: u64, amount: u128 },
    /// A party contradicted itself.
    Slashed { task: u64, node: u64, amount: u128, reporter: Address },
    /// The contract that declared a task was told of its end; whether it took it well.
    Delivered { task: u64, by: Address, has_succeeded: bool },
    /// A task is over.
    Ended { task: u64, end: End, through: Option<Address>, refunded: u128 },
}
