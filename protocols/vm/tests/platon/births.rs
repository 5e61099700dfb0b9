//! Contracts that contracts of PlatON's convention make and end.

use crate::common::account;
use crate::world::{KEEPER, World, evm_hop, letter, platon};
use troupe_types::Address;
use troupe_vm::Failure;

/// The status and the address that a contract answers.
fn answer(output: &[u8]) -> (i32, Address) {
    let (status, address) = output.split_first_chunk().unwrap();
    (i32::from_le_bytes(*status), Address(address.try_into().unwrap()))
}

/// What the constructor of a contract saw: its caller and the value.
fn seen(world: &World, of: Address) -> (Address, Vec<u8>) {
    let output = world.ask(of, &letter(b'w', &[]));
    (Address(*output.first_chunk().unwrap()), output[20..].to_vec())
}

fn maker(value: u128) -> (World, Address) {
    let mut world = World::new();
    let outcome = world.deploy(&platon(KEEPER, &[]), value);
    (world, outcome.contract.unwrap())
}

#[test]
fn a_constructor_runs_once_with_the_sender_and_the_value() {
    let (world, keeper) = maker(300);
    assert_eq!(seen(&world, keeper), (account(1), vec![1, 44]));
    assert_eq!(world.balance(keeper), 300);
}

#[test]
fn a_child_sees_the_caller_of_its_maker_and_gets_the_makers_money() {
    let (mut world, keeper) = maker(100);
    let before = world.balance(account(1));
    let copy = [&[7][..], &keeper.0, &crate::world::init()].concat();
    let deploy = [&[7][..], &platon(KEEPER, &[])].concat();
    for (number, wish) in [letter(b'd', &deploy), letter(b'c', &copy)].into_iter().enumerate() {
        let spent = before - world.balance(account(1));
        let outcome = world.call(keeper, &wish);
        let (status, child) = answer(&outcome.result.unwrap());
        let there = alloy_primitives::Address::from(keeper.0).create(number as u64 + 1);
        assert_eq!((status, child.0), (0, there.into_array()), "as CREATE would");
        assert_eq!(seen(&world, child), (account(1), vec![7]));
        assert_eq!((world.balance(child), world.account(child).nonce), (7, 1));
        assert_eq!(world.code(child), world.code(keeper));
        let now = before - world.balance(account(1));
        assert_eq!(now - spent, u128::from(outcome.gas_used.0) * 9, "the caller pays gas alone");
    }
    assert_eq!((world.balance(keeper), world.account(keeper).nonce), (86, 3));
}

#[test]
fn contracts_for_ethereums_machine_are_made_too() {
    let (mut world, keeper) = maker(0);
    let outcome = world.call(keeper, &letter(b'd', &[&[0][..], &evm_hop()].concat()));
    let (status, child) = answer(&outcome.result.unwrap());
    assert_eq!(status, 0);
    assert!(world.call(child, crate::world::CALL).result.is_ok());
    assert_eq!(world.count(child), 1);
}

#[test]
fn without_the_money_nothing_begins_and_the_maker_goes_on() {
    let (mut world, keeper) = maker(6);
    for name in [b'd', b'm'] {
        let wish = letter(name, &[&[7][..], &platon(KEEPER, &[])].concat());
        let outcome = world.call(keeper, &wish);
        assert_eq!(answer(&outcome.result.unwrap()), (-1, Address::default()));
        assert_eq!((world.balance(keeper), world.account(keeper).nonce), (6, 1));
    }
    let nobody = letter(b'c', &[&[0][..], &[3; 20], &crate::world::init()].concat());
    let outcome = world.call(keeper, &nobody);
    assert_eq!(answer(&outcome.result.unwrap()), (-1, Address::default()), "there is no code");
}

#[test]
fn a_constructor_that_reverts_or_panics_takes_its_maker_along() {
    let (mut world, keeper) = maker(9);
    for name in [b'd', b'm'] {
        let wish = letter(name, &[&[7][..], &platon(KEEPER, b"reason")].concat());
        let outcome = world.call(keeper, &wish);
        let Err(Failure::Reverted(data)) = outcome.result else { panic!("{:?}", outcome.result) };
        assert_eq!(data.as_ref(), b"reason");
        assert!(outcome.gas_used.0 < 1_000_000, "{:?}", outcome.gas_used);
        let wish = letter(name, &[&[7][..], &platon(KEEPER, b"panic")].concat());
        let outcome = world.call(keeper, &wish);
        assert!(matches!(outcome.result, Err(Failure::Exception(_))), "{:?}", outcome.result);
        assert_eq!((world.balance(keeper), world.account(keeper).nonce), (9, 1));
        assert!(!world.code(keeper).is_empty());
    }
}

// EIP-6780
#[test]
fn whoever_destroys_himself_gives_his_balance_away_and_goes_on() {
    let (mut world, keeper) = maker(9);
    let words = world.words(keeper);
    let outcome = world.call(keeper, &letter(b'x', &[5; 20]));
    assert_eq!(answer(&outcome.result.unwrap()).0, 0);
    assert_eq!((world.balance(keeper), world.balance(Address([5; 20]))), (0, 9));
    assert_eq!(world.words(keeper), words + 1, "what it put afterwards is there, as it is itself");
    assert!(!world.code(keeper).is_empty());
}
