//! How a state is read.

use super::{Account, Chunk, Code, FlatKey, Slot};
use alloy_primitives::U256;
use core::ops::Bound;
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

    /// The first word of an account's storage whose slot is above `after`, or the first of all; `None` after
    /// the last. Slots are ordered by their bytes: what a contract that is a part of the node puts under
    /// slots of its choice, it can go through in order.
    fn next_word(
        &self,
        address: &Address,
        after: Option<&Slot>,
    ) -> Result<Option<(Slot, U256)>, ReadError>;

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

    fn next_word(
        &self,
        address: &Address,
        after: Option<&Slot>,
    ) -> Result<Option<(Slot, U256)>, ReadError> {
        (**self).next_word(address, after)
    }

    fn code(&self, hash: &Hash) -> Result<Code, ReadError> {
        (**self).code(hash)
    }
}

/// What [`StateView::next_word`] says of a view over another one: `written` is the first slot above one that
/// the upper view knows something of, `below` the next word of the other. The upper view says what
/// stands there.
pub fn next_over(
    top: &(impl StateView + ?Sized),
    address: &Address,
    after: Option<&Slot>,
    written: impl Fn(Option<&Slot>) -> Option<Slot>,
    below: impl Fn(Option<&Slot>) -> Result<Option<(Slot, U256)>, ReadError>,
) -> Result<Option<(Slot, U256)>, ReadError> {
    let mut after = after.copied();
    let mut lower = below(after.as_ref())?.map(|(slot, _)| slot);
    loop {
        let upper = written(after.as_ref());
        let Some(slot) = upper.into_iter().chain(lower).min() else { return Ok(None) };
        let word = top.storage(address, &slot)?;
        if !word.is_zero() {
            return Ok(Some((slot, word)));
        }
        if lower == Some(slot) {
            lower = below(Some(&slot))?.map(|(slot, _)| slot);
        }
        after = Some(slot);
    }
}

/// What is above a key, or everything.
#[must_use]
pub fn above<T>(after: Option<T>) -> (Bound<T>, Bound<T>) {
    match after {
        Some(after) => (Bound::Excluded(after), Bound::Unbounded),
        None => (Bound::Unbounded, Bound::Unbounded),
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
