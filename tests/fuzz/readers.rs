//! What every reader has to hold.

use bincode::{Decode, Encode};
use core::fmt::{Debug, Display};
use core::str::FromStr;
use troupe_wire::{Limit, Wire, codec};

/// Decodes; what decodes must encode to the very same bytes.
pub fn decodes<T: Encode + Decode<()>>(bytes: &[u8], limit: Limit) {
    if let Ok(value) = codec::decode::<T>(bytes, limit) {
        let again = codec::encode(&value, limit).expect("what was decoded fits its limit");
        assert_eq!(again, bytes, "a second encoding of the same value");
    }
}

/// Decodes a message or its reply: the first byte chooses.
pub fn message<M: Wire>(bytes: &[u8]) {
    match bytes.split_first() {
        Some((choice, body)) if choice % 2 == 0 => decodes::<M>(body, M::LIMIT),
        Some((_, body)) => decodes::<M::Reply>(body, M::REPLY_LIMIT),
        None => {}
    }
}

/// Parses; what parses must print to a text that parses to the same value.
pub fn parses<T>(text: &str)
where
    T: FromStr<Err: Display> + Display + PartialEq + Debug,
{
    match text.parse::<T>() {
        Ok(value) => match value.to_string().parse::<T>() {
            Ok(again) => assert_eq!(again, value),
            Err(error) => panic!("its own text does not parse: {error}"),
        },
        // An error shows a person what was wrong; it does not repeat a megabyte.
        Err(error) => assert!(error.to_string().len() < 512, "an endless error"),
    }
}
