//! Every recursion ends by the count of the height, never by the native stack: the same on a small
//! stack as on a large one. (At the limit they take about 256 KiB; the package gives 1 MiB.) In a
//! process of its own, because the size is one for all.

#[path = "contracts/world.rs"]
mod world;

use troupe_wasm::{Finished, Outcome, Trap};
use wasmer::sys::vm::{drain_stack_pool, set_stack_size};
use world::{run, wasm};

const KIB: usize = 1024;
const GAS: u64 = 100_000_000;

/// A contract whose function calls itself for ever, with so much of one type on its stack: of our convention, or
/// with floats of PlatON's.
fn endless(
    ty: &str,
    parameters: usize,
    locals: usize,
    operands: usize,
    results: usize,
    leaf: usize,
) -> String {
    let types = |n: usize| format!("{ty} ").repeat(n);
    let given = format!("({ty}.const 1)").repeat(parameters);
    let held = format!("({ty}.load (i32.const 8))").repeat(operands);
    let gone = "drop ".repeat(operands + results);
    let returned = format!("({ty}.const 2)").repeat(results);
    let deep = format!("({ty}.load (i32.const 8))").repeat(leaf);
    let entry = match ty {
        "f64" => ("(func (export \"invoke\")", ""),
        _ => ("(func (export \"main\") (result i32)", "(i32.const 0)"),
    };
    let shallow = "drop ".repeat(leaf);
    format!(
        "(module (memory (export \"memory\") 1)
           (func $leaf (local {leaf_locals}) {deep} {shallow})
           (func $f (param {p}) (result {r}) (local {l})
             (call $leaf) {held} {given} (call $f) {gone} {returned})
           {start} {given} (call $f) {dropped} {end}))",
        start = entry.0,
        end = entry.1,
        leaf_locals = types(if leaf > 0 { 500 } else { 0 }),
        p = types(parameters),
        r = types(results),
        l = types(locals),
        dropped = "drop ".repeat(results),
    )
}

fn shapes() -> Vec<String> {
    let mut shapes = Vec::new();
    for parameters in [0, 1, 7, 60] {
        for (locals, operands) in [(0, 0), (3, 0), (0, 20), (400, 0), (0, 400), (400, 400)] {
            for (results, leaf) in [(0, 0), (1, 400), (1, 0)] {
                for ty in ["i64", "f64"] {
                    shapes.push(endless(ty, parameters, locals, operands, results, leaf));
                }
            }
        }
    }
    shapes
}

fn at(stack: usize, shapes: &[String]) -> Vec<Finished> {
    drain_stack_pool();
    set_stack_size(stack);
    shapes.iter().map(|shape| run(&wasm(shape), &[0xc1, 0x80], GAS).1).collect()
}

#[test]
fn every_recursion_ends_alike_on_a_small_and_a_large_native_stack() {
    let shapes = shapes();
    let small = at(512 * KIB, &shapes);
    let large = at(8 * 1024 * KIB, &shapes);
    for (shape, finished) in shapes.iter().zip(&small) {
        assert_eq!(finished.outcome, Outcome::Trapped(Trap::StackOverflow), "{shape}");
    }
    assert_eq!(small, large);
}
