//! Which modules are of which convention, and what their entry is called with.

use crate::world::{TestHost, engine, hash, run, wasm};
use crate::{CALL, module};
use alloy_primitives::Bytes;
use troupe_wasm::{
    Convention, Deployment, Engine, Entry, Finished, Outcome, PlatonRefused, Refused, Trap,
    host_functions, platon_deployment, platon_function, split,
};

const MEMORY: &str = "(memory (export \"memory\") 1)";
const INVOKE: &str = "(func (export \"invoke\"))";

fn says(inside: &str) -> String {
    let text = format!("(module {inside})");
    engine().check(&wasm(&text)).expect_err(inside).to_string()
}

#[test]
fn every_function_of_the_convention_is_there_when_it_is_imported() {
    assert_eq!(host_functions(Convention::Platon).count(), 46);
    let code = module("", &[]);
    assert_eq!(engine().check(&code), Ok(Convention::Platon));
    let (_, finished) = run(&code, CALL, 100_000);
    assert_eq!(finished.outcome, Outcome::Success(Bytes::new()));
    // No name means two functions.
    for (name, _) in host_functions(Convention::Platon) {
        assert!(host_functions(Convention::Troupe).all(|(other, _)| other != name));
    }
}

#[test]
fn a_module_is_of_one_convention() {
    let main = "(func (export \"main\") (result i32) (i32.const 0))";
    let env = "(import \"env\" \"platon_panic\" (func))";
    let troupe = "(import \"troupe\" \"input_size\" (func (result i32)))";
    for (inside, said) in [
        (format!("{MEMORY} {main} {INVOKE}"), "`invoke` beside `main` is not allowed"),
        (format!("{env} {MEMORY} {main}"), "`main` beside imports from `env` is not allowed"),
        (
            format!("{troupe} {MEMORY} {INVOKE}"),
            "`invoke` beside imports from `troupe` is not allowed",
        ),
        (
            format!("{troupe} {env} {MEMORY} {INVOKE}"),
            "an import from `troupe` beside one from `env` is not allowed",
        ),
        (
            format!("{MEMORY} (func (export \"invoke\") (result i32) (i32.const 0))"),
            "`invoke` is [] -> [i32], it has to be [] -> []",
        ),
        (INVOKE.to_owned(), "no memory is exported as `memory`"),
        (
            format!("(import \"env\" \"platon_magic\" (func)) {MEMORY} {INVOKE}"),
            "import of `env` `platon_magic`, which does not exist",
        ),
        (
            format!("(import \"env\" \"platon_gas\" (func)) {MEMORY} {INVOKE}"),
            "import of `platon_gas` as [] -> [], it is [] -> [i64]",
        ),
    ] {
        let got = says(&inside);
        assert_eq!(got, said);
    }
}

fn call(engine: &Engine, code: &Bytes, entry: Entry, input: &[u8]) -> Finished {
    let host = TestHost::new(engine);
    engine.run(&hash(code), code, entry, input.to_vec().into(), 100_000, host).1
}

#[test]
fn the_entry_runs_for_lists_that_call_a_function_but_the_constructor() {
    let engine = engine();
    let code = module(
        "(call $platon_get_input (i32.const 0)) (call $platon_return (i32.const 0) (call $platon_get_input_length))",
        &[],
    );
    let init = [&[0xc9, 0x88][..], &platon_function("init").to_be_bytes()].concat();
    let get = [&[0xc9, 0x88][..], &platon_function("get").to_be_bytes()].concat();
    for good in [CALL, get.as_slice(), b"\xc1\x80 and more"] {
        let finished = call(&engine, &code, Entry::Main, good);
        assert_eq!(finished.outcome, Outcome::Success(good.to_vec().into()));
    }
    for bad in [init.as_slice(), &[0xc0], &[1], b"no list at all", &[0xc2, 0xc1, 0x80]] {
        let finished = call(&engine, &code, Entry::Main, bad);
        let outcome = Outcome::Trapped(Trap::NotInvocation);
        assert_eq!(finished, Finished { outcome, gas_left: 0 }, "{bad:x?}");
    }
    // A transfer to it runs nothing and costs nothing.
    let finished = call(&engine, &code, Entry::Main, &[]);
    assert_eq!(finished, Finished { outcome: Outcome::Success(Bytes::new()), gas_left: 100_000 });
    // The constructor's call was looked at when the creation data was split.
    let finished = call(&engine, &code, Entry::Deploy, &init);
    assert_eq!(finished.outcome, Outcome::Success(init.into()));
}

