//! Storage, accounts, hashes of blocks, and the end of a contract.

use crate::world::{HERE, TestHost, engine, hash, run, run_in, wasm};
use alloy_primitives::{Bytes, U256};
use troupe_types::{Address, Hash};
use troupe_wasm::{Error, Outcome, Trap};

const GAS: u64 = 1_000_000;
const OTHER: Address = Address([0x0b; 20]);

/// Runs `body` with the address `OTHER` at 0, a word of fives at 32; what is at 64 is returned.
fn with(imports: &str, body: &str) -> Bytes {
    wasm(&format!(
        r#"(module {imports} (import "troupe" "output_set" (func $output (param i32 i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "{other}") (data (i32.const 32) "{five}")
          (func (export "main") (result i32) {body}
            (call $output (i32.const 64) (i32.const 32)) (i32.const 0)))"#,
        other = "\\0b".repeat(20),
        five = "\\05".repeat(32),
    ))
}

fn host() -> TestHost {
    let mut host = TestHost::new(&engine());
    host.world.balances.insert(OTHER, U256::from(123));
    host.world.codes.insert(OTHER, b"some code".as_slice().into());
    host
}

fn output(code: &Bytes) -> Vec<u8> {
    match run_in(code, &[], GAS, host()).1.outcome {
        Outcome::Success(output) => output.to_vec(),
        outcome => panic!("{outcome:?}"),
    }
}

#[test]
fn a_stored_word_is_loaded_again() {
    for kind in ["storage", "transient"] {
        let code = with(
            &format!(
                r#"(import "troupe" "{kind}_store" (func $store (param i32 i32)))
                   (import "troupe" "{kind}_load" (func $load (param i32 i32)))"#
            ),
            "(call $store (i32.const 96) (i32.const 32)) (call $load (i32.const 96) (i32.const 64))",
        );
        let (host, finished) = run(&code, &[], GAS);
        assert_eq!(finished.outcome, Outcome::Success([5; 32].into()), "{kind}");
        let (kept, other) = match kind {
            "storage" => (host.world.storage, host.world.transient),
            _ => (host.world.transient, host.world.storage),
        };
        let five = U256::from_be_bytes([5; 32]);
        assert_eq!(kept.get(&(HERE, Hash::default())), Some(&five), "{kind}");
        assert!(other.is_empty(), "{kind}");
    }
}

#[test]
fn accounts_are_read() {
    let balance = r#"(import "troupe" "balance" (func $f (param i32 i32)))"#;
    let read = output(&with(balance, "(call $f (i32.const 0) (i32.const 64))"));
    assert_eq!(U256::from_be_slice(&read), U256::from(123));
    let code_hash = r#"(import "troupe" "code_hash" (func $f (param i32 i32)))"#;
    let read = output(&with(code_hash, "(call $f (i32.const 0) (i32.const 64))"));
    assert_eq!(read, hash(&b"some code".as_slice().into()).0);
    let size = r#"(import "troupe" "code_size" (func $f (param i32) (result i32)))"#;
    let read = output(&with(size, "(i32.store (i32.const 64) (call $f (i32.const 0)))"));
    assert_eq!(read[0], 9);
}

#[test]
fn copied_code_ends_in_zeros() {
    let copy = r#"(import "troupe" "code_copy" (func $f (param i32 i32 i32 i32)))"#;
    let body = |offset: i32| {
        format!(
            "(memory.fill (i32.const 64) (i32.const 9) (i32.const 32))
             (call $f (i32.const 0) (i32.const 64) (i32.const {offset}) (i32.const 12))"
        )
    };
    assert_eq!(output(&with(copy, &body(0)))[..13], *b"some code\0\0\0\x09");
    assert_eq!(output(&with(copy, &body(5)))[..13], *b"code\0\0\0\0\0\0\0\0\x09");
    assert_eq!(output(&with(copy, &body(-1)))[..13], *b"\0\0\0\0\0\0\0\0\0\0\0\0\x09");
    let code = with(copy, "(call $f (i32.const 0) (i32.const 64) (i32.const 0) (i32.const -1))");
    assert_eq!(run(&code, &[], GAS).1.outcome, Outcome::Trapped(Trap::Memory));
}

