//! Input, output, events and lines.

use crate::world::{HERE, run, wasm};
use troupe_types::Hash;
use troupe_wasm::{Outcome, Trap};

const GAS: u64 = 1_000_000;

/// Returns the input, or reverts with it if it starts with a one.
const ECHO: &str = r#"(module
    (import "troupe" "input_size" (func $size (result i32)))
    (import "troupe" "input_copy" (func $copy (param i32 i32 i32)))
    (import "troupe" "output_set" (func $output (param i32 i32)))
    (memory (export "memory") 1)
    (func (export "main") (result i32)
      (call $copy (i32.const 100) (i32.const 0) (call $size))
      (call $output (i32.const 100) (call $size))
      (i32.eq (i32.load8_u (i32.const 100)) (i32.const 1))))"#;

#[test]
fn a_contract_returns_and_reverts_with_what_it_set() {
    let (_, finished) = run(&wasm(ECHO), b"hello", GAS);
    assert_eq!(finished.outcome, Outcome::Success(b"hello".as_slice().into()));
    let (_, finished) = run(&wasm(ECHO), b"\x01no", GAS);
    assert_eq!(finished.outcome, Outcome::Reverted(b"\x01no".as_slice().into()));
    assert!(finished.gas_left > GAS / 2, "reverting gives the gas back: {}", finished.gas_left);
}

#[test]
fn a_contract_reverts_from_within_any_function_with_what_it_says() {
    let code = wasm(
        r#"(module (import "troupe" "output_set" (func $output (param i32 i32)))
          (import "troupe" "revert" (func $revert (param i32 i32)))
          (memory (export "memory") 1) (data (i32.const 0) "firstsecond")
          (func $deep (param i32)
            (if (i32.eqz (local.get 0)) (then (call $revert (i32.const 5) (i32.const 6))))
            (call $deep (i32.sub (local.get 0) (i32.const 1))) (unreachable))
          (func (export "main") (result i32)
            (call $output (i32.const 0) (i32.const 5))
            (call $deep (i32.const 100)) (i32.const 0)))"#,
    );
    let (_, finished) = run(&code, &[], GAS);
    assert_eq!(finished.outcome, Outcome::Reverted(b"second".as_slice().into()));
    assert!(
        finished.gas_left > GAS / 2,
        "the rest of the gas is given back: {}",
        finished.gas_left
    );
}

#[test]
fn the_last_output_counts() {
    let code = wasm(
        r#"(module (import "troupe" "output_set" (func $output (param i32 i32)))
          (memory (export "memory") 1) (data (i32.const 0) "firstsecond")
          (func (export "main") (result i32)
            (call $output (i32.const 0) (i32.const 5))
            (call $output (i32.const 5) (i32.const 6))
            (i32.const 0)))"#,
    );
    assert_eq!(run(&code, &[], GAS).1.outcome, Outcome::Success(b"second".as_slice().into()));
}

#[test]
fn a_part_beyond_the_input_traps() {
    for (offset, length) in [(0, 6), (5, 1), (6, 0), (-1, 1), (1, -1)] {
        let code = wasm(&format!(
            r#"(module (import "troupe" "input_copy" (func $copy (param i32 i32 i32)))
              (memory (export "memory") 1)
              (func (export "main") (result i32)
                (call $copy (i32.const 0) (i32.const {offset}) (i32.const {length})) (i32.const 0)))"#
        ));
        let outcome = run(&code, b"hello", GAS).1.outcome;
        assert_eq!(outcome, Outcome::Trapped(Trap::Range), "{offset} {length}");
    }
}

#[test]
fn a_pointer_outside_the_memory_traps() {
    for (from, length) in [(65_536, 1), (65_535, 2), (-1, 1), (0, 65_537), (1, -1), (-1, -1)] {
        for function in ["output_set", "revert", "debug"] {
            let code = wasm(&format!(
                r#"(module (import "troupe" "{function}" (func $f (param i32 i32)))
                  (memory (export "memory") 1)
                  (func (export "main") (result i32)
                    (call $f (i32.const {from}) (i32.const {length})) (i32.const 0)))"#
            ));
            let outcome = run(&code, &[], GAS).1.outcome;
            assert_eq!(outcome, Outcome::Trapped(Trap::Memory), "{function} {from} {length}");
        }
    }
}

fn logs(count: i32, at: i32) -> String {
    format!(
        r#"(module (import "troupe" "log" (func $log (param i32 i32 i32 i32)))
          (memory (export "memory") 1) (data (i32.const 31) "\01") (data (i32.const 63) "\02")
          (data (i32.const 200) "data")
          (func (export "main") (result i32)
            (call $log (i32.const {at}) (i32.const {count}) (i32.const 200) (i32.const 4))
            (i32.const 0)))"#
    )
}

#[test]
fn an_event_has_up_to_four_topics() {
    let (host, finished) = run(&wasm(&logs(2, 0)), &[], GAS);
    assert_eq!(finished.outcome, Outcome::Success(Default::default()));
    let (mut one, mut two) = (Hash::default(), Hash::default());
    (one.0[31], two.0[31]) = (1, 2);
    assert_eq!(host.world.logs, [(HERE, vec![one, two], b"data".as_slice().into())]);

    assert_eq!(run(&wasm(&logs(4, 0)), &[], GAS).0.world.logs[0].1.len(), 4);
    assert_eq!(run(&wasm(&logs(0, -1)), &[], GAS).0.world.logs[0].1.len(), 0);
    let outcome = |text: &str| run(&wasm(text), &[], GAS).1.outcome;
    assert_eq!(outcome(&logs(5, 0)), Outcome::Trapped(Trap::Topics));
    assert_eq!(outcome(&logs(-1, 0)), Outcome::Trapped(Trap::Topics));
    assert_eq!(outcome(&logs(1, -16)), Outcome::Trapped(Trap::Memory));
    assert_eq!(outcome(&logs(2, 65_536 - 32)), Outcome::Trapped(Trap::Memory));
}

#[test]
fn a_line_for_the_node_may_be_any_bytes() {
    let code = wasm(
        r#"(module (import "troupe" "debug" (func $debug (param i32 i32)))
          (memory (export "memory") 1) (data (i32.const 0) "so\ff")
          (func (export "main") (result i32)
            (call $debug (i32.const 0) (i32.const 3)) (i32.const 0)))"#,
    );
    assert_eq!(run(&code, &[], GAS).0.world.lines, ["so\u{fffd}"]);
}
