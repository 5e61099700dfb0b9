//! The end of a process at disk call k, for every k: nothing that was promised is lost.

use crate::kit::{Enter, Ledger, Total, entries};
use std::collections::BTreeSet;
use troupe_runtime::sim::{DiskFault, Scenario, Tear, World, node_id};
use troupe_runtime::{Fault, Node, StopCause};
use troupe_tests::seeds;
use troupe_types::Millis;
use troupe_wire::{CallError, Certainty};

/// Numbers entered by each of two nodes.
const NUMBERS: u64 = 40;

/// What the clients of a ledger were told.
#[derive(Debug, Default)]
struct Told {
    promised: BTreeSet<u64>,
    unknown: BTreeSet<u64>,
    not_run: BTreeSet<u64>,
    largest_total: u64,
}

/// Node 0 keeps a ledger; nodes 1 and 2 enter numbers, a few at a time and each once.
fn story(seed: u64) -> Scenario {
    Scenario::seed(seed)
        .nodes(1)
        .run_actors(|stage| Ledger::keep(stage.node()))
        .supervised(Millis(200))
        .nodes(2)
}

async fn enter_all(node: Node, first: u64) -> Vec<(u64, Result<u64, CallError>)> {
    let ledger = node.remote::<Enter>(node_id(0)).expect("a network");
    let mut outcomes = Vec::new();
    for start in (0..NUMBERS).step_by(4) {
        let asks = (start..start + 4).map(|number| {
            let number = first + number;
            (number, tokio::task::spawn_local(ledger.ask(Enter(number)).within(Millis::secs(8))))
        });
        for (number, ask) in asks.collect::<Vec<_>>() {
            outcomes.push((number, ask.await.expect("no panic")));
        }
    }
    outcomes
}

fn enter(world: &mut World, told: &mut Told) {
    let both = |node: Node| async move {
        let first = tokio::task::spawn_local(enter_all(node.clone(), 0));
        let mut outcomes = enter_all(node, 1_000).await;
        outcomes.extend(first.await.expect("no panic"));
        outcomes
    };
    let outcomes = world.call(1, Millis::secs(600), both).expect("the client lives");
    for (number, outcome) in outcomes {
        match outcome {
            Ok(total) => {
                told.promised.insert(number);
                told.largest_total = told.largest_total.max(total);
            }
            Err(why) => {
                let list = match why.certainty() {
                    Certainty::Unknown => &mut told.unknown,
                    Certainty::NotRun => &mut told.not_run,
                };
                list.insert(number);
            }
        }
    }
}

fn total(world: &mut World) -> u64 {
    let ask = |node: Node| async move {
        let ledger = node.remote::<Total>(node_id(0)).expect("a network");
        for _ in 0..20 {
            if let Ok(total) = ledger.ask(Total).await {
                return total;
            }
            node.clock().alarm(node.now().mono.plus(Millis(500))).await;
        }
        panic!("the ledger does not come back")
    };
    world.call(2, Millis::secs(60), ask).expect("the client lives")
}

/// Durable means: what was promised is there, once; what did not run is not; what is unknown is
/// there at most once.
fn check(world: &mut World, told: &Told, context: &str) {
    let running = total(world);
    let list = entries(world.disk(0));
    let set: BTreeSet<u64> = list.iter().copied().collect();
    assert_eq!(set.len(), list.len(), "{context}: a number was entered twice");
    assert!(told.promised.is_subset(&set), "{context}: a promise was broken");
    assert!(told.not_run.is_disjoint(&set), "{context}: what did not run did");
    let all: BTreeSet<u64> = told.promised.union(&told.unknown).copied().collect();
    assert!(set.is_subset(&all), "{context}: a number came from nowhere");
    assert_eq!(running, list.len() as u64, "{context}: the actor and its file agree");
    assert!(told.largest_total <= running, "{context}: the total went back");
    assert_eq!(told.promised.len() + told.unknown.len() + told.not_run.len(), 2 * NUMBERS as usize);
}

/// How often the ledger calls its disk when nothing goes wrong.
fn calls(seed: u64) -> u64 {
    let mut world = story(seed).open();
    let mut told = Told::default();
    enter(&mut world, &mut told);
    assert_eq!(told.promised.len(), 2 * NUMBERS as usize);
    check(&mut world, &told, "without faults");
    world.disk(0).calls()
}

#[test]
fn a_crash_in_any_disk_call_breaks_no_promise() {
    let calls = calls(1);
    assert!(calls > 20, "writes of one handler run share a call, but not all of them: {calls}");
    let (mut crashes, mut lost) = (0, 0);
    for call in 1..=calls {
        for tear in Tear::ALL {
            let mut world = story(1).disk_fault(0, call, DiskFault::Crashes(tear)).open();
            let mut told = Told::default();
            enter(&mut world, &mut told);
            check(&mut world, &told, &format!("{tear:?} in call {call}"));
            // Three nodes started, one ended, and it came back.
            assert!(world.counts().turns >= 5, "{tear:?} in call {call} did not end the process");
            crashes += 1;
            lost += told.unknown.len();
        }
    }
    assert!(lost >= crashes, "a crash in the middle leaves askers in doubt: {lost} of {crashes}");
}

#[test]
fn an_error_in_any_disk_call_stops_the_process_and_breaks_no_promise() {
    for call in 1..=calls(2) {
        let mut world = story(2).disk_fault(0, call, DiskFault::Fails).open();
        let mut told = Told::default();
        enter(&mut world, &mut told);
        check(&mut world, &told, &format!("an error in call {call}"));
        let [stop] = world.stops() else { panic!("call {call}: {:?}", world.stops()) };
        let is_storage =
            matches!(&stop.cause, StopCause::Fault { kind: "ledger", fault: Fault::Storage(_) });
        assert!(stop.node == 0 && is_storage, "call {call}: {stop:?}");
    }
}

#[test]
fn crashes_at_any_moment_break_no_promise() {
    crash_at_odd_moments(1..=150);
}

#[test]
#[ignore = "a minute: cargo test --release -p troupe-tests --test sim -- --ignored twenty_thousand"]
fn twenty_thousand_stories_of_crashes_slow() {
    crash_at_odd_moments(1_000..=21_000);
}

fn crash_at_odd_moments(seeds: impl IntoIterator<Item = u64>) {
    seeds::each(seeds, |seed| {
        let mut scenario = story(seed);
        for crash in 0..6 {
            // At odd microseconds, so that they fall between and into the writes.
            scenario = scenario.at(Millis(2 + crash * 300 + seed % 17)).crash(0);
        }
        let mut world = scenario.disk_fails(0, 20_000).open();
        let mut told = Told::default();
        enter(&mut world, &mut told);
        world.disk(0).fails(0);
        check(&mut world, &told, &format!("seed {seed}"));
    });
}
