//! What a map finds its values by.

use super::Plain;
use crate::{Address, Bytes, FixedBytes, U256, keccak256};
use alloc::string::String;
use alloc::vec::Vec;

/// A key of a [`Map`](super::Map).
pub trait Key {
    /// Where the value of this key begins, in a map that has this slot.
    fn slot(&self, map: U256) -> U256;
}

fn hash(key: &[u8; 32], map: U256) -> U256 {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(key);
    bytes[32..].copy_from_slice(&map.to_be_bytes());
    keccak256(&bytes).into()
}

fn hash_long(key: &[u8], map: U256) -> U256 {
    let mut bytes = Vec::with_capacity(key.len() + 32);
    bytes.extend_from_slice(key);
    bytes.extend_from_slice(&map.to_be_bytes());
    keccak256(&bytes).into()
}

// Filled up to a word as in the ABI: numbers at the left, with their sign.
macro_rules! words {
    ($($type:ty, |$value:ident| $fill:expr;)*) => {$(
        impl Key for $type {
            fn slot(&self, map: U256) -> U256 {
                let $value = self;
                let mut word = [$fill; 32];
                self.write(&mut word[32 - <$type as Plain>::BYTES..]);
                hash(&word, map)
            }
        }
    )*};
}

words! {
    bool, |_value| 0;
    u8, |_value| 0;
    u16, |_value| 0;
    u32, |_value| 0;
    u64, |_value| 0;
    u128, |_value| 0;
    U256, |_value| 0;
    Address, |_value| 0;
    i8, |value| if *value < 0 { 0xff } else { 0 };
    i16, |value| if *value < 0 { 0xff } else { 0 };
    i32, |value| if *value < 0 { 0xff } else { 0 };
    i64, |value| if *value < 0 { 0xff } else { 0 };
    i128, |value| if *value < 0 { 0xff } else { 0 };
}

impl<const N: usize> Key for FixedBytes<N> {
    fn slot(&self, map: U256) -> U256 {
        let mut word = [0; 32];
        word[..N].copy_from_slice(&self.0);
        hash(&word, map)
    }
}

impl Key for Bytes {
    fn slot(&self, map: U256) -> U256 {
        hash_long(&self.0, map)
    }
}

impl Key for String {
    fn slot(&self, map: U256) -> U256 {
        hash_long(self.as_bytes(), map)
    }
}
