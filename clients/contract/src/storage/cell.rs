//! What a [`Value`](super::Value) may hold.

use super::{Place, Room, Stored, Value};
use crate::{Address, FixedBytes, Host, U256};

/// A type of fixed size that lies within one slot.
pub trait Plain: Sized {
    /// Bytes it takes, 1 to 32.
    const BYTES: usize;

    /// Writes exactly [`Plain::BYTES`].
    fn write(&self, to: &mut [u8]);

    /// Reads exactly [`Plain::BYTES`].
    fn read(from: &[u8]) -> Self;
}

/// A type that is read and written as a whole.
pub trait Cell: Sized {
    /// How much room it takes.
    const ROOM: Room;

    /// Reads it.
    fn load(host: &Host, place: &Place) -> Self;

    /// Writes it.
    fn store(&self, host: &mut Host, place: &Place);
}

/// Reads a plain type from its part of a slot.
pub fn load<T: Plain>(host: &Host, place: &Place) -> T {
    let word = host.storage_load(place.slot);
    let end = 32 - place.offset;
    T::read(&word[end - T::BYTES..end])
}

/// Writes a plain type to its part of a slot and leaves the others as they are.
pub fn store<T: Plain>(value: &T, host: &mut Host, place: &Place) {
    let mut word = if T::BYTES == 32 { [0; 32] } else { host.storage_load(place.slot) };
    let end = 32 - place.offset;
    value.write(&mut word[end - T::BYTES..end]);
    host.storage_store(place.slot, word);
}

/// Makes a plain type one that values, maps and lists hold. `#[value]` calls it for enums.
#[doc(hidden)]
#[macro_export]
macro_rules! __plain_cell {
    ([$($generics:tt)*] $type:ty) => {
        impl<$($generics)*> $crate::storage::Cell for $type {
            const ROOM: $crate::storage::Room =
                $crate::storage::Room::Bytes(<Self as $crate::storage::Plain>::BYTES);

            fn load(host: &$crate::Host, place: &$crate::storage::Place) -> Self {
                $crate::__private::load_plain(host, place)
            }

            fn store(&self, host: &mut $crate::Host, place: &$crate::storage::Place) {
                $crate::__private::store_plain(self, host, place);
            }
        }

        impl<$($generics)*> $crate::storage::Stored for $type {
            const ROOM: $crate::storage::Room = <Self as $crate::storage::Cell>::ROOM;
            type Handle = $crate::storage::Value<$type>;

            fn handle(host: $crate::Host, place: $crate::storage::Place) -> Self::Handle {
                $crate::storage::Value::new(host, place)
            }
        }
    };
}

macro_rules! integers {
    ($($type:ty)*) => {$(
        impl Plain for $type {
            const BYTES: usize = size_of::<$type>();

            fn write(&self, to: &mut [u8]) {
                to.copy_from_slice(&self.to_be_bytes());
            }

            fn read(from: &[u8]) -> Self {
                Self::from_be_bytes(fixed(from))
            }
        }

        $crate::__plain_cell!([] $type);
    )*};
}

integers!(u8 u16 u32 u64 u128 i8 i16 i32 i64 i128);

impl Plain for U256 {
    const BYTES: usize = 32;

    fn write(&self, to: &mut [u8]) {
        to.copy_from_slice(&self.to_be_bytes());
    }

    fn read(from: &[u8]) -> Self {
        Self::from_be_bytes(fixed(from))
    }
}

impl Plain for bool {
    const BYTES: usize = 1;

    fn write(&self, to: &mut [u8]) {
        to[0] = u8::from(*self);
    }

    fn read(from: &[u8]) -> Self {
        from[0] != 0
    }
}

impl Plain for Address {
    const BYTES: usize = 20;

    fn write(&self, to: &mut [u8]) {
        to.copy_from_slice(&self.0);
    }

    fn read(from: &[u8]) -> Self {
        Self(fixed(from))
    }
}

impl<const N: usize> Plain for FixedBytes<N> {
    const BYTES: usize = N;

    fn write(&self, to: &mut [u8]) {
        to.copy_from_slice(&self.0);
    }

    fn read(from: &[u8]) -> Self {
        Self(fixed(from))
    }
}

fn fixed<const N: usize>(from: &[u8]) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(from);
    bytes
}

__plain_cell!([] U256);
__plain_cell!([] bool);
__plain_cell!([] Address);
__plain_cell!([const N: usize] FixedBytes<N>);

impl<T: Cell> Stored for Value<T> {
    const ROOM: Room = T::ROOM;
    type Handle = Self;

    fn handle(host: Host, place: Place) -> Self {
        Self::new(host, place)
    }
}
