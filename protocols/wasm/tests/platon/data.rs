//! Surroundings, input, output, events, ends.

use crate::world::{TestHost, context, engine, run_in};
use crate::{CALL, ends, host, keeps, keeps_long, module, outcome, output, output_in, returns};
use alloy_primitives::{Bytes, U256};
use troupe_types::{Address, Hash};
use troupe_wasm::{Outcome, Trap};

#[test]
fn surroundings_are_those_of_the_call() {
    for (name, want) in [
        ("coinbase", Address([0xcb; 20])),
        ("origin", Address([0x01; 20])),
        ("caller", Address([0xca; 20])),
        ("address", Address([0xaa; 20])),
    ] {
        let body = format!("(call $platon_{name} (i32.const 0)) {}", returns(0, 20));
        assert_eq!(output(&body, &[]), want.0, "{name}");
    }
    for (name, want) in [
        ("block_number", 12_u64),
        ("gas_limit", 30_000_000),
        ("timestamp", 1_700_000_000_123),
        ("caller_nonce", 0xca),
    ] {
        let body = keeps_long(0, &format!("(call $platon_{name})")) + &returns(0, 8);
        assert_eq!(output(&body, &[]), want.to_le_bytes(), "{name}");
    }
    let body = keeps_long(0, "(call $platon_gas)") + &returns(0, 8);
    let left = u64::from_le_bytes(output(&body, &[]).try_into().expect("eight bytes"));
    assert!((900_000..1_000_000).contains(&left), "{left}");
}

#[test]
fn numbers_have_no_zeros_at_their_head() {
    let body = |name: &str| {
        format!("(call $platon_return (i32.const 0) (call $platon_{name} (i32.const 0)))")
    };
    assert_eq!(output(&body("call_value"), &[]), [77]);
    assert_eq!(output(&body("gas_price"), &[]), [3, 0xe8]);
    let mut poor = host();
    poor.context.value = U256::ZERO;
    assert_eq!(output_in(&body("call_value"), &[], poor).1, b"");
    let mut rich = host();
    rich.world.balances.insert(Address([7; 20]), U256::MAX);
    let balance = "(call $platon_return (i32.const 0)
        (call $platon_balance (i32.const 1024) (i32.const 0)))";
    assert_eq!(output_in(balance, &[7; 20], rich).1, [0xff; 32]);
    assert_eq!(output(balance, &[8; 20]), b"");
}

#[test]
fn hashes_of_blocks_end_at_the_height() {
    let body = |height: u64| {
        format!("(call $platon_block_hash (i64.const {height}) (i32.const 0)) {}", returns(0, 32))
    };
    assert_eq!(output(&body(11), &[]), [0xb0; 32]);
    assert_eq!(output(&body(12), &[]), [0; 32]);
}

#[test]
fn a_contract_goes_on_after_it_has_returned_something_and_the_last_counts() {
    assert_eq!(output(&(returns(1024, 3) + &returns(1027, 2)), b"onetwo"), b"tw");
}

#[test]
fn a_revert_keeps_what_was_returned_and_a_panic_nothing() {
    let body = returns(1024, 3) + "(call $platon_revert) unreachable";
    let (_, finished) = ends(&body, b"why", host());
    assert_eq!(finished.outcome, Outcome::Reverted(Bytes::from_static(b"why")));
    assert!(finished.gas_left > 900_000);
    let (_, finished) = ends("(call $platon_panic)", &[], host());
    assert_eq!(finished.outcome, Outcome::Trapped(Trap::Panic));
    assert_eq!(finished.gas_left, 0);
}

#[test]
fn the_input_is_copied_whole() {
    let body = "(call $platon_get_input (i32.const 8)) (call $platon_return (i32.const 8)
        (call $platon_get_input_length))";
    let input = [CALL, &[9; 70]].concat();
    let (_, finished) = run_in(&module(body, &[]), &input, 100_000, host());
    assert_eq!(finished.outcome, Outcome::Success(input.into()));
    let far = "(call $platon_get_input (i32.const 131071))";
    assert_eq!(outcome(far, &[]), Outcome::Trapped(Trap::Memory));
}

fn event(topics: usize, data: usize) -> String {
    let at = 1024 + topics;
    format!(
        "(call $platon_event (i32.const 1024) (i32.const {topics}) (i32.const {at}) (i32.const {data}))"
    )
}

#[test]
fn topics_are_a_list_of_strings_of_at_most_32_bytes() {
    let (host, _) = output_in(&event(7, 4), b"\xc6\x05\x80\x83abcdata", host());
    let word = |end: &[u8]| {
        let mut word = [0; 32];
        word[32 - end.len()..].copy_from_slice(end);
        Hash(word)
    };
    let topics = vec![word(&[5]), Hash::default(), word(b"abc")];
    assert_eq!(host.world.logs, [(context().address, topics, Bytes::from_static(b"data"))]);
    assert_eq!(output_in(&event(0, 0), &[], TestHost::new(&engine())).0.world.logs[0].1, []);

    let long = [&[0xe2, 0xa1][..], &[1; 33]].concat();
    for (list, trap) in [
        (&b"\xc5\x01\x02\x03\x04\x05"[..], Trap::Topics),
        (&long, Trap::TopicForm),
        (b"\x83abc", Trap::TopicForm),
        (b"\xc1\xc0", Trap::TopicForm),
        (b"\xc5\x01", Trap::TopicForm),
    ] {
        assert_eq!(outcome(&event(list.len(), 0), list), Outcome::Trapped(trap), "{list:x?}");
    }
    let mut quiet = self::host();
    quiet.context.is_static = true;
    let (quiet, finished) = ends(&event(0, 0), &[], quiet);
    assert_eq!(finished.outcome, Outcome::Trapped(Trap::Static));
    assert!(quiet.world.logs.is_empty());
}

#[test]
fn lines_go_to_the_node() {
    let (host, _) =
        output_in("(call $platon_debug (i32.const 1024) (i32.const 5))", b"hello", host());
    assert_eq!(host.world.lines, ["hello"]);
}

#[test]
fn whoever_destroys_himself_goes_on() {
    let body = keeps(0, "(call $platon_destroy (i32.const 1024))") + &returns(0, 4);
    let (host, output) = output_in(&body, &[6; 20], host());
    assert_eq!(output, [0; 4]);
    assert_eq!(host.world.destroyed, [(context().address, Address([6; 20]))]);
}
