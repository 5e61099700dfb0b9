//! Compiled contracts that a node keeps: believed only when they are its own.

use crate::world::{TestHost, hash, wasm};
use alloy_primitives::Bytes;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use troupe_types::{Bytes as Size, Hash};
use troupe_wasm::{ArtefactKey, Artefacts, Engine, Entry, Finished, Limits, Outcome};

#[derive(Default)]
struct Shelf {
    kept: Mutex<BTreeMap<Hash, Vec<u8>>>,
    puts: Mutex<u32>,
}

impl Artefacts for Shelf {
    fn get(&self, code_hash: &Hash) -> Option<Vec<u8>> {
        self.kept.lock().expect("no test panics with it").get(code_hash).cloned()
    }

    fn put(&self, code_hash: &Hash, artefact: Vec<u8>) {
        *self.puts.lock().expect("no test panics with it") += 1;
        self.kept.lock().expect("no test panics with it").insert(*code_hash, artefact);
    }
}

fn returns(status: u32) -> Bytes {
    wasm(&format!(
        r#"(module (import "troupe" "input_size" (func $size (result i32)))
          (memory (export "memory") 2) (table 3 funcref)
          (func (export "main") (result i32) (drop (call $size)) (i32.const {status})))"#
    ))
}

fn run(shelf: &Arc<Shelf>, key: u8, code: &Bytes) -> Finished {
    let key = ArtefactKey::new([key; 32]);
    let engine = Engine::with_artefacts(Limits::default(), shelf.clone(), key);
    let host = TestHost::new(&engine);
    engine.run(&hash(code), code, Entry::Main, Bytes::new(), 100_000, host).1
}

fn puts(shelf: &Shelf) -> u32 {
    *shelf.puts.lock().expect("no test panics with it")
}

#[test]
fn a_second_process_loads_what_the_first_has_compiled() {
    let shelf = Arc::new(Shelf::default());
    let first = run(&shelf, 1, &returns(0));
    let second = run(&shelf, 1, &returns(0));
    assert_eq!(first.outcome, Outcome::Success(Bytes::new()));
    assert_eq!(first, second, "the gas is the same too");
    assert_eq!(puts(&shelf), 1, "compiled once");
}

#[test]
fn an_artefact_of_another_key_is_compiled_anew() {
    let shelf = Arc::new(Shelf::default());
    run(&shelf, 1, &returns(0));
    assert_eq!(run(&shelf, 2, &returns(0)).outcome, Outcome::Success(Bytes::new()));
    assert_eq!(puts(&shelf), 2);
}

#[test]
fn an_artefact_of_another_contract_is_not_believed() {
    let shelf = Arc::new(Shelf::default());
    run(&shelf, 1, &returns(0));
    let foreign = shelf.get(&hash(&returns(0))).unwrap();
    shelf.kept.lock().unwrap().insert(hash(&returns(1)), foreign);
    assert_eq!(run(&shelf, 1, &returns(1)).outcome, Outcome::Reverted(Bytes::new()));
    assert_eq!(puts(&shelf), 2);
}

#[test]
fn an_artefact_with_one_other_bit_is_not_loaded() {
    let shelf = Arc::new(Shelf::default());
    let want = run(&shelf, 1, &returns(0));
    let good = shelf.get(&hash(&returns(0))).unwrap();
    let places = (0..good.len()).step_by(good.len() / 40).chain([0, 31, 32, 48, good.len() - 1]);
    for at in places {
        let before = puts(&shelf);
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        shelf.kept.lock().unwrap().insert(hash(&returns(0)), bad);
        assert_eq!(run(&shelf, 1, &returns(0)), want);
        assert_eq!(puts(&shelf), before + 1, "byte {at} was believed");
    }
}

#[test]
fn an_artefact_that_is_cut_is_not_loaded() {
    let shelf = Arc::new(Shelf::default());
    let want = run(&shelf, 1, &returns(0));
    let good = shelf.get(&hash(&returns(0))).unwrap();
    for length in [0, 1, 31, 32, 33, 48, 49, good.len() / 2, good.len() - 1] {
        let before = puts(&shelf);
        shelf.kept.lock().unwrap().insert(hash(&returns(0)), good[..length].to_vec());
        assert_eq!(run(&shelf, 1, &returns(0)), want);
        assert_eq!(puts(&shelf), before + 1, "{length} bytes were believed");
    }
}

#[test]
fn the_cache_stays_within_its_limit() {
    let limits = Limits { cache: Size::kib(300) };
    let engine = Engine::new(limits.clone());
    let mut code = Vec::new();
    for extra in 0..8 {
        let section = [&[0, 2, 1, b'a' + extra][..]].concat();
        code.push(Bytes::from([&returns(0)[..], &section].concat()));
    }
    let mut most = Size(0);
    for _ in 0..3 {
        for code in &code {
            let host = TestHost::new(&engine);
            let ran = engine.run(&hash(code), code, Entry::Main, Bytes::new(), 100_000, host).1;
            assert_eq!(ran.outcome, Outcome::Success(Bytes::new()));
            most = most.max(engine.cached_bytes());
        }
    }
    assert!(most <= limits.cache && most > Size::kib(128), "{most}");
}
