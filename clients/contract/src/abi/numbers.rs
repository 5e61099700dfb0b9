//! Values of one word: numbers, truth, addresses, bytes of fixed length; and text.

use super::{Abi, Decoder, Encoder, Malformed, Shape};
use crate::text::Name;
use crate::{Address, Bytes, FixedBytes, U256};
use alloc::borrow::ToOwned;
use alloc::string::String;

macro_rules! one_word {
    ($type:ty, $name:expr, |$value:ident| $encode:expr, |$word:ident| $decode:expr) => {
        impl Abi for $type {
            const SHAPE: Shape = Shape::plain($name);
            const HEAD: usize = 32;
            const IS_DYNAMIC: bool = false;

            fn encode(&self, to: &mut Encoder) {
                let $value = self;
                to.word(&$encode);
            }

            fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
                let $word = from.word()?;
                $decode
            }
        }
    };
}

one_word!(U256, Name::of("uint256"), |value| value.to_be_bytes(), |word| {
    Ok(U256::from_be_bytes(*word))
});
one_word!(bool, Name::of("bool"), |value| right(&[u8::from(*value)], 0), |word| {
    match left_of(word, 0)? {
        [0] => Ok(false),
        [1] => Ok(true),
        [_] => Err(Malformed),
    }
});
one_word!(Address, Name::of("address"), |value| right(&value.0, 0), |word| {
    left_of(word, 0).map(Address)
});

macro_rules! integers {
    ($($type:ty, $name:literal, |$sign:ident| $fill:expr;)*) => {$(
        one_word!($type, Name::of($name), |value| {
            let $sign = *value;
            right(&value.to_be_bytes(), $fill)
        }, |word| {
            let value = Self::from_be_bytes(*word.last_chunk().ok_or(Malformed)?);
            let $sign = value;
            left_of(word, $fill).map(Self::from_be_bytes)
        });
    )*};
}

integers! {
    u8, "uint8", |_sign| 0;
    u16, "uint16", |_sign| 0;
    u32, "uint32", |_sign| 0;
    u64, "uint64", |_sign| 0;
    u128, "uint128", |_sign| 0;
    i8, "int8", |sign| if sign < 0 { 0xff } else { 0 };
    i16, "int16", |sign| if sign < 0 { 0xff } else { 0 };
    i32, "int32", |sign| if sign < 0 { 0xff } else { 0 };
    i64, "int64", |sign| if sign < 0 { 0xff } else { 0 };
    i128, "int128", |sign| if sign < 0 { 0xff } else { 0 };
}

impl<const N: usize> Abi for FixedBytes<N> {
    const SHAPE: Shape = {
        assert!(N >= 1 && N <= 32, "FixedBytes has 1 to 32 bytes");
        Shape::plain(Name::of("bytes").number(N))
    };
    const HEAD: usize = 32;
    const IS_DYNAMIC: bool = false;

    fn encode(&self, to: &mut Encoder) {
        let mut word = [0; 32];
        word[..N].copy_from_slice(&self.0);
        to.word(&word);
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
        let word = from.word()?;
        let (bytes, padding) = word.split_first_chunk().ok_or(Malformed)?;
        if padding.iter().any(|byte| *byte != 0) {
            return Err(Malformed);
        }
        Ok(Self(*bytes))
    }
}

macro_rules! blob {
    ($type:ty, $name:literal, |$bytes:ident| $decode:expr) => {
        impl Abi for $type {
            const SHAPE: Shape = Shape::plain(Name::of($name));
            const HEAD: usize = 32;
            const IS_DYNAMIC: bool = true;

            fn encode(&self, to: &mut Encoder) {
                to.blob(self.as_ref());
            }

            fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
                let $bytes = from.blob()?;
                $decode
            }
        }
    };
}

blob!(Bytes, "bytes", |bytes| Ok(Bytes(bytes.to_vec())));
blob!(String, "string", |bytes| {
    core::str::from_utf8(bytes).map(str::to_owned).map_err(|_| Malformed)
});

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Bytes at the right end of a word, what is left of them filled.
fn right<const N: usize>(bytes: &[u8; N], fill: u8) -> [u8; 32] {
    let mut word = [fill; 32];
    word[32 - N..].copy_from_slice(bytes);
    word
}

/// The bytes at the right end of a word; those left of them have to be `fill`.
fn left_of<const N: usize>(word: &[u8; 32], fill: u8) -> Result<[u8; N], Malformed> {
    let (padding, bytes) = word.split_last_chunk().ok_or(Malformed)?;
    if padding.iter().any(|byte| *byte != fill) {
        return Err(Malformed);
    }
    Ok(*bytes)
}
