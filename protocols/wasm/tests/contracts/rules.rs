//! What may be deployed, and what the refusal says.

use crate::world::{TestHost, engine, hash, wasm};
use alloy_primitives::Bytes;
use proptest::prelude::*;
use troupe_wasm::{Convention, Entry, Outcome, Refused, host_functions, split};

const MAIN: &str = "(func (export \"main\") (result i32) i32.const 0)";
const MEMORY: &str = "(memory (export \"memory\") 1)";

fn check(text: &str) -> Result<(), Refused> {
    engine().check(&wasm(text)).map(drop)
}

/// What is said of a contract with something more in it.
fn says(more: &str) -> String {
    check(&format!("(module {more} {MEMORY} {MAIN})")).expect_err(more).to_string()
}

/// What is said of a contract with a function that does something.
fn says_of(body: &str) -> String {
    says(&format!("(func {body})"))
}

#[test]
fn the_least_contract_is_taken() {
    assert_eq!(check(&format!("(module {MEMORY} {MAIN})")), Ok(()));
}

#[test]
fn the_memory_and_main_have_to_be_exported_as_they_are() {
    let refused = |text: &str| check(text).expect_err(text).to_string();
    let no_memory = "no memory is exported as `memory`";
    assert_eq!(refused(&format!("(module {MAIN})")), no_memory);
    assert_eq!(refused(&format!("(module (memory 1) {MAIN})")), no_memory);
    let function = format!("(module (func (export \"memory\")) (memory 1) {MAIN})");
    assert_eq!(refused(&function), no_memory);
    assert_eq!(refused(&format!("(module {MEMORY})")), "no function is exported as `main`");
    for (ty, shown) in [("", "[] -> []"), ("(param i32) (result i32)", "[i32] -> [i32]")] {
        let text = format!("(module {MEMORY} (func (export \"main\") {ty} unreachable))");
        assert_eq!(refused(&text), format!("`main` is {shown}, it has to be [] -> [i32]"));
    }
    assert_eq!(
        says("(func (export \"deploy\") (result i64) unreachable)"),
        "`deploy` is [] -> [i64], it has to be [] -> [i32]"
    );
    assert_eq!(
        says("(global (export \"deploy\") i32 (i32.const 0))"),
        "no function is exported as `deploy`"
    );
    let imported = format!(
        "(module (import \"troupe\" \"input_size\" (func $f (result i32))) {MEMORY} (export \"main\" (func $f)))"
    );
    assert_eq!(refused(&imported), "an entry that is imported is not allowed");
}

#[test]
fn only_functions_of_the_host_are_imported_and_with_their_type() {
    for (import, said) in [
        ("\"env\" \"abort\" (func)", "import of `env` `abort`, which does not exist"),
        ("\"troupe\" \"abort\" (func)", "import of `troupe` `abort`, which does not exist"),
        (
            "\"env\" \"input_size\" (func (result i32))",
            "import of `env` `input_size`, which does not exist",
        ),
        (
            "\"troupe\" \"input_size\" (global i32)",
            "import of `troupe` `input_size`, which does not exist",
        ),
        (
            "\"troupe\" \"input_size\" (func (result i64))",
            "import of `input_size` as [] -> [i64], it is [] -> [i32]",
        ),
        (
            "\"troupe\" \"call\" (func (param i32 i32 i32 i32 i32) (result i32))",
            "import of `call` as [i32 i32 i32 i32 i32] -> [i32], it is [i32 i32 i64 i32 i32] -> [i32]",
        ),
        ("\"troupe\" \"t\" (table 1 funcref)", "import of `troupe` `t`, which does not exist"),
    ] {
        assert_eq!(says(&format!("(import {import})")), said);
    }
    let memory = format!(
        "(module (import \"troupe\" \"m\" (memory 1)) (export \"memory\" (memory 0)) {MAIN})"
    );
    let refused = check(&memory).unwrap_err().to_string();
    assert_eq!(refused, "import of `troupe` `m`, which does not exist");
}

