//! Records: byte strings by key, in order, in the words of a contract's storage.
//!
//! A key takes the first 30 bytes of a slot, zeros after it, then its length and the number of a part. The
//! word of part 0 holds the value's length plus one in two bytes and its first 30; each part after it holds
//! 32 more. A contract that has records has no other words. So records of a table come one after the other in the order of their keys, every byte of them is
//! in the state root, and whoever has a proof of storage has a proof of a record.

use super::{NativeHost, Refusal};
use alloy_primitives::U256;
use std::collections::BTreeMap;
use std::convert::Infallible;
use troupe_chain::state::{ReadError, Slot, StateView};
use troupe_types::{Address, Hash};

/// The longest key with the byte of its table.
const KEY: usize = 30;
/// What part 0 holds of the value.
const FIRST: usize = 30;
/// What each part after it holds.
const PART: usize = 32;
/// The last part there may be.
const LAST: u8 = 255;
/// The longest value of a record, in bytes.
pub const MAX_RECORD: usize = FIRST + LAST as usize * PART;

/// The key of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordKey {
    bytes: [u8; KEY],
    length: u8,
}

impl RecordKey {
    /// The key of a record of a table: at most 29 bytes.
    #[must_use]
    pub fn new<const N: usize>(table: u8, key: [u8; N]) -> Self {
        const { assert!(N < KEY, "a key has at most 29 bytes") };
        let mut bytes = [0; KEY];
        bytes[0] = table;
        bytes[1..=N].copy_from_slice(&key);
        let length = u8::try_from(N + 1).expect("at most 30");
        Self { bytes, length }
    }

    /// The same of a key whose length is found out later; `None` of one that is too long.
    #[must_use]
    pub fn of_bytes(table: u8, key: &[u8]) -> Option<Self> {
        let mut bytes = [0; KEY];
        bytes[0] = table;
        bytes.get_mut(1..=key.len())?.copy_from_slice(key);
        let length = u8::try_from(key.len() + 1).ok()?;
        Some(Self { bytes, length })
    }

    /// Which table it is of.
    #[must_use]
    pub const fn table(&self) -> u8 {
        self.bytes[0]
    }

    /// The key within its table.
    #[must_use]
    pub fn key(&self) -> &[u8] {
        &self.bytes[1..usize::from(self.length)]
    }

    /// The slot of a part.
    fn slot(&self, part: u8) -> Slot {
        let mut slot = [0; 32];
        slot[..KEY].copy_from_slice(&self.bytes);
        (slot[KEY], slot[KEY + 1]) = (self.length, part);
        Hash(slot)
    }

    /// The key of the record whose part 0 lies in a slot; `None` where no record does.
    fn of(slot: &Slot) -> Option<Self> {
        let (bytes, rest) = slot.0.split_first_chunk::<KEY>()?;
        let &[length @ 1..=30, 0] = rest else { return None };
        let is_padded = bytes[usize::from(length)..].iter().all(|byte| *byte == 0);
        is_padded.then_some(Self { bytes: *bytes, length })
    }
}

/// How many parts a value has after part 0.
fn parts(length: usize) -> u8 {
    let parts = length.saturating_sub(FIRST).div_ceil(PART);
    u8::try_from(parts).unwrap_or(LAST)
}

/// The length of the value that part 0 begins; `None` where there is no record.
fn length(first: U256) -> Option<usize> {
    let bytes = first.to_be_bytes::<32>();
    usize::from(u16::from_be_bytes([bytes[0], bytes[1]])).checked_sub(1)
}

/// The words that a record of at most [`MAX_RECORD`] bytes takes.
pub fn record_words(key: &RecordKey, value: &[u8]) -> impl Iterator<Item = (Slot, U256)> {
    let (head, tail) = value.split_at(value.len().min(FIRST));
    let size = u16::try_from(value.len() + 1).unwrap_or(u16::MAX);
    let mut first = [0; 32];
    first[..2].copy_from_slice(&size.to_be_bytes());
    first[2..2 + head.len()].copy_from_slice(head);
    let rest = tail.chunks(PART).map(|chunk| {
        let mut word = [0; 32];
        word[..chunk.len()].copy_from_slice(chunk);
        word
    });
    let words = std::iter::once(first).chain(rest).map(U256::from_be_bytes);
    (0..=LAST).zip(words).map(|(part, word)| (key.slot(part), word))
}

