//! A contract's place is taken by another, with all that it has.

use crate::common::{Wish, account};
use crate::world::{KEEPER, World, get, letter, platon, put, slot};
use troupe_chain::state::{EMPTY_CODE, StateView};
use troupe_types::{Address, Gas};
use troupe_vm::{Failure, Outcome};

const GAS: u64 = 25_000_000;

/// Records of 40 bytes in three words each, and the one of the constructor.
const RECORDS: u16 = 250;
const WORDS: usize = 3 * RECORDS as usize + 1;

fn keeper(value: u128) -> (World, Address) {
    let mut world = World::new();
    let keeper = world.deploy(&platon(KEEPER, &[]), value).contract.unwrap();
    let outcome = world.call(keeper, &put(RECORDS, 40));
    assert!(outcome.result.is_ok(), "{:?}", outcome.result);
    assert_eq!(world.words(keeper), WORDS);
    (world, keeper)
}

fn wish_of(value: u8) -> Vec<u8> {
    letter(b'm', &[&[value][..], &platon(KEEPER, &[])].concat())
}

fn wish() -> Vec<u8> {
    wish_of(2)
}

fn successor(outcome: &Outcome) -> Address {
    let output = outcome.result.as_ref().unwrap();
    assert_eq!(output[..4], [0; 4]);
    Address(output[4..].try_into().unwrap())
}

/// All that the old contract had is with the new one, and nothing is left but its number.
fn check(world: &World, old: Address, new: Address, records: u16, length: usize) {
    for key in 0..u32::from(records) {
        let mut want = vec![1; length];
        want[..4].copy_from_slice(&key.to_le_bytes());
        assert_eq!(world.ask(new, &get(key)), want);
    }
    let left = world.account(old);
    assert_eq!((left.code_hash, world.balance(old), world.words(old)), (EMPTY_CODE, 0, 0));
    assert!(left.nonce >= 2, "nothing is ever created there again");
    let late = world.state.storage(&old, &slot(b"late")).unwrap();
    assert!(late.is_zero(), "what it wrote after that is gone");
}

#[test]
fn a_successor_has_the_storage_the_balance_and_its_own_code() {
    let (mut world, old) = keeper(50);
    let outcome = world.call(old, &wish());
    let new = successor(&outcome);
    check(&world, old, new, RECORDS, 40);
    assert_eq!(world.balance(new), 50);
    assert_eq!(world.words(new), WORDS);
    // Its constructor saw who asked for it, and all the balance.
    assert_eq!(world.ask(new, &letter(b'w', &[])), [&account(1).0[..], &[50]].concat());
    // Each word cost as much as clearing it here and setting it there.
    let words = 27_100 * WORDS as u64;
    let fifth = outcome.gas_used.0 / 4;
    assert!(outcome.gas_used.0 + fifth > words, "{:?} for {WORDS} words", outcome.gas_used);
    // Calls to the old address are calls to nobody.
    let outcome = world.call(old, &get(1));
    assert_eq!(outcome.result.unwrap().len(), 0);
    assert!(world.call(new, &put(2, 90)).result.is_ok());
}

#[test]
fn the_code_of_another_contract_succeeds_as_well() {
    let (mut world, old) = keeper(0);
    let model = world.made(&platon(KEEPER, &[]));
    let wish = letter(b'n', &[&[0][..], &model.0, &crate::world::init()].concat());
    let new = successor(&world.call(old, &wish));
    for key in [0, 100, u32::from(RECORDS) - 1] {
        assert_eq!(world.ask(new, &get(key))[..4], key.to_le_bytes());
    }
    assert_eq!((world.words(old), world.words(new)), (0, WORDS));
    assert_eq!(world.code(new), world.code(model));
}

#[test]
fn words_that_are_not_in_the_state_yet_go_over_too() {
    let (mut world, old) = keeper(0);
    // In one block: some records are written anew, others are taken away, then all is moved.
    let call = |gas, input: &[u8]| Wish { gas, ..Wish::call(1, 0, old, input) };
    let outcomes = world.block(vec![call(9_000_000, &put(60, 31)), call(21_000_000, &wish_of(0))]);
    let new = successor(&outcomes[1]);
    assert_eq!(world.words(new), WORDS - 2 * 60, "60 values have two words less");
    for key in 0..u32::from(RECORDS) {
        let length = if key < 60 { 31 } else { 40 };
        assert_eq!(world.ask(new, &get(key)).len(), length);
    }
    assert_eq!(world.words(old), 0);
}

#[test]
fn a_contract_that_is_not_older_than_the_block_is_succeeded() {
    let mut world = World::new();
    let from = alloy_primitives::Address::from(account(1).0).create(0);
    let old = Address(from.into_array());
    let call = |gas, input: &[u8]| Wish { gas, ..Wish::call(1, 0, old, input) };
    let make = Wish { gas: 3_000_000, ..Wish::create(1, 0, &platon(KEEPER, &[])) };
    let outcomes =
        world.block(vec![make, call(3_000_000, &put(30, 20)), call(5_000_000, &wish_of(0))]);
    let new = successor(&outcomes[2]);
    check(&world, old, new, 30, 20);
}

#[test]
fn with_too_little_gas_nothing_is_moved() {
    let (mut world, old) = keeper(50);
    let needed = {
        let mut other = world.clone();
        other.call(old, &wish()).gas_used.0
    };
    for share in [10, 50, 75] {
        let gas = needed * share / 100;
        let outcome = world.send(Wish { gas, ..Wish::call(1, 0, old, &wish()) });
        assert!(outcome.result.is_err());
        assert_eq!(outcome.gas_used, Gas(gas));
        assert_eq!((world.words(old), world.balance(old)), (WORDS, 50));
        assert_eq!(world.account(old).nonce, 1);
        let new = alloy_primitives::Address::from(old.0).create(1);
        assert!(world.state.account(&Address(new.into_array())).unwrap().is_none());
    }
    let new = successor(&world.call(old, &wish()));
    check(&world, old, new, RECORDS, 40);
}

#[test]
fn a_move_that_is_taken_back_leaves_everything_where_it_was() {
    let (mut world, old) = keeper(50);
    let wish = letter(b'm', &[&[2][..], &platon(KEEPER, b"reason")].concat());
    let outcome = world.send(Wish { gas: GAS, ..Wish::call(1, 0, old, &wish) });
    assert!(matches!(outcome.result, Err(Failure::Reverted(_))), "{:?}", outcome.result);
    assert_eq!((world.words(old), world.balance(old)), (WORDS, 50));
    assert_eq!(world.ask(old, &get(7)).len(), 40);
    assert!(!world.code(old).is_empty());
}
