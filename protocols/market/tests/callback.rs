//! Whoever declares a task may be told how it ended.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use common::shell::{BY, By, ask};
use common::{Market, RICH, account, declaration};
use troupe_market::contract::TASKS;
use troupe_market::duty::{Duty, Knows, Who, duties};
use troupe_market::task::{self, Callback, Delivery, MOST_GAS};
use troupe_market::{Error, Event};

const SENDER: u8 = 3;
const CALLBACK: Callback = Callback { gas: 70_000, tip: 5_000 };

fn declare(market: &mut Market, callback: Callback) -> Result<u64, Error> {
    market.act(|world, now| {
        task::declare_with(world, account(SENDER), declaration(&[1, 2], 4), callback, now)
    })
}

fn deliver(market: &mut Market, by: u8, number: u64) -> Result<Delivery, Error> {
    market.act(|world, _| task::deliver(world, account(by), number))
}

#[test]
fn the_tip_is_held_until_the_task_is_over_and_paid_once() {
    let mut market = Market::busy();
    let number = declare(&mut market, CALLBACK).unwrap();
    market.check();
    assert_eq!(market.balance(SENDER), RICH - 502 - CALLBACK.tip);
    assert!(matches!(deliver(&mut market, 9, number), Err(Error::Phase { .. })));
    market.act(|world, now| task::cancel(world, account(SENDER), number, now)).unwrap();
    market.check();
    assert_eq!(market.balance(SENDER), RICH - CALLBACK.tip, "what is for others stays");
    let delivery = deliver(&mut market, 9, number).unwrap();
    assert_eq!((delivery.to, delivery.gas), (account(SENDER), CALLBACK.gas));
    // onTask, the number, 2 cancelled, no result.
    let mut words = vec![0; 96];
    (words[31], words[63]) = (1, 2);
    let selector = &troupe_crypto::hash::keccak256("onTask(uint256,uint8,bytes32)").0[..4];
    assert_eq!(delivery.input, [selector, &words].concat());
    assert_eq!(market.balance(9), RICH + CALLBACK.tip);
    assert_eq!(deliver(&mut market, 8, number), Err(Error::NoCallback));
    assert_eq!(deliver(&mut market, 8, 77), Err(Error::NoTask { task: 77 }));
    market.check();
}

#[test]
fn what_is_told_of_a_task_that_was_paid_is_its_result() {
    let mut market = Market::busy();
    let number = declare(&mut market, Callback { tip: 0, ..CALLBACK }).unwrap();
    for owner in [1, 2] {
        market.act(|world, now| task::authorise(world, account(owner), number, now)).unwrap();
    }
    market.views(3);
    let parties = market.parties(number);
    for party in &parties {
        market.act(|world, now| task::accept(world, account(*party), number, now)).unwrap();
    }
    for owner in [1, 2] {
        market.act(|world, now| task::confirm(world, account(owner), number, now)).unwrap();
    }
    (0..3).for_each(|seat| market.post(number, seat, 6).unwrap());
    market.block(common::SPAN + 1);
    // Its first party finds that to be done, and no other.
    let number_of = |market: &mut Market, seat: usize| market.task(number).seats[seat].node;
    for (seat, party) in parties.iter().enumerate() {
        let who = Who { account: account(*party), compute: Some(number_of(&mut market, seat)) };
        let knows = Knows { callback: CALLBACK.gas, ..Knows::default() };
        let found = duties(&shown(&mut market, number), &who, &knows);
        let want = Duty::Deliver { gas: CALLBACK.gas };
        assert_eq!(found, if seat == 0 { vec![want.clone()] } else { Vec::new() });
        assert_eq!(want.gas(), CALLBACK.gas);
    }
    let by = By { who: parties[0], ..BY };
    let duty = Duty::Deliver { gas: CALLBACK.gas };
    let (answer, used) = ask(&mut market, TASKS, by, &duty.call(number, &[]));
    assert_eq!(answer.unwrap()[31], 1, "it has succeeded");
    assert!(used > 0);
    let told = Event::Delivered { task: number, by: account(parties[0]), has_succeeded: true };
    assert_eq!(market.world.events.last(), Some(&told.into()));
    let again = ask(&mut market, TASKS, by, &duty.call(number, &[])).0;
    assert!(again.is_err());
}

fn shown(market: &mut Market, number: u64) -> troupe_market::call::abi::TaskMarket::Task {
    use alloy_sol_types::SolCall;
    use troupe_market::call::abi::TaskMarket::getTaskCall;
    let asked = getTaskCall { task: number }.abi_encode();
    let (answer, _) = ask(market, TASKS, By { is_static: true, ..BY }, &asked);
    getTaskCall::abi_decode_returns(&answer.unwrap()).unwrap()
}

#[test]
fn a_callback_has_gas_and_not_more_than_a_block_bears() {
    let mut market = Market::busy();
    for gas in [0, MOST_GAS + 1, u64::MAX] {
        let refused = declare(&mut market, Callback { gas, tip: 0 });
        assert!(matches!(refused, Err(Error::Declaration { .. })), "{gas}");
    }
    let tip = task::MAX_AMOUNT + 1;
    assert_eq!(declare(&mut market, Callback { gas: 1, tip }), Err(Error::Amount { got: tip }));
    let tip = RICH;
    assert!(matches!(declare(&mut market, Callback { gas: 1, tip }), Err(Error::Funds { .. })));
    assert_eq!(market.balance(SENDER), RICH, "nothing was taken");
    assert!(declare(&mut market, Callback { gas: MOST_GAS, tip: 0 }).is_ok());
}
