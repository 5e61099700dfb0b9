//! What contracts of WebAssembly cost: `cargo x bench wasm`.
//!
//! One thread; figures are CPU time, the least of five runs. The last column of instructions and of
//! the host's functions is what decides their prices: nanoseconds for the gas that they are charged.
//! The EVM takes about 3.3 (305 Mgas/s on the same machine, `cargo x bench vm`).

#![expect(clippy::disallowed_macros, reason = "a benchmark prints its table")]

use alloy_primitives::{Bytes, U256};
use rustix::time::{ClockId, clock_gettime};
use std::sync::{Arc, Mutex};
use troupe_crypto::hash::keccak256;
use troupe_types::{Address, Hash};
use troupe_wasm::{
    ArtefactKey, Artefacts, Call, Called, Context, Created, Creation, Engine, Entry, FUEL_PER_GAS,
    Finished, Halt, Host, Limits, Outcome, Status,
};

const RUNS: usize = 5;
const GAS: u64 = 1 << 40;

/// A world in which nothing happens and nothing costs: what is measured is the engine.
#[derive(Default)]
struct Nothing {
    context: Context,
}

impl Host for Nothing {
    fn context(&self) -> &Context {
        &self.context
    }
    fn storage_load(&mut self, _: &mut u64, _: Hash) -> Result<U256, Halt> {
        Ok(U256::ZERO)
    }
    fn storage_store(&mut self, _: &mut u64, _: Hash, _: U256) -> Result<(), Halt> {
        Ok(())
    }
    fn transient_load(&mut self, _: &mut u64, _: Hash) -> Result<U256, Halt> {
        Ok(U256::ZERO)
    }
    fn transient_store(&mut self, _: &mut u64, _: Hash, _: U256) -> Result<(), Halt> {
        Ok(())
    }
    fn balance(&mut self, _: &mut u64, _: Address) -> Result<U256, Halt> {
        Ok(U256::ZERO)
    }
    fn code(&mut self, _: &mut u64, _: Address) -> Result<Bytes, Halt> {
        Ok(Bytes::new())
    }
    fn code_hash(&mut self, _: &mut u64, _: Address) -> Result<Hash, Halt> {
        Ok(Hash::default())
    }
    fn block_hash(&mut self, _: &mut u64, _: u64) -> Result<Hash, Halt> {
        Ok(Hash::default())
    }
    fn call(&mut self, _: &mut u64, _: Call) -> Result<Called, Halt> {
        Ok(Called { status: Status::Succeeded, output: Bytes::new() })
    }
    fn create(&mut self, _: &mut u64, _: Creation) -> Result<Created, Halt> {
        Ok(Created { address: Err(Status::Failed), output: Bytes::new() })
    }
    fn log(&mut self, _: &mut u64, _: Vec<Hash>, _: Bytes) -> Result<(), Halt> {
        Ok(())
    }
    fn destroy(&mut self, _: &mut u64, _: Address) -> Result<(), Halt> {
        Ok(())
    }
    fn debug(&mut self, _: &str) {}
}

fn cpu_nanos() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

fn least(mut run: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..RUNS {
        let before = cpu_nanos();
        run();
        best = best.min(cpu_nanos() - before);
    }
    best
}

struct Contract {
    engine: Engine,
    hash: Hash,
    code: Bytes,
}

impl Contract {
    fn new(code: Vec<u8>) -> Self {
        let engine = Engine::new(Limits::default());
        if let Err(refused) = engine.check(&code) {
            panic!("{refused}");
        }
        Self { engine, hash: keccak256(&code), code: code.into() }
    }

    fn text(text: &str) -> Self {
        Self::new(wat::parse_str(text).unwrap_or_else(|error| panic!("{error}\n{text}")))
    }

    fn run(&self) -> Finished {
        let host = Nothing::default();
        self.engine.run(&self.hash, &self.code, Entry::Main, Bytes::new(), GAS, host).1
    }

    /// Nanoseconds and gas of one run.
    fn measure(&self) -> (f64, f64) {
        let first = self.run();
        assert!(matches!(first.outcome, Outcome::Success(_)), "{first:?}");
        (least(|| drop(self.run())), (GAS - first.gas_left) as f64)
    }
}

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

const IMPORTS: &str = r#"
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

fn starts() {
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
fn compilation() {
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

fn main() {
    println!("{FUEL_PER_GAS} fuel in one gas\n");
    println!("{:38} {:>9} {:>9} {:>9}", "instruction", "ns", "gas", "ns/gas");
    for (name, text) in INSTRUCTIONS {
        let (times, rounds) = if name.contains("KiB") { (1, 1_000) } else { (100, 10_000) };
        let rounds = if name.contains("grow") || name.contains("1000") { 200 } else { rounds };
        piece(name, text, &inside(), times, rounds);
    }
    for pages in [1, 16, 64, 256] {
        chase(pages);
    }
    println!("\n{:38} {:>9} {:>9} {:>9}", "function of the host", "ns", "gas", "ns/gas");
    for (name, text) in FUNCTIONS {
        piece(name, text, IMPORTS, 10, 2_000);
    }
    println!("\n{:38} {:>9} {:>9} {:>9}", "start", "ns", "gas", "ns/gas");
    starts();
    println!(
        "\n{:38} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "compilation", "KiB", "check ms", "all ms", "us/KiB", "load ms", "growth"
    );
    compilation();
}
