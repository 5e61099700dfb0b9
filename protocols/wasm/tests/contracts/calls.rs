//! Contracts that call and create others, back into themselves too.

use crate::world::{HERE, TestHost, engine, run_in, wasm};
use alloy_primitives::{Bytes, U256};
use troupe_types::{Address, Hash};
use troupe_wasm::{MAX_RUNS, Outcome, Trap};

const GAS: u64 = 10_000_000;
const OTHER: Address = Address([0x0b; 20]);

/// Calls `OTHER` (its address is at 0, a value of seven at 32) with `call`; returns the status and
/// then what was returned.
fn caller(import: &str, call: &str) -> Bytes {
    wasm(&format!(
        r#"(module {import} (import "troupe" "returned_size" (func $size (result i32)))
          (import "troupe" "returned_copy" (func $copy (param i32 i32 i32)))
          (import "troupe" "output_set" (func $output (param i32 i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "{other}") (data (i32.const 63) "\07") (data (i32.const 64) "input")
          (func (export "main") (result i32)
            (i32.store8 (i32.const 100) {call})
            (call $copy (i32.const 101) (i32.const 0) (call $size))
            (call $output (i32.const 100) (i32.add (i32.const 1) (call $size)))
            (i32.const 0)))"#,
        other = "\\0b".repeat(20),
    ))
}

const CALL: &str =
    r#"(import "troupe" "call" (func $call (param i32 i32 i64 i32 i32) (result i32)))"#;
const PLAIN: &str =
    "(call $call (i32.const 0) (i32.const 32) (i64.const -1) (i32.const 64) (i32.const 5))";

/// Stores the value that came, and its caller; returns its input with a bang, as the status says.
fn called(status: &str) -> Bytes {
    wasm(&format!(
        r#"(module (import "troupe" "input_copy" (func $input (param i32 i32 i32)))
          (import "troupe" "value" (func $value (param i32)))
          (import "troupe" "caller" (func $caller (param i32)))
          (import "troupe" "storage_store" (func $store (param i32 i32)))
          (import "troupe" "output_set" (func $output (param i32 i32)))
          (memory (export "memory") 1) (data (i32.const 133) "!")
          (func (export "main") (result i32)
            (call $value (i32.const 0)) (call $store (i32.const 64) (i32.const 0))
            (call $caller (i32.const 44)) (i32.store8 (i32.const 95) (i32.const 1))
            (call $store (i32.const 64) (i32.const 32))
            (call $input (i32.const 128) (i32.const 0) (i32.const 5))
            (call $output (i32.const 128) (i32.const 6))
            {status}))"#
    ))
}

fn host(other: Bytes) -> TestHost {
    let mut host = TestHost::new(&engine());
    host.world.codes.insert(OTHER, other);
    host
}

fn success(bytes: &[u8]) -> Outcome {
    Outcome::Success(bytes.to_vec().into())
}

fn slot(number: u8) -> Hash {
    let mut key = Hash::default();
    key.0[31] = number;
    key
}

#[test]
fn a_call_carries_value_and_input_and_brings_back_output() {
    let (host, finished) = run_in(&caller(CALL, PLAIN), &[], GAS, host(called("(i32.const 0)")));
    assert_eq!(finished.outcome, success(b"\0input!"));
    assert_eq!(host.world.storage[&(OTHER, slot(0))], U256::from(7));
    assert_eq!(host.world.storage[&(OTHER, slot(1))], U256::from_be_slice(&HERE.0));
    assert_eq!(host.context.address, HERE);
}

#[test]
fn a_revert_brings_back_its_reason_and_no_change() {
    let (host, finished) = run_in(&caller(CALL, PLAIN), &[], GAS, host(called("(i32.const 1)")));
    assert_eq!(finished.outcome, success(b"\x01input!"));
    assert!(host.world.storage.is_empty());
}

#[test]
fn a_trap_in_the_called_contract_is_a_failure_and_takes_its_gas() {
    let code = caller(CALL, PLAIN);
    let (host, finished) = run_in(&code, &[], GAS, host(called("unreachable")));
    assert_eq!(finished.outcome, success(b"\x02"));
    assert!(host.world.storage.is_empty());
    assert!(finished.gas_left < GAS / 60, "all but a 64th is gone: {}", finished.gas_left);
}

#[test]
fn the_gas_of_a_call_is_limited() {
    let limited =
        "(call $call (i32.const 0) (i32.const 32) (i64.const 5000) (i32.const 64) (i32.const 5))";
    let code = caller(CALL, limited);
    let (_, finished) = run_in(&code, &[], GAS, host(called("unreachable")));
    assert_eq!(finished.outcome, success(b"\x02"));
    assert!(finished.gas_left > GAS - 30_000, "{}", finished.gas_left);
}

