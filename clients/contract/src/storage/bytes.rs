//! Bytes and text of any length: up to 31 bytes lie in the slot itself, more behind its hash.

use super::{Cell, Place, Room, Stored, Value};
use crate::{Bytes, Host, U256, keccak256};
use alloc::string::String;
use alloc::vec::Vec;

/// The first slot of what does not lie in the slot itself.
pub(super) fn behind(slot: U256) -> U256 {
    U256::from_be_bytes(keccak256(&slot.to_be_bytes()).0)
}

/// The length, from what the slot says: twice the length for short bytes, in its last byte, and
/// twice the length plus one for long ones.
fn length_in(word: &[u8; 32]) -> usize {
    if word[31] & 1 == 0 {
        return usize::from(word[31] / 2);
    }
    let double = U256::from_be_bytes(*word);
    u32::try_from(double).map_or(usize::MAX, |double| double as usize / 2)
}

fn load(host: &Host, place: &Place) -> Vec<u8> {
    let word = host.storage_load(place.slot);
    let length = length_in(&word);
    if word[31] & 1 == 0 {
        return word[..length.min(31)].to_vec();
    }
    let mut bytes = Vec::with_capacity(length.next_multiple_of(32));
    let mut slot = behind(place.slot);
    while bytes.len() < length {
        bytes.extend_from_slice(&host.storage_load(slot));
        slot += U256::ONE;
    }
    bytes.truncate(length);
    bytes
}

fn store(bytes: &[u8], host: &mut Host, place: &Place) {
    let before = host.storage_load(place.slot);
    let old_slots = if before[31] & 1 == 0 { 0 } else { length_in(&before).div_ceil(32) };
    let is_short = bytes.len() < 32;
    let new_slots = if is_short { 0 } else { bytes.len().div_ceil(32) };
    let mut word = [0; 32];
    if is_short {
        word[..bytes.len()].copy_from_slice(bytes);
        word[31] = (bytes.len() * 2) as u8;
    } else {
        word = (U256::new(bytes.len() as u64 * 2) + U256::ONE).to_be_bytes();
    }
    host.storage_store(place.slot, word);
    if new_slots == 0 && old_slots == 0 {
        return;
    }
    let mut slot = behind(place.slot);
    for index in 0..old_slots.max(new_slots) {
        let mut word = [0; 32];
        if index < new_slots {
            let part = &bytes[index * 32..bytes.len().min(index * 32 + 32)];
            word[..part.len()].copy_from_slice(part);
        }
        host.storage_store(slot, word);
        slot += U256::ONE;
    }
}

macro_rules! blob {
    ($type:ty, |$bytes:ident| $from:expr) => {
        impl Cell for $type {
            const ROOM: Room = Room::Slots(1);

            fn load(host: &Host, place: &Place) -> Self {
                let $bytes = load(host, place);
                $from
            }

            fn store(&self, host: &mut Host, place: &Place) {
                store(self.as_ref(), host, place);
            }
        }

        impl Stored for $type {
            const ROOM: Room = <Self as Cell>::ROOM;
            type Handle = Value<$type>;

            fn handle(host: Host, place: Place) -> Self::Handle {
                Value::new(host, place)
            }
        }
    };
}

blob!(Bytes, |bytes| Bytes(bytes));
// Only text is ever written here; an older contract's bytes behind a proxy may be none.
blob!(String, |bytes| String::from_utf8(bytes).unwrap_or_default());
