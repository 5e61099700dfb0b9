//! Checking, compiling and loading.

use crate::instructions::IMPORTS;
use crate::world::{GAS, Nothing, least};
use alloy_primitives::Bytes;
use std::sync::{Arc, Mutex};
use troupe_crypto::hash::keccak256;
use troupe_types::Hash;
use troupe_wasm::{ArtefactKey, Artefacts, Engine, Entry, Limits, Outcome};

/// One artefact, in memory.
#[derive(Default)]
struct Kept(Mutex<Vec<u8>>);

impl Artefacts for Kept {
    fn get(&self, _: &Hash) -> Option<Vec<u8>> {
        self.0.lock().ok().map(|kept| kept.clone()).filter(|kept| !kept.is_empty())
    }
    fn put(&self, _: &Hash, artefact: Vec<u8>) {
        if let Ok(mut kept) = self.0.lock() {
            *kept = artefact;
        }
    }
}

/// Milliseconds of a first run from an artefact, and its bytes for one of the module.
fn loading(hash: &Hash, code: &Bytes) -> (f64, f64) {
    let kept = Arc::new(Kept::default());
    let first = || {
        let key = ArtefactKey::new([7; 32]);
        let engine = Engine::with_artefacts(Limits::default(), kept.clone(), key);
        engine.run(hash, code, Entry::Main, Bytes::new(), GAS, Nothing::default());
    };
    first();
    let growth = kept.get(hash).map_or(0, |kept| kept.len()) as f64 / code.len() as f64;
    (least(first) / 1e6, growth)
}

/// Modules whose compilation takes longest for their size, and one as compilers write them.
pub(crate) fn table() {
    let module = |functions: &str| {
        format!(
            "(module (type $t (func)) {IMPORTS} (table 1 funcref) (memory (export \"memory\") 1)
               (func (export \"main\") (result i32) i32.const 0) {functions})"
        )
    };
    let many = |one: &str, times: usize| one.repeat(times);
    let usual = "(func (param i32 i64) (result i64) (local i64 i32)
        (block (loop (br_if 1 (i32.eqz (local.get 0)))
          (local.set 2 (i64.add (local.get 2) (i64.load offset=8 (local.get 0))))
          (local.set 0 (i32.sub (local.get 0) (i32.const 8)))
          (if (i64.gt_u (local.get 2) (local.get 1)) (then (local.set 3 (i32.const 1))))
          (br 0)))
        (call $address (i32.const 64))
        (i64.mul (local.get 2) (i64.extend_i32_u (local.get 3))))";
    let locals = "i64 ".repeat(500);
    let cases = [
        ("as compilers write", many(usual, 4_000)),
        ("10,000 empty functions", many("(func)", 9_990)),
        ("9,000 functions of 500 locals", many(&format!("(func (local {locals}))"), 9_000)),
        (
            "locals and calls",
            many(&format!("(func (local {locals}) {})", many("(call $t2)", 20_000)), 8)
                + "(func $t2)",
        ),
        ("only branches", many(&format!("(func {})", many("(br_if 0 (i32.const 1))", 12_000)), 8)),
        ("only ends", many(&format!("(func {})", many("(block (drop (i32.const 0)))", 8_000)), 8)),
        (
            "deep blocks",
            many(
                &format!("(func {} (drop (i32.const 1)) {})", many("(block ", 500), many(")", 500)),
                300,
            ),
        ),
        (
            "branch tables",
            many(
                &format!(
                    "(func {} {} {})",
                    many("(block ", 400),
                    many(&format!("(br_table {} (i32.const 1))", many("399 ", 1_000)), 20),
                    many(")", 400)
                ),
                12,
            ),
        ),
        (
            "high operand stacks",
            many(&format!("(func {} {})", many("(i32.const 1)", 500), many("drop ", 500)), 100),
        ),
        (
            "branches over high stacks",
            many(
                &format!(
                    "(func {} {} {})",
                    many("(i32.const 1)", 500),
                    many("(br_if 0 (i32.const 1))", 10_000),
                    many("drop ", 500)
                ),
                8,
            ),
        ),
        (
            "calls over high stacks",
            many(
                &format!(
                    "(func {} {} {})",
                    many("(i32.const 1)", 500),
                    many("(call $t2)", 20_000),
                    many("drop ", 500)
                ),
                8,
            ) + "(func $t2)",
        ),
        (
            "branches that carry a value",
            many(
                &format!(
                    "(func (block (result i64) (i64.const 1) {}) drop)",
                    many("(br_if 0 (i32.const 1))", 12_000)
                ),
                8,
            ),
        ),
        (
            "branch tables that carry a value",
            many(
                &format!(
                    "(func (block (result i64) (i64.const 1) {}) drop)",
                    many(
                        &format!(
                            "(if (i32.const 1) (then (i64.const 1) (br_table {} (i32.const 1))))",
                            many("1 ", 1_000)
                        ),
                        60
                    )
                ),
                8,
            ),
        ),
        (
            "loops within loops, 500 locals",
            many(
                &format!(
                    "(func (local {locals}) {} {} {})",
                    many("(loop ", 450),
                    (0..500)
                        .map(|n| format!("(local.set {n} (local.get {}))", (n + 1) % 500))
                        .collect::<String>(),
                    many("(br_if 0 (i32.const 1)))", 450)
                ),
                80,
            ),
        ),
        (
            "only divisions",
            many(
                &format!(
                    "(func {})",
                    many("(drop (i64.rem_s (i64.const 1) (i64.const 2)))", 8_000)
                ),
                8,
            ),
        ),
        (
            "only loads",
            many(&format!("(func {})", many("(drop (i64.load (i32.const 1)))", 10_000)), 8),
        ),
        (
            "indirect calls",
            many(&format!("(func {})", many("(call_indirect (type $t) (i32.const 0))", 10_000)), 8),
        ),
    ];
    for (name, functions) in cases {
        let code = wat::parse_str(module(&functions)).unwrap_or_else(|error| panic!("{error}"));
        let engine = Engine::new(Limits::default());
        let kib = code.len() as f64 / 1024.0;
        if let Err(refused) = engine.check(&code) {
            println!("{name:38} {kib:9.0} KiB: refused, {refused}");
            continue;
        }
        let checked = least(|| drop(engine.check(&code)));
        let (hash, code) = (keccak256(&code), Bytes::from(code));
        let compiled = least(|| {
            let engine = Engine::new(Limits::default());
            let host = Nothing::default();
            let ran = engine.run(&hash, &code, Entry::Main, Bytes::new(), GAS, host);
            assert!(matches!(ran.1.outcome, Outcome::Success(_)), "{:?}", ran.1);
        });
        let (loaded, growth) = loading(&hash, &code);
        println!(
            "{name:38} {kib:9.0} {:9.2} {:9.2} {:9.1} {loaded:9.2} {growth:9.1}",
            checked / 1e6,
            compiled / 1e6,
            compiled / 1e3 / kib
        );
    }
}