#[test]
fn creation_data_is_the_magic_number_and_a_list_of_a_module_and_a_call() {
    let code = module("", &[]);
    let init = [&[0xc9, 0x88][..], &platon_function("init").to_be_bytes()].concat();
    let data = platon_deployment(&code, &init);
    let parts = Deployment { convention: Convention::Platon, module: &code, arguments: &init };
    assert_eq!(split(&data), Ok(parts));
    let other = platon_deployment(&code, CALL);
    assert_eq!(split(&other), Err(Refused::Platon(PlatonRefused::NotInit { got: 0 })));
    assert_eq!(split(&data[..data.len() - 1]), Err(Refused::Platon(PlatonRefused::Form)));
    // Neither form: for Ethereum's machine, not for this one.
    for neither in [&b"\0asm"[..], b"\0asm\x02\0\0\0", b"\0asm\xbf"] {
        assert_eq!(split(neither), Err(Refused::NoLength));
    }
}

#[test]
fn floats_are_moved_as_they_are_and_computing_with_them_traps() {
    // A NaN that says so, and one that is quiet, through every instruction that moves one.
    let numbers = [0x7ff4_0000_0000_1234_u64, 0xfff8_dead_beef_0000, 0x3ff0_0000_0000_0000];
    for number in numbers {
        let single = (number >> 32) as u32;
        let body = format!(
            "(local $f f64) (local $s f32)
            (i64.store (i32.const 0) (i64.const {number}))
            (local.set $f (f64.load (i32.const 0)))
            (f64.store (i32.const 8) (select (local.get $f) (f64.const 1) (i32.const 1)))
            (i64.store (i32.const 16) (i64.reinterpret_f64 (f64.reinterpret_i64 (i64.const {number}))))
            (local.set $s (f32.reinterpret_i32 (i32.const {single})))
            (f32.store (i32.const 24) (local.get $s))
            (i32.store (i32.const 28) (i32.reinterpret_f32 (f32.load (i32.const 24))))
            {}",
            crate::returns(8, 24)
        );
        let want = [
            &number.to_le_bytes()[..],
            &number.to_le_bytes(),
            &single.to_le_bytes(),
            &single.to_le_bytes(),
        ];
        assert_eq!(crate::output(&body, &[]), want.concat());
    }
    for computes in [
        "(drop (f64.add (f64.const 1) (f64.const 2)))",
        "(if (f32.lt (f32.const 1) (f32.const 2)) (then (call $platon_debug (i32.const 0) (i32.const 0))))",
        "(drop (i32.trunc_f64_u (f64.const 1)))",
        "(block (result i32) (br_if 0 (i32.const 1) (f64.eq (f64.const 1) (f64.convert_i32_s (i32.const 1))))) drop",
    ] {
        // Where nobody gets to it, it does no harm.
        let beside = format!("(if (i32.eqz (call $platon_get_input_length)) (then {computes}))");
        assert_eq!(crate::outcome(&beside, &[]), Outcome::Success(Bytes::new()), "{computes}");
        let (_, finished) = crate::ends(computes, &[], crate::host());
        let outcome = Outcome::Trapped(Trap::Unreachable);
        assert_eq!(finished, Finished { outcome, gas_left: 0 }, "{computes}");
    }
    // Ours stay without.
    let ours = "(memory (export \"memory\") 1) (func (export \"main\") (result i32) (i32.const 0))";
    assert!(says(&format!("{ours} (func (drop (f64.const 1)))")).contains("floating-point"));
    let newer = format!("{MEMORY} {INVOKE} (func (drop (i32.trunc_sat_f32_s (f32.const 1))))");
    assert!(says(&newer).contains("not valid"), "only what the first version has");
}
