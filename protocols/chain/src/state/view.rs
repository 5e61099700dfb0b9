//! How a state is read.

use super::{Account, Chunk, Code, FlatKey, Slot};
use alloy_primitives::U256;
use troupe_types::{Address, Bytes, Hash};

/// A state that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The store behind it said no.
    #[error("the store failed: {reason}")]
    Store {
        /// In the store's words.
        reason: String,
    },
    /// The store holds something that is no state.
    #[error("the store holds a malformed {what}")]
    Corrupt {
        /// What it should be.
        what: &'static str,
    },
    /// Code that an account has and the store has not.
    #[error("the code {} is missing", hash.short())]
    MissingCode {
        /// Its hash.
        hash: Hash,
    },
}

/// One state, which does not change while it is looked at.
pub trait StateView {
    /// An account; `None` where there is none.
    fn account(&self, address: &Address) -> Result<Option<Account>, ReadError>;

    /// A word of an account's storage; zero where none was written.
    fn storage(&self, address: &Address, slot: &Slot) -> Result<U256, ReadError>;

    /// Code by its hash. Asked only for hashes that accounts have: a code that is not there is an error.
    fn code(&self, hash: &Hash) -> Result<Code, ReadError>;
}

impl<T: StateView + ?Sized> StateView for std::sync::Arc<T> {
    fn account(&self, address: &Address) -> Result<Option<Account>, ReadError> {
        (**self).account(address)
    }

    fn storage(&self, address: &Address, slot: &Slot) -> Result<U256, ReadError> {
        (**self).storage(address, slot)
    }

    fn code(&self, hash: &Hash) -> Result<Code, ReadError> {
        (**self).code(hash)
    }
}

/// A state that can be walked through, for state files and rebuilding.
pub trait StateScan {
    /// What follows `after` (or what is first) in key order, up to about so many bytes and at least
    /// one item; nothing after the last.
    fn scan(&self, after: Option<&FlatKey>, limit: Bytes) -> Result<Chunk, ReadError>;
}

/// What lies below all layers: a store that changes only when a flush tells it to.
pub trait Base: StateView + Send + Sync + core::fmt::Debug {}

impl<T: StateView + Send + Sync + core::fmt::Debug> Base for T {}
