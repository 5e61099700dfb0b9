//! Machines that follow the rules, together: on a network that works, and through crashes.

mod common;

use common::adversary::Equivocator;
use common::chain::Plan;
use common::world::{Weather, World};
use std::collections::BTreeSet;
use troupe_consensus::Kind;
use troupe_crypto::{Bls, Keyed};
use troupe_types::Millis;

#[test]
fn four_nodes_commit_one_chain_in_one_order() {
    let mut world = World::<Keyed>::new(Plan::fixed(4), 1);
    world.start_all();
    for _ in 0..20 {
        world.submit(3);
        world.run_for(Millis(500));
    }
    let (low, high) = world.heights();
    assert!(low >= 20 && high - low <= 3, "{low} to {high}");
    world.check().unwrap();
    for host in &world.hosts {
        assert!(host.blamed.is_empty() && host.evidence.is_empty() && host.behind == 0);
    }
}

#[test]
fn four_nodes_with_real_signatures_commit() {
    let mut world = World::<Bls>::new(Plan::fixed(4), 1);
    world.start_all();
    world.submit(1);
    world.run_for(Millis(1_500));
    assert!(world.heights().0 >= 1);
    world.check().unwrap();
}

#[test]
fn one_node_alone_is_a_chain() {
    let mut world = World::<Keyed>::new(Plan::fixed(1), 1);
    world.start_all();
    world.submit(1);
    world.run_for(Millis(3_000));
    assert!(world.heights().0 >= 1);
}

#[test]
fn a_node_without_a_vote_follows_by_asking() {
    // Person 4 would validate in an epoch that never comes.
    let sets = vec![vec![0, 1, 2, 3], vec![4, 1, 2, 3]];
    let mut world = World::<Keyed>::new(Plan { sets, length: 1_000_000, distance: 13 }, 2);
    world.start_all();
    for _ in 0..20 {
        world.submit(1);
        world.run_for(Millis(500));
    }
    let (own, others) = (world.height(4), world.height(0));
    assert!(own + 12 >= others && own >= 20, "{own} of {others}");
    world.check().unwrap();
}

#[test]
fn the_power_fails_everywhere_at_each_of_many_points_and_nothing_final_is_lost() {
    for point in 0..60 {
        let mut world = World::<Keyed>::new(Plan::fixed(4), 100 + point);
        world.weather = Weather { delay: (5, 60), disk: 30, ..Weather::FAIR };
        world.start_all();
        world.submit(2);
        let records =
            |world: &World<Keyed>| world.hosts.iter().map(|host| host.log.len()).sum::<usize>();
        let end = world.now.plus(Millis(20_000));
        let wanted = usize::try_from(point * 2).unwrap();
        assert!(world.run_until(end, |world| records(world) >= wanted));
        let (_, before) = world.heights();
        for at in 0..4 {
            world.crash(at);
        }
        for at in 0..4 {
            world.start(at);
        }
        world.submit(1);
        let end = world.now.plus(Millis(15_000));
        let goes_on = world.run_until(end, |world| world.heights().0 > before);
        world.check().unwrap();
        assert!(goes_on, "point {point}: {:?} after {before}", world.heights());
    }
}

#[test]
fn a_node_that_is_killed_again_and_again_is_at_the_head_within_three_seconds() {
    let mut world = World::<Keyed>::new(Plan::fixed(4), 7);
    world.wire = true;
    world.start_all();
    for round in 0..50 {
        let at = round % 4;
        world.submit(1);
        let span = 100 + world.luck(700);
        world.run_for(Millis(span));
        world.crash(at);
        let down = 50 + world.luck(500);
        world.run_for(Millis(down));
        world.start(at);
        let end = world.now.plus(Millis(3_000));
        let is_back = world.run_until(end, |world| {
            let (low, high) = world.heights();
            high - low <= 1
        });
        assert!(is_back, "round {round}: {:?}", world.heights());
    }
    world.check().unwrap();
    assert!(world.heights().0 > 20, "{:?}", world.heights());
}

#[test]
fn a_validator_that_contradicts_itself_is_found_out_by_the_others() {
    let mut world = World::<Keyed>::new(Plan::fixed(4), 9);
    world.corrupt(3, Equivocator::default());
    world.start_all();
    for _ in 0..40 {
        world.submit(1);
        world.run_for(Millis(500));
    }
    let found: BTreeSet<Kind> =
        world.honest().flat_map(|host| &host.evidence).map(|found| found.first.kind).collect();
    assert!(found.contains(&Kind::Vote) && found.contains(&Kind::Proposal), "{found:?}");
    let signers: BTreeSet<u16> =
        world.honest().flat_map(|host| &host.evidence).map(|found| found.signer).collect();
    assert_eq!(signers, BTreeSet::from([3]));
    world.check().unwrap();
}
