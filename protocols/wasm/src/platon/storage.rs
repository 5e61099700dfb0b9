//! Values of any length under keys of any length, in words.
//!
//! A key's hash is the slot of its first word. A value of at most 31 bytes stands in it, with twice its
//! length in the last byte; of a longer one it holds twice the length and one, and the slots that follow
//! hold the bytes. So a short value takes one word, and no value none, as in Solidity.
//!
//! The hash is of a prefix and the key: what code of another convention keeps in the same account, because
//! it was borrowed, lies elsewhere.

use alloy_primitives::{U256, keccak256};
use troupe_types::Hash;

/// What is hashed before a key.
pub(crate) const PREFIX: &[u8] = b"platon state ";

/// Bytes of a word.
const WORD: usize = 32;

/// Bytes of the longest value that stands in the first word.
const SHORT: usize = WORD - 1;

/// Words of storage; each costs what it costs.
pub(crate) trait Words {
    /// Why a word is not to be had.
    type Error;

    /// Reads a word.
    fn load(&mut self, slot: Hash) -> Result<U256, Self::Error>;

    /// Writes a word.
    fn store(&mut self, slot: Hash, value: U256) -> Result<(), Self::Error>;

    /// What a first word means that no value has, which only borrowed code can leave behind.
    fn malformed(&self) -> Self::Error;
}

/// Where the value of a key lies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place(U256);

impl Place {
    /// Of a key that has the prefix before it.
    pub(crate) fn of(prefixed: &[u8]) -> Self {
        Self(keccak256(prefixed).into())
    }

    fn slot(self, number: usize) -> Hash {
        Hash(self.0.wrapping_add(U256::from(number)).to_be_bytes())
    }
}

/// Words beside the first one.
const fn words(length: usize) -> usize {
    if length <= SHORT { 0 } else { length.div_ceil(WORD) }
}

fn word(bytes: &[u8]) -> U256 {
    let mut word = [0; WORD];
    word[..bytes.len()].copy_from_slice(bytes);
    U256::from_be_bytes(word)
}

/// The length that a first word says; `None` if no value has it.
fn length(first: U256) -> Option<usize> {
    if first.bit(0) {
        let length = u32::try_from(first >> 1).ok()? as usize;
        return (length > SHORT).then_some(length);
    }
    let length = usize::from(first.byte(0)) / 2;
    (length <= SHORT).then_some(length)
}

/// A value whose length is known and whose bytes are not all read.
pub(crate) struct Found {
    place: Place,
    first: U256,
    pub(crate) length: usize,
}

/// Finds a value; none has length zero.
pub(crate) fn find<W: Words>(words: &mut W, place: Place) -> Result<Found, W::Error> {
    let first = words.load(place.slot(0))?;
    let length = length(first).ok_or_else(|| words.malformed())?;
    Ok(Found { place, first, length })
}

impl Found {
    /// Reads the bytes. Room is made as they come.
    pub(crate) fn read<W: Words>(&self, from: &mut W) -> Result<Vec<u8>, W::Error> {
        let mut bytes = Vec::new();
        if self.length <= SHORT {
            bytes.extend_from_slice(&self.first.to_be_bytes::<WORD>()[..self.length]);
            return Ok(bytes);
        }
        for number in 1..=words(self.length) {
            let word = from.load(self.place.slot(number))?.to_be_bytes::<WORD>();
            let left = self.length - bytes.len();
            bytes.extend_from_slice(&word[..left.min(WORD)]);
        }
        Ok(bytes)
    }
}

/// Writes a value in the place of another; an empty one is none.
pub(crate) fn set<W: Words>(to: &mut W, place: Place, value: &[u8]) -> Result<(), W::Error> {
    let before = words(find(to, place)?.length);
    let mut after = 0;
    if value.len() > SHORT {
        for part in value.chunks(WORD) {
            after += 1;
            to.store(place.slot(after), word(part))?;
        }
    }
    for number in after + 1..=before {
        to.store(place.slot(number), U256::ZERO)?;
    }
    let twice = U256::from(value.len()) << 1;
    let first = if after == 0 { word(value) | twice } else { twice | U256::from(1) };
    to.store(place.slot(0), first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[derive(Default)]
    struct Memory(BTreeMap<Hash, U256>);

    impl Words for Memory {
        type Error = &'static str;

        fn load(&mut self, slot: Hash) -> Result<U256, Self::Error> {
            Ok(self.0.get(&slot).copied().unwrap_or_default())
        }

        fn store(&mut self, slot: Hash, value: U256) -> Result<(), Self::Error> {
            if value.is_zero() {
                self.0.remove(&slot)
            } else {
                self.0.insert(slot, value)
            };
            Ok(())
        }

        fn malformed(&self) -> Self::Error {
            "malformed"
        }
    }

    #[test]
    fn first_words_that_no_value_has_are_told_from_others() {
        for (first, want) in [
            (U256::ZERO, Some(0)),
            (U256::from(2), Some(1)),
            (U256::from(62), Some(31)),
            (U256::from(64), None),
            (U256::from(65), Some(32)),
            (U256::from(63), None),
            (U256::from(u64::MAX), None),
            (U256::MAX, None),
        ] {
            assert_eq!(length(first), want, "{first:#x}");
            let mut memory = Memory::default();
            let place = Place::of(b"key");
            memory.store(place.slot(0), first).expect("room");
            assert_eq!(set(&mut memory, place, b"new").is_ok(), want.is_some());
        }
    }

    /// A value of any length, those around whole words more often.
    fn value() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..200),
            (0usize..7, 0usize..3, any::<u8>()).prop_map(|(words, more, byte)| {
                vec![byte; (32 * words + more).saturating_sub(1)]
            }),
        ]
    }

    proptest! {
        /// Whatever is written over whatever: values are those of a map, and no word is left over.
        #[test]
        fn values_are_those_of_a_map_and_nothing_is_left_over(
            steps in proptest::collection::vec((0u8..4, value()), 1..40),
        ) {
            let mut memory = Memory::default();
            let mut known: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
            for (key, value) in steps {
                let place = Place::of(&[key]);
                set(&mut memory, place, &value).expect("well formed");
                known.insert(key, value);
                for (key, value) in &known {
                    let found = find(&mut memory, Place::of(&[*key])).expect("well formed");
                    prop_assert_eq!(found.length, value.len());
                    prop_assert_eq!(&found.read(&mut memory).expect("well formed"), value);
                }
            }
            for key in known.keys() {
                set(&mut memory, Place::of(&[*key]), &[]).expect("well formed");
            }
            prop_assert!(memory.0.is_empty());
        }
    }
}
