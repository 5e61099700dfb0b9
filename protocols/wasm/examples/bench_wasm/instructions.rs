//! Instructions and functions of the host, each in a loop.

use crate::world::Contract;

/// A loop that does something so many times a round.
fn looped(piece: &str, times: usize, rounds: u32, before: &str) -> Contract {
    let body = piece.repeat(times);
    Contract::text(&format!(
        "(module {before} (memory (export \"memory\") 16)
           (func (export \"main\") (result i32) (local $i i32) (local $a i32) (local $b i64) (local $c i64)
             i64.const 77777 local.set $b i64.const 12345678912345 local.set $c
             (loop $next
               {body}
               (br_if $next (i32.lt_u
                 (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const {rounds}))))
             i32.const 0))"
    ))
}

/// Nanoseconds and gas of one piece alone: the loop around it is taken off.
fn piece(name: &str, text: &str, before: &str, times: usize, rounds: u32) {
    let empty = looped("", 0, rounds, before).measure();
    let full = looped(text, times, rounds, before).measure();
    let count = f64::from(rounds) * times as f64;
    let (nanos, gas) = ((full.0 - empty.0) / count, (full.1 - empty.1) / count);
    println!("{name:38} {nanos:9.2} {gas:9.2} {:9.2}", nanos / gas);
}

const INSTRUCTIONS: &[(&str, &str)] = &[
    ("i64.add of locals", "(local.set $b (i64.add (local.get $b) (local.get $c)))"),
    ("i32.add, constant", "(local.set $a (i32.add (local.get $a) (i32.const 3)))"),
    ("i64.mul", "(local.set $b (i64.mul (local.get $b) (local.get $c)))"),
    ("i64.rotl", "(local.set $b (i64.rotl (local.get $b) (local.get $c)))"),
    ("i64.lt_u", "(local.set $a (i64.lt_u (local.get $b) (local.get $c)))"),
    ("i64.div_u", "(local.set $a (i32.wrap_i64 (i64.div_u (local.get $c) (local.get $b))))"),
    ("i64.rem_s", "(local.set $a (i32.wrap_i64 (i64.rem_s (local.get $c) (local.get $b))))"),
    ("i32.div_s", "(local.set $a (i32.div_s (i32.const 2147483647) (i32.const 3)))"),
    ("i64.popcnt", "(local.set $b (i64.popcnt (local.get $b)))"),
    ("i64.clz", "(local.set $b (i64.clz (local.get $b)))"),
    ("i64.ctz", "(local.set $b (i64.ctz (local.get $b)))"),
    ("i64.extend8_s", "(local.set $b (i64.extend8_s (local.get $b)))"),
    ("select", "(local.set $b (select (local.get $b) (local.get $c) (local.get $i)))"),
    ("i64.load", "(local.set $b (i64.load (local.get $a)))"),
    ("i32.load8_s", "(local.set $a (i32.load8_s offset=8 (i32.const 8)))"),
    ("i64.store", "(i64.store (local.get $a) (local.get $b))"),
    ("i64.store8", "(i64.store8 (local.get $a) (local.get $b))"),
    ("global.get and set", "(global.set $g (global.get $g))"),
    ("empty loop, left at once", "(loop (drop (i32.const 1)))"),
    ("if and else", "(if (local.get $i) (then (local.set $a (i32.const 1))) (else nop))"),
    ("br_if, not taken", "(block (br_if 0 (i32.eqz (local.get $i))) (local.set $a (i32.const 2)))"),
    ("br_table of 3", "(block (block (block (br_table 0 1 2 (i32.const 1)))))"),
    ("call of an empty function", "(call $empty)"),
    ("call that calls an empty function", "(call $calls)"),
    (
        "call, 8 parameters",
        "(local.set $b (call $eight (local.get $b) (local.get $b) (local.get $b) (local.get $b) (local.get $b) (local.get $b) (local.get $b) (local.get $c)))",
    ),
    ("call, 500 locals", "(call $locals)"),
    ("call_indirect", "(call_indirect (type $t) (i32.const 0))"),
    ("memory.size", "(local.set $a (memory.size))"),
    ("memory.grow by nothing", "(drop (memory.grow (i32.const 0)))"),
    ("memory.grow beyond", "(drop (memory.grow (i32.const 1000)))"),
    ("memory.copy of nothing", "(memory.copy (i32.const 0) (i32.const 0) (i32.const 0))"),
    ("memory.copy of 64 bytes", "(memory.copy (i32.const 0) (i32.const 100) (i32.const 64))"),
    ("memory.copy of 4 KiB", "(memory.copy (i32.const 0) (i32.const 8192) (i32.const 4096))"),
    ("memory.copy of 512 KiB", "(memory.copy (i32.const 0) (i32.const 524288) (i32.const 524288))"),
    ("memory.fill of 512 KiB", "(memory.fill (i32.const 0) (i32.const 7) (i32.const 524288))"),
];

