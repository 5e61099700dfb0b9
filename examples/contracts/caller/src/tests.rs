use crate::{Error, Savings};
use alloc::borrow::ToOwned;
use erc20::Erc20;
use proptest::prelude::*;
use troupe_contract::abi::Sequence;
use troupe_contract::prelude::*;
use troupe_contract::revert::FromRevert;
use troupe_contract::test_host::Deployed;

struct Scene {
    world: TestHost,
    alice: Address,
    token: Deployed<Erc20>,
    savings: Deployed<Savings>,
}

fn scene() -> Scene {
    let world = TestHost::new();
    let alice = world.account(1);
    let arguments = ("Gold".to_owned(), "GLD".to_owned(), U256::new(100));
    let token = world.from(alice).deploy::<Erc20>(arguments).expect("deploys");
    let savings = world.from(alice).deploy::<Savings>((token.address,)).expect("deploys");
    Scene { world, alice, token, savings }
}

impl Scene {
    fn approve(&self, amount: u64) {
        let spender = self.savings.address;
        let approved = self
            .world
            .from(self.alice)
            .on(&self.token, |token| token.approve(spender, U256::new(amount)));
        approved.expect("approves");
    }

    fn deposit(&self, amount: u64) -> Result<U256, Bytes> {
        self.world.from(self.alice).on(&self.savings, |savings| savings.deposit(U256::new(amount)))
    }

    fn withdraw(&self, amount: u64) -> Result<(), Bytes> {
        self.world.from(self.alice).on(&self.savings, |savings| savings.withdraw(U256::new(amount)))
    }

    fn balance(&self, of: Address) -> U256 {
        self.world.from(of).on(&self.token, |token| token.balance_of(of))
    }
}

#[test]
fn savings_move_in_and_out_of_the_token() {
    let scene = scene();
    scene.approve(40);
    assert_eq!(scene.deposit(30), Ok(U256::new(30)));
    assert_eq!(scene.balance(scene.savings.address), U256::new(30));
    scene.withdraw(10).expect("gives back");
    assert_eq!(scene.balance(scene.alice), U256::new(80));
    let refused = scene.withdraw(21).expect_err("not saved");
    let (saved, needed) = (U256::new(20), U256::new(21));
    assert_eq!(Error::from_revert(&refused), Some(Error::NotSaved { saved, needed }));
}

#[test]
fn the_tokens_own_reason_reaches_the_caller() {
    let scene = scene();
    scene.approve(5);
    let refused = scene.deposit(6).expect_err("not allowed");
    let reason = erc20::Error::ERC20InsufficientAllowance {
        spender: scene.savings.address,
        allowance: U256::new(5),
        needed: U256::new(6),
    };
    assert_eq!(erc20::Error::from_revert(&refused), Some(reason));
    assert_eq!(scene.balance(scene.alice), U256::new(100));
}

#[test]
fn tokens_sent_without_a_deposit_belong_to_nobody() {
    let scene = scene();
    let to = scene.savings.address;
    scene
        .world
        .from(scene.alice)
        .on(&scene.token, |t| t.transfer(to, U256::new(3)))
        .expect("moves");
    let unclaimed = scene.world.from(scene.alice).on(&scene.savings, |savings| savings.unclaimed());
    assert_eq!(unclaimed, Ok(U256::new(3)));
}

#[test]
fn a_token_that_says_no_or_nothing_is_refused() {
    let scene = scene();
    let token = Address([0x70; 20]);
    let savings = scene.world.from(scene.alice).deploy::<Savings>((token,)).expect("deploys");
    let deposit =
        || scene.world.from(scene.alice).on(&savings, |savings| savings.deposit(U256::ONE));
    // No contract there at all.
    assert_eq!(deposit(), Err(Bytes::default()));
    // balanceOf answers zero, transferFrom false.
    scene.world.put(token, |_host, _input| Ok((U256::ZERO,).to_bytes()));
    let refused = deposit().expect_err("it said no");
    assert_eq!(Error::from_revert(&refused), Some(Error::Refused { token }));
}

proptest! {
    #[test]
    fn what_is_saved_is_there(steps in proptest::collection::vec((any::<bool>(), 0u64..60), 0..20)) {
        let scene = scene();
        for (is_deposit, amount) in steps {
            if is_deposit {
                scene.approve(amount);
                let _ = scene.deposit(amount);
            } else {
                let _ = scene.withdraw(amount);
            }
            let saved = scene.world.from(scene.alice).on(&scene.savings, |s| s.saved(scene.alice));
            prop_assert_eq!(saved, scene.balance(scene.savings.address));
            prop_assert_eq!(saved + scene.balance(scene.alice), U256::new(100));
        }
    }
}
