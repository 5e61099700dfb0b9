//! Calls by Solidity's ABI: gas, questions, and that what is refused changes nothing.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use alloy_sol_types::{SolCall, SolError};
use common::shell::{BY, By, ask};
use common::{Market, RICH, account, listing};
use proptest::prelude::*;
use troupe_market::Event;
use troupe_market::call::abi::{DataRegistry, TaskMarket};
use troupe_market::call::log_of;
use troupe_market::contract::{DATA, TASKS};
use troupe_market::data::Dataset;
use troupe_records::Stop;

fn code(answer: Result<Vec<u8>, Stop>) -> u32 {
    let Err(Stop::Reverted(data)) = answer else { panic!("{answer:?}") };
    TaskMarket::Refused::abi_decode(&data).unwrap().code
}

fn publish() -> Vec<u8> {
    let listed = listing(1);
    DataRegistry::publishCall {
        listing: DataRegistry::Listing {
            node: listed.node.0.into(),
            name: listed.name.to_string(),
            schema: listed.schema.0.into(),
            rows: listed.rows,
            content: listed.content.0.into(),
            price: listed.price,
            policy: DataRegistry::Policy {
                anyone: true,
                askers: Vec::new(),
                algorithms: 1,
                engines: 3,
                leastRows: 10,
                leastGroup: 5,
                named: vec![[1; 32].into()],
                excluded: vec![[2; 32].into()],
                ownParty: true,
                expires: 7,
            },
        },
    }
    .abi_encode()
}

#[test]
fn a_data_set_is_told_as_it_was_published() {
    let mut market = Market::new();
    let (answer, _) = ask(&mut market, DATA, BY, &publish());
    assert_eq!(DataRegistry::publishCall::abi_decode_returns(&answer.unwrap()).unwrap(), 1);
    let node = common::node_id(1);
    let event = Event::Published { dataset: 1, owner: account(1), node };
    assert_eq!(market.world.events, [log_of(&event)]);
    let asked = DataRegistry::getDatasetCall { id: 1 }.abi_encode();
    let by = By { is_static: true, ..BY };
    let (answer, _) = ask(&mut market, DATA, by, &asked);
    let told = DataRegistry::getDatasetCall::abi_decode_returns(&answer.unwrap()).unwrap();
    let again = DataRegistry::publishCall { listing: told.listing }.abi_encode();
    assert_eq!(again, publish());
    let mut kept = Dataset::of(&mut market.world, 1).unwrap();
    assert_eq!(kept.listing.policy.expires.unwrap().0, 7);
    kept.listing.policy = listing(1).policy;
    assert_eq!(kept.listing, listing(1));
}

#[test]
fn changes_cost_gas_before_they_are_made_and_nothing_changes_where_nothing_may() {
    let mut market = Market::new();
    let (_, used) = ask(&mut market, DATA, BY, &publish());
    let short = By { gas: used - 1, ..BY };
    assert_eq!(ask(&mut market, DATA, short, &publish()).0, Err(Stop::OutOfGas));
    let exact = By { gas: used, ..BY };
    assert!(ask(&mut market, DATA, exact, &publish()).0.is_ok());
    let fixed = By { is_static: true, ..BY };
    assert_eq!(ask(&mut market, DATA, fixed, &publish()).0, Err(Stop::Static));
    let leave = TaskMarket::leaveCall {}.abi_encode();
    assert_eq!(ask(&mut market, TASKS, fixed, &leave).0, Err(Stop::Static));
}

#[test]
fn what_is_sent_is_what_the_rules_take() {
    let mut market = Market::busy();
    let add = TaskMarket::addStakeCall {}.abi_encode();
    let by = By { who: 10, value: 500, ..BY };
    ask(&mut market, TASKS, by, &add).0.unwrap();
    assert_eq!(market.balance(10), RICH - 2_000 - 500);
    market.views(5);
    assert_eq!(code(ask(&mut market, TASKS, By { value: 0, ..by }, &add).0), 310_003);
    assert_eq!(code(ask(&mut market, DATA, By { value: 1, ..BY }, &publish()).0), 310_001);
    let asked = TaskMarket::getViewsCall {}.abi_encode();
    assert_eq!(code(ask(&mut market, TASKS, By { value: 1, ..BY }, &asked).0), 310_001);
}

#[test]
fn every_function_is_answered_and_what_is_cut_off_or_goes_on_is_refused() {
    let mut market = Market::busy();
    let whole = publish();
    for end in 0..whole.len() {
        assert_eq!(code(ask(&mut market, DATA, BY, &whole[..end]).0), 3, "{end}");
    }
    let longer = [&whole[..], &[0; 32]].concat();
    assert_eq!(code(ask(&mut market, DATA, BY, &longer).0), 3);
    let huge = vec![0; 65_537];
    assert_eq!(code(ask(&mut market, TASKS, BY, &huge).0), 3);
    for selector in TaskMarket::TaskMarketCalls::SELECTORS {
        // All have but words; what is longer is refused, and what is none of its arguments.
        let (answer, _) = ask(&mut market, TASKS, BY, &[&selector[..], &[0xff; 64]].concat());
        assert!(matches!(answer, Err(Stop::Reverted(_))), "{selector:?} {answer:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_answered(
        is_data in any::<bool>(),
        at in 0..TaskMarket::TaskMarketCalls::SELECTORS.len(),
        bytes in prop::collection::vec(prop_oneof![Just(0u8), any::<u8>()], 0..400),
        who in 1u8..60,
    ) {
        let mut market = Market::busy();
        let to = if is_data { DATA } else { TASKS };
        let _ = ask(&mut market, to, By { who, ..BY }, &bytes);
        let selector = TaskMarket::TaskMarketCalls::SELECTORS[at];
        let _ = ask(&mut market, TASKS, By { who, ..BY }, &[&selector[..], &bytes].concat());
    }
}
