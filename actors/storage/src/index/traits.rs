//! What the store asks of an index.

use crate::Error;
use crate::state::Item;
use std::sync::Arc;

/// Keys with what they become; `None` where they go.
pub type Edits = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// Keys and values, ordered by key. Of two writes the second is never kept without the first.
pub trait Index: Send + Sync {
    /// The value of a key.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error>;

    /// Writes edits, all of them or none. Durable only after [`Shelf::close`].
    fn put(&self, edits: Edits) -> Result<(), Error>;

    /// The items whose keys begin with `prefix`, ascending from the one after `after`: about `limit` bytes
    /// of them, and at least one if there is one.
    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Item>, Error>;

    /// The last of the items whose keys begin with `prefix` and come before `before`.
    fn last(&self, prefix: &[u8], before: &[u8]) -> Result<Option<Item>, Error>;
}

/// What is left of an index that was closed.
pub(crate) struct Closed;

impl Index for Closed {
    fn get(&self, _: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        Err(Error::Closed)
    }

    fn put(&self, _: Edits) -> Result<(), Error> {
        Err(Error::Closed)
    }

    fn scan(&self, _: &[u8], _: Option<&[u8]>, _: usize) -> Result<Vec<Item>, Error> {
        Err(Error::Closed)
    }

    fn last(&self, _: &[u8], _: &[u8]) -> Result<Option<Item>, Error> {
        Err(Error::Closed)
    }
}

/// Where the index is kept.
pub trait Shelf: Send + Sync {
    /// Opens what is there, or an empty one. It may hold anything; only an error says that it is damaged.
    fn open(&self) -> Result<Arc<dyn Index>, Error>;

    /// Removes what is there.
    fn discard(&self) -> Result<(), Error>;

    /// Closes an index, which nobody else may hold, and returns when all of it is durable.
    fn close(&self, index: Arc<dyn Index>) -> Result<(), Error>;
}

/// Whether an item is the last that fits, given the bytes before it.
pub(super) fn take_within(
    items: impl Iterator<Item = Result<Item, Error>>,
    limit: usize,
) -> Result<Vec<Item>, Error> {
    let (mut taken, mut size) = (Vec::new(), 0);
    for item in items {
        let (key, value) = item?;
        size += key.len() + value.len();
        taken.push((key, value));
        if size >= limit {
            break;
        }
    }
    Ok(taken)
}