#[test]
fn a_delegate_call_changes_the_callers_storage() {
    let import =
        r#"(import "troupe" "call_delegate" (func $call (param i32 i64 i32 i32) (result i32)))"#;
    let call = "(call $call (i32.const 0) (i64.const -1) (i32.const 64) (i32.const 5))";
    let (host, finished) = run_in(&caller(import, call), &[], GAS, host(called("(i32.const 0)")));
    assert_eq!(finished.outcome, success(b"\0input!"));
    assert_eq!(host.world.storage[&(HERE, slot(0))], U256::from(77), "the value of the outer call");
    let outer = U256::from_be_slice(&[0xca; 20]);
    assert_eq!(host.world.storage[&(HERE, slot(1))], outer, "the caller of the outer call");
}

#[test]
fn a_static_call_lets_nothing_change() {
    let import =
        r#"(import "troupe" "call_static" (func $call (param i32 i64 i32 i32) (result i32)))"#;
    let call = "(call $call (i32.const 0) (i64.const -1) (i32.const 64) (i32.const 5))";
    let (after, finished) = run_in(&caller(import, call), &[], GAS, host(called("(i32.const 0)")));
    assert_eq!(finished.outcome, success(b"\x02"));
    assert!(after.world.storage.is_empty());
    let (_, finished) = run_in(&caller(import, call), &[], GAS, host(wasm(READER)));
    assert_eq!(finished.outcome, success(b"\0"), "reading is allowed");
}

const READER: &str = r#"(module (import "troupe" "storage_load" (func $load (param i32 i32)))
    (memory (export "memory") 1)
    (func (export "main") (result i32) (call $load (i32.const 0) (i32.const 0)) (i32.const 0)))"#;

#[test]
fn a_contract_may_call_itself_sixty_four_deep() {
    // Calls itself until that fails; each level stores one more than the one below it.
    let code = wasm(
        r#"(module (import "troupe" "call" (func $call (param i32 i32 i64 i32 i32) (result i32)))
          (import "troupe" "address" (func $address (param i32)))
          (import "troupe" "storage_load" (func $load (param i32 i32)))
          (import "troupe" "storage_store" (func $store (param i32 i32)))
          (memory (export "memory") 1)
          (func (export "main") (result i32)
            (call $address (i32.const 0))
            (drop (call $call (i32.const 0) (i32.const 32) (i64.const -1) (i32.const 0) (i32.const 0)))
            (call $load (i32.const 64) (i32.const 96))
            (i32.store8 (i32.const 127) (i32.add (i32.load8_u (i32.const 127)) (i32.const 1)))
            (call $store (i32.const 64) (i32.const 96))
            (i32.const 0)))"#,
    );
    let mut host = TestHost::new(&engine());
    host.world.codes.insert(HERE, code.clone());
    let (host, finished) = run_in(&code, &[], GAS, host);
    assert_eq!(finished.outcome, success(b""));
    assert_eq!(host.world.deepest, MAX_RUNS);
    assert_eq!(host.world.storage[&(HERE, slot(0))], U256::from(MAX_RUNS));
}

#[test]
fn what_was_returned_is_replaced_and_bounded() {
    let beyond = wasm(
        r#"(module (import "troupe" "returned_copy" (func $copy (param i32 i32 i32)))
          (memory (export "memory") 1)
          (func (export "main") (result i32)
            (call $copy (i32.const 0) (i32.const 0) (i32.const 1)) (i32.const 0)))"#,
    );
    let (_, finished) = run_in(&beyond, &[], GAS, host(Bytes::new()));
    assert_eq!(finished.outcome, Outcome::Trapped(Trap::Range));
}

#[test]
fn a_creation_tells_where_the_contract_is() {
    for (import, call, address) in [
        (
            r#"(import "troupe" "create" (func $call (param i32 i32 i32 i32) (result i32)))"#,
            "(call $call (i32.const 32) (i32.const 64) (i32.const 5) (i32.const 200))",
            Address([0xcc; 20]),
        ),
        (
            r#"(import "troupe" "create2" (func $call (param i32 i32 i32 i32 i32) (result i32)))"#,
            "(call $call (i32.const 32) (i32.const 300) (i32.const 64) (i32.const 5) (i32.const 200))",
            Address([0; 20]),
        ),
    ] {
        let (host, finished) = run_in(&caller(import, call), &[], GAS, host(Bytes::new()));
        assert_eq!(finished.outcome, success(b"\0"));
        assert_eq!(host.world.codes[&address][..], *b"input");
        assert_eq!(host.world.balances[&address], U256::from(7));
    }
}

#[test]
fn a_creation_that_fails_says_how() {
    let import = r#"(import "troupe" "create" (func $call (param i32 i32 i32 i32) (result i32)))
        "#;
    let nothing = "(call $call (i32.const 32) (i32.const 64) (i32.const 0) (i32.const 200))";
    let (_, finished) = run_in(&caller(import, nothing), &[], GAS, host(Bytes::new()));
    assert_eq!(finished.outcome, success(b"\x02"));
    let reverting = "(block (result i32)
        (i64.store (i32.const 64) (i64.const 0x747265766572))
        (call $call (i32.const 32) (i32.const 64) (i32.const 6) (i32.const 200)))";
    let (_, finished) = run_in(&caller(import, reverting), &[], GAS, host(Bytes::new()));
    assert_eq!(finished.outcome, success(b"\x01revert"));
}
