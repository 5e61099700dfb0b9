//! Calls, transfers, new contracts.

use crate::world::{HERE, TestHost, engine, wasm};
use crate::{CALL, ends, host, keeps, module, output_in, returns};
use alloy_primitives::{Bytes, U256};
use troupe_types::Address;
use troupe_wasm::{Offspring, Outcome, Role, Trap, platon_deployment};

const THERE: Address = Address([0xbb; 20]);

fn with(code: Bytes) -> TestHost {
    let mut host = host();
    host.world.codes.insert(THERE, code);
    host
}

/// Calls the contract whose address stands at 1,024 with an input of two bytes that follows, a value of one
/// byte that follows, and as much gas as the next two bytes say. Returns the status and what came back.
fn caller(call: &str) -> String {
    format!(
        "{} (call $platon_get_call_output (i32.const 4)) (call $platon_return (i32.const 0)
            (i32.add (i32.const 4) (call $platon_get_call_output_length)))",
        keeps(0, call)
    )
}

const CALLS: &str = "(call $platon_call (i32.const 1024) (i32.const 1044) (i32.const 2)
    (i32.const 1046) (i32.const 1) (i32.const 1047) (i32.const 2))";
const DELEGATES: &str =
    "(call $platon_delegate_call (i32.const 1024) (i32.const 1044) (i32.const 2)
    (i32.const 1047) (i32.const 2))";
const ASKS: &str = "(call $platon_static_call (i32.const 1024) (i32.const 1044) (i32.const 2)
    (i32.const 1047) (i32.const 2))";

fn data(value: u8, gas: u16) -> Vec<u8> {
    [&THERE.0[..], CALL, &[value], &gas.to_be_bytes()].concat()
}

/// Returns its address, its caller and the value.
fn teller() -> Bytes {
    module(
        "(call $platon_address (i32.const 0)) (call $platon_caller (i32.const 20))
         (call $platon_return (i32.const 0)
            (i32.add (i32.const 40) (call $platon_call_value (i32.const 40))))",
        &[],
    )
}

#[test]
fn a_call_tells_0_and_what_came_back() {
    let caller_of_ours = [0xca; 20];
    for (call, address, from, value) in [
        (CALLS, THERE.0, HERE.0, &[5][..]),
        (ASKS, THERE.0, HERE.0, &[]),
        (DELEGATES, HERE.0, caller_of_ours, &[77]),
    ] {
        let (_, output) = output_in(&caller(call), &data(5, 0), with(teller()));
        assert_eq!(output, [&[0; 4][..], &address, &from, value].concat(), "{call}");
    }
}

