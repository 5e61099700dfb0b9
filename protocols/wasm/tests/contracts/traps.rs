//! What a contract must not do, and what is not its fault.

use crate::world::{TestHost, engine, hash, run, wasm};
use alloy_primitives::Bytes;
use troupe_wasm::{Entry, Finished, Outcome, Trap};

const GAS: u64 = 10_000_000;

fn body(text: &str) -> Finished {
    let code = wasm(&format!(
        r#"(module (type $nothing (func)) (table 2 funcref) (elem (i32.const 0) $one)
          (memory (export "memory") 1 2)
          (func $one (param i32))
          (func $down (param i32) (if (local.get 0)
            (then (call $down (i32.sub (local.get 0) (i32.const 1))))))
          (func (export "main") (result i32) {text}))"#
    ));
    run(&code, &[], GAS).1
}

#[test]
fn each_trap_is_told_apart_and_takes_all_gas() {
    for (text, trap) in [
        ("unreachable", Trap::Unreachable),
        ("(i32.load (i32.const 65533))", Trap::Memory),
        ("(i32.load offset=4294967295 (i32.const -1))", Trap::Memory),
        ("(i32.store8 (i32.const 65536) (i32.const 0)) (i32.const 0)", Trap::Memory),
        ("(memory.fill (i32.const 65535) (i32.const 0) (i32.const 2)) (i32.const 0)", Trap::Memory),
        ("(memory.copy (i32.const 0) (i32.const 65535) (i32.const 2)) (i32.const 0)", Trap::Memory),
        ("(call_indirect (type $nothing) (i32.const 0)) (i32.const 0)", Trap::CallType),
        ("(call_indirect (type $nothing) (i32.const 1)) (i32.const 0)", Trap::EmptyElement),
        ("(call_indirect (type $nothing) (i32.const 2)) (i32.const 0)", Trap::Table),
        ("(i32.div_u (i32.const 1) (i32.const 0))", Trap::DivisionByZero),
        ("(i32.rem_s (i32.const 1) (i32.const 0))", Trap::DivisionByZero),
        ("(i32.wrap_i64 (i64.rem_u (i64.const 1) (i64.const 0)))", Trap::DivisionByZero),
        ("(i32.div_s (i32.const 0x80000000) (i32.const -1))", Trap::Overflow),
        (
            "(i32.wrap_i64 (i64.div_s (i64.const 0x8000000000000000) (i64.const -1)))",
            Trap::Overflow,
        ),
        ("(call $down (i32.const 100000)) (i32.const 0)", Trap::StackOverflow),
        ("(i32.const 2)", Trap::Status),
        ("(i32.const -1)", Trap::Status),
    ] {
        let finished = body(text);
        assert_eq!(finished, Finished { outcome: Outcome::Trapped(trap), gas_left: 0 }, "{text}");
    }
}

#[test]
fn the_remainder_that_overflows_elsewhere_is_zero() {
    let text = "(i32.rem_s (i32.const 0x80000000) (i32.const -1))";
    assert_eq!(body(text).outcome, Outcome::Success(Bytes::new()));
}

#[test]
fn the_height_of_the_stack_comes_down_again() {
    // Each chain of calls is below the limit, all of them together are far above it.
    let text = "(local $i i32) (loop $next (call $down (i32.const 600))
        (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 50))))
        (i32.const 0)";
    assert_eq!(body(text).outcome, Outcome::Success(Bytes::new()));
}

#[test]
fn memory_grows_to_its_maximum_and_is_paid() {
    let text = |more: i32| {
        format!(
            "(i32.store8 (memory.size) (i32.const 1)) (i32.ne (memory.grow (i32.const {more})) (i32.const 1))"
        )
    };
    let (grown, not) = (body(&text(1)), body(&text(2)));
    assert_eq!(grown.outcome, Outcome::Success(Bytes::new()));
    assert_eq!(not.outcome, Outcome::Reverted(Bytes::new()), "the maximum is two pages");
    assert_eq!(not.gas_left - grown.gas_left, 3_000, "the page that was given");
    assert_eq!(body(&text(-1)).outcome, Outcome::Reverted(Bytes::new()));
}

#[test]
fn no_memory_grows_beyond_the_cap() {
    let grow = |declared: &str, pages: u32| {
        let code = wasm(&format!(
            r#"(module (memory (export "memory") 1 {declared}) (func (export "main") (result i32)
              (i32.eq (memory.grow (i32.const {pages})) (i32.const -1))))"#
        ));
        run(&code, &[], GAS).1.outcome
    };
    for declared in ["", "256", "65536"] {
        assert_eq!(grow(declared, 255), Outcome::Success(Bytes::new()), "{declared}");
        assert_eq!(grow(declared, 256), Outcome::Reverted(Bytes::new()), "{declared}");
    }
}

fn deploy(code: &Bytes, arguments: &[u8]) -> Outcome {
    let engine = engine();
    let host = TestHost::new(&engine);
    let arguments = arguments.to_vec().into();
    engine.run(&hash(code), code, Entry::Deploy, arguments, GAS, host).1.outcome
}

#[test]
fn a_constructor_runs_once_with_its_arguments() {
    let with = wasm(
        r#"(module (import "troupe" "input_size" (func $size (result i32)))
          (memory (export "memory") 1)
          (func (export "main") (result i32) unreachable)
          (func (export "deploy") (result i32) (i32.ne (call $size) (i32.const 3))))"#,
    );
    assert_eq!(deploy(&with, b"abc"), Outcome::Success(Bytes::new()));
    assert_eq!(deploy(&with, b"ab"), Outcome::Reverted(Bytes::new()));
    let without = wasm(
        r#"(module (memory (export "memory") 1) (func (export "main") (result i32) unreachable))"#,
    );
    assert_eq!(deploy(&without, b""), Outcome::Success(Bytes::new()));
    assert_eq!(deploy(&without, b"a"), Outcome::Trapped(Trap::NoDeploy));
}

#[test]
fn stored_code_that_breaks_a_rule_traps_everywhere() {
    for code in [Bytes::new(), b"\0asm\x01\0\0\0".as_slice().into(), b"\0asm\x02".as_slice().into()]
    {
        assert_eq!(run(&code, &[], GAS).1.outcome, Outcome::Trapped(Trap::NotContract));
    }
}
