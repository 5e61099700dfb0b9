//! Who was in office when, where stakes elect: what blocks say of it that are kept.
//!
//! | key | value |
//! |---|---|
//! | `R` epoch | the roster, as [`Roster`] encodes it |
//!
//! The last epochs stand in the state; these are for whoever asks of earlier ones. A roster goes with the block that
//! elected it. No key has the length of a transaction's hash.

use crate::{Error, Vault};
use alloy_primitives::U256;
use std::collections::BTreeMap;
use troupe_chain::Header;
use troupe_chain::block::Roster;
use troupe_chain::state::{FlatKey, Slot};
use troupe_ledger::{STAKING, elected_around};
use troupe_storage::Edit;
use troupe_types::Epoch;

fn key(epoch: Epoch) -> Vec<u8> {
    [b"R", &epoch.0.to_be_bytes()[..]].concat()
}

impl Vault {
    /// The validators of an epoch that stakes have elected, as far as the block is kept that did; `None` before it is
    /// final, and where a schedule names them.
    pub fn roster(&self, epoch: Epoch) -> Result<Option<Roster>, Error> {
        let found = self.store.derived_value(&key(epoch))?;
        Ok(found.map(|bytes| Roster::decode(&bytes)).transpose()?)
    }
}

/// What a block has elected. The first block of a vault that was filled with a snapshot brings all that the snapshot
/// knew.
pub(crate) fn elected(header: &Header, edits: &[Edit]) -> Vec<Roster> {
    let words = staking_words(edits);
    if words.is_empty() { Vec::new() } else { elected_around(&words, header.epoch) }
}

/// Where rosters are found.
pub(crate) fn of(header: &Header, edits: &[Edit]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let entry = |roster: Roster| (key(roster.epoch), roster.encode());
    elected(header, edits).into_iter().map(entry).collect()
}

/// The words of the staking contract that a block changed.
pub(crate) fn staking_words(edits: &[Edit]) -> BTreeMap<Slot, U256> {
    let word = |edit: &Edit| {
        let (key, value) = match edit {
            Edit::Put(key, value) => (key, U256::try_from_be_slice(value)?),
            Edit::Remove(key) => (key, U256::ZERO),
            Edit::Wipe(_) => return None,
        };
        match FlatKey::from_bytes(key) {
            Ok(FlatKey::Slot(STAKING, slot)) => Some((slot, value)),
            Ok(_) | Err(_) => None,
        }
    };
    edits.iter().filter_map(word).collect()
}
