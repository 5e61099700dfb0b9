//! Nodes die at every step over the edge.

use crate::common::economy::ROUND;
use crate::trap::{Step, Trap};
use crate::{scene, tell};
use troupe_types::{Height, Millis};

/// One dies, or all at once; the seed says at which step, who, before or after it, for how long, and whether the log is lost.
fn story(seed: u64) -> Result<(), String> {
    let mut scene = scene(seed);
    let steps = Step::ALL.len() as u64;
    let step = Step::ALL[usize::try_from(seed % steps).unwrap()];
    let everybody = scene.luck(4) == 0;
    // Who has no history is silent until it has seen that nobody else signs with its key. If all lose theirs nobody knows what
    // was said: that is not to be survived.
    let keeps_log = everybody || scene.luck(3) > 0;
    scene.watch = 2;
    let trap = Trap {
        step,
        last: Height(ROUND),
        spared: if step == Step::Proposes { 0 } else { scene.luck(3) },
        is_done: scene.luck(2) == 0,
        everybody,
        keeps_log,
        dead: Millis(scene.luck(9_000)),
    };
    scene.trap = Some(trap);
    if !scene.run(Millis::secs(60), |scene| !scene.trapped.is_empty()) {
        return Err(format!("nobody came to {step:?}"));
    }
    let span = Millis(scene.luck(12_000));
    scene.run(span, |_| false);
    scene.check()?;
    scene.goes_on().map_err(|why| format!("{trap:?}: {why}"))
}

#[test]
fn nodes_that_die_at_the_edge_neither_fork_nor_stop_the_chain() {
    tell(0..28, story);
}

#[test]
#[ignore = "minutes: cargo test --release -p troupe-ledger --test edge -- --ignored die"]
fn a_thousand_times_nodes_that_die_at_the_edge_neither_fork_nor_stop_the_chain_slow() {
    tell(0..1_000, story);
}
