//! Encodings against the examples of Solidity's ABI specification, and what hostile bytes get.

use proptest::prelude::*;
use troupe_contract::abi::{Abi, Sequence, decode, encode};
use troupe_contract::prelude::*;

#[value]
struct Point {
    x: u32,
    label: String,
}

#[value]
enum Side {
    Left,
    Right,
}

fn words(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pair = |pair: &[u8]| {
        let text = core::str::from_utf8(pair).expect("digits are ASCII");
        u8::from_str_radix(text, 16).expect("two digits")
    };
    digits.chunks(2).map(pair).collect()
}

#[test]
fn the_specifications_examples_come_out() {
    // "sam" with (bytes,bool,uint256[]), ("dave", true, [1,2,3]).
    type Sam = (Bytes, bool, Vec<U256>);
    let values: Sam =
        (Bytes(b"dave".to_vec()), true, vec![U256::new(1), U256::new(2), U256::new(3)]);
    let expected = words(
        "0000000000000000000000000000000000000000000000000000000000000060
         0000000000000000000000000000000000000000000000000000000000000001
         00000000000000000000000000000000000000000000000000000000000000a0
         0000000000000000000000000000000000000000000000000000000000000004
         6461766500000000000000000000000000000000000000000000000000000000
         0000000000000000000000000000000000000000000000000000000000000003
         0000000000000000000000000000000000000000000000000000000000000001
         0000000000000000000000000000000000000000000000000000000000000002
         0000000000000000000000000000000000000000000000000000000000000003",
    );
    assert_eq!(values.to_bytes(), expected);
    assert_eq!(Sam::from_bytes(&expected), Ok(values));
    assert_eq!(<Sam as Sequence>::NAMES.as_str(), "bytes,bool,uint256[]");
    // "g" with (uint256[][],string[]).
    type G = (Vec<Vec<U256>>, Vec<String>);
    let number = U256::new;
    let values: G = (
        vec![vec![number(1), number(2)], vec![number(3)]],
        vec!["one".to_owned(), "two".to_owned(), "three".to_owned()],
    );
    let bytes = values.to_bytes();
    assert_eq!(bytes[..32], words(&format!("{:064x}", 0x40)));
    assert_eq!(bytes[32..64], words(&format!("{:064x}", 0x140)));
    assert_eq!(G::from_bytes(&bytes), Ok(values));
}

#[test]
fn structs_and_enums_are_tuples_and_numbers() {
    let point = Point { x: 7, label: "here".to_owned() };
    assert_eq!(Point::SHAPE.name.as_str(), "(uint32,string)");
    assert_eq!(<Vec<Point>>::SHAPE.kind.as_str(), "tuple[]");
    assert_eq!(<[Point; 2]>::SHAPE.internal.as_str(), "struct Point[2]");
    assert_eq!(encode(&point), encode(&(7u32, "here".to_owned())));
    assert_eq!(decode(&encode(&point)), Ok(point));
    assert_eq!(Side::SHAPE.name.as_str(), "uint8");
    assert_eq!(decode::<Side>(&encode(&1u8)), Ok(Side::Right));
    assert!(decode::<Side>(&encode(&2u8)).is_err());
}

#[test]
fn padding_that_is_not_clean_is_refused() {
    let mut word = [0; 32];
    word[0] = 1;
    assert!(decode::<u64>(&word).is_err());
    assert!(decode::<Address>(&word).is_err());
    assert!(decode::<bool>(&encode(&2u8)).is_err());
    assert!(decode::<i64>(&encode(&u64::MAX)).is_err());
    word = [0; 32];
    word[31] = 1;
    assert!(decode::<FixedBytes<4>>(&word).is_err());
    assert_eq!(decode::<i8>(&encode(&-1i128)), Ok(-1));
}

#[test]
fn a_length_that_is_not_there_is_refused_before_memory_is_taken() {
    let offset = encode(&32u32);
    for length in [encode(&u32::MAX), encode(&U256::MAX), encode(&1u32)] {
        let bytes = [offset.clone(), length].concat();
        assert!(decode::<Vec<U256>>(&bytes).is_err());
        assert!(decode::<Vec<Vec<U256>>>(&bytes).is_err());
        assert!(decode::<Bytes>(&bytes).is_err());
        assert!(decode::<String>(&bytes).is_err());
    }
    assert!(decode::<Bytes>(&encode(&U256::MAX)).is_err());
    assert!(decode::<Bytes>(&encode(&u32::MAX)).is_err());
    let not_text = [offset, encode(&1u32), vec![0xff; 32]].concat();
    assert!(decode::<String>(&not_text).is_err());
}

type All = (
    (u8, i128, bool, Address),
    (FixedBytes<5>, Bytes, String, Vec<(U256, String)>),
    [Vec<u16>; 2],
    [i32; 3],
);

fn all() -> impl Strategy<Value = All> {
    let numbers = (any::<u8>(), any::<i128>(), any::<bool>(), any::<[u8; 20]>())
        .prop_map(|(a, b, c, d)| (a, b, c, Address(d)));
    let pair = (any::<[u8; 32]>(), ".{0,40}").prop_map(|(a, b)| (U256::from_be_bytes(a), b));
    let bytes = proptest::collection::vec(any::<u8>(), 0..70);
    let texts = (any::<[u8; 5]>(), bytes, ".{0,50}", proptest::collection::vec(pair, 0..4))
        .prop_map(|(a, b, c, d)| (FixedBytes(a), Bytes(b), c, d));
    let lists = [(); 2].map(|()| proptest::collection::vec(any::<u16>(), 0..5));
    (numbers, texts, lists, any::<[i32; 3]>())
}

proptest! {
    #[test]
    fn what_was_encoded_is_decoded(values in all()) {
        prop_assert_eq!(All::from_bytes(&values.to_bytes()), Ok(values));
    }

    #[test]
    fn a_part_of_an_encoding_is_refused(values in all(), cut in any::<prop::sample::Index>()) {
        let bytes = values.to_bytes();
        let part = &bytes[..cut.index(bytes.len())];
        // Only the padding at the end may be missing.
        let is_padding = bytes[part.len()..].iter().all(|byte| *byte == 0)
            && bytes.len() - part.len() < 32;
        prop_assert!(All::from_bytes(part).is_err() || is_padding);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(0u8..3, 0..400)) {
        let _ = All::from_bytes(&bytes);
        let _ = <(Vec<Vec<Vec<u8>>>, [String; 2])>::from_bytes(&bytes);
    }
}
