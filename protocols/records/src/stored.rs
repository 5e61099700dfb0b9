//! Records as values.

use crate::{Key, World};
use bincode::{Decode, Encode};
use troupe_wire::{Limit, codec};

/// The longest record, in bytes.
pub const MAX_RECORD: usize = 8_190;

/// A value that is kept as a record.
pub trait Stored: Encode + Decode<()> {
    /// The value at a key.
    fn load(world: &mut impl World, key: &Key) -> Option<Self> {
        let bytes = world.get(key)?;
        Self::read(world, &bytes)
    }

    /// Reads what a record says.
    fn read(world: &mut impl World, bytes: &[u8]) -> Option<Self> {
        let read = codec::decode(bytes, Limit::KiB16).ok();
        if read.is_none() {
            world.broken("a record that is none");
        }
        read
    }

    /// Keeps the value at a key.
    fn save(&self, world: &mut impl World, key: &Key) {
        match codec::encode(self, Limit::KiB16) {
            Ok(bytes) if bytes.len() <= MAX_RECORD => world.put(key, &bytes),
            Ok(_) | Err(_) => world.broken("a record that is too long"),
        }
    }
}

impl<T: Encode + Decode<()>> Stored for T {}
