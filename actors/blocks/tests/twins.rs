//! A vote key on two machines, and a validator that lost its disk: who has no history watches first.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use common::{Town, genesis, height, until};
use troupe_blocks::{Contradictions, Standing};
use troupe_runtime::sim::World;
use troupe_runtime::{Fault, Node, StopCause};
use troupe_types::Millis;

const VALIDATORS: [usize; 4] = [0, 1, 2, 3];
/// The machine with the key of validator 3.
const TWIN: usize = 4;

fn town(nodes: usize) -> Town {
    let mut town = Town::new(genesis(&[(0, &VALIDATORS)]), nodes);
    town.watch = 2;
    town
}

fn votes(world: &mut World, at: usize) -> bool {
    let asked = world.call(at, Millis::secs(5), |node: Node| async move {
        node.link::<Standing>("consensus").ask(Standing).await
    });
    asked.and_then(Result::ok).is_some_and(|standing| standing.position.is_some())
}

fn nobody_contradicted_itself(world: &mut World, nodes: &[usize]) {
    for at in nodes {
        let seen = world.call(*at, Millis::secs(5), |node: Node| async move {
            node.link::<Contradictions>("consensus").ask(Contradictions).await
        });
        assert_eq!(seen.unwrap().unwrap(), [], "by node {at}");
    }
}

#[test]
fn a_new_chain_starts_as_soon_as_one_that_nobody_watches() {
    let took = |watch| {
        let mut town = town(4);
        town.watch = watch;
        let mut world = town.scenario(31, 4, 0).open();
        let took = until(&mut world, Millis::secs(60), "under way", |world| {
            VALIDATORS.iter().all(|at| height(world, *at) >= 1)
        });
        assert!(VALIDATORS.iter().all(|at| votes(&mut world, *at)));
        took
    };
    let (watched, unwatched) = (took(2), took(0));
    assert!(watched <= unwatched.plus(Millis(300)), "{watched} and {unwatched}");
}

#[test]
fn a_second_machine_with_the_same_key_stops_before_it_votes() {
    for seed in 0..3 {
        let mut town = town(5);
        town.twin = Some((TWIN, 3));
        let scenario = town.scenario(800 + seed, 5, 0);
        let away = scenario.at(Millis(1)).crash(TWIN).restart_after(Millis::secs(40));
        let mut world = away.open();
        until(&mut world, Millis::secs(120), "stopped", |world| !world.stops().is_empty());
        let stop = world.stops()[0].clone();
        assert_eq!(stop.node, TWIN, "seed {seed}");
        let is_twin = matches!(&stop.cause, StopCause::Fault { fault: Fault::Twin(_), .. });
        assert!(is_twin, "seed {seed}: {stop:?}");
        let before = height(&mut world, 0);
        world.run_for(Millis::secs(10));
        assert!(height(&mut world, 0) > before, "seed {seed}: the others go on");
        nobody_contradicted_itself(&mut world, &VALIDATORS);
    }
}

#[test]
fn a_validator_that_lost_its_disk_watches_and_votes_again() {
    for seed in 0..3 {
        let scenario = town(4).scenario(900 + seed, 4, 0);
        let mut world =
            scenario.at(Millis::secs(30)).crash(3).restart_after(Millis::secs(5)).open();
        world.run_for(Millis::secs(32));
        for name in world.disk(3).names() {
            world.disk(3).put(&name, None);
        }
        until(&mut world, Millis::secs(30), "back", |world| height(world, 3) > 0);
        assert!(!votes(&mut world, 3), "seed {seed}: not before it has watched");
        until(&mut world, Millis::secs(60), "voting", |world| votes(world, 3));
        world.run_for(Millis::secs(20));
        assert!(world.stops().is_empty(), "seed {seed}: {:?}", world.stops());
        nobody_contradicted_itself(&mut world, &VALIDATORS);
    }
}

#[test]
fn a_restart_with_the_history_is_not_held_up() {
    let scenario = town(4).scenario(77, 4, 0);
    let mut world = scenario.at(Millis::secs(30)).crash(2).restart_after(Millis::secs(2)).open();
    world.run_for(Millis::secs(33));
    assert!(votes(&mut world, 2));
}
