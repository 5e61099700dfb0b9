use crate::{Approval, Erc20, Error, Transfer};
use alloc::borrow::ToOwned;
use proptest::prelude::*;
use troupe_contract::abi::Sequence;
use troupe_contract::prelude::*;
use troupe_contract::test_host::Deployed;

fn deployed(world: &TestHost, owner: Address, supply: u64) -> Deployed<Erc20> {
    let arguments = ("Gold".to_owned(), "GLD".to_owned(), U256::new(supply));
    world.from(owner).deploy::<Erc20>(arguments).expect("deploys")
}

fn balance(world: &TestHost, token: &Deployed<Erc20>, of: Address) -> U256 {
    world.from(of).on(token, |token| token.balance_of(of))
}

#[test]
fn who_deploys_has_all_tokens_and_it_is_told() {
    let world = TestHost::new();
    let alice = world.account(1);
    let token = deployed(&world, alice, 100);
    assert_eq!(balance(&world, &token, alice), U256::new(100));
    let names = world.from(alice).on(&token, |token| (token.name(), token.symbol()));
    assert_eq!(names, ("Gold".to_owned(), "GLD".to_owned()));
    let made = Transfer { from: Address::ZERO, to: alice, value: U256::new(100) };
    assert_eq!(world.take_logs()[0].topics, made.topics());
}

#[test]
fn selectors_and_answers_are_those_of_erc_20() {
    let world = TestHost::new();
    let (alice, bob) = (world.account(1), world.account(2));
    let token = deployed(&world, alice, 100);
    let ask = |input: &[u8]| world.from(alice).call(token.address, input).expect("answers");
    // transfer(address,uint256), balanceOf(address), decimals(), totalSupply(), symbol().
    let input = (bob, U256::new(7)).to_call([0xa9, 0x05, 0x9c, 0xbb]);
    assert_eq!(ask(&input), (true,).to_bytes());
    let input = (bob,).to_call([0x70, 0xa0, 0x82, 0x31]);
    assert_eq!(ask(&input), (U256::new(7),).to_bytes());
    assert_eq!(ask(&[0x31, 0x3c, 0xe5, 0x67]), (18u8,).to_bytes());
    assert_eq!(ask(&[0x18, 0x16, 0x0d, 0xdd]), (U256::new(100),).to_bytes());
    assert_eq!(ask(&[0x95, 0xd8, 0x9b, 0x41]), ("GLD".to_owned(),).to_bytes());
}

#[test]
fn balances_lie_where_a_solidity_token_has_them() {
    let world = TestHost::new();
    let alice = world.account(1);
    let token = deployed(&world, alice, 100);
    let mut key = [0; 64];
    key[12..32].copy_from_slice(&alice.0);
    let slot = keccak256(&key).into();
    assert_eq!(world.slot(token.address, slot), U256::new(100).to_be_bytes());
    assert_eq!(world.slot(token.address, U256::new(2)), U256::new(100).to_be_bytes());
}

#[test]
fn nobody_moves_more_than_there_is() {
    let world = TestHost::new();
    let (alice, bob) = (world.account(1), world.account(2));
    let token = deployed(&world, alice, 5);
    let (balance, needed) = (U256::new(5), U256::new(6));
    let refused = world.from(alice).on(&token, |token| token.transfer(bob, needed));
    assert_eq!(refused, Err(Error::ERC20InsufficientBalance { sender: alice, balance, needed }));
    let nobody = world.from(alice).on(&token, |token| token.transfer(Address::ZERO, balance));
    assert_eq!(nobody, Err(Error::ERC20InvalidReceiver { receiver: Address::ZERO }));
}

#[test]
fn an_allowance_is_used_up_unless_it_is_without_limit() {
    let world = TestHost::new();
    let (alice, bob, carol) = (world.account(1), world.account(2), world.account(3));
    let token = deployed(&world, alice, 100);
    world.take_logs();
    world.from(alice).on(&token, |token| token.approve(bob, U256::new(10))).expect("approves");
    let told = Approval { owner: alice, spender: bob, value: U256::new(10) };
    assert_eq!(world.take_logs()[0].topics, told.topics());
    let spend = |amount: u64| {
        world.from(bob).on(&token, |token| token.transfer_from(alice, carol, U256::new(amount)))
    };
    assert_eq!(spend(4), Ok(true));
    let refused = Error::ERC20InsufficientAllowance {
        spender: bob,
        allowance: U256::new(6),
        needed: U256::new(7),
    };
    assert_eq!(spend(7), Err(refused));
    world.from(alice).on(&token, |token| token.approve(bob, U256::MAX)).expect("approves");
    assert_eq!(spend(50), Ok(true));
    let left = world.from(bob).on(&token, |token| token.allowance(alice, bob));
    assert_eq!(left, U256::MAX);
    assert_eq!(balance(&world, &token, carol), U256::new(54));
}

#[test]
fn a_transfer_to_oneself_changes_nothing() {
    let world = TestHost::new();
    let alice = world.account(1);
    let token = deployed(&world, alice, 9);
    world.from(alice).on(&token, |token| token.transfer(alice, U256::new(9))).expect("moves");
    assert_eq!(balance(&world, &token, alice), U256::new(9));
}

proptest! {
    #[test]
    fn no_token_is_made_or_lost(
        moves in proptest::collection::vec((1u64..4, 1u64..4, 1u64..4, 0u64..80), 0..30)
    ) {
        let world = TestHost::new();
        let token = deployed(&world, world.account(1), 100);
        for (caller, from, to, amount) in moves {
            let [caller, from, to] = [caller, from, to].map(|number| world.account(number));
            let value = U256::new(amount);
            let _ = world.from(from).on(&token, |token| token.approve(caller, value));
            let _ = world.from(caller).on(&token, |token| token.transfer_from(from, to, value));
            let sum: U256 = (1..4).map(|n| balance(&world, &token, world.account(n))).sum();
            prop_assert_eq!(sum, U256::new(100));
        }
    }
}
