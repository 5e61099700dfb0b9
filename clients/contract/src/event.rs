//! What a contract tells those who watch it.

use crate::{Address, Bytes, FixedBytes, Hash, U256, abi, keccak256};
use alloc::string::String;
use alloc::vec::Vec;

/// An event, made by `#[event]`.
pub trait Event {
    /// The hash of its signature and the values that are `#[indexed]`.
    fn topics(&self) -> Vec<Hash>;

    /// The other values.
    fn data(&self) -> Vec<u8>;
}

/// A value that may be `#[indexed]`.
pub trait Topic {
    /// The value itself if it fits, else its hash.
    fn topic(&self) -> Hash;
}

/// The topic of a type of one word. `#[value]` calls it for enums.
#[doc(hidden)]
pub fn topic_of_word<T: abi::Abi>(value: &T) -> Hash {
    let bytes = abi::encode(value);
    let mut word = [0; 32];
    word.copy_from_slice(&bytes);
    FixedBytes(word)
}

macro_rules! words {
    ($($type:ty)*) => {$(
        impl Topic for $type {
            fn topic(&self) -> Hash {
                topic_of_word(self)
            }
        }
    )*};
}

words!(bool u8 u16 u32 u64 u128 i8 i16 i32 i64 i128 U256 Address);

impl<const N: usize> Topic for FixedBytes<N> {
    fn topic(&self) -> Hash {
        topic_of_word(self)
    }
}

impl Topic for Bytes {
    fn topic(&self) -> Hash {
        keccak256(self)
    }
}

impl Topic for String {
    fn topic(&self) -> Hash {
        keccak256(self.as_bytes())
    }
}
