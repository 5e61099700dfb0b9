//! What is used does not depend on what is given, and nothing runs that is not paid.

use crate::world::{HERE, TestHost, engine, run, run_in, wasm};
use proptest::prelude::*;
use troupe_wasm::{Finished, Outcome};

/// Enough for all contracts here.
const PLENTY: u64 = 50_000_000;

/// Reads a program from its input: each byte chooses something to do, over and over.
const MACHINE: &str = r#"(module
    (import "troupe" "input_size" (func $size (result i32)))
    (import "troupe" "input_copy" (func $copy (param i32 i32 i32)))
    (import "troupe" "output_set" (func $output (param i32 i32)))
    (import "troupe" "storage_store" (func $store (param i32 i32)))
    (import "troupe" "storage_load" (func $load (param i32 i32)))
    (import "troupe" "log" (func $log (param i32 i32 i32 i32)))
    (import "troupe" "keccak256" (func $keccak (param i32 i32 i32)))
    (import "troupe" "call" (func $call (param i32 i32 i64 i32 i32) (result i32)))
    (import "troupe" "address" (func $address (param i32)))
    (memory (export "memory") 1)
    (func $down (param i32) (result i32)
      (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 7))
        (else (i32.add (call $down (i32.sub (local.get 0) (i32.const 1))) (i32.const 1)))))
    (func $step (param $op i32)
      (block $0 (block $1 (block $2 (block $3 (block $4 (block $5 (block $6 (block $7
        (br_table $0 $1 $2 $3 $4 $5 $6 $7 (i32.and (local.get $op) (i32.const 7))))
        ;; 7: calls itself with half of its gas and a shorter program
        (call $address (i32.const 2048))
        (drop (call $call (i32.const 2048) (i32.const 2100) (i64.const 100000) (i32.const 1)
          (i32.div_u (call $size) (i32.const 2)))) return)
        ;; 6
        (drop (memory.grow (i32.const 1))) return)
        ;; 5
        (memory.copy (i32.const 4096) (i32.const 0) (i32.shl (local.get $op) (i32.const 3))) return)
        ;; 4
        (drop (call $down (local.get $op))) return)
        ;; 3
        (call $keccak (i32.const 0) (local.get $op) (i32.const 512)) return)
        ;; 2
        (call $log (i32.const 0) (i32.const 1) (i32.const 512) (local.get $op)) return)
        ;; 1
        (call $store (i32.const 512) (i32.const 544)) return)
      ;; 0
      (call $load (i32.const 512) (i32.const 544)))
    (func (export "main") (result i32) (local $i i32)
      (call $copy (i32.const 0) (i32.const 0) (call $size))
      (loop $next
        (if (i32.lt_u (local.get $i) (call $size)) (then
          (call $step (i32.load8_u (local.get $i)))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $next))))
      (call $output (i32.const 512) (i32.const 64))
      (i32.const 0)))"#;

fn machine(input: &[u8], gas: u64) -> (TestHost, Finished) {
    let code = wasm(MACHINE);
    let engine = engine();
    let mut host = TestHost::new(&engine);
    host.world.codes.insert(HERE, code.clone());
    run_in(&code, input, gas, host)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_run_uses_the_same_gas_whatever_it_is_given(
        // Without calls: a call is given a share of what is left, as in Ethereum.
        program in proptest::collection::vec(any::<u8>().prop_filter("no call", |op| op % 8 != 7), 0..24),
        more in 0u64..1_000_000,
        less in any::<prop::sample::Index>(),
    ) {
        let (host, finished) = machine(&program, PLENTY);
        prop_assert!(matches!(finished.outcome, Outcome::Success(_)), "{:?}", finished);
        let used = PLENTY - finished.gas_left;

        let (exact_host, exact) = machine(&program, used);
        prop_assert_eq!(&exact.outcome, &finished.outcome);
        prop_assert_eq!(exact.gas_left, 0);
        prop_assert_eq!(&exact_host.world, &host.world);

        let (_, richer) = machine(&program, used + more);
        prop_assert_eq!(richer.gas_left, more);

        let (_, poorer) = machine(&program, less.index(used as usize) as u64);
        prop_assert_eq!(poorer, Finished { outcome: Outcome::OutOfGas, gas_left: 0 });
    }

    #[test]
    fn two_runs_of_one_program_are_alike(
        program in proptest::collection::vec(any::<u8>(), 0..24),
        gas in 0..PLENTY / 10,
    ) {
        let (first, second) = (machine(&program, gas), machine(&program, gas));
        prop_assert_eq!(first.1, second.1);
        prop_assert_eq!(first.0.world, second.0.world);
    }
}

