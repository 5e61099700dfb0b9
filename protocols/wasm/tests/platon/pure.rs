//! Hashes, signatures, RLP.

use crate::{ends, host, keeps, outcome, output, returns};
use proptest::prelude::*;
use troupe_crypto::ecdsa::SecretKey;
use troupe_crypto::hash::{keccak256, sha256};
use troupe_wasm::{Outcome, Trap};

#[test]
fn hashes_are_those_of_ethereum() {
    let body = |call: &str| format!("(call ${call}) {}", returns(0, 32));
    let sha3 = |room| {
        body(&format!(
            "platon_sha3 (i32.const 1024) (i32.const 3) (i32.const 0) (i32.const {room})"
        ))
    };
    assert_eq!(output(&sha3(32), b"abc"), keccak256(b"abc").0);
    assert_eq!(output(&sha3(40), b"abc"), keccak256(b"abc").0);
    assert_eq!(outcome(&sha3(31), b"abc"), Outcome::Trapped(Trap::Size));
    let sha2 = body("platon_sha256 (i32.const 1024) (i32.const 3) (i32.const 0)");
    assert_eq!(output(&sha2, b"abc"), sha256(b"abc").0);
    // Of the function's authors.
    let ripemd = body("platon_ripemd160 (i32.const 1024) (i32.const 3) (i32.const 0)");
    let want = hex::decode("8eb208f7e05d987a9b044a8e98c6b087f15a0bfc").expect("hex");
    assert_eq!(output(&ripemd, b"abc"), [want, vec![0; 12]].concat());
}

#[test]
fn a_signer_is_found_from_65_bytes_that_end_in_0_or_1() {
    let secret = SecretKey::from_bytes(&[5; 32]).expect("a key");
    let digest = keccak256(b"a message");
    let signed = secret.sign(&digest).to_bytes();
    let ask = |length: u32, signature: &[u8]| {
        let body = format!(
            "{} {}",
            keeps(
                32,
                &format!(
                    "(call $platon_ecrecover (i32.const 1024) (i32.const 1056)
                (i32.const {length}) (i32.const 0))"
                )
            ),
            returns(0, 36)
        );
        output(&body, &[&digest.0, signature].concat())
    };
    let mut good = signed;
    good[64] %= 27;
    let address = secret.public_key().address();
    assert_eq!(ask(65, &good), [&address[..], &[0; 12], &[0; 4]].concat());
    let nobody = [&[0; 32][..], &[0xff; 4]].concat();
    assert_eq!(ask(64, &good), nobody, "too short");
    for last in [2, 3, 4, 27, 28] {
        let mut bad = good;
        bad[64] = last;
        assert_eq!(ask(65, &bad), nobody, "{last}");
    }
    assert_eq!(ask(65, &[0; 65]), nobody);
}

/// Asks for a size and for the bytes; both have to agree.
fn both(size: &str, write: &str, data: &[u8]) -> Vec<u8> {
    let body =
        format!("(call $platon_{write}) (call $platon_return (i32.const 2048) (call $rlp_{size}))");
    output(&body, data)
}

#[test]
fn the_host_writes_strings_lists_and_numbers() {
    let string = |bytes: &[u8]| {
        let length = bytes.len();
        let args = format!("(i32.const 1024) (i32.const {length})");
        both(&format!("bytes_size {args}"), &format!("rlp_bytes {args} (i32.const 2048)"), bytes)
    };
    assert_eq!(string(b""), [0x80]);
    assert_eq!(string(b"\x7f"), [0x7f]);
    assert_eq!(string(b"\x80"), [0x81, 0x80]);
    assert_eq!(string(&[1; 55])[..2], [0xb7, 1]);
    assert_eq!(string(&[1; 56])[..3], [0xb8, 56, 1]);
    assert_eq!(string(&[1; 300])[..4], [0xb9, 1, 44, 1]);
    let list = |items: &[u8]| {
        let length = items.len();
        both(
            &format!("list_size (i32.const {length})"),
            &format!("rlp_list (i32.const 1024) (i32.const {length}) (i32.const 2048)"),
            items,
        )
    };
    assert_eq!(list(b""), [0xc0]);
    assert_eq!(list(&[1; 55])[..2], [0xf7, 1]);
    assert_eq!(list(&[1; 56])[..3], [0xf8, 56, 1]);
    // What cannot be in memory has no size that a contract can be told.
    let size = keeps(0, "(call $rlp_list_size (i32.const -1))");
    assert_eq!(outcome(&size, &[]), Outcome::Trapped(Trap::Size));
    let far = "(call $platon_rlp_bytes (i32.const 1024) (i32.const 64) (i32.const 131040))";
    assert_eq!(outcome(far, &[]), Outcome::Trapped(Trap::Memory));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn numbers_of_128_bits_are_those_of_the_package(number: u128, shift in 0u32..128) {
        let number = number >> shift;
        let (high, low) = ((number >> 64) as u64, number as u64);
        let args = format!("(i64.const {high}) (i64.const {low})");
        let got = both(
            &format!("u128_size {args}"),
            &format!("rlp_u128 {args} (i32.const 2048)"),
            &[],
        );
        let mut want = Vec::new();
        alloy_rlp::Encodable::encode(&number, &mut want);
        prop_assert_eq!(got, want);
    }

    #[test]
    fn pointers_anywhere_trap_or_work_and_never_more(
        name in 0usize..46,
        arguments in proptest::collection::vec(
            prop_oneof![Just(0u32), Just(1024), Just(131_071), Just(u32::MAX), any::<u32>()], 8),
    ) {
        let (name, signature) = troupe_wasm::host_functions(troupe_wasm::Convention::Platon)
            .nth(name).expect("there are 46");
        let ty = signature.to_string();
        let (parameters, results) = ty.split_once(" -> ").expect("a type has both");
        let mut body = format!("(call ${name}");
        for (ty, argument) in parameters.trim_matches(['[', ']']).split_whitespace().zip(&arguments) {
            body += &format!(" ({ty}.const {argument})");
        }
        body += ")";
        if results != "[]" {
            body = format!("(drop {body})");
        }
        let (_, finished) = ends(&body, &[], host());
        prop_assert!(!matches!(finished.outcome, Outcome::Fault(_)), "{:?}", finished);
    }
}