#[test]
fn a_call_that_reverts_or_fails_tells_less_than_0() {
    let minus = [0xff; 4];
    let reverts = module(&(returns(1024, 3) + "(call $platon_revert)"), b"why");
    let (_, output) = output_in(&caller(CALLS), &data(0, 0), with(reverts));
    assert_eq!(output, [&minus[..], b"why"].concat());
    let panics = module(&(returns(1024, 3) + "(call $platon_panic)"), b"why");
    let (_, output) = output_in(&caller(CALLS), &data(0, 20_000), with(panics));
    assert_eq!(output, minus);
    // Contracts of our convention are called in the same way.
    let ours = wasm(
        "(module (import \"troupe\" \"output_set\" (func $set (param i32 i32)))
            (memory (export \"memory\") 1) (data (i32.const 0) \"said\")
            (func (export \"main\") (result i32) (call $set (i32.const 0) (i32.const 4)) (i32.const 1)))",
    );
    let (_, output) = output_in(&caller(CALLS), &data(0, 0), with(ours));
    assert_eq!(output, [&minus[..], b"said"].concat());
}

#[test]
fn no_gas_is_all_gas_and_any_other_number_a_limit() {
    let burns = module("(loop $on (br $on))", &[]);
    let left = |gas| ends(&caller(CALLS), &data(0, gas), with(burns.clone())).1.gas_left;
    let (all, some) = (left(0), left(30_000));
    assert!(all < 1_000_000 / 64, "{all}");
    assert!((900_000..970_000).contains(&some), "{some}");
    let long = "(call $platon_call (i32.const 1024) (i32.const 1044) (i32.const 2)
        (i32.const 1046) (i32.const 0) (i32.const 1047) (i32.const 33))";
    let far = [&data(0, 0)[..20 + 2 + 1], &[0, 1], &[0; 31]].concat();
    let (_, finished) = ends(&caller(long), &far, with(teller()));
    assert!(
        matches!(finished.outcome, Outcome::Success(_)),
        "33 bytes, the first is 0: {finished:?}"
    );
    let far = [&data(0, 0)[..20 + 2 + 1], &[1; 33]].concat();
    let (_, finished) = ends(&caller(long), &far, with(teller()));
    assert_eq!(finished.outcome, Outcome::Trapped(Trap::Size));
}

#[test]
fn a_transfer_leaves_what_an_earlier_call_returned() {
    let body = format!(
        "(drop {CALLS}) {}",
        caller("(call $platon_transfer (i32.const 1024) (i32.const 1046) (i32.const 1))")
    );
    let (_, output) = output_in(&body, &data(5, 0), with(teller()));
    assert_eq!(output, [&[0; 4][..], &THERE.0, &HERE.0, &[5]].concat());
    let mut quiet = with(teller());
    quiet.context.is_static = true;
    let (quiet, finished) = ends(&caller(CALLS), &data(5, 0), quiet);
    assert_eq!(finished.outcome, Outcome::Trapped(Trap::Static), "a value is a change");
    assert!(matches!(ends(&caller(CALLS), &data(0, 0), quiet).1.outcome, Outcome::Success(_)));
}

/// Makes a contract of the bytes that follow a value and a limit at 1,024; returns the status and the address.
fn maker(name: &str, length: usize) -> String {
    let call = format!(
        "(call $platon_{name} (i32.const 4) (i32.const 1027) (i32.const {length})
            (i32.const 1024) (i32.const 1) (i32.const 1025) (i32.const 2))"
    );
    keeps(0, &call) + &returns(0, 24)
}

#[test]
fn new_contracts_are_there_or_not_begun_or_take_their_maker_along() {
    for (name, role) in [("deploy", Role::Child), ("migrate", Role::Successor)] {
        let data = |code: &[u8]| [&[9, 1, 0][..], code].concat();
        let (host, output) = output_in(&maker(name, 4), &data(b"code"), host());
        assert_eq!(output, [&[0; 4][..], &[0xcd; 20]].concat());
        let (value, code) = (U256::from(9), Bytes::from_static(b"code"));
        assert_eq!(host.world.born, [Offspring { role, value, code, gas: 256 }]);

        let (_, output) = output_in(&maker(name, 0), &data(b""), self::host());
        assert_eq!(output, [&[0xff; 4][..], &[0; 20]].concat());
        let (_, finished) = ends(&maker(name, 4), &data(b"revt"), self::host());
        assert_eq!(finished.outcome, Outcome::Reverted(Bytes::from_static(b"revt")));
        let (_, finished) = ends(&maker(name, 4), &data(b"fail"), self::host());
        assert_eq!(finished.outcome, Outcome::Trapped(Trap::Creation));
        let mut quiet = self::host();
        quiet.context.is_static = true;
        let (_, finished) = ends(&maker(name, 4), &data(b"code"), quiet);
        assert_eq!(finished.outcome, Outcome::Trapped(Trap::Static));
    }
}

#[test]
fn a_clone_is_made_of_code_that_is_there_and_a_new_call() {
    for (name, role) in [("clone", Role::Child), ("clone_migrate", Role::Successor)] {
        let call = format!(
            "(call $platon_{name} (i32.const 1024) (i32.const 4) (i32.const 1044) (i32.const 2)
                (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))"
        );
        let body = keeps(0, &call) + &returns(0, 24);
        let engine = engine();
        let mut host = TestHost::new(&engine);
        host.world.codes.insert(THERE, Bytes::from_static(b"its code"));
        let data = data(0, 0);
        let (host, output) = output_in(&body, &data, host);
        assert_eq!(output, [&[0; 4][..], &[0xcd; 20]].concat());
        let code = platon_deployment(b"its code", CALL).into();
        assert_eq!(host.world.born, [Offspring { role, value: U256::ZERO, code, gas: u64::MAX }]);
        let (host, output) = output_in(&body, &data, self::host());
        assert_eq!(output, [&[0xff; 4][..], &[0; 20]].concat(), "there is no code");
        assert!(host.world.born.is_empty());
    }
}