#[test]
fn every_function_of_the_host_is_there_when_it_is_imported() {
    let mut imports = String::new();
    for (name, signature) in host_functions(Convention::Troupe) {
        let ty = signature.to_string();
        let (parameters, results) = ty.split_once(" -> ").unwrap();
        let inside = |list: &str| list.trim_matches(['[', ']']).to_owned();
        let (parameters, results) = (inside(parameters), inside(results));
        imports += &format!(
            "(import \"troupe\" \"{name}\" (func (param {parameters}) (result {results})))"
        );
    }
    assert_eq!(host_functions(Convention::Troupe).count(), 43);
    let code = wasm(&format!("(module {imports} {MEMORY} {MAIN})"));
    assert_eq!(engine().check(&code), Ok(Convention::Troupe));
    let (_, finished) = crate::world::run(&code, &[], 100_000);
    assert_eq!(finished.outcome, Outcome::Success(Bytes::new()));
}

#[test]
fn what_is_not_enabled_is_refused() {
    for more in [
        "(func (param f32))",
        "(func (result f64) f64.const 1)",
        "(global f32 (f32.const 0))",
        "(func (drop (i32.trunc_sat_f32_s (f32.const 1))))",
        "(func (drop (f32.reinterpret_i32 (i32.const 1))))",
        "(func (result i32 i32) unreachable)",
        "(func (block (result i32 i32) unreachable) drop drop)",
        "(func (i32.const 1) (loop (param i32) drop))",
        "(func (param v128))",
        "(func (param externref))",
        "(func (drop (ref.null func)))",
        "(func $f (return_call $f))",
        "(memory 1)",
        "(table 1 funcref) (table 1 funcref)",
        "(tag)",
        "(global i32 (i32.add (i32.const 1) (i32.const 2)))",
    ] {
        assert!(says(more).starts_with("not valid at byte "), "{more}: {}", says(more));
    }
    let shared = check(&format!("(module (memory (export \"memory\") 1 1 shared) {MAIN})"));
    assert!(matches!(shared, Err(Refused::Invalid { .. })), "{shared:?}");
    let wide = check(&format!("(module (memory (export \"memory\") i64 1) {MAIN})"));
    assert!(matches!(wide, Err(Refused::Invalid { .. })), "{wide:?}");
}

#[test]
fn nothing_runs_by_itself() {
    assert_eq!(says("(func $f) (start $f)"), "a start function is not allowed");
}

#[test]
fn everything_has_a_cap() {
    let many = |one: &str, times: usize| one.repeat(times);
    let nested = |depth: usize| format!("{}{}", many("(block ", depth), many(")", depth));
    for (said, got) in [
        ("10001 functions exceed 10000", says(&many("(func)", 10_000))),
        ("1001 globals exceed 1000", says(&many("(global i32 (i32.const 0))", 1_001))),
        ("10001 elements of a table exceed 10000", says("(table 10001 funcref)")),
        ("65 parameters exceed 64", says_of(&format!("(param {})", many("i32 ", 65)))),
        ("513 locals of a function exceed 512", says_of(&format!("(local {})", many("i64 ", 513)))),
        (
            "513 operands of a function exceed 512",
            says_of(&format!("{}{}", many("(i32.const 1)", 513), many("drop ", 513))),
        ),
        ("514 blocks within each other exceed 513", says_of(&nested(513))),
        (
            "1025 targets of a branch exceed 1024",
            says_of(&format!("(br_table {} (i32.const 0))", many("0 ", 1_026))),
        ),
        ("65538 bytes of a function exceed 65536", says_of(&many("nop ", 65_536))),
        (
            "1001 segments of elements exceed 1000",
            says(&format!("(table 1 funcref) {}", many("(elem (i32.const 0))", 1_001))),
        ),
        ("10001 segments of data exceed 10000", says(&many("(data \"\")", 10_001))),
    ] {
        assert_eq!(got, said);
    }
    let pages = check(&format!("(module (memory (export \"memory\") 257) {MAIN})"));
    assert_eq!(pages.unwrap_err().to_string(), "257 pages of memory exceed 256");
    let none = check(&format!("(module (memory (export \"memory\") 0 0) {MAIN})"));
    assert_eq!(none.unwrap_err().to_string(), "a memory that has no page, ever is not allowed");
    let long = vec![0; 512 * 1024 + 1];
    let refused = engine().check(&long).unwrap_err().to_string();
    assert_eq!(refused, "524289 bytes of a module exceed 524288");
}

