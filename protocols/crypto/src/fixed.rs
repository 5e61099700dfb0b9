//! Keys, signatures and proofs as they travel: fixed numbers of bytes.

use crate::Error;
use bincode::{Decode, Encode};
use core::{fmt, hash::Hash, str::FromStr};

/// A fixed number of bytes with a hexadecimal text form, as it travels in messages.
///
/// Holding one promises nothing about what the bytes mean: that is checked where they are used, off
/// the path of decoding, because checking a point costs a thousand times as much as copying it.
pub trait Fixed:
    Copy
    + Eq
    + Ord
    + Hash
    + fmt::Debug
    + fmt::Display
    + FromStr<Err = Error>
    + AsRef<[u8]>
    + Encode
    + Decode<()>
    + Send
    + Sync
    + 'static
{
    /// Length in bytes.
    const LEN: usize;

    /// Copies exactly [`Self::LEN`] bytes; any other number is refused.
    fn read(bytes: &[u8]) -> Result<Self, Error>;
}

/// Declares a [`Fixed`] newtype over a byte array.
macro_rules! fixed_bytes {
    ($(#[$doc:meta])* $name:ident, $len:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ::bincode::Encode, ::bincode::Decode,
        )]
        pub struct $name(pub [u8; $len]);

        impl $name {
            pub(crate) const WHAT: &'static str = $what;
        }

        impl $crate::Fixed for $name {
            const LEN: usize = $len;

            fn read(bytes: &[u8]) -> Result<Self, $crate::Error> {
                $crate::fixed::array($what, bytes).map(Self)
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(&::hex::encode(self.0))
            }
        }

        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                write!(f, "{}({})", stringify!($name), ::hex::encode(&self.0[..6]))
            }
        }

        impl ::core::str::FromStr for $name {
            type Err = $crate::Error;

            /// Accepts hexadecimal digits with or without `0x`.
            fn from_str(text: &str) -> Result<Self, $crate::Error> {
                $crate::fixed::from_hex($what, text).map(Self)
            }
        }
    };
}
pub(crate) use fixed_bytes;

/// Gives a type with `to_bytes` and a checking `from_bytes` the encoding of its bytes.
macro_rules! checked_codec {
    ($name:ty, $len:expr, $refusal:literal) => {
        impl ::bincode::Encode for $name {
            fn encode<E: ::bincode::enc::Encoder>(
                &self,
                encoder: &mut E,
            ) -> Result<(), ::bincode::error::EncodeError> {
                self.to_bytes().encode(encoder)
            }
        }

        impl<Context> ::bincode::Decode<Context> for $name {
            fn decode<D: ::bincode::de::Decoder<Context = Context>>(
                decoder: &mut D,
            ) -> Result<Self, ::bincode::error::DecodeError> {
                let bytes = <[u8; $len]>::decode(decoder)?;
                Self::from_bytes(&bytes).map_err(|_| ::bincode::error::DecodeError::Other($refusal))
            }
        }

        impl<'de, Context> ::bincode::BorrowDecode<'de, Context> for $name {
            fn borrow_decode<D: ::bincode::de::BorrowDecoder<'de, Context = Context>>(
                decoder: &mut D,
            ) -> Result<Self, ::bincode::error::DecodeError> {
                <Self as ::bincode::Decode<Context>>::decode(decoder)
            }
        }
    };
}
pub(crate) use checked_codec;

/// Exactly `N` bytes.
pub(crate) fn array<const N: usize>(what: &'static str, bytes: &[u8]) -> Result<[u8; N], Error> {
    bytes.try_into().map_err(|_| Error::Length { what, want: N, got: bytes.len() })
}

/// Exactly `N` bytes from hexadecimal digits, with or without `0x`.
pub(crate) fn from_hex<const N: usize>(what: &'static str, text: &str) -> Result<[u8; N], Error> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    if digits.len() != 2 * N {
        return Err(Error::Length { what, want: N, got: digits.len() / 2 });
    }
    let mut bytes = [0; N];
    hex::decode_to_slice(digits, &mut bytes).map_err(|_| Error::NotHex { what })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bls::PublicKey;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn text_and_bytes_round_trip_and_nothing_panics(
            bytes in proptest::collection::vec(any::<u8>(), 48),
            other in proptest::collection::vec(any::<u8>(), 0..100),
            text in ".{0,100}",
        ) {
            let key = PublicKey::read(&bytes).expect("48 bytes");
            prop_assert_eq!(key.to_string().parse::<PublicKey>(), Ok(key));
            prop_assert_eq!(format!("0x{key}").parse::<PublicKey>(), Ok(key));
            prop_assert_eq!(PublicKey::read(key.as_ref()), Ok(key));
            prop_assert_eq!(PublicKey::read(&other).is_ok(), other.len() == PublicKey::LEN);
            let _ = text.parse::<PublicKey>();
        }
    }

    #[test]
    fn a_refusal_says_what_was_wanted() {
        let short = PublicKey::read(&[0; 47]).unwrap_err();
        assert_eq!(short.to_string(), "public key wants 48 bytes, got 47");
        let digits = "z".repeat(96).parse::<PublicKey>();
        assert_eq!(digits, Err(Error::NotHex { what: "public key" }));
    }
}
