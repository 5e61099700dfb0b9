//! Hashes and signatures, against the crate that makes them.

use crate::world::{run, wasm};
use alloy_primitives::{U256, uint};
use troupe_crypto::ecdsa::SecretKey as Ecdsa;
use troupe_crypto::sr25519::{Purpose, SecretKey};
use troupe_crypto::{Bls, Scheme, hash, vrf};
use troupe_types::Hash;
use troupe_wasm::Outcome;
use troupe_wire::Seed;

const GAS: u64 = 10_000_000;
const CONTRACT: Purpose = Purpose::new("contract");

/// Calls `f` over the input, which is at 0; returns its status (if it has one) and 32 bytes from 8000.
fn ask(function: &str, parameters: usize, has_status: bool, call: &str, input: &[u8]) -> Vec<u8> {
    let result = if has_status { "(result i32)" } else { "" };
    let call =
        if has_status { format!("(i32.store8 (i32.const 7999) {call})") } else { call.into() };
    let code = wasm(&format!(
        r#"(module (import "troupe" "{function}" (func $f (param {p}) {result}))
          (import "troupe" "input_size" (func $size (result i32)))
          (import "troupe" "input_copy" (func $copy (param i32 i32 i32)))
          (import "troupe" "output_set" (func $output (param i32 i32)))
          (memory (export "memory") 1)
          (func (export "main") (result i32)
            (call $copy (i32.const 0) (i32.const 0) (call $size)) {call}
            (call $output (i32.const 7999) (i32.const 33)) (i32.const 0)))"#,
        p = "i32 ".repeat(parameters),
    ));
    match run(&code, input, GAS).1.outcome {
        Outcome::Success(output) => output.to_vec(),
        outcome => panic!("{function}: {outcome:?}"),
    }
}

#[test]
fn hashes_are_those_of_the_chain() {
    let call = "(call $f (i32.const 0) (call $size) (i32.const 8000))";
    for input in [&b""[..], b"abc", &[7; 200]] {
        let keccak = ask("keccak256", 3, false, call, input);
        assert_eq!(keccak[1..], hash::keccak256(input).0);
        let sha = ask("sha256", 3, false, call, input);
        assert_eq!(sha[1..], hash::sha256(input).0);
    }
}

fn recover(digest: &[u8], signature: &[u8]) -> (u8, Vec<u8>) {
    let call = "(call $f (i32.const 0) (i32.const 32) (i32.const 8000))";
    let answer = ask("ecrecover", 3, true, call, &[digest, signature].concat());
    (answer[0], answer[1..21].to_vec())
}

#[test]
fn a_signer_is_recovered_from_either_s() {
    let order = uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256);
    for seed in 1..5 {
        let secret = Ecdsa::from_bytes(&[seed; 32]).unwrap();
        let digest = hash::keccak256([seed]);
        let want = (0, secret.public_key().address().to_vec());
        let mut bytes = secret.sign(&digest).to_bytes();
        assert_eq!(recover(&digest.0, &bytes), want);
        let bit = bytes[64];
        bytes[64] = 27 + bit;
        assert_eq!(recover(&digest.0, &bytes), want);
        let upper = order - U256::from_be_slice(&bytes[32..64]);
        bytes[32..64].copy_from_slice(&upper.to_be_bytes::<32>());
        bytes[64] = 28 - bit;
        assert_eq!(recover(&digest.0, &bytes), want);
    }
}

#[test]
fn what_is_no_signature_recovers_nobody() {
    let digest = hash::keccak256(b"x");
    let good = Ecdsa::from_bytes(&[1; 32]).unwrap().sign(&digest).to_bytes();
    let nobody = (1, vec![0; 20]);
    for v in [2, 26, 29, 255] {
        let mut bytes = good;
        bytes[64] = v;
        assert_eq!(recover(&digest.0, &bytes), nobody);
    }
    assert_eq!(recover(&digest.0, &[0; 65]), nobody);
    assert_eq!(recover(&digest.0, &[[0xff; 64].as_slice(), &[27]].concat()), nobody);
}

#[test]
fn a_schnorr_signature_is_checked_for_contracts_only() {
    let secret = SecretKey::from_seed(&[3; 32]);
    let call = "(call $f (i32.const 0) (i32.const 96) (i32.sub (call $size) (i32.const 96)) (i32.const 32))";
    let check = |purpose: Purpose, message: &[u8], claimed: &[u8]| {
        let signature = secret.sign(purpose, message);
        let input = [&secret.public_key().to_bytes()[..], &signature.0, claimed].concat();
        ask("sr25519_verify", 4, true, call, &input)[0]
    };
    assert_eq!(check(CONTRACT, b"pay", b"pay"), 0);
    assert_eq!(check(CONTRACT, b"", b""), 0);
    assert_eq!(check(CONTRACT, b"pay", b"pay more"), 1);
    assert_eq!(check(Purpose::new("election"), b"pay", b"pay"), 1);
    assert_eq!(ask("sr25519_verify", 4, true, call, &[0xff; 100])[0], 1, "no key at all");
}

#[test]
fn a_bls_signature_is_that_of_the_chain() {
    let secret = Bls::generate(&mut Seed::from_number(5).stream("bls"));
    let signature = Bls::sign(&secret, b"block");
    let call = "(call $f (i32.const 0) (i32.const 144) (i32.sub (call $size) (i32.const 144)) (i32.const 48))";
    let check = |message: &[u8]| {
        let input = [Bls::public_key(&secret).as_ref(), signature.as_ref(), message].concat();
        ask("bls_verify", 4, true, call, &input)[0]
    };
    assert_eq!(check(b"block"), 0);
    assert_eq!(check(b"clock"), 1);
    assert_eq!(ask("bls_verify", 4, true, call, &[0xff; 150])[0], 1, "no key at all");
    assert_eq!(ask("bls_verify", 4, true, call, &[0; 150])[0], 1);
}

#[test]
fn a_random_word_is_proved() {
    let secret = SecretKey::from_seed(&[9; 32]);
    let (word, proof) = vrf::prove(&secret, CONTRACT, b"draw 1");
    let call = "(call $f (i32.const 0) (i32.const 128) (i32.sub (call $size) (i32.const 128)) (i32.const 32) (i32.const 8000))";
    let check = |claimed: &[u8]| {
        let input = [&secret.public_key().to_bytes()[..], proof.as_ref(), claimed].concat();
        ask("vrf_verify", 5, true, call, &input)
    };
    assert_eq!(check(b"draw 1"), [&[0][..], &word.0].concat());
    assert_eq!(check(b"draw 2"), [&[1][..], &Hash::default().0].concat());
    assert_eq!(ask("vrf_verify", 5, true, call, &[0; 200])[0], 1, "no key at all");
}
