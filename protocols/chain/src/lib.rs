//! What a chain is made of: transactions and the state that they change.
//!
//! * [`transaction`]: Ethereum's first three types and one of our own, read strictly, recovered in batches.
//! * [`trie`]: the tries that commit to a state, many versions of them in memory.

pub mod block;
mod error;
pub mod genesis;
pub mod message;
pub mod pool;
mod rlp;
pub mod state;
pub mod sync;
pub mod transaction;
pub mod trie;

pub use block::{Block, Header};
pub use error::{Error, Invalid, Unsupported};
pub use genesis::Genesis;
pub use pool::Pool;
pub use transaction::{Recovered, Transaction};
