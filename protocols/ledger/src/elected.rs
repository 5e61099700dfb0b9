//! Validators that stakes have elected, as words of the staking contract hold them.

use crate::economy::{elected_in, record_key};
use alloy_primitives::U256;
use std::collections::BTreeMap;
use troupe_chain::block::Roster;
use troupe_chain::state::Slot;
use troupe_staking::office::Office;
use troupe_types::Epoch;
use troupe_vm::record_words;

/// The validators that words of the staking contract hold, of the epochs that the state after a block of this one
/// knows: its own, two before and the next.
#[must_use]
pub fn elected_around(words: &BTreeMap<Slot, U256>, epoch: Epoch) -> Vec<Roster> {
    around(epoch).filter_map(|one| elected_in(words, one)).collect()
}

/// Whether a word of the staking contract is a part of what [`elected_around`] reads: a few hundred words at most are.
#[must_use]
pub fn is_of_elected(slot: &Slot, epoch: Epoch) -> bool {
    let is_part = |one: Epoch| {
        let key = record_key(&Office::key(one));
        let first = key.and_then(|key| record_words(&key, &[]).next());
        // Parts of a record differ in the last byte.
        first.is_some_and(|(first, _)| first.0[..31] == slot.0[..31])
    };
    around(epoch).any(is_part)
}

fn around(epoch: Epoch) -> impl Iterator<Item = Epoch> {
    (epoch.0.saturating_sub(2)..=epoch.0.saturating_add(1)).map(Epoch)
}
