//! The collections a message may hold: each with its largest length as part of its type.

use crate::Error;
use bincode::de::{Decoder, read::Reader};
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{BorrowDecode, Decode, Encode};
use core::ops::{Deref, DerefMut};

/// At most `MAX` values. The element type may not be zero-sized: a few bytes could announce
/// billions of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct List<T, const MAX: usize>(Vec<T>);

/// At most `MAX` bytes of UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Text<const MAX: usize>(String);

/// At most `MAX` bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Blob<const MAX: usize>(Vec<u8>);

fn check(got: usize, limit: usize) -> Result<(), Error> {
    if got > limit { Err(Error::TooMany { got, limit }) } else { Ok(()) }
}

fn read_length<D: Decoder>(decoder: &mut D, limit: usize) -> Result<usize, DecodeError> {
    let announced = u64::decode(decoder)?;
    match usize::try_from(announced) {
        Ok(length) if length <= limit => Ok(length),
        _ => Err(DecodeError::Other("collection over its limit")),
    }
}

fn read_bytes<D: Decoder>(decoder: &mut D, limit: usize) -> Result<Vec<u8>, DecodeError> {
    let length = read_length(decoder, limit)?;
    decoder.claim_container_read::<u8>(length)?;
    let mut bytes = vec![0; length];
    decoder.reader().read(&mut bytes)?;
    Ok(bytes)
}

impl<T, const MAX: usize> List<T, MAX> {
    const SIZED: () = assert!(size_of::<T>() > 0, "a list of zero-sized elements has no bound");

    /// Takes the values, or says how many are too many.
    pub fn new(values: Vec<T>) -> Result<Self, Error> {
        const { Self::SIZED };
        check(values.len(), MAX)?;
        Ok(Self(values))
    }

    /// The values themselves.
    #[must_use]
    pub fn into_inner(self) -> Vec<T> {
        self.0
    }
}

impl<T, const MAX: usize> Default for List<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const MAX: usize> Deref for List<T, MAX> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.0
    }
}

/// The values may change, their number may not.
impl<T, const MAX: usize> DerefMut for List<T, MAX> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

impl<T: Encode, const MAX: usize> Encode for List<T, MAX> {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        (self.0.len() as u64).encode(encoder)?;
        for value in &self.0 {
            value.encode(encoder)?;
        }
        Ok(())
    }
}

impl<Context, T: Decode<Context>, const MAX: usize> Decode<Context> for List<T, MAX> {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        const { Self::SIZED };
        let length = read_length(decoder, MAX)?;
        decoder.claim_container_read::<T>(length)?;
        let mut values = Vec::with_capacity(length);
        for _ in 0..length {
            decoder.unclaim_bytes_read(size_of::<T>());
            values.push(T::decode(decoder)?);
        }
        Ok(Self(values))
    }
}

impl<const MAX: usize> Text<MAX> {
    /// Takes the text, or says how many bytes are too many.
    pub fn new(text: impl Into<String>) -> Result<Self, Error> {
        let text = text.into();
        check(text.len(), MAX)?;
        Ok(Self(text))
    }

    /// Takes as much of the text as fits, for messages to people.
    #[must_use]
    pub fn cut(text: &str) -> Self {
        let end = (0..=MAX.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
        Self(text[..end.unwrap_or(0)].to_owned())
    }
}

impl<const MAX: usize> Deref for Text<MAX> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> core::fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> Encode for Text<MAX> {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.0.encode(encoder)
    }
}

impl<Context, const MAX: usize> Decode<Context> for Text<MAX> {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let bytes = read_bytes(decoder, MAX)?;
        let text = String::from_utf8(bytes)
            .map_err(|error| DecodeError::Utf8 { inner: error.utf8_error() })?;
        Ok(Self(text))
    }
}

impl<const MAX: usize> Blob<MAX> {
    /// Takes the bytes, or says how many are too many.
    pub fn new(bytes: Vec<u8>) -> Result<Self, Error> {
        check(bytes.len(), MAX)?;
        Ok(Self(bytes))
    }

    /// The bytes themselves.
    #[must_use]
    pub fn into_inner(self) -> Vec<u8> {
        self.0
    }
}

impl<const MAX: usize> core::fmt::Debug for Blob<MAX> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Blob({} bytes)", self.0.len())
    }
}

impl<const MAX: usize> Deref for Blob<MAX> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl<const MAX: usize> Encode for Blob<MAX> {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.0.as_slice().encode(encoder)
    }
}

impl<Context, const MAX: usize> Decode<Context> for Blob<MAX> {
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        read_bytes(decoder, MAX).map(Self)
    }
}

macro_rules! borrow_as_owned {
    ($([$($generics:tt)*] $type:ty),*) => {$(
        impl<'de, Context, $($generics)*> BorrowDecode<'de, Context> for $type
        where
            $type: Decode<Context>,
        {
            fn borrow_decode<D: bincode::de::BorrowDecoder<'de, Context = Context>>(
                decoder: &mut D,
            ) -> Result<Self, DecodeError> {
                Self::decode(decoder)
            }
        }
    )*};
}
borrow_as_owned!([T, const MAX: usize] List<T, MAX>, [const MAX: usize] Text<MAX>, [const MAX: usize] Blob<MAX>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_too_many_is_refused() {
        assert!(List::<u8, 2>::new(vec![1, 2]).is_ok());
        let error = List::<u8, 2>::new(vec![1, 2, 3]).unwrap_err();
        assert_eq!(error.to_string(), "collection of 3 elements exceeds 2");
        assert!(Text::<2>::new("abc").is_err());
        assert!(Blob::<2>::new(vec![0; 3]).is_err());
    }

    #[test]
    fn a_cut_never_splits_a_character() {
        assert_eq!(&*Text::<3>::cut("aéé"), "aé");
        assert_eq!(&*Text::<2>::cut("éé"), "é");
        assert_eq!(&*Text::<1>::cut("é"), "");
    }
}
