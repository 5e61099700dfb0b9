//! Every value that a key of the state ever had, by the height of the block that set it.
//!
//! | key | value |
//! |---|---|
//! | `A` address, height | the account after the block; nothing when it was gone |
//! | `S` address, slot, height | the word after the block; nothing when it was zero |
//! | `W` address, height | nothing: all of the storage went, before what the block wrote |
//!
//! Heights stand with their bits turned over, so that the first key at or after a height is the newest
//! version that is not above it. No key of them has the length of a transaction's hash.

use troupe_chain::state::{FlatKey, Slot};
use troupe_storage::{Commit, Edit};
use troupe_types::{Address, Hash, Height};

/// A key of the state whose versions are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Versioned {
    Account(Address),
    Slot(Address, Slot),
    /// When the storage of an account went.
    Wipe(Address),
}

impl Versioned {
    /// How the keys of all versions of all accounts begin.
    pub(crate) const ACCOUNTS: &[u8] = b"A";

    /// How the keys of all its versions begin.
    pub(crate) fn prefix(&self) -> Vec<u8> {
        match self {
            Self::Account(address) => [b"A", &address.0[..]].concat(),
            Self::Slot(address, slot) => [b"S", &address.0[..], &slot.0[..]].concat(),
            Self::Wipe(address) => [b"W", &address.0[..]].concat(),
        }
    }

    /// How the keys of all versions of all slots of an account begin.
    pub(crate) fn slots(address: &Address) -> Vec<u8> {
        [b"S", &address.0[..]].concat()
    }

    /// The account of a version, by its key.
    pub(crate) fn address(key: &[u8]) -> Option<Address> {
        let (address, _) = key.strip_prefix(Self::ACCOUNTS)?.split_first_chunk::<20>()?;
        Some(Address(*address))
    }

    /// The slot of a version, by its key.
    pub(crate) fn slot(key: &[u8]) -> Option<Slot> {
        let (_, rest) = key.strip_prefix(b"S")?.split_first_chunk::<20>()?;
        Some(Hash(*rest.first_chunk()?))
    }

    /// The key of the version of a height.
    pub(crate) fn key(&self, height: Height) -> Vec<u8> {
        [&self.prefix()[..], &(!height.0).to_be_bytes()].concat()
    }

    /// What comes right before the newest version that is not above a height.
    pub(crate) fn before(&self, height: Height) -> Vec<u8> {
        match height.next() {
            Some(above) => self.key(above),
            None => self.prefix(),
        }
    }

    /// The height of a version, by its key.
    pub(crate) fn height(key: &[u8]) -> Option<Height> {
        let (_, turned) = key.split_last_chunk::<8>()?;
        Some(Height(!u64::from_be_bytes(*turned)))
    }
}

/// The versions that a block made.
pub(crate) fn of(commit: &Commit) -> Vec<(Vec<u8>, Vec<u8>)> {
    let version = |edit: &Edit| match edit {
        Edit::Put(key, value) => Some((versioned(key)?, value.clone())),
        Edit::Remove(key) => Some((versioned(key)?, Vec::new())),
        Edit::Wipe(prefix) => Some((wiped(prefix)?, Vec::new())),
    };
    let versions = commit.edits.iter().filter_map(version);
    versions.map(|(key, value)| (key.key(commit.height), value)).collect()
}

/// Code never changes: its hash is its key.
fn versioned(key: &[u8]) -> Option<Versioned> {
    match FlatKey::from_bytes(key).ok()? {
        FlatKey::Account(address) => Some(Versioned::Account(address)),
        FlatKey::Slot(address, slot) => Some(Versioned::Slot(address, slot)),
        FlatKey::Code(_) => None,
    }
}

/// The account whose storage goes with this prefix.
fn wiped(prefix: &[u8]) -> Option<Versioned> {
    // A storage's prefix is that of its first word.
    let first = [prefix, &[0; 32]].concat();
    match FlatKey::from_bytes(&first).ok()? {
        FlatKey::Slot(address, _) => Some(Versioned::Wipe(address)),
        FlatKey::Account(_) | FlatKey::Code(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_first_key_after_the_mark_is_the_newest_version_not_above(
            heights in prop::collection::btree_set(0u64..100, 1..20), asked in 0u64..120,
        ) {
            let slot = Versioned::Slot(Address([1; 20]), Hash([2; 32]));
            let mut keys: Vec<Vec<u8>> = heights.iter().map(|it| slot.key(Height(*it))).collect();
            keys.sort_unstable();
            let mark = slot.before(Height(asked));
            let got = keys.iter().find(|key| **key > mark).and_then(|key| Versioned::height(key));
            prop_assert_eq!(got, heights.range(..=asked).next_back().map(|it| Height(*it)));
        }
    }

    #[test]
    fn each_edit_is_a_version_and_code_is_none() {
        let address = Address([1; 20]);
        let edits = vec![
            Edit::Wipe(FlatKey::storage_prefix(&address)),
            Edit::Put(FlatKey::Code(Hash([3; 32])).to_bytes(), vec![9]),
            Edit::Put(FlatKey::Slot(address, Hash([4; 32])).to_bytes(), vec![5]),
            Edit::Remove(FlatKey::Account(address).to_bytes()),
        ];
        let height = Height(7);
        let got = of(&Commit { height, edits, ..Commit::default() });
        let want = [
            (Versioned::Wipe(address), vec![]),
            (Versioned::Slot(address, Hash([4; 32])), vec![5]),
            (Versioned::Account(address), vec![]),
        ];
        assert_eq!(got, want.map(|(key, value)| (key.key(height), value)));
        assert!(got.iter().all(|(key, _)| key.len() != 32), "as long as a transaction's hash");
        let all = Versioned::Account(address).before(Height(u64::MAX));
        assert!(all < Versioned::Account(address).key(Height(u64::MAX)));
    }
}
