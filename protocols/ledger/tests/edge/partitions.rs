//! The network falls apart at the edge: those who only validated before on one side, those who only will on the other.

use crate::common::economy::ROUND;
use crate::common::node_id;
use crate::scene::{Scene, Weather};
use crate::trap::{Step, Trap, epoch_of};
use crate::{scene, tell};
use std::collections::BTreeSet;
use troupe_types::{Epoch, Height, Millis};

/// The validators of an epoch whose election block is final somewhere.
fn members(scene: &Scene, epoch: Epoch) -> BTreeSet<usize> {
    let all = scene.hosts.iter().flat_map(|host| &host.finals);
    let rosters = all.filter_map(|(committed, _)| committed.elected.as_deref());
    let roster = rosters.into_iter().find(|roster| roster.epoch == epoch).unwrap();
    let is_in = |at: &usize| roster.validators.iter().any(|one| one.node == node_id(*at));
    (0..scene.hosts.len()).filter(is_in).collect()
}

/// Lets the chain come to a step at the edge, where somebody took it whom nothing happened to.
fn come_to(scene: &mut Scene, step: Step, last: Height) -> Result<(), String> {
    let spared = if step == Step::Proposes { 0 } else { scene.luck(3) };
    // A trap for a node that is back at once, with all it had: a pause of no time.
    let trap = Trap {
        step,
        last,
        spared,
        is_done: true,
        everybody: false,
        keeps_log: true,
        dead: Millis(0),
    };
    scene.trap = Some(trap);
    let is_there = scene.run(Millis::secs(60), |scene| !scene.trapped.is_empty());
    if is_there { Ok(()) } else { Err(format!("nobody came to {step:?}")) }
}

fn story(seed: u64) -> Result<(), String> {
    let mut scene = scene(seed);
    let steps = Step::ALL.len() as u64;
    let step = Step::ALL[usize::try_from(seed % steps).unwrap()];
    come_to(&mut scene, step, Height(ROUND))?;
    let (old, new) = ((0..4).collect::<BTreeSet<usize>>(), members(&scene, Epoch(2)));
    assert_eq!(old.difference(&new).count(), 1, "one of four makes room");
    // Everybody else stands on this side or on that.
    let mut side: BTreeSet<usize> = old.difference(&new).copied().collect();
    for at in 0..scene.hosts.len() {
        if old.contains(&at) == new.contains(&at) && scene.luck(2) == 0 {
            side.insert(at);
        }
    }
    scene.part(&side);
    let span = Millis(2_000 + scene.luck(20_000));
    scene.run(span, |_| false);
    scene.check()?;
    let here = new.intersection(&side).count();
    let has_quorum = here >= 3 || new.len() - here >= 3;
    if !has_quorum && scene.heights().1 > ROUND + 1 {
        return Err(format!("{:?} without a quorum of the new set", scene.heights()));
    }
    scene.goes_on().map_err(|why| format!("{step:?}, apart {side:?}: {why}"))
}

/// Messages are late, lost, doubled and out of order from the election on, over two edges; now and then somebody dies.
fn foul(seed: u64) -> Result<(), String> {
    let mut scene = scene(seed);
    scene.run(Millis(5_000), |_| false);
    scene.weather = Weather::FOUL;
    let until = Height(2 * ROUND + 3);
    for _ in 0..200 {
        let span = Millis(300 + scene.luck(2_000));
        if scene.run(span, |scene| scene.heights().1 >= until.0) {
            break;
        }
        if scene.luck(6) == 0 {
            let at = usize::try_from(scene.luck(6)).unwrap();
            let dead = Millis(scene.luck(3_000));
            scene.kill(at, true, dead);
        }
        scene.check()?;
    }
    let (_, highest) = scene.heights();
    if epoch_of(Height(highest)) < Epoch(3) {
        return Err(format!("only {highest} blocks"));
    }
    scene.goes_on()
}

#[test]
fn a_network_that_falls_apart_at_the_edge_grows_together_again() {
    tell(0..28, story);
}

#[test]
fn late_lost_doubled_and_disordered_messages_do_not_fork_the_edge() {
    tell(0..12, foul);
}

#[test]
#[ignore = "minutes: cargo test --release -p troupe-ledger --test edge -- --ignored apart"]
fn a_thousand_networks_that_fall_apart_at_the_edge_grow_together_again_slow() {
    tell(0..1_000, story);
}

#[test]
#[ignore = "minutes: cargo test --release -p troupe-ledger --test edge -- --ignored disordered"]
fn five_hundred_times_disordered_messages_do_not_fork_the_edge_slow() {
    tell(0..500, foul);
}
