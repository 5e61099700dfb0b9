//! Storage under keys of any length, code of others.

use crate::world::{PRICE, run_in};
use crate::{ends, host, keeps, module, outcome, output, output_in, returns};
use alloy_primitives::{Bytes, U256, keccak256};
use proptest::prelude::*;
use std::collections::BTreeMap;
use troupe_types::{Address, Hash};
use troupe_wasm::{Outcome, Trap};

/// Writes what stands at 1,024 under a key that follows it.
fn set(value: usize, key: usize) -> String {
    let at = 1024 + value;
    format!(
        "(call $platon_set_state (i32.const {at}) (i32.const {key}) (i32.const 1024) (i32.const {value}))"
    )
}

/// Returns what is said of a key at 1,024, and then as many bytes.
fn get(key: usize, room: usize) -> String {
    format!(
        "{} {} (call $platon_return (i32.const 4096)
            (i32.add (i32.const 8) (select (i32.const 0) (i32.load (i32.const 4100))
                (i32.lt_s (i32.load (i32.const 4100)) (i32.const 0)))))",
        keeps(4096, &format!("(call $platon_get_state_length (i32.const 1024) (i32.const {key}))")),
        keeps(
            4100,
            &format!(
                "(call $platon_get_state (i32.const 1024) (i32.const {key})
            (i32.const 4104) (i32.const {room}))"
            )
        ),
    )
}

#[test]
fn a_value_is_as_long_as_it_was_written_and_an_empty_one_is_none() {
    let (world, _) = output_in(&set(40, 3), &[&[7; 40][..], b"key"].concat(), host());
    let got = output_in(&get(3, 40), b"key", world);
    assert_eq!(got.1, [&[40, 0, 0, 0, 40, 0, 0, 0][..], &[7; 40]].concat());
    assert_eq!(got.0.world.storage.len(), 3);
    let small = output_in(&get(3, 39), b"key", got.0);
    assert_eq!(small.1, [40, 0, 0, 0, 0xff, 0xff, 0xff, 0xff], "there is not room enough");
    assert_eq!(output(&get(3, 40), b"kez"), [0; 8], "another key, another world");
    let (empty, _) = output_in(&set(0, 3), b"key", small.0);
    assert_eq!(output_in(&get(3, 40), b"key", empty).1, [0; 8]);
    // Room that is not there is found out before anything is made for it.
    let (world, _) = output_in(&set(40, 3), &[&[7; 40][..], b"key"].concat(), host());
    let far = "(drop (call $platon_get_state (i32.const 1024) (i32.const 3) (i32.const 131060) (i32.const -1)))";
    assert_eq!(ends(far, b"key", world).1.outcome, Outcome::Trapped(Trap::Memory));
}

#[test]
fn nothing_is_written_in_a_static_call_and_everything_is_read() {
    let (mut world, _) = output_in(&set(2, 3), b"ookey", host());
    world.context.is_static = true;
    let (world, finished) = ends(&set(2, 3), b"nokey", world);
    assert_eq!(finished.outcome, Outcome::Trapped(Trap::Static));
    assert_eq!(
        output_in(&get(3, 9), b"key", world).1,
        [&[2, 0, 0, 0, 2, 0, 0, 0][..], b"oo"].concat()
    );
}

#[test]
fn a_word_that_borrowed_code_left_in_the_place_of_a_value_is_a_trap() {
    let mut world = host();
    let slot = Hash(keccak256(b"platon state key").0);
    world.world.storage.insert((world.context.address, slot), U256::MAX);
    let (_, finished) = ends(&get(3, 9), b"key", world);
    assert_eq!(finished.outcome, Outcome::Trapped(Trap::Storage));
}

#[test]
fn each_word_of_a_value_costs_what_a_word_costs() {
    let used = |length: usize| {
        let data = [vec![7; length], b"key".to_vec()].concat();
        let (world, finished) = ends(&set(length, 3), &data, host());
        assert_eq!(finished.outcome, Outcome::Success(Bytes::new()));
        let written = 1_000_000 - finished.gas_left;
        let read = {
            let code = module(&get(3, length), b"key");
            1_000_000 - run_in(&code, crate::CALL, 1_000_000, world).1.gas_left
        };
        (written, read)
    };
    let (one, many) = (used(31), used(3_200));
    // 100 words more, each with what its copy costs; and as much for reading.
    assert!(many.0 - one.0 >= 100 * (PRICE + 3), "{many:?} {one:?}");
    assert!(many.1 - one.1 >= 100 * (PRICE + 3), "{many:?} {one:?}");
}

#[test]
fn code_is_copied_whole_or_not_at_all() {
    let body = |room: u32| {
        format!(
            "{} {} {}",
            keeps(0, "(call $platon_contract_code_length (i32.const 1024))"),
            keeps(
                4,
                &format!(
                    "(call $platon_contract_code (i32.const 1024) (i32.const 8) (i32.const {room}))"
                )
            ),
            returns(0, 12)
        )
    };
    let coded = || {
        let mut host = host();
        host.world.codes.insert(Address([9; 20]), Bytes::from_static(b"code"));
        host
    };
    assert_eq!(output_in(&body(4), &[9; 20], coded()).1, b"\x04\0\0\0\x04\0\0\0code");
    assert_eq!(output_in(&body(3), &[9; 20], coded()).1, b"\x04\0\0\0\0\0\0\0\0\0\0\0");
    assert_eq!(output_in(&body(9), &[8; 20], coded()).1, [0; 12]);
    let far = "(drop (call $platon_get_state_length (i32.const 131071) (i32.const 2)))";
    assert_eq!(outcome(far, &[]), Outcome::Trapped(Trap::Memory));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whatever a contract writes and reads, it finds what a map would hold.
    #[test]
    fn storage_is_a_map(
        steps in proptest::collection::vec(
            (proptest::collection::vec(0u8..3, 0..40), proptest::option::of(
                proptest::collection::vec(any::<u8>(), 0..150))), 1..12),
    ) {
        let mut known: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
        let mut world = host();
        for (key, value) in steps {
            let value = value.unwrap_or_default();
            let data = [value.as_slice(), &key].concat();
            world = output_in(&set(value.len(), key.len()), &data, world).0;
            known.insert(key, value);
            for (key, value) in &known {
                let (next, got) = output_in(&get(key.len(), 150), key, world);
                world = next;
                let length = (value.len() as u32).to_le_bytes();
                prop_assert_eq!(got, [&length[..], &length, value].concat());
            }
        }
    }
}
