//! Machines that follow the rules, on a network that works.
#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

mod common;

use common::chain::Plan;
use common::world::World;
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
}

#[test]
fn four_nodes_with_real_signatures_commit() {
    let mut world = World::<Bls>::new(Plan::fixed(4), 1);
    world.start_all();
    world.submit(1);
    world.run_for(Millis(1500));
    assert!(world.heights().0 >= 1);
    world.check().unwrap();
}