/// A record that was put in the place of none, of the words that changed with it.
#[must_use]
pub fn record_in(changed: &BTreeMap<Slot, U256>, key: &RecordKey) -> Option<Vec<u8>> {
    // There was nothing before, so a word that did not change is still nothing.
    let load = |slot| Ok::<_, Infallible>(changed.get(&slot).copied().unwrap_or_default());
    read(load, key).ok().flatten()
}

/// Reads the words of a record.
fn read<E>(
    mut load: impl FnMut(Slot) -> Result<U256, E>,
    key: &RecordKey,
) -> Result<Option<Vec<u8>>, E> {
    let first = load(key.slot(0))?;
    rest(load, key, first)
}

/// The value that a word begins.
fn rest<E>(
    mut load: impl FnMut(Slot) -> Result<U256, E>,
    key: &RecordKey,
    first: U256,
) -> Result<Option<Vec<u8>>, E> {
    let Some(length) = length(first) else { return Ok(None) };
    let mut value = first.to_be_bytes::<32>()[2..].to_vec();
    for part in 1..=parts(length) {
        value.extend(load(key.slot(part))?.to_be_bytes::<32>());
    }
    value.truncate(length);
    Ok(Some(value))
}

/// Where the search for a record of a table begins that comes after a key, or for the first one.
fn before(table: u8, after: Option<&RecordKey>) -> Option<Slot> {
    // Before the first key of the table: after the last one that the table before may have.
    let first =
        || Some(Hash([&[table.checked_sub(1)?], &[0xff; 31][..]].concat().try_into().ok()?));
    after.map_or_else(first, |key| Some(key.slot(LAST)))
}

/// The record of a table that begins with a word.
fn found(table: u8, slot: &Slot) -> Option<RecordKey> {
    RecordKey::of(slot).filter(|key| key.table() == table)
}

/// Reads the records of an account in a state.
#[derive(Debug, Clone, Copy)]
pub struct Records<'a, V> {
    /// The state.
    pub view: &'a V,
    /// Whose they are.
    pub address: Address,
}

impl<V: StateView> Records<'_, V> {
    /// A record.
    pub fn get(&self, key: &RecordKey) -> Result<Option<Vec<u8>>, ReadError> {
        read(|slot| self.view.storage(&self.address, &slot), key)
    }

    /// The record of a table that comes after a key, or the first one; `None` after the last.
    pub fn next(
        &self,
        table: u8,
        after: Option<&RecordKey>,
    ) -> Result<Option<(RecordKey, Vec<u8>)>, ReadError> {
        let next = self.view.next_word(&self.address, before(table, after).as_ref())?;
        let Some((slot, first)) = next else { return Ok(None) };
        let Some(key) = found(table, &slot) else { return Ok(None) };
        let value = rest(|slot| self.view.storage(&self.address, &slot), &key, first)?;
        Ok(value.map(|value| (key, value)))
    }
}

impl NativeHost<'_> {
    /// A record, at the price of `SLOAD` for each of its words.
    pub fn record(&mut self, key: &RecordKey) -> Result<Option<Vec<u8>>, Refusal> {
        read(|slot| self.load(slot), key)
    }

    /// Puts a record in the place of the one before, if there was one, at the price of `SSTORE` for each word
    /// of either.
    pub fn put_record(&mut self, key: &RecordKey, value: &[u8]) -> Result<(), Refusal> {
        if value.len() > MAX_RECORD {
            return Err(Refusal::TooLong { got: value.len(), limit: MAX_RECORD });
        }
        let before = length(self.load(key.slot(0))?).map_or(0, parts);
        for (slot, word) in record_words(key, value) {
            self.store(slot, word)?;
        }
        for part in parts(value.len())..before {
            self.store(key.slot(part + 1), U256::ZERO)?;
        }
        Ok(())
    }

    /// Removes a record; whether there was one.
    pub fn remove_record(&mut self, key: &RecordKey) -> Result<bool, Refusal> {
        let Some(length) = length(self.load(key.slot(0))?) else { return Ok(false) };
        for part in 0..=parts(length) {
            self.store(key.slot(part), U256::ZERO)?;
        }
        Ok(true)
    }

    /// The record of a table that comes after a key, or the first one; `None` after the last.
    pub fn next_record(
        &mut self,
        table: u8,
        after: Option<&RecordKey>,
    ) -> Result<Option<(RecordKey, Vec<u8>)>, Refusal> {
        let Some((slot, first)) = self.next(before(table, after))? else { return Ok(None) };
        let Some(key) = found(table, &slot) else { return Ok(None) };
        let value = rest(|slot| self.load(slot), &key, first)?;
        Ok(value.map(|value| (key, value)))
    }
}