#[test]
fn one_gas_less_than_needed_is_out_of_gas_at_every_point() {
    let program = [0, 1, 2, 3, 4, 5, 6, 12, 21, 30];
    let used = PLENTY - machine(&program, PLENTY).1.gas_left;
    for gas in (0..used).rev().step_by(97).chain([used - 1]) {
        assert_eq!(machine(&program, gas).1.outcome, Outcome::OutOfGas, "{gas}");
    }
    assert!(matches!(machine(&program, used).1.outcome, Outcome::Success(_)));
}

#[test]
fn all_the_gas_there_can_be_is_no_more_than_enough() {
    let left = machine(&[0, 1, 2], u64::MAX).1.gas_left;
    assert_eq!(u64::MAX - left, PLENTY - machine(&[0, 1, 2], PLENTY).1.gas_left);
}

fn ends(text: &str) -> Outcome {
    run(&wasm(&format!("(module (memory (export \"memory\") 1) {text})")), &[], 3_000_000).1.outcome
}

#[test]
fn what_never_ends_is_out_of_gas() {
    let main = "(func (export \"main\") (result i32)";
    for text in [
        format!("{main} (loop (br 0)) i32.const 0)"),
        format!("{main} (loop $a (loop $b (br_if $a (i32.const 0)) (br $b))) i32.const 0)"),
        format!("{main} (loop (br_table 0 0 (i32.const 0))) unreachable)"),
        format!("{main} (loop (if (i32.const 1) (then (br 1)) (else))) i32.const 0)"),
        format!("{main} (loop (block (block (br 2)))) i32.const 0)"),
        format!("(func $f) {main} (loop (call $f) (br 0)) i32.const 0)"),
        format!(
            "(func $f) (table 1 funcref) (elem (i32.const 0) $f) {main} (loop (call_indirect (i32.const 0)) (br 0)) i32.const 0)"
        ),
        format!(
            "{main} (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 60000)) (br 0)) i32.const 0)"
        ),
        format!("{main} (loop (drop (memory.grow (i32.const 0))) (br 0)) i32.const 0)"),
        format!("{main} (loop (drop (memory.grow (i32.const -1))) (br 0)) i32.const 0)"),
    ] {
        assert_eq!(ends(&text), Outcome::OutOfGas, "{text}");
    }
}

#[test]
fn what_is_moved_is_paid_before_it_is_moved() {
    // The whole gas would not pay for one of these.
    for text in [
        "(memory.fill (i32.const 0) (i32.const 1) (i32.const -1))",
        "(memory.copy (i32.const 0) (i32.const 1) (i32.const -1))",
        "(memory.init 0 (i32.const 0) (i32.const 0) (i32.const -1))",
        "(table.copy (i32.const 0) (i32.const 0) (i32.const -1))",
        "(table.init 0 (i32.const 0) (i32.const 0) (i32.const -1))",
    ] {
        let whole = format!(
            "(table 1 funcref) (elem func) (data \"x\") (func (export \"main\") (result i32) {text} i32.const 0)"
        );
        assert_eq!(ends(&whole), Outcome::OutOfGas, "{text}");
    }
}

#[test]
fn fuel_that_is_no_whole_gas_is_lost_at_the_end_only() {
    // 1,000 crossings; if each lost a part of a gas, the sum would not be a multiple of one.
    let text = |times: usize| {
        wasm(&format!(
            "(module (import \"troupe\" \"gas_left\" (func $g (result i64))) (memory (export \"memory\") 1)
               (func (export \"main\") (result i32) {} i32.const 0))",
            "(drop (call $g))".repeat(times)
        ))
    };
    let used = |times: usize| PLENTY - run(&text(times), &[], PLENTY).1.gas_left;
    let (none, some) = (used(0), used(1_000));
    // A crossing is 20 gas; the call and the drop are 11 fuel, 4 of which are a gas; the meter once.
    let code = (text(1_000).len() as u64 / 32) - (text(0).len() as u64 / 32);
    let exact = 1_000 * 20 + 1_000 * 11 / 4 + code;
    assert!(some - none <= exact + 1 && some - none + 1 >= exact, "{} {exact}", some - none);
}

#[test]
fn no_gas_starts_nothing() {
    for gas in [0, 1, 3_000] {
        let (host, finished) = machine(&[1], gas);
        assert_eq!(finished, Finished { outcome: Outcome::OutOfGas, gas_left: 0 });
        assert!(host.world.storage.is_empty());
    }
}
