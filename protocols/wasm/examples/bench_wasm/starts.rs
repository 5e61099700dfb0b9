//! Starting a contract, and how it ends.

use crate::instructions::IMPORTS;
use crate::world::{Contract, least};
use troupe_wasm::Outcome;

/// Prints the table.
pub(crate) fn table() {
    let pages = |pages: u32| {
        Contract::text(&format!(
            "(module (memory (export \"memory\") {pages}) (func (export \"main\") (result i32) i32.const 0))"
        ))
    };
    let grown = Contract::text(
        "(module (memory (export \"memory\") 1) (func (export \"main\") (result i32) (local $i i32)
           (drop (memory.grow (i32.const 255)))
           (loop $next (i32.store (local.get $i) (i32.const 1))
             (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4096))) (i32.const 16777216))))
           i32.const 0))",
    );
    let imports = Contract::text(&format!(
        "(module {IMPORTS} (memory (export \"memory\") 1) (func (export \"main\") (result i32) i32.const 0))"
    ));
    let data = Contract::text(&format!(
        "(module (memory (export \"memory\") 8) (data (i32.const 0) \"{}\") (func (export \"main\") (result i32) i32.const 0))",
        "a".repeat(500_000)
    ));
    for (name, contract) in [
        ("start and end, 1 page", pages(1)),
        ("start and end, 256 pages", pages(256)),
        ("start and end, 8 imports", imports),
        ("start and end, 500 kB of data", data),
        ("growing to 16 MiB, touching all", grown),
    ] {
        let (nanos, gas) = contract.measure();
        println!("{name:38} {nanos:9.0} {gas:9.0} {:9.2}", nanos / gas);
    }
    for (name, body, gas) in [
        ("start and trap", "unreachable", 3_100),
        ("start and divide by zero", "(i32.div_u (i32.const 1) (i32.const 0))", 3_100),
        ("start and leave the memory", "(i32.load (i32.const -1))", 3_100),
        ("start and run out of gas", "(loop (br 0)) (i32.const 0)", 3_100),
        ("start and trap in the host", "(call $address (i32.const -1)) (i32.const 0)", 3_100),
        ("start and trap, 500 deep", "(call $deep (i32.const 500)) (i32.const 0)", 40_000),
    ] {
        let contract = Contract::text(&format!(
            "(module {IMPORTS} (memory (export \"memory\") 0)
               (func $deep (param i32) (if (i32.eqz (local.get 0)) (then unreachable))
                 (call $deep (i32.sub (local.get 0) (i32.const 1))))
               (func (export \"main\") (result i32) {body}))"
        ));
        let first = contract.run_with(gas);
        assert!(matches!(first.outcome, Outcome::Trapped(_) | Outcome::OutOfGas), "{first:?}");
        let nanos = least(|| (0..100).for_each(|_| drop(contract.run_with(gas)))) / 100.0;
        println!("{name:38} {nanos:9.0} {gas:9.0} {:9.2}", nanos / gas as f64);
    }
}