#[test]
fn what_is_at_the_cap_runs() {
    let many = |one: &str, times: usize| one.repeat(times);
    let text = format!(
        "(module (memory (export \"memory\") 256) (table 10000 4000000000 funcref)
           (func $f (local {}) {}{}{}{})
           (func (export \"main\") (result i32) (call $f) i32.const 0))",
        many("i64 ", 512),
        many("(i32.const 1)", 512),
        many("drop ", 512),
        many("(block ", 512),
        many(")", 512),
    );
    let (code, engine) = (wasm(&text), engine());
    assert_eq!(engine.check(&code), Ok(Convention::Troupe));
    let host = TestHost::new(&engine);
    let (_, finished) =
        engine.run(&hash(&code), &code, Entry::Main, Bytes::new(), 10_000_000, host);
    assert_eq!(finished.outcome, Outcome::Success(Bytes::new()));
}

#[test]
fn a_count_that_is_claimed_costs_nothing() {
    // A section of five bytes says that it has four billion types, functions, data.
    for id in [1, 2, 3, 6, 7, 9, 10, 11] {
        let code = [b"\0asm\x01\0\0\0", &[id, 5, 0xff, 0xff, 0xff, 0xff, 0x0f][..]].concat();
        assert!(engine().check(&code).is_err(), "section {id}");
    }
}

#[test]
fn segments_have_to_fit() {
    assert_eq!(check(&format!("(module {MEMORY} {MAIN} (data (i32.const 65535) \"a\"))")), Ok(()));
    assert_eq!(says("(data (i32.const 65535) \"ab\")"), "data segment ends at 65537, beyond 65536");
    assert_eq!(says("(data (i32.const -1) \"\")"), "data segment ends at 4294967295, beyond 65536");
    assert_eq!(
        says("(table 1 funcref) (func $f) (elem (i32.const 1) $f)"),
        "element segment ends at 2, beyond 1"
    );
}

/// A module with something of everything.
fn rich() -> Bytes {
    wasm(&format!(
        "(module (type $t (func (param i32) (result i32)))
           (import \"troupe\" \"input_size\" (func $size (result i32)))
           (import \"troupe\" \"keccak256\" (func $keccak (param i32 i32 i32)))
           (table 3 funcref) {MEMORY} (global $g (mut i64) (i64.const 7))
           (elem (i32.const 1) $f) (data (i32.const 5) \"data\") (data \"passive\")
           (func $f (type $t) (local i64) (block $out (loop $in
             (br_if $out (i32.eqz (local.get 0)))
             (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br $in))) (local.get 0))
           (func (export \"main\") (result i32)
             (call $keccak (i32.const 0) (i32.const 64) (i32.const 0))
             (memory.init 1 (i32.const 0) (i32.const 0) (i32.const 2))
             (global.set $g (i64.load (i32.const 0)))
             (drop (memory.grow (i32.const 1)))
             (call_indirect (type $t) (call $size) (i32.const 1))))"
    ))
}

proptest! {
    #[test]
    fn a_cut_module_is_refused(at in any::<prop::sample::Index>()) {
        let code = rich();
        // The last section but the names, which may be there or not.
        let end = code.windows(7).position(|window| window == b"passive").unwrap() + 7;
        prop_assert_eq!(engine().check(&code[..end]), Ok(Convention::Troupe));
        let cut = at.index(end);
        prop_assert!(engine().check(&code[..cut]).is_err());
    }

    #[test]
    fn any_bytes_are_looked_at_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let code = [b"\0asm\x01\0\0\0", &bytes[..]].concat();
        let _ = engine().check(&code);
        let _ = split(&code);
    }

    #[test]
    fn what_is_taken_can_be_run_and_has_one_end(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        gas in 0u64..200_000,
    ) {
        let mut code = rich().to_vec();
        for (at, byte) in changes {
            let at = at.index(code.len() - 8) + 8;
            code[at] = byte;
        }
        let engine = engine();
        let run = |code: &Bytes| {
            let input = b"input".as_slice().into();
            let host = TestHost::new(&engine);
            engine.run(&hash(code), code, Entry::Main, input, gas, host).1
        };
        let taken = engine.check(&code).is_ok();
        let code = Bytes::from(code);
        let finished = run(&code);
        prop_assert!(!matches!(finished.outcome, Outcome::Fault(_)), "{:?}", finished);
        prop_assert_eq!(taken, finished.outcome != Outcome::Trapped(troupe_wasm::Trap::NotContract));
        prop_assert_eq!(run(&code), finished);
    }
}
