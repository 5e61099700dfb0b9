//! Which validators are in office when.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use common::{coinbase, genesis, node_id};
use proptest::prelude::*;
use troupe_ledger::Terms;
use troupe_types::{Epoch, Height, View};
use troupe_wire::Sequential;

fn terms() -> Terms {
    Terms::new(genesis(&[&[0, 1, 2, 3], &[4, 5, 6, 7, 8, 9, 10], &[0, 5, 2, 7]])).unwrap()
}

proptest! {
    #[test]
    fn every_height_has_one_term_and_its_last_blocks_elect_the_next(height in 1u64..2_000) {
        let (height, mut terms) = (Height(height), terms());
        let term = terms.at(height).unwrap().clone();
        prop_assert!(term.holds(height));
        prop_assert_eq!(terms.of(term.epoch).unwrap(), &term);
        prop_assert_eq!(term.last.0 - term.first.0 + 1, 10 * term.set.len() as u64);
        let after = terms.at(Height(term.last.0 + 1)).unwrap().clone();
        prop_assert_eq!(after.epoch, term.epoch.next().unwrap());

        let is_election = height.0 + 13 == term.last.0;
        let elected = terms.election_at(height).unwrap();
        prop_assert_eq!(elected, is_election.then_some(after.epoch));

        let known = terms.known_at(height).unwrap();
        prop_assert!(known.contains(&term));
        prop_assert_eq!(known.contains(&after), height.0 + 13 >= term.last.0);
        prop_assert!(known.windows(2).all(|pair| pair[0].last.next() == Some(pair[1].first)));
    }
}

#[test]
fn fees_go_to_whoever_proposes() {
    let mut terms = terms();
    assert_eq!(terms.coinbase(Epoch(1), View(6)).unwrap(), coinbase(2));
    assert_eq!(terms.coinbase(Epoch(2), View(8)).unwrap(), coinbase(5));
    assert_eq!(terms.coinbase(Epoch(9), View(1)).unwrap(), coinbase(5));
    assert_eq!(terms.nodes(), (0..11).map(node_id).collect::<Vec<_>>());
}

#[test]
fn each_term_is_named_by_the_header_of_the_block_that_elects_it_and_the_first_by_the_genesis() {
    let genesis = genesis(&[&[0, 1, 2, 3], &[4, 5, 6, 7, 8, 9, 10], &[0, 5, 2, 7]]);
    let mut terms = Terms::new(genesis.clone()).unwrap();
    let (first, _) = genesis.build(&Sequential).unwrap();
    let mut named = vec![first.header().next_term];
    let elections: Vec<Epoch> =
        (1..300).filter_map(|height| terms.election_at(Height(height)).unwrap()).collect();
    named.extend(elections.iter().map(|epoch| Some(terms.roster(*epoch).unwrap().hash())));
    let named: Vec<_> = named.into_iter().flatten().collect();
    assert!(named.len() >= 5);
    for (epoch, name) in (1..).map(Epoch).zip(named) {
        let mut roster = terms.roster(epoch).unwrap();
        assert_eq!(roster.hash(), name);
        let term = terms.of(epoch).unwrap();
        assert_eq!((roster.first, roster.last), (term.first, term.last));
        roster.validators.reverse();
        assert_ne!(roster.hash(), name, "the order is part of it");
    }
}
