//! What says which rows of two owners belong together, where that is found on shares.
//!
//! A key becomes two numbers that are other ones in every session. Nobody sees any of them but the parties, in shares.

use crate::{Error, Unfit};
use sha2::{Digest, Sha256};
use troupe_mpc::Table;
use troupe_mpc::program::KEYS;
use troupe_types::SessionId;

/// The columns of a table with the numbers of its rows' keys, with something in front that no header begins with.
pub(crate) const COLUMNS: [&str; 2] = ["\0hash of the row's key", "\0more of that hash"];

/// The rows of one owner that take part: one for each key, in the order in which they are shared.
#[derive(Clone, PartialEq, Eq)]
pub struct Keyed {
    rows: Vec<u32>,
    numbers: Vec<[u64; 2]>,
}

impl core::fmt::Debug for Keyed {
    /// Numbers of short keys can be inverted by trying them all.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Keyed({} rows)", self.rows.len())
    }
}

impl Keyed {
    /// From what identifies each row, in the order of the rows; of rows with the same key the first one. Refused are keys that
    /// cannot be told apart in this session, which of a million happens once in ten thousand sessions.
    pub fn new<T: AsRef<[u8]>>(
        session: SessionId,
        keys: impl IntoIterator<Item = T>,
    ) -> Result<Self, Error> {
        let prefix = Sha256::new_with_prefix(b"troupe join key 1").chain_update(session);
        let numbered = |(row, key): (u32, T)| {
            let digest = prefix.clone().chain_update(key).finalize();
            (numbers(&digest), row)
        };
        let mut all: Vec<([u64; 2], u32)> = (0u32..).zip(keys).map(numbered).collect();
        all.sort_unstable();
        all.dedup_by(|later, first| later.0 == first.0);
        if all.windows(2).any(|pair| pair[0].0[0] == pair[1].0[0]) {
            return Err(Error::Unfit(Unfit::Keys));
        }
        let (numbers, rows) = all.into_iter().unzip();
        Ok(Self { rows, numbers })
    }

    /// Which rows these are.
    #[must_use]
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// The table of these rows with what says which they are.
    #[must_use]
    pub fn table(&self, mut rows: Table) -> Table {
        for (at, name) in COLUMNS.into_iter().enumerate() {
            let numbers = self.numbers.iter().map(|numbers| numbers[at] as f64);
            rows.columns.insert(name.to_owned(), numbers.collect());
        }
        rows
    }
}

/// Both below [`KEYS`].
fn numbers(digest: &[u8]) -> [u64; 2] {
    let mut words = digest.chunks_exact(8).map(|word| {
        let word = word.try_into().map_or(0, u64::from_le_bytes);
        word % KEYS.unsigned_abs()
    });
    [words.next().unwrap_or(0), words.next().unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use troupe_types::Hash;

    proptest! {
        #[test]
        fn every_key_is_there_once_with_its_first_row_and_numbers_rise(
            keys in proptest::collection::vec("[a-c]{0,3}", 0..60),
            session in any::<[u8; 16]>(),
        ) {
            let mut first = BTreeMap::new();
            for (row, key) in (0u32..).zip(&keys) {
                first.entry(key).or_insert(row);
            }
            let keyed = Keyed::new(SessionId(session), &keys).unwrap();
            let mut rows = keyed.rows().to_vec();
            rows.sort_unstable();
            let mut want: Vec<u32> = first.into_values().collect();
            want.sort_unstable();
            prop_assert_eq!(rows, want);
            let count = u32::try_from(keyed.rows().len()).unwrap();
            let empty = Table { rows: count, alignment: Hash::default(), columns: BTreeMap::new() };
            let table = keyed.table(empty);
            let [numbers, checks] = COLUMNS.map(|name| &table.columns[name]);
            prop_assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]));
            let all = numbers.iter().chain(checks);
            prop_assert!(all.clone().all(|number| (0.0..KEYS as f64).contains(number)));
        }
    }

    #[test]
    fn the_same_keys_have_the_same_numbers_at_both_owners_and_others_in_another_session() {
        let keyed =
            |session: u8, keys: &[&str]| Keyed::new(SessionId([session; 16]), keys).unwrap();
        let of = |keyed: &Keyed, row: u32| {
            let at = keyed.rows.iter().position(|one| *one == row).unwrap();
            keyed.numbers[at]
        };
        let (one, other) = (keyed(1, &["anna", "bert", "carl"]), keyed(1, &["carl", "dora"]));
        assert_eq!(of(&one, 2), of(&other, 0));
        assert_ne!(of(&one, 0), of(&other, 1));
        assert_ne!(of(&one, 0), of(&keyed(2, &["anna"]), 0));
        assert_eq!(format!("{one:?}"), "Keyed(3 rows)");
    }
}
