//! One side's items, hashed and without duplicates.

use crate::Error;
use core::fmt;
use sha2::{Digest, Sha256};
use troupe_wire::Stream;
use zeroize::Zeroize;

/// The most items that a set may have: 2^26, some 67 million.
pub const MAX_ITEMS: u32 = 1 << 26;

/// Bytes of an item's hash.
pub(crate) const DIGEST: usize = 32;
/// A hash and behind it the item's row, most significant byte first, so that equal items sort by row.
const ENTRY: usize = DIGEST + 4;

/// One side's items: 36 bytes each, whatever they were.
///
/// Two items are common if they are the same bytes. What people write in several ways (upper case, spaces, country
/// codes) has to be brought to one before.
#[derive(Default)]
pub struct Set {
    entries: Vec<[u8; ENTRY]>,
    duplicates: u32,
}

impl Set {
    /// Hashes the items and drops those that were there before. Refused are more than [`MAX_ITEMS`].
    pub fn new<T: AsRef<[u8]>>(items: impl IntoIterator<Item = T>) -> Result<Self, Error> {
        let items = items.into_iter();
        let expected = items.size_hint().0.min(MAX_ITEMS as usize);
        let mut set = Self { entries: Vec::with_capacity(expected), duplicates: 0 };
        let prefix = Sha256::new_with_prefix(b"troupe psi item 1");
        for (row, item) in (0u32..).zip(items) {
            if row == MAX_ITEMS {
                return Err(Error::TooMany { got: u64::from(row) + 1, limit: MAX_ITEMS });
            }
            let mut entry = [0; ENTRY];
            let digest = prefix.clone().chain_update(item).finalize();
            entry[..DIGEST].copy_from_slice(&digest);
            entry[DIGEST..].copy_from_slice(&row.to_be_bytes());
            set.entries.push(entry);
        }
        let given = set.entries.len();
        set.entries.sort_unstable();
        set.entries.dedup_by(|later, first| later[..DIGEST] == first[..DIGEST]);
        // At most MAX_ITEMS were taken.
        set.duplicates = u32::try_from(given - set.entries.len()).unwrap_or(u32::MAX);
        Ok(set)
    }

    /// How many different items there are: what the agreement has to say.
    #[must_use]
    pub fn len(&self) -> u32 {
        u32::try_from(self.entries.len()).unwrap_or(u32::MAX)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many items were dropped because they were there before.
    #[must_use]
    pub const fn duplicates(&self) -> u32 {
        self.duplicates
    }

    /// Brings the items into a random order: their sorted hashes would tell who knows an item where it is.
    pub(crate) fn shuffle(&mut self, stream: &mut Stream) {
        for last in (1..self.entries.len()).rev() {
            let at = stream.below(last as u64 + 1);
            self.entries.swap(last, usize::try_from(at).unwrap_or(last));
        }
    }

    /// The items from one place on, at most so many.
    pub(crate) fn entries(&self, from: usize, count: usize) -> &[[u8; ENTRY]] {
        let end = self.entries.len().min(from + count);
        &self.entries[from..end]
    }

    /// The rows in the order of the points; the hashes are gone after it.
    pub(crate) fn into_rows(mut self) -> Vec<u32> {
        let row =
            |entry: &[u8; ENTRY]| entry.last_chunk().map_or(0, |row| u32::from_be_bytes(*row));
        core::mem::take(&mut self.entries)
            .iter_mut()
            .map(|entry| {
                let row = row(entry);
                entry.zeroize();
                row
            })
            .collect()
    }
}

impl Drop for Set {
    /// Hashes of short items can be inverted by trying them all.
    fn drop(&mut self) {
        self.entries.zeroize();
    }
}

impl fmt::Debug for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Set({} items)", self.entries.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use troupe_wire::Seed;

    proptest! {
        #[test]
        fn a_set_keeps_the_first_of_equal_items(items in proptest::collection::vec("[a-c]{0,2}", 0..60), seed in any::<u64>()) {
            let mut first = BTreeMap::new();
            for (row, item) in (0u32..).zip(&items) {
                first.entry(item.clone()).or_insert(row);
            }
            let mut set = Set::new(&items).expect("few");
            prop_assert_eq!(set.len() as usize, first.len());
            prop_assert_eq!(set.duplicates() as usize, items.len() - first.len());
            set.shuffle(&mut Seed::from_number(seed).stream("test"));
            let mut rows = set.into_rows();
            rows.sort_unstable();
            let mut want: Vec<u32> = first.into_values().collect();
            want.sort_unstable();
            prop_assert_eq!(rows, want);
        }
    }

    #[test]
    fn the_order_is_the_seeds_and_not_that_of_the_hashes() {
        let order = |seed: u64| {
            let mut set = Set::new((0u32..100).map(u32::to_le_bytes)).expect("few");
            set.shuffle(&mut Seed::from_number(seed).stream("test"));
            set.into_rows()
        };
        assert_eq!(order(1), order(1));
        assert_ne!(order(1), order(2));
    }
}
