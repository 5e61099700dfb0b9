//! The surroundings of a call, each through its function.

use crate::world::{context, run, wasm};
use troupe_wasm::{Outcome, Trap};

const GAS: u64 = 1_000_000;

fn word_of(function: &str) -> Vec<u8> {
    let code = wasm(&format!(
        r#"(module (import "troupe" "{function}" (func $f (param i32)))
          (import "troupe" "output_set" (func $output (param i32 i32)))
          (memory (export "memory") 1)
          (func (export "main") (result i32)
            (call $f (i32.const 8)) (call $output (i32.const 0) (i32.const 48)) (i32.const 0)))"#
    ));
    let Outcome::Success(output) = run(&code, &[], GAS).1.outcome else {
        panic!("{function} did not come back");
    };
    assert_eq!(output[..8], [0; 8], "{function} wrote before its place");
    output[8..].to_vec()
}

fn number_of(function: &str) -> u64 {
    let code = wasm(&format!(
        r#"(module (import "troupe" "{function}" (func $f (result i64)))
          (import "troupe" "output_set" (func $output (param i32 i32)))
          (memory (export "memory") 1)
          (func (export "main") (result i32)
            (i64.store (i32.const 0) (call $f))
            (call $output (i32.const 0) (i32.const 8)) (i32.const 0)))"#
    ));
    let Outcome::Success(output) = run(&code, &[], GAS).1.outcome else {
        panic!("{function} did not come back");
    };
    u64::from_le_bytes(output[..].try_into().expect("eight bytes were set"))
}

#[test]
fn addresses_are_twenty_bytes() {
    let context = context();
    for (function, address) in [
        ("address", context.address),
        ("caller", context.caller),
        ("origin", context.origin),
        ("coinbase", context.coinbase),
    ] {
        let written = word_of(function);
        assert_eq!(written[..20], address.0, "{function}");
        assert_eq!(written[20..], [0; 20], "{function}");
    }
}

#[test]
fn words_are_big_endian() {
    let context = context();
    for (function, word) in [
        ("value", context.value.to_be_bytes::<32>()),
        ("gas_price", context.gas_price.to_be_bytes::<32>()),
        ("base_fee", context.base_fee.to_be_bytes::<32>()),
        ("randomness", context.randomness.0),
    ] {
        assert_eq!(word_of(function)[..32], word, "{function}");
    }
}

#[test]
fn numbers_are_returned() {
    let context = context();
    assert_eq!(number_of("height"), context.height);
    assert_eq!(number_of("time"), context.time_millis / 1_000);
    assert_eq!(number_of("time_millis"), context.time_millis);
    assert_eq!(number_of("gas_limit"), context.gas_limit);
    assert_eq!(number_of("chain_id"), context.chain_id);
    let left = number_of("gas_left");
    assert!((GAS / 2..GAS).contains(&left), "{left}");
}

#[test]
fn a_place_outside_the_memory_traps() {
    for function in ["address", "value", "randomness"] {
        for place in [-1, 65_536, 65_520] {
            let code = wasm(&format!(
                r#"(module (import "troupe" "{function}" (func $f (param i32)))
                  (memory (export "memory") 1)
                  (func (export "main") (result i32) (call $f (i32.const {place})) (i32.const 0)))"#
            ));
            let outcome = run(&code, &[], GAS).1.outcome;
            assert_eq!(outcome, Outcome::Trapped(Trap::Memory), "{function} {place}");
        }
    }
}
