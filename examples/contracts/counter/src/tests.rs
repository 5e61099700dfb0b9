use crate::{Counter, Error, Increased};
use proptest::prelude::*;
use troupe_contract::abi::Sequence;
use troupe_contract::prelude::*;
use troupe_contract::revert::{FromRevert, panic_code};

#[test]
fn the_owner_raises_the_number_and_it_is_told() {
    let world = TestHost::new();
    let alice = world.account(1);
    let counter = world.from(alice).deploy::<Counter>((U256::new(41),)).expect("deploys");
    let count = world.from(alice).on(&counter, Counter::increase);
    assert_eq!(count, Ok(U256::new(42)));
    let logs = world.take_logs();
    let event = Increased { by: alice, count: U256::new(42) };
    assert_eq!((&logs[0].topics, &logs[0].data), (&event.topics(), &event.data()));
    assert_eq!(logs[0].address, counter.address);
}

#[test]
fn nobody_else_raises_it() {
    let world = TestHost::new();
    let (alice, bob) = (world.account(1), world.account(2));
    let counter = world.from(alice).deploy::<Counter>((U256::ZERO,)).expect("deploys");
    let input = ().to_call([0xe8, 0x92, 0x7f, 0xbc]);
    let refused = world.from(bob).call(counter.address, &input).expect_err("not his");
    let troupe_contract::Error::Reverted(data) = refused else { panic!("{refused}") };
    assert_eq!(Error::from_revert(&data), Some(Error::NotOwner { caller: bob }));
    assert_eq!(world.from(bob).on(&counter, |counter| counter.count()), U256::ZERO);
    assert!(world.take_logs().is_empty());
}

#[test]
fn a_count_beyond_256_bits_fails() {
    let world = TestHost::new();
    let alice = world.account(1);
    let counter = world.from(alice).deploy::<Counter>((U256::MAX,)).expect("deploys");
    let failed = world.from(alice).call(counter.address, &[0xe8, 0x92, 0x7f, 0xbc]);
    let Err(troupe_contract::Error::Reverted(data)) = failed else { panic!("{failed:?}") };
    assert_eq!(panic_code(&data), Some(0x11), "as in Solidity");
    assert_eq!(world.from(alice).on(&counter, |counter| counter.count()), U256::MAX);
}

#[test]
fn value_and_unknown_functions_are_refused() {
    let world = TestHost::new();
    let alice = world.account(1);
    let counter = world.from(alice).deploy::<Counter>((U256::ZERO,)).expect("deploys");
    let paid = world.from(alice).value(U256::ONE).call(counter.address, &[0xe8, 0x92, 0x7f, 0xbc]);
    assert!(paid.is_err());
    assert_eq!(world.balance(counter.address), U256::ZERO);
    for input in [&[][..], &[1, 2, 3], &[1, 2, 3, 4]] {
        assert!(world.from(alice).call(counter.address, input).is_err());
    }
    // The constructor's argument is missing.
    assert!(world.from(alice).deploy::<Counter>(()).is_err());
}

proptest! {
    #[test]
    fn the_number_is_the_sum(start in any::<u64>(), steps in proptest::collection::vec(any::<u64>(), 0..8)) {
        let world = TestHost::new();
        let alice = world.account(1);
        let counter = world.from(alice).deploy::<Counter>((U256::new(start),)).expect("deploys");
        let mut sum = U256::new(start);
        for step in steps {
            sum += U256::new(step);
            let count = world.from(alice).on(&counter, |counter| counter.increase_by(U256::new(step)));
            prop_assert_eq!(count, Ok(sum));
        }
    }
}