const FUNCTIONS: &[(&str, &str)] = &[
    ("input_size", "(drop (call $input_size))"),
    ("gas_left", "(drop (call $gas_left))"),
    ("address", "(call $address (i32.const 0))"),
    ("storage_load, free", "(call $storage_load (i32.const 0) (i32.const 32))"),
    ("output_set of 4 KiB", "(call $output_set (i32.const 0) (i32.const 4096))"),
    ("log of nothing, free", "(call $log (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))"),
    ("keccak256 of 32 bytes", "(call $keccak256 (i32.const 0) (i32.const 32) (i32.const 0))"),
    ("keccak256 of 4 KiB", "(call $keccak256 (i32.const 0) (i32.const 4096) (i32.const 0))"),
    ("sha256 of 4 KiB", "(call $sha256 (i32.const 0) (i32.const 4096) (i32.const 0))"),
];

pub(crate) const IMPORTS: &str = r#"
    (import "troupe" "input_size" (func $input_size (result i32)))
    (import "troupe" "gas_left" (func $gas_left (result i64)))
    (import "troupe" "address" (func $address (param i32)))
    (import "troupe" "storage_load" (func $storage_load (param i32 i32)))
    (import "troupe" "output_set" (func $output_set (param i32 i32)))
    (import "troupe" "log" (func $log (param i32 i32 i32 i32)))
    (import "troupe" "keccak256" (func $keccak256 (param i32 i32 i32)))
    (import "troupe" "sha256" (func $sha256 (param i32 i32 i32)))"#;

fn inside() -> String {
    let locals = "i64 ".repeat(500);
    format!(
        "(type $t (func)) (table 1 funcref) (elem (i32.const 0) $empty) (global $g (mut i64) (i64.const 0))
         (func $empty) (func $calls (call $empty)) (func $locals (local {locals}))
         (func $eight (param i64 i64 i64 i64 i64 i64 i64 i64) (result i64) local.get 7)"
    )
}

/// Reads in an order that no cache foresees, each address depending on the read before it.
fn chase(pages: u32) {
    let lines = pages * 1024;
    let contract = |rounds: u32| {
        Contract::text(&format!(
            "(module (memory (export \"memory\") {pages}) (func (export \"main\") (result i32) (local $i i32) (local $at i32)
               (loop $next
                 (i32.store (i32.shl (local.get $i) (i32.const 6))
                   (i32.shl (i32.and (i32.add (i32.mul (local.get $i) (i32.const 1664525)) (i32.const 1013904223)) (i32.const {mask})) (i32.const 6)))
                 (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const {lines}))))
               (local.set $i (i32.const 0))
               (loop $next
                 (local.set $at (i32.load (local.get $at)))
                 (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const {rounds}))))
               i32.const 0))",
            mask = lines - 1
        ))
    };
    let (few, many) = (contract(1).measure(), contract(1_000_001).measure());
    let (nanos, gas) = ((many.0 - few.0) / 1e6, (many.1 - few.1) / 1e6);
    let name = format!("reads at random in {} KiB", pages * 64);
    println!("{name:38} {nanos:9.2} {gas:9.2} {:9.2}", nanos / gas);
}

/// Prints all tables.
pub(crate) fn tables() {
    println!("{:38} {:>9} {:>9} {:>9}", "instruction", "ns", "gas", "ns/gas");
    for (name, text) in INSTRUCTIONS {
        let (times, rounds) = if name.contains("KiB") { (1, 1_000) } else { (100, 10_000) };
        let rounds = if name.contains("grow") || name.contains("500") { 200 } else { rounds };
        piece(name, text, &inside(), times, rounds);
    }
    for pages in [1, 16, 64, 256] {
        chase(pages);
    }
    println!("\n{:38} {:>9} {:>9} {:>9}", "function of the host", "ns", "gas", "ns/gas");
    for (name, text) in FUNCTIONS {
        piece(name, text, IMPORTS, 10, 2_000);
    }
}
