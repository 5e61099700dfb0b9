//! RLP as PlatON's contracts need it of the host. Yellow Paper, appendix B

use alloy_rlp::Header;

/// The longest string or list whose length is in its first byte.
const SHORT: u64 = 55;
const STRING: u8 = 0x80;
/// The least byte that a list begins with.
pub(crate) const LIST: u8 = 0xc0;

/// What stands before the bytes of a string or the items of a list.
fn before(first: u8, length: u64) -> Vec<u8> {
    if length <= SHORT {
        return vec![first + u8::try_from(length).expect("at most 55")];
    }
    let bytes = trimmed(&length.to_be_bytes()).to_vec();
    let count = u8::try_from(bytes.len()).expect("at most 8");
    [vec![first + 55 + count], bytes].concat()
}

/// Bytes without zeros at their head.
pub(crate) fn trimmed(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    &bytes[zeros..]
}

/// What stands before a string of this length that begins with this byte.
pub(crate) fn before_string(length: u64, first: u8) -> Vec<u8> {
    if length == 1 && first < STRING { Vec::new() } else { before(STRING, length) }
}

/// What stands before a list whose items take so many bytes together.
pub(crate) fn before_list(length: u64) -> Vec<u8> {
    before(LIST, length)
}

/// A string.
pub(crate) fn string(bytes: &[u8]) -> Vec<u8> {
    let first = bytes.first().copied().unwrap_or_default();
    [&before_string(bytes.len() as u64, first), bytes].concat()
}

/// A list of items that are encoded already.
pub(crate) fn list(items: &[&[u8]]) -> Vec<u8> {
    let items = items.concat();
    [before_list(items.len() as u64), items].concat()
}

/// A number.
pub(crate) fn number(number: u128) -> Vec<u8> {
    string(trimmed(&number.to_be_bytes()))
}

/// The items of the list that bytes begin with, and what follows it; `None` where there is no list.
pub(crate) fn open_list(mut bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let items = Header::decode_bytes(&mut bytes, true).ok()?;
    Some((items, bytes))
}

/// The string that bytes begin with, and what follows it.
pub(crate) fn open_string(mut bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let string = Header::decode_bytes(&mut bytes, false).ok()?;
    Some((string, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_rlp::Encodable;
    use proptest::prelude::*;

    #[test]
    fn a_number_keeps_the_zeros_within_it() {
        assert_eq!(number(0), [0x80]);
        assert_eq!(number(0x7f), [0x7f]);
        assert_eq!(number(0x80), [0x81, 0x80]);
        assert_eq!(number((1 << 64) + 5), [0x89, 1, 0, 0, 0, 0, 0, 0, 0, 5]);
    }

    proptest! {
        #[test]
        fn strings_and_numbers_are_those_of_the_package(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            value: u128,
            shift in 0u32..128,
        ) {
            let mut known = Vec::new();
            bytes.as_slice().encode(&mut known);
            prop_assert_eq!(&string(&bytes), &known);
            let rest = [known.as_slice(), &[7]].concat();
            prop_assert_eq!(open_string(&rest), Some((bytes.as_slice(), &[7][..])));

            let mut known = Vec::new();
            (value >> shift).encode(&mut known);
            prop_assert_eq!(number(value >> shift), known);

            let whole = list(&[&string(&bytes), &number(value)]);
            let (items, after) = open_list(&whole).expect("a list");
            prop_assert!(after.is_empty());
            prop_assert_eq!(open_string(items).expect("a string").0, bytes.as_slice());
            prop_assert!(open_list(&whole[..whole.len() - 1]).is_none());
        }
    }
}
