//! A validator whose key is in another process, and all that can go wrong with that one.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use common::signer::{Mood, Signer};
use common::{Town, genesis, height, until};
use std::sync::Arc;
use troupe_blocks::Contradictions;
use troupe_consensus::{Kind, Mark, Place};
use troupe_runtime::Node;
use troupe_runtime::sim::World;
use troupe_types::{Hash, Height, Millis};

const VALIDATORS: [usize; 4] = [0, 1, 2, 3];
/// The validator that has no key.
const ASKS: usize = 3;
/// One without which the others are a quorum only together with that one.
const OTHER: usize = 2;

fn town() -> (Town, Arc<Signer>) {
    let mut town = Town::new(genesis(&[(0, &VALIDATORS)]), 4);
    let signer = Signer::new(ASKS);
    town.signer = Some((ASKS, Arc::clone(&signer)));
    (town, signer)
}

fn nobody_stopped_or_contradicted_itself(world: &mut World) {
    assert!(world.stops().is_empty(), "{:?}", world.stops());
    for at in VALIDATORS {
        let seen = world.call(at, Millis::secs(5), |node: Node| async move {
            node.link::<Contradictions>("consensus").ask(Contradictions).await
        });
        // A node that is down has seen nothing.
        if let Some(seen) = seen {
            assert_eq!(seen.unwrap(), [], "by node {at}");
        }
    }
}

/// Blocks come, so many more of them, with the asking validator among those that make them.
fn goes_on(world: &mut World, at: usize, blocks: u64, most: Millis) {
    let goal = height(world, at) + blocks;
    until(world, most, "further", |world| height(world, at) >= goal);
}

#[test]
fn three_validators_and_one_without_its_key_make_blocks_when_the_fourth_is_down() {
    let (town, signer) = town();
    let mut world = town.scenario(41, 4, 0).at(Millis::secs(5)).crash(OTHER).open();
    world.run_for(Millis::secs(6));
    goes_on(&mut world, ASKS, 12, Millis::secs(60));
    let kinds: Vec<Kind> = signer.history().iter().map(|(_, mark)| mark.kind).collect();
    assert_eq!(kinds, Kind::ALL, "it proposed, voted and gave views up");
    nobody_stopped_or_contradicted_itself(&mut world);
}

#[test]
fn a_validator_follows_while_its_signer_signs_nothing_and_votes_when_it_does_again() {
    for (seed, mood) in
        [(1, Mood::IsAway), (2, Mood::IsSilent), (3, Mood::Lies), (4, Mood::CannotWrite)]
    {
        let (town, signer) = town();
        let scenario = town.scenario(500 + seed, 4, 0);
        let mut world = scenario.at(Millis::secs(40)).crash(OTHER).open();
        goes_on(&mut world, ASKS, 3, Millis::secs(20));
        let before = signer.history();
        signer.is(mood);
        goes_on(&mut world, ASKS, 20, Millis::secs(40));
        assert_eq!(signer.history(), before, "{mood:?}: it followed, and nothing was signed");
        // Now nothing goes without it.
        world.run_for(Millis(41_000).since(world.now()));
        let stuck = height(&mut world, ASKS);
        world.run_for(Millis::secs(10));
        assert!(height(&mut world, ASKS) <= stuck + 1, "{mood:?}: a quorum is three of four");
        signer.is(Mood::Signs(Millis(20)));
        goes_on(&mut world, ASKS, 5, Millis::secs(60));
        nobody_stopped_or_contradicted_itself(&mut world);
    }
}

#[test]
fn a_signer_that_signed_later_things_elsewhere_is_refused_to_and_the_chain_passes_them() {
    let (town, signer) = town();
    let place = Place::new(1, 3);
    let mark =
        Mark { place, index: 9, height: Height(31), kind: Kind::Vote, digest: Hash([7; 32]) };
    signer.signed(mark);
    let mut world = town.scenario(77, 4, 0).open();
    goes_on(&mut world, ASKS, 5, Millis::secs(60));
    let untouched: Vec<Mark> = signer.history().iter().map(|(_, mark)| mark).collect();
    assert_eq!(untouched, [mark]);
    until(&mut world, Millis::secs(200), "past it", |_| {
        signer.history().iter().any(|(_, mark)| mark.place > place)
    });
    nobody_stopped_or_contradicted_itself(&mut world);
}

#[test]
fn a_node_that_falls_while_it_waits_for_a_signature_goes_on_with_the_same_signer() {
    let (town, signer) = town();
    signer.is(Mood::Signs(Millis(150)));
    let mut scenario = town.scenario(99, 4, 0);
    for second in [5, 9, 14, 20] {
        scenario = scenario
            .at(Millis(1_000 * second + 37 * second))
            .crash(ASKS)
            .restart_after(Millis(700));
    }
    let mut world = scenario.at(Millis::secs(30)).crash(OTHER).open();
    world.run_for(Millis::secs(31));
    goes_on(&mut world, ASKS, 5, Millis::secs(60));
    nobody_stopped_or_contradicted_itself(&mut world);
}
