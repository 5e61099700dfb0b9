//! Reading the state from elsewhere.

use super::keys;
use crate::Error;
use crate::index::Index;
use crate::state::Item;
use std::sync::Arc;

/// Reads the flat state as it was last flushed, from any thread. It moves when the store flushes,
/// which a [`Pin`] prevents.
#[derive(Clone)]
pub struct Reader {
    pub(super) index: Arc<dyn Index>,
}

/// As long as it is held the flat state under a [`Reader`] does not move.
#[derive(Debug, Clone)]
pub struct Pin {
    pub(super) _held: Arc<()>,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reader")
    }
}

impl Reader {
    /// The value of a key of the flat state.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.index.get(&keys::flat(key))
    }

    /// The first item whose key begins so, from the one after `after` on.
    pub fn next(&self, prefix: &[u8], after: Option<&[u8]>) -> Result<Option<Item>, Error> {
        let (prefix, after) = (keys::flat(prefix), after.map(keys::flat));
        let found = self.index.scan(&prefix, after.as_deref(), 1)?.into_iter().next();
        Ok(found.map(|(key, value)| (key[keys::FLAT.len()..].to_vec(), value)))
    }

    /// The first of what was derived under keys that begin so, from the one after `after` on: as far as
    /// the index has come.
    pub fn derived_after(&self, prefix: &[u8], after: &[u8]) -> Result<Option<Item>, Error> {
        let (prefix, after) = (keys::derived(prefix), keys::derived(after));
        let found = self.index.scan(&prefix, Some(&after), 1)?.into_iter().next();
        Ok(found.map(|(key, value)| (key[keys::DERIVED.len()..].to_vec(), value)))
    }

    /// The last of what was derived under keys that begin so and come before `before`: as far as the index has
    /// come.
    pub fn derived_before(&self, prefix: &[u8], before: &[u8]) -> Result<Option<Item>, Error> {
        let found = self.index.last(&keys::derived(prefix), &keys::derived(before))?;
        Ok(found.map(|(key, value)| (key[keys::DERIVED.len()..].to_vec(), value)))
    }

    /// The items after a key, or the first ones, ascending: about `limit` bytes of them, and at least one;
    /// none after the last.
    pub fn scan(&self, after: Option<&[u8]>, limit: usize) -> Result<Vec<Item>, Error> {
        let after = after.map(keys::flat);
        let mut items = self.index.scan(keys::FLAT, after.as_deref(), limit)?;
        for (key, _) in &mut items {
            key.drain(..keys::FLAT.len());
        }
        Ok(items)
    }
}
