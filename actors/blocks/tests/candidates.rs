//! Nodes with stakes, in office in one round and not in the next, in a simulated world.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use common::staked::{ROUND, benefit};
use common::{Town, genesis, head, height, staked_genesis, standing, stored, until};
use std::collections::{BTreeMap, BTreeSet};
use troupe_runtime::sim::{Weather, World};
use troupe_types::{Address, Hash, Millis};

/// Who made the blocks of each round that is over, and how many of them.
fn made(world: &mut World, at: usize, rounds: u64) -> Vec<BTreeMap<Address, u64>> {
    let mut made = vec![BTreeMap::new(); usize::try_from(rounds).unwrap()];
    for height in 1..=rounds * ROUND {
        let block = stored(world, at, height).unwrap();
        let round = usize::try_from((height - 1) / ROUND).unwrap();
        *made[round].entry(block.block.header().coinbase).or_insert(0) += 1;
    }
    made
}

#[test]
fn a_candidate_follows_and_votes_from_its_first_block_in_office_on_and_follows_again_after_it() {
    let count = 10;
    let mut town = Town::new(staked_genesis(genesis(&[(0, &[0])]), count), count);
    town.watch = 2;
    let mut world = town.scenario(1, count, 0).open();
    let rounds = 30;
    let mut voted = BTreeSet::new();
    until(&mut world, Millis::secs(1_200), "thirty rounds", |world| {
        world.run_for(Millis(980));
        for at in 0..count {
            if let Some(position) = standing(world, at).unwrap().position {
                assert!(position < 4);
                voted.insert(at);
            }
        }
        let heights: Vec<u64> = (0..count).map(|at| height(world, at)).collect();
        let (lowest, highest) = (heights.iter().min().unwrap(), heights.iter().max().unwrap());
        assert!(highest - lowest <= 10, "all are there: {heights:?}");
        *lowest >= rounds * ROUND
    });
    assert_eq!(voted.len(), count, "each of them was in office");
    // Whoever takes over makes its blocks in its first round: no view is given up.
    for (round, made) in made(&mut world, 0, rounds).iter().enumerate() {
        assert!(made.len() == 4 && made.values().all(|blocks| *blocks == 3), "{round}: {made:?}");
    }
    assert!(world.stops().is_empty(), "{:?}", world.stops());
}

#[test]
fn whoever_joins_late_catches_up_over_all_elections_and_a_candidate_takes_its_turn() {
    let (count, late, full) = (7, 6, 7);
    let mut town = Town::new(staked_genesis(genesis(&[(0, &[0])]), count), count + 1);
    town.watch = 2;
    let (begin, away) = (Millis(10), Millis::secs(100));
    let scenario = town.scenario(2, count, 1).at(begin).crash(late).restart_after(away);
    let mut world = scenario.at(begin).crash(full).restart_after(away).open();
    world.run_for(away);
    let began = height(&mut world, 0) / ROUND;
    assert!(began > 8, "more rounds than anybody remembers: {began}");
    until(&mut world, Millis::secs(10), "at the head", |world| {
        [late, full].iter().all(|at| height(world, *at) + 2 >= height(world, 0))
    });
    until(&mut world, Millis::secs(600), "its turn", |world| {
        world.run_for(Millis(980));
        standing(world, late).is_some_and(|standing| standing.position.is_some())
    });
    let rounds = height(&mut world, 0) / ROUND + 12;
    until(&mut world, Millis::secs(600), "twelve rounds later", |world| {
        [late, full].iter().all(|at| height(world, *at) >= rounds * ROUND)
    });
    let made = made(&mut world, 0, rounds);
    let turns = made.iter().filter(|made| made.get(&benefit(late)) == Some(&3)).count();
    assert!(turns >= 3, "{made:?}");
    assert!(world.stops().is_empty(), "{:?}", world.stops());
}

#[test]
fn whoever_crashes_when_rounds_change_on_a_bad_network_there_is_one_chain_and_it_goes_on() {
    for seed in 0..3 {
        let count = 7;
        let town = Town::new(staked_genesis(genesis(&[(0, &[0])]), count), count);
        let weather = Weather { lost: 20, vanish: 10, twice: 10, ..Weather::default() };
        let mut scenario = town.scenario(10 + seed, count, 0).weather(weather);
        for step in 0..20 {
            let who = usize::try_from((seed + step * 3) % 7).unwrap();
            let at = Millis(5_000 + 3_700 * step + 131 * seed);
            scenario = scenario.at(at).crash(who).restart_after(Millis(900));
        }
        let mut world = scenario.open();
        let mut known: BTreeMap<u64, Hash> = BTreeMap::new();
        while world.now() < Millis::secs(90) {
            world.run_for(Millis(450));
            for at in 0..count {
                let Some(head) = head(&mut world, at) else { continue };
                let same = known.entry(head.height.0).or_insert(head.hash);
                assert_eq!(*same, head.hash, "seed {seed}: a fork at {}", head.height);
            }
        }
        let reached = (0..count).map(|at| height(&mut world, at)).max().unwrap();
        assert!(reached > 8 * ROUND, "seed {seed}: {reached}");
        until(&mut world, Millis::secs(120), "all there and further", |world| {
            (0..count).all(|at| height(world, at) > reached + 2 * ROUND)
        });
    }
}