#[test]
fn hashes_of_blocks_are_read() {
    let import = r#"(import "troupe" "block_hash" (func $f (param i64 i32)))"#;
    let read = |height: i64| {
        output(&with(import, &format!("(call $f (i64.const {height}) (i32.const 64))")))
    };
    assert_eq!(read(11), [0xb0; 32]);
    assert_eq!(read(12), [0; 32]);
    assert_eq!(read(-1), [0; 32]);
}

#[test]
fn a_destroyed_contract_does_not_go_on_and_keeps_its_gas() {
    let code = with(
        r#"(import "troupe" "destroy" (func $destroy (param i32)))"#,
        "(call $destroy (i32.const 0)) unreachable",
    );
    let (host, finished) = run(&code, &[], GAS);
    assert_eq!(finished.outcome, Outcome::Destroyed);
    assert_eq!(host.world.destroyed, [(HERE, OTHER)]);
    assert!(finished.gas_left > GAS / 2, "{}", finished.gas_left);
}

#[test]
fn a_state_that_cannot_be_read_is_a_fault_and_no_result() {
    let code = with(
        r#"(import "troupe" "storage_load" (func $f (param i32 i32)))"#,
        "(call $f (i32.const 0) (i32.const 64))",
    );
    let mut host = host();
    host.world.is_broken = true;
    let (_, finished) = run_in(&code, &[], GAS, host);
    assert_eq!(finished.outcome, Outcome::Fault(Error::Host));
}

#[test]
fn nothing_changes_in_a_static_call() {
    for (import, body) in [
        ("storage_store\" (func $f (param i32 i32", "(call $f (i32.const 0) (i32.const 32))"),
        ("transient_store\" (func $f (param i32 i32", "(call $f (i32.const 0) (i32.const 32))"),
        (
            "log\" (func $f (param i32 i32 i32 i32",
            "(call $f (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))",
        ),
        ("destroy\" (func $f (param i32", "(call $f (i32.const 0))"),
        (
            "create\" (func $f (param i32 i32 i32 i32) (result i32",
            "(drop (call $f (i32.const 96) (i32.const 0) (i32.const 1) (i32.const 64)))",
        ),
        (
            "create2\" (func $f (param i32 i32 i32 i32 i32) (result i32",
            "(drop (call $f (i32.const 96) (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 64)))",
        ),
        (
            "call\" (func $f (param i32 i32 i64 i32 i32) (result i32",
            "(drop (call $f (i32.const 0) (i32.const 32) (i64.const 0) (i32.const 0) (i32.const 0)))",
        ),
    ] {
        let code = with(&format!("(import \"troupe\" \"{import})))"), body);
        let mut host = host();
        host.context.is_static = true;
        let before = host.world.clone();
        let (host, finished) = run_in(&code, &[], GAS, host);
        assert_eq!(finished.outcome, Outcome::Trapped(Trap::Static), "{import}");
        assert_eq!(host.world, before, "{import}");
    }
}

#[test]
fn a_pointer_outside_the_memory_traps_before_the_host_is_asked() {
    for (import, body) in [
        ("storage_load\" (func $f (param i32 i32", "(call $f (i32.const 65505) (i32.const 0))"),
        ("storage_load\" (func $f (param i32 i32", "(call $f (i32.const 0) (i32.const 65505))"),
        ("storage_store\" (func $f (param i32 i32", "(call $f (i32.const 0) (i32.const -1))"),
        ("transient_load\" (func $f (param i32 i32", "(call $f (i32.const 0) (i32.const -32))"),
        ("balance\" (func $f (param i32 i32", "(call $f (i32.const -1) (i32.const 0))"),
        ("balance\" (func $f (param i32 i32", "(call $f (i32.const 0) (i32.const -1))"),
        ("code_hash\" (func $f (param i32 i32", "(call $f (i32.const 0) (i32.const -1))"),
        ("block_hash\" (func $f (param i64 i32", "(call $f (i64.const 0) (i32.const -1))"),
        ("destroy\" (func $f (param i32", "(call $f (i32.const -1))"),
    ] {
        let code = with(&format!("(import \"troupe\" \"{import})))"), body);
        let (host, finished) = run_in(&code, &[], GAS, host());
        assert_eq!(finished.outcome, Outcome::Trapped(Trap::Memory), "{import} {body}");
        assert!(host.world.storage.is_empty() && host.world.destroyed.is_empty(), "{import}");
    }
}
