//! What an owner offers is listed, whatever was listed before.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use alloy_sol_types::SolCall;
use common::shell::{BY, By, ask};
use common::{CHAIN, Market, account, listing, node_id};
use proptest::prelude::*;
use std::collections::BTreeSet;
use troupe_market::call::abi::DataRegistry::{self as Registry, Dataset};
use troupe_market::contract::DATA;
use troupe_market::data::Listing;
use troupe_market::offer::{Change, MOST, Wrong, changes, check, numbers};
use troupe_types::NodeId;
use troupe_wire::Text;

const OWNER: u8 = 1;

fn listed(market: &mut Market) -> Vec<Dataset> {
    let owner = account(OWNER).0.into();
    let asked = Registry::getDatasetsOfCall { owner, afterId: 0, count: 64 }.abi_encode();
    let (answer, _) = ask(market, DATA, By { is_static: true, ..BY }, &asked);
    Registry::getDatasetsOfCall::abi_decode_returns(&answer.unwrap()).unwrap()
}

fn offered(name: u8, price: u8) -> Listing {
    let name = Text::cut(&format!("set {name}"));
    Listing { name, price: price.into(), ..listing(OWNER) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_was_listed_what_is_offered_is_listed_then_and_nothing_else(
        offers in proptest::collection::vec(
            proptest::collection::btree_map(0u8..4, 0u8..3, 0..4), 1..8
        ),
    ) {
        let mut market = Market::new();
        let (me, node) = (account(OWNER), node_id(OWNER));
        let mut ids = BTreeSet::new();
        for offer in offers {
            let wanted: Vec<Listing> = offer.iter().map(|(name, price)| offered(*name, *price)).collect();
            prop_assert_eq!(check(&node, &wanted), Ok(()));
            let before = listed(&mut market);
            let todo = changes(&node, &before, &wanted);
            prop_assert_eq!(changes(&node, &before, &wanted), todo.clone());
            for change in todo {
                prop_assert!(ids.insert(change.id(CHAIN, &me)), "{:?} is not another one", change);
                let (answer, _) = ask(&mut market, DATA, BY, &change.call());
                prop_assert!(answer.is_ok(), "{:?}", change);
            }
            let after = listed(&mut market);
            prop_assert_eq!(changes(&node, &after, &wanted), vec![]);
            let found = numbers(&node, &after, &wanted).unwrap();
            let now: BTreeSet<u64> = after.iter().filter(|one| !one.revoked).map(|one| one.id).collect();
            prop_assert_eq!(found.iter().copied().collect::<BTreeSet<u64>>(), now);
        }
    }
}

#[test]
fn data_sets_of_another_node_of_the_account_are_left_alone() {
    let mut market = Market::new();
    let publish =
        |listing: &Listing| Change::Publish { listing: listing.clone(), before: 0 }.call();
    let elsewhere = Listing { node: NodeId([9; 32]), ..offered(1, 1) };
    assert!(ask(&mut market, DATA, BY, &publish(&elsewhere)).0.is_ok());
    let listed = listed(&mut market);
    assert_eq!(changes(&node_id(OWNER), &listed, &[]), []);
    let wanted = [offered(1, 1)];
    assert!(matches!(changes(&node_id(OWNER), &listed, &wanted)[..], [Change::Publish { .. }]));
    assert_eq!(numbers(&node_id(OWNER), &listed, &wanted), None);
    let elsewhere = [elsewhere];
    assert!(matches!(check(&node_id(OWNER), &elsewhere), Err(Wrong::Elsewhere { .. })));
}

#[test]
fn two_of_one_name_and_too_many_are_refused() {
    let node = node_id(OWNER);
    let twice = [offered(1, 1), offered(1, 2)];
    assert_eq!(check(&node, &twice), Err(Wrong::Twice { name: "set 1".to_owned() }));
    let many: Vec<Listing> = (0..=MOST)
        .map(|at| Listing { name: Text::cut(&format!("{at}")), ..listing(OWNER) })
        .collect();
    assert_eq!(check(&node, &many), Err(Wrong::Many { got: MOST + 1 }));
    assert_eq!(check(&node, &many[..MOST]), Ok(()));
}
