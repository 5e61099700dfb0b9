//! Strict `bincode` with native derives: a limit per type, no trailing bytes, one encoding a value.
//!
//! Two limits guard the reader. The length of the input is checked first; then every container
//! claims its memory from the same limit before it allocates, so that eight bytes which announce
//! a billion elements are refused for what they announce.
//!
//! `bincode` itself reads a 7 written in one byte or in nine. Here a decoded value must encode to the
//! very bytes it came from, so that a message has one form to hash, to sign and to compare.

use crate::{Error, Limit};
use bincode::config::{Configuration, LittleEndian, NoLimit, Varint};
use bincode::enc::{EncoderImpl, write::Writer};
use bincode::error::EncodeError;
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

/// Decodes the one value whose encoding is `bytes`: all of them, in the form [`encode`] writes.
pub fn decode<T: Encode + Decode<()>>(bytes: &[u8], limit: Limit) -> Result<T, Error> {
    if bytes.len() > limit.bytes() {
        return Err(Error::TooLong { got: bytes.len(), limit: limit.bytes() });
    }
    // Memory claimed may exceed bytes read (a one-byte varint becomes a u64), hence the factor.
    let (value, used) = match limit {
        Limit::KiB1 => bincode::decode_from_slice(bytes, STANDARD.with_limit::<{ 8 << 10 }>()),
        Limit::KiB16 => bincode::decode_from_slice(bytes, STANDARD.with_limit::<{ 8 << 14 }>()),
        Limit::KiB64 => bincode::decode_from_slice(bytes, STANDARD.with_limit::<{ 8 << 16 }>()),
        Limit::KiB256 => bincode::decode_from_slice(bytes, STANDARD.with_limit::<{ 8 << 18 }>()),
        Limit::KiB512 => bincode::decode_from_slice(bytes, STANDARD.with_limit::<{ 8 << 19 }>()),
    }
    .map_err(decode_reason)?;
    if used != bytes.len() {
        return Err(Error::Trailing { extra: bytes.len() - used });
    }
    if !is_encoding_of(&value, bytes) {
        return Err(Error::Malformed { reason: "not the shortest encoding of its value" });
    }
    Ok(value)
}

/// Encodes `value` against `bytes` without allocating.
fn is_encoding_of<T: Encode>(value: &T, bytes: &[u8]) -> bool {
    let mut encoder = EncoderImpl::new(Expected { left: bytes }, STANDARD);
    value.encode(&mut encoder).is_ok() && encoder.into_writer().left.is_empty()
}

/// A writer that accepts only the bytes it expects.
struct Expected<'a> {
    left: &'a [u8],
}

impl Writer for Expected<'_> {
    // Inlined, a number costs a comparison of registers; called, it costs a call of `memcmp`.
    #[inline(always)]
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        let Some((head, tail)) = self.left.split_at_checked(bytes.len()) else {
            return Err(EncodeError::UnexpectedEnd);
        };
        self.left = tail;
        if head == bytes { Ok(()) } else { Err(EncodeError::UnexpectedEnd) }
    }
}

fn encode_reason(error: EncodeError) -> Error {
    match error {
        EncodeError::UnexpectedEnd => Error::Malformed { reason: "no room" },
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
        fn no_bytes_panic_and_what_decodes_is_canonical(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            if let Ok(value) = decode::<Sample>(&bytes, Limit::KiB1) {
                prop_assert_eq!(encode(&value, Limit::KiB1), Ok(bytes));
            }
        }

        #[test]
        fn a_changed_byte_never_gives_the_same_value(
            value in sample(),
            at in any::<prop::sample::Index>(),
            change in 1u8..,
        ) {
            let mut bytes = encode(&value, Limit::KiB1).expect("below a KiB");
            let at = at.index(bytes.len());
            bytes[at] ^= change;
            prop_assert_ne!(decode::<Sample>(&bytes, Limit::KiB1), Ok(value));
        }
    }

    #[test]
    fn a_number_in_more_bytes_than_it_needs_is_refused() {
        // 251, 252 and 253 announce a number of two, four and eight bytes.
        let longer: [&[u8]; 3] = [&[251, 7, 0], &[252, 7, 0, 0, 0], &[253, 7, 0, 0, 0, 0, 0, 0, 0]];
        assert_eq!(decode::<u64>(&[7], Limit::KiB1), Ok(7));
        for bytes in longer {
            let refused = Error::Malformed { reason: "not the shortest encoding of its value" };
            assert_eq!(decode::<u64>(bytes, Limit::KiB1), Err(refused), "{bytes:?}");
        }
    }

    #[test]
    fn a_map_out_of_order_or_with_a_key_twice_is_refused() {
        type Map = std::collections::BTreeMap<u8, u8>;
        assert_eq!(decode::<Map>(&[2, 1, 0, 2, 0], Limit::KiB1).map(|map| map.len()), Ok(2));
        assert!(decode::<Map>(&[2, 2, 0, 1, 0], Limit::KiB1).is_err());
        assert!(decode::<Map>(&[2, 1, 0, 1, 0], Limit::KiB1).is_err());
    }

    #[test]
    fn flags_choices_and_text_have_one_form() {
        assert!(decode::<bool>(&[2], Limit::KiB1).is_err());
        assert!(decode::<Option<u8>>(&[2, 0], Limit::KiB1).is_err());
        assert!(decode::<crate::CallError>(&[8], Limit::KiB1).is_err());
        assert!(decode::<Text<4>>(&[2, 0xc3, 0x28], Limit::KiB1).is_err());
        assert_eq!(
            decode::<bool>(&[2], Limit::KiB1).expect_err("two is no flag").to_string(),
            "malformed message: a boolean that is neither 0 nor 1"
        );
    }

    #[test]
    fn an_announced_length_is_refused_before_it_is_allocated() {
        let mut bytes = vec![253];
        bytes.extend((1u64 << 40).to_le_bytes());
        assert!(matches!(
            decode::<List<u64, 64>>(&bytes, Limit::KiB1),
            Err(Error::Malformed { .. })
        ));
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
