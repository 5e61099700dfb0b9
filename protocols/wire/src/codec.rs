//! Strict `bincode` with native derives: a limit per type, no trailing bytes.
//!
//! Two limits guard the reader. The length of the input is checked first; then every container
//! claims its memory from the same limit before it allocates, so that eight bytes which announce
//! a billion elements are refused for what they announce.

use crate::{Error, Limit};
use bincode::config::{Configuration, LittleEndian, NoLimit, Varint};
use bincode::{Decode, Encode};

const STANDARD: Configuration<LittleEndian, Varint, NoLimit> = bincode::config::standard();

/// Encodes `value`; an encoding longer than `limit` is refused.
pub fn encode<T: Encode>(value: &T, limit: Limit) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::with_capacity(64);
    encode_onto(value, limit, &mut bytes)?;
    Ok(bytes)
}

/// Appends the encoding of `value` to `bytes` and leaves `bytes` alone when it is refused.
pub fn encode_onto<T: Encode>(value: &T, limit: Limit, bytes: &mut Vec<u8>) -> Result<(), Error> {
    let start = bytes.len();
    let outcome = bincode::encode_into_std_write(value, bytes, STANDARD).map_err(encode_reason);
    let got = bytes.len() - start;
    let checked = outcome.and_then(|_| {
        if got > limit.bytes() {
            return Err(Error::TooLong { got, limit: limit.bytes() });
        }
        Ok(())
    });
    if checked.is_err() {
        bytes.truncate(start);
    }
    checked
}

/// Decodes one value that takes up all of `bytes`.
pub fn decode<T: Decode<()>>(bytes: &[u8], limit: Limit) -> Result<T, Error> {
    if bytes.len() > limit.bytes() {
        return Err(Error::TooLong { got: bytes.len(), limit: limit.bytes() });
    }
    // Memory claimed may exceed bytes read (a one-byte varint becomes a u64), hence the factor.
    let (value, used) = match limit {
        Limit::KiB1 => bincode::decode_from_slice(bytes, STANDARD.with_limit::<{ 8 << 10 }>()),
        Limit::KiB16 => bincode::decode_from_slice(bytes, STANDARD.with_limit::<{ 8 << 14 }>()),
        Limit::KiB64 => bincode::decode_from_slice(bytes, STANDARD.with_limit::<{ 8 << 16 }>()),
        Limit::KiB256 => bincode::decode_from_slice(bytes, STANDARD.with_limit::<{ 8 << 18 }>()),
    }
    .map_err(decode_reason)?;
    if used != bytes.len() {
        return Err(Error::Trailing { extra: bytes.len() - used });
    }
    Ok(value)
}

fn encode_reason(error: bincode::error::EncodeError) -> Error {
    match error {
        bincode::error::EncodeError::UnexpectedEnd => Error::Malformed { reason: "no room" },
        _ => Error::Malformed { reason: "value has no encoding" },
    }
}

/// Names the kind of failure without repeating a peer's bytes.
fn decode_reason(error: bincode::error::DecodeError) -> Error {
    use bincode::error::DecodeError as D;
    let reason = match error {
        D::UnexpectedEnd { .. } => "the bytes end too early",
        D::LimitExceeded => "it announces more than its limit",
        D::UnexpectedVariant { .. } => "unknown variant",
        D::InvalidBooleanValue(_) => "a boolean that is neither 0 nor 1",
        D::InvalidIntegerType { .. } => "an integer too wide for its field",
        D::Utf8 { .. } => "text that is not UTF-8",
        D::OtherString(_) | D::Other(_) => "a collection over its limit",
        _ => "not an encoding of this type",
    };
    Error::Malformed { reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Blob, List, Text};
    use proptest::prelude::*;

    #[derive(Debug, Clone, PartialEq, Encode, Decode)]
    struct Sample {
        id: u64,
        name: Text<32>,
        rows: List<u32, 64>,
        body: Blob<256>,
    }

    fn sample() -> impl Strategy<Value = Sample> {
        (
            any::<u64>(),
            "[a-z]{0,32}",
            proptest::collection::vec(any::<u32>(), 0..=64),
            proptest::collection::vec(any::<u8>(), 0..=256),
        )
            .prop_map(|(id, name, rows, body)| Sample {
                id,
                name: Text::new(name).expect("at most 32"),
                rows: List::new(rows).expect("at most 64"),
                body: Blob::new(body).expect("at most 256"),
            })
    }

    proptest! {
        #[test]
        fn every_value_round_trips_and_every_truncation_is_refused(value in sample()) {
            let bytes = encode(&value, Limit::KiB1).expect("below a KiB");
            prop_assert_eq!(decode::<Sample>(&bytes, Limit::KiB1), Ok(value));
            for cut in 0..bytes.len() {
                prop_assert!(decode::<Sample>(&bytes[..cut], Limit::KiB1).is_err());
            }
            let mut longer = bytes;
            longer.push(0);
            prop_assert_eq!(
                decode::<Sample>(&longer, Limit::KiB1),
                Err(Error::Trailing { extra: 1 })
            );
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = decode::<Sample>(&bytes, Limit::KiB1);
        }
    }

    #[test]
    fn an_announced_length_is_refused_before_it_is_allocated() {
        let mut bytes = vec![253];
        bytes.extend((1u64 << 40).to_le_bytes());
        assert!(matches!(decode::<List<u64, 64>>(&bytes, Limit::KiB1), Err(Error::Malformed { .. })));
        assert!(matches!(decode::<Blob<64>>(&bytes, Limit::KiB1), Err(Error::Malformed { .. })));
        assert!(matches!(decode::<Text<64>>(&bytes, Limit::KiB1), Err(Error::Malformed { .. })));
    }

    #[test]
    fn the_limit_holds_on_both_sides() {
        let body = Blob::<2048>::new(vec![7; 2000]).expect("at most 2048");
        let refused = Error::TooLong { got: 2003, limit: 1024 };
        assert_eq!(encode(&body, Limit::KiB1), Err(refused.clone()));
        let bytes = encode(&body, Limit::KiB16).expect("fits");
        assert_eq!(decode::<Blob<2048>>(&bytes, Limit::KiB1), Err(refused));
        let mut kept = vec![1, 2, 3];
        assert!(encode_onto(&body, Limit::KiB1, &mut kept).is_err());
        assert_eq!(kept, [1, 2, 3]);
    }
}
