//! Four validators of real actors in one deterministic world: network, disks, pools and time are simulated.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use common::{Town, genesis, head, received};
use std::collections::BTreeMap;
use troupe_blocks::Headed;
use troupe_runtime::sim::{Scenario, Weather, World};
use troupe_types::{Hash, Millis};

/// So many validators. Who loses power stays away until the story says otherwise.
fn scenario(seed: u64, count: usize) -> Scenario {
    let all: Vec<usize> = (0..count).collect();
    let mut town = Town::new(genesis(&[(0, &all)]), count);
    town.heartbeat = Millis(1_000);
    town.scenario(seed, count, 0)
}

/// Every node hears of a transaction.
fn submit(world: &mut World, count: usize, who: u8, nonce: u64) {
    common::submit(world, 0..count, who, nonce);
}

/// Runs until every node has as much; how long it took.
fn until(world: &mut World, count: usize, most: Millis, wanted: u64) -> Millis {
    let began = world.now();
    while world.now().since(began) < most {
        let heads: Vec<Option<Headed>> = (0..count).map(|at| head(world, at)).collect();
        if heads.iter().flatten().filter(|head| received(head) >= wanted).count() == count {
            return world.now().since(began);
        }
        world.run_for(Millis(100));
    }
    let heads: Vec<_> =
        (0..count).map(|at| head(world, at).map(|head| (head.height, received(&head)))).collect();
    panic!("after {most}, seed {}: {heads:?}, stops {:?}", world.seed(), world.stops());
}

#[test]
fn four_validators_make_a_transfer_final_on_every_disk() {
    let mut world = scenario(1, 4).open();
    world.run_for(Millis(3_000));
    submit(&mut world, 4, 1, 0);
    let took = until(&mut world, 4, Millis::secs(20), 1);
    assert!(took <= Millis(3_000), "{took}");
    let heads: Vec<Headed> = (0..4).map(|at| head(&mut world, at).unwrap()).collect();
    assert!(heads.iter().all(|head| head.height.0 >= 2), "blocks go on");
    assert!(world.stops().is_empty(), "{:?}", world.stops());
}

#[test]
fn whoever_crashes_comes_back_with_all_that_was_final_and_goes_on() {
    for seed in 0..6 {
        let mut world = scenario(100 + seed, 4)
            .at(Millis(6_000))
            .crash(usize::try_from(seed % 4).unwrap())
            .restart_after(Millis(1_000))
            .open();
        world.run_for(Millis(3_000));
        submit(&mut world, 4, 1, 0);
        until(&mut world, 4, Millis::secs(20), 1);
        world.run_for(Millis(9_000));
        submit(&mut world, 4, 2, 0);
        until(&mut world, 4, Millis::secs(60), 2);
    }
}

#[test]
fn when_all_lose_power_at_once_again_and_again_nothing_final_is_lost_and_no_fork_happens() {
    lose_power(0..8);
}

#[test]
#[ignore = "a minute: cargo test --release -p troupe-blocks --test simulated -- --ignored thousand"]
fn a_thousand_stories_of_lost_power_slow() {
    lose_power(1_000..2_000);
}

fn lose_power(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let mut scenario = scenario(200 + seed, 4);
        for round in 0..5 {
            scenario = scenario.at(Millis(4_000 + 7_000 * round + 37 * (seed % 97)));
            for at in 0..4 {
                scenario = scenario.crash(at).restart_after(Millis(700 + 100 * at as u64));
            }
        }
        let mut world = scenario.open();
        let mut highest = [0; 4];
        let mut known: BTreeMap<u64, Hash> = BTreeMap::new();
        for nonce in 0..10 {
            submit(&mut world, 4, 1, nonce);
            for _ in 0..8 {
                world.run_for(Millis(500));
                for (at, highest) in highest.iter_mut().enumerate() {
                    let Some(head) = head(&mut world, at) else { continue };
                    assert!(head.height.0 >= *highest, "seed {seed}: node {at} forgot a block");
                    *highest = head.height.0;
                    let same = known.entry(head.height.0).or_insert(head.hash);
                    assert_eq!(*same, head.hash, "seed {seed}: a fork at {}", head.height);
                }
            }
        }
        // What was in a pool is gone with it; what is sent now becomes final.
        world.run_for(Millis::secs(10));
        let done = (0..4).filter_map(|at| head(&mut world, at)).map(|head| received(&head)).max();
        let done = done.unwrap();
        assert!(done > 0, "seed {seed}: transfers between the crashes");
        for nonce in done..done + 3 {
            submit(&mut world, 4, 1, nonce);
        }
        until(&mut world, 4, Millis::secs(60), done + 3);
    }
}

#[test]
fn a_lossy_network_and_a_dead_validator_slow_it_down_and_no_more() {
    for seed in 0..4 {
        let weather = Weather { lost: 50, vanish: 20, twice: 10, ..Weather::default() };
        let mut world =
            scenario(300 + seed, 4).weather(weather).at(Millis(2_000)).stop(3, Millis(500)).open();
        world.run_for(Millis(4_000));
        for nonce in 0..5 {
            submit(&mut world, 3, 1, nonce);
        }
        until(&mut world, 3, Millis::secs(120), 5);
    }
}

#[test]
fn a_node_that_restarts_in_a_later_epoch_knows_its_validators() {
    // Forty blocks to an epoch, one a second.
    let mut world =
        scenario(400, 4).at(Millis::secs(60)).crash(2).restart_after(Millis(900)).open();
    world.run_for(Millis::secs(75));
    submit(&mut world, 4, 1, 0);
    until(&mut world, 4, Millis::secs(30), 1);
    assert!((0..4).all(|at| head(&mut world, at).unwrap().height.0 > 45), "in the second epoch");
}

#[test]
fn the_same_seed_gives_the_same_events() {
    let run = |seed| {
        let mut world = scenario(seed, 4).open();
        world.run_for(Millis(2_000));
        submit(&mut world, 4, 1, 0);
        world.run_for(Millis(4_000));
        world.hash()
    };
    assert_eq!(run(5), run(5));
    assert_ne!(run(5), run(6));
}
