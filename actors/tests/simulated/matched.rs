//! Tasks on rows that two owners match first: with a chain and without, and with owners that fail or lie.

use crate::chain::{Shared, consent, contribute, declared_as, prepare};
use crate::common::{CLINIC, COMPUTE, LAB, OPEN, RECEIVER, network, task};
use futures_util::future::join;
use std::collections::BTreeMap;
use troupe_jobs::{Collect, Expect, receiver};
use troupe_learning::declared;
use troupe_learning::message::{
    Accepted, Common, Contribute, Inquire, Join, Joined, Meet, Prepare, Stage,
};
use troupe_learning::task::{Keys, Layout};
use troupe_learning::{Plan, Task};
use troupe_market::algorithm;
use troupe_market::task::{End, Phase};
use troupe_runtime::Node;
use troupe_runtime::sim::{World, node_id};
use troupe_types::{Hash, Millis, SessionId};
use troupe_wire::{List, Text};

/// What the two files have in common.
pub(crate) const COMMON: u32 = 380;
/// Longer than any matching here may take.
pub(crate) const WAIT: Millis = Millis::secs(60);

/// The same questions on files whose rows are in other orders, and only partly of the same samples.
pub(crate) fn matched(session: u8) -> Task {
    let mut task = Task { layout: Layout::Matched, ..task(session) };
    let mut owners = task.owners.to_vec();
    let parts = [("patients", "sample", 480), ("biopsies", "specimen", 469)];
    for (owner, (dataset, key, rows)) in owners.iter_mut().zip(parts) {
        owner.dataset = Text::new(dataset).unwrap();
        owner.rows = rows;
        let columns = List::new(vec![Text::new(key).unwrap()]).unwrap();
        owner.keys = Some(Keys { columns, items: rows, address: Text::new("h:1").unwrap() });
    }
    task.owners = List::new(owners).unwrap();
    task
}

/// The exact results over the common rows.
fn exact() -> [f64; 3] {
    let read = |csv: &str, name: &str| -> BTreeMap<String, f64> {
        let mut lines = csv.lines();
        let place = lines.next().unwrap().split(',').position(|header| header == name).unwrap();
        let cells = lines.map(|line| line.split(',').collect::<Vec<_>>());
        cells.map(|cells| (cells[0].to_owned(), cells[place].parse().unwrap())).collect()
    };
    let patients = include_str!("../../../examples/data/patients.csv");
    let biopsies = include_str!("../../../examples/data/biopsies.csv");
    let (radius, area) = (read(patients, "radius_mean"), read(patients, "area_mean"));
    let malignant = read(biopsies, "malignant");
    let common: Vec<&String> = radius.keys().filter(|key| malignant.contains_key(*key)).collect();
    assert_eq!(common.len(), COMMON as usize);
    let of = |column: &BTreeMap<String, f64>| -> Vec<f64> {
        common.iter().map(|key| column[*key]).collect()
    };
    let (radius, area, malignant) = (of(&radius), of(&area), of(&malignant));
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (a, b) = (mean(&area), mean(&malignant));
    let products = area.iter().zip(&malignant).map(|(x, y)| (x - a) * (y - b));
    let covariance = products.sum::<f64>() / (area.len() as f64 - 1.0);
    [mean(&radius), malignant.iter().sum(), covariance]
}

pub(crate) fn assert_exact(task: &Task, results: &[f64]) {
    let plan = Plan::new(task, Some(COMMON)).unwrap();
    for ((result, exact), expected) in results.iter().zip(exact()).zip(plan.results()) {
        assert!((result - exact).abs() <= expected.bound.unwrap(), "{result} is not {exact}");
    }
    assert_eq!(results.len(), plan.results().len());
}

pub(crate) async fn joins(node: Node, owner: usize, task: Task) -> Result<u32, String> {
    let asked = node.remote::<Join>(node_id(owner)).unwrap().ask(Join(task)).within(WAIT);
    match asked.await.map_err(|error| format!("an owner is {error}"))? {
        Joined::Rows(rows) => Ok(rows),
        Joined::No(reason) => Err(reason.to_string()),
    }
}

/// Both owners match; what each says.
pub(crate) fn join_both(world: &mut World, task: &Task) -> [Result<u32, String>; 2] {
    let (first, second) = (task.clone(), task.clone());
    let both = move |node: Node| async move {
        let one = joins(node.clone(), CLINIC, first);
        join(one, joins(node, LAB, second)).await
    };
    world.call(RECEIVER, Millis::secs(90), both).expect("the receiver lives").into()
}

pub(crate) fn seat_all(world: &mut World, task: &Task) {
    for party in COMPUTE {
        assert_eq!(prepare(world, party, task), "");
    }
}

/// Owners share what they have matched, and results come.
pub(crate) fn results(world: &mut World, task: &Task) -> Vec<f64> {
    let task = task.clone();
    let collect = move |node: Node| async move {
        let results = receiver(&node, node_id(RECEIVER));
        let expect = Expect { task: task.clone(), matched: Some(COMMON) };
        results.expect.ask(expect).await.unwrap().unwrap();
        for source in task.owners.iter() {
            let link = node.remote::<Contribute>(source.id).unwrap();
            let answer = link.ask(Contribute(task.clone())).within(Millis::secs(8)).await.unwrap();
            assert_eq!(answer, Accepted::Yes);
        }
        let collected = results.collect.ask(Collect(task.session)).within(WAIT).await.unwrap();
        collected.unwrap().results.into_iter().map(|result| result.values[0]).collect()
    };
    world.call(RECEIVER, Millis::secs(90), collect).expect("the receiver lives")
}

/// How far a party is.
pub(crate) fn stage(world: &mut World, party: usize, session: u8) -> Stage {
    let inquire = move |node: Node| async move {
        let link = node.remote::<Inquire>(node_id(party)).unwrap();
        link.ask(Inquire(SessionId([session; 16]))).await.unwrap().stage
    };
    world.call(RECEIVER, Millis::secs(5), inquire).unwrap()
}

/// An owner says a number to a party by itself.
fn say(world: &mut World, owner: usize, party: usize, said: Common) -> Result<(), String> {
    let tell = move |node: Node| async move {
        let link = node.remote::<Common>(node_id(party)).unwrap();
        link.ask(said).within(Millis::secs(2)).await
    };
    match world.call(owner, Millis::secs(5), tell).unwrap() {
        Ok(Accepted::Yes) => Ok(()),
        Ok(Accepted::No(reason)) => Err(reason.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

pub(crate) fn begun(seed: u64, policy: &'static str) -> World {
    network(seed, policy).run_for(Millis::secs(2))
}

#[test]
fn every_seed_gives_the_plain_result_of_the_common_rows() {
    for seed in 0..8 {
        let (mut world, task) = (begun(seed, OPEN), matched(1));
        seat_all(&mut world, &task);
        assert_eq!(join_both(&mut world, &task), [Ok(COMMON), Ok(COMMON)], "seed {seed}");
        assert_exact(&task, &results(&mut world, &task));
        // What was matched is shared once.
        assert_eq!(contribute(&mut world, CLINIC, &task), "its rows were not matched here");
    }
}

/// Both layouts of rows that two owners have in common.
const BOTH: [Layout; 2] = [Layout::Matched, Layout::Joined];

fn settled(seed: u64, policy: &'static str, layout: Layout) -> (World, Task, Shared) {
    let matching = declared::matching(layout).expect("it is about keys");
    let algorithms = [algorithm::STATISTICS, matching].map(algorithm::bit);
    let task = Task { layout, ..matched(1) };
    declared_as(seed, policy, task, algorithms[0] | algorithms[1])
}

#[test]
fn on_a_chain_rows_are_matched_between_the_seats_and_the_start() {
    for (seed, layout) in (0..4).zip(BOTH.into_iter().cycle()) {
        let (mut world, task, story) = settled(seed, OPEN, layout);
        for owner in [CLINIC, LAB] {
            assert_eq!(consent(&mut world, owner, &task), "");
        }
        // Nobody has its seat yet, so nothing is learned of any row.
        let early = join_both(&mut world, &task);
        assert_eq!(early, ["on the chain it is in phase 3"; 2].map(|why| Err(why.to_owned())));
        seat_all(&mut world, &task);
        assert_eq!(join_both(&mut world, &task), [Ok(COMMON), Ok(COMMON)]);
        assert_eq!(story.lock().unwrap().phase, Phase::Start as u8);
        assert_exact(&task, &results(&mut world, &task));
    }
}

#[test]
fn whoever_declared_something_else_has_nothing_matched() {
    let alone = algorithm::bit(algorithm::STATISTICS);
    let (mut world, task, _) = declared_as(1, OPEN, matched(1), alone);
    let refused = "the chain does not say that it does alignment";
    assert_eq!(consent(&mut world, CLINIC, &task), refused);
}

/// More rows than the two have in common.
const MANY: &str = r#"{ requesters = ["*"], allow = ["statistics"], matching = ["aligned", "count"],
    partners = ["*"], min_rows = 400 }"#;

#[test]
fn too_few_common_rows_end_a_task_before_its_start_and_nobody_who_asks_hears_the_number() {
    for layout in BOTH {
        let (mut world, task, story) = settled(2, MANY, layout);
        for owner in [CLINIC, LAB] {
            assert_eq!(consent(&mut world, owner, &task), "");
        }
        seat_all(&mut world, &task);
        let [first, second] = join_both(&mut world, &task);
        let few = |name| Err(format!("fewer rows are common than the policy of {name} wants"));
        assert_eq!((first, second), (few("patients"), few("biopsies")));
        assert_eq!(contribute(&mut world, CLINIC, &task), "its rows were not matched here");
        assert!(story.lock().unwrap().started.is_empty());
        // The chain hears why, and never how many there are. The seats are given back at once, and no party is blamed.
        world.run_for(Millis::secs(1));
        let declined = story.lock().unwrap().declined.clone();
        assert!(!declined.is_empty());
        assert!(declined.iter().all(|(_, why)| *why == End::TooLittle), "{declined:?}");
        for party in COMPUTE {
            let Stage::Failed(why) = stage(&mut world, party, 1) else { panic!("it waits") };
            assert_eq!(&*why, "an owner has too little data for it");
        }
    }
}

#[test]
fn an_owner_that_says_another_number_ends_it_and_nobody_shares_a_row() {
    for (liar, honest, layout) in [
        (CLINIC, LAB, Layout::Matched),
        (LAB, CLINIC, Layout::Matched),
        (LAB, CLINIC, Layout::Joined),
    ] {
        let (mut world, task) = (begun(3, OPEN), Task { layout, ..matched(1) });
        seat_all(&mut world, &task);
        let terms = task.hash().unwrap();
        let lie = Common { session: task.session, terms, rows: COMMON - 1 };
        // The party answers when both have spoken.
        assert_eq!(say(&mut world, liar, COMPUTE[1], lie), Err("timed out".to_owned()));
        let outcome = join_both(&mut world, &task);
        let [first, second] = outcome;
        let told = if honest == CLINIC { first } else { second };
        let told = told.unwrap_err();
        assert!(told.contains("do not say the same number of common rows"), "{told}");
        assert!(!told.contains("380") && !told.contains("379"), "{told}");
        let Stage::Failed(why) = stage(&mut world, COMPUTE[1], 1) else { panic!("it goes on") };
        assert!(why.contains("owner 0") && why.contains("owner 1"), "{}", &*why);
        let honest = contribute(&mut world, honest, &task);
        assert_eq!(honest, "its rows were not matched here");
        // Another task is served.
        let next = matched(2);
        seat_all(&mut world, &next);
        assert_eq!(join_both(&mut world, &next), [Ok(COMMON), Ok(COMMON)]);
        assert_exact(&next, &results(&mut world, &next));
    }
}

#[test]
fn numbers_of_strangers_of_other_tasks_and_of_nobodys_seats_are_not_heard() {
    let (mut world, task) = (begun(4, OPEN), matched(1));
    seat_all(&mut world, &task);
    let terms = task.hash().unwrap();
    let right = Common { session: task.session, terms, rows: COMMON };
    let stranger = say(&mut world, RECEIVER, COMPUTE[0], right.clone());
    assert_eq!(stranger, Err("only the owners of its rows can say how many are common".to_owned()));
    let unknown = Err("no session waits for this".to_owned());
    let other = Common { terms: Hash([7; 32]), ..right };
    assert_eq!(say(&mut world, CLINIC, COMPUTE[0], other), unknown);
    let other = Common { session: SessionId([9; 16]), ..right };
    assert_eq!(say(&mut world, CLINIC, COMPUTE[0], other), unknown);
    // All of it changed nothing; said twice by one owner neither.
    assert_eq!(say(&mut world, CLINIC, COMPUTE[0], right.clone()), Err("timed out".to_owned()));
    let twice = say(&mut world, CLINIC, COMPUTE[0], right.clone());
    assert_eq!(twice, Err("owner 0 has said before how many rows are common".to_owned()));
    assert_eq!(say(&mut world, LAB, COMPUTE[0], right.clone()), Ok(()));
    assert_eq!(say(&mut world, LAB, COMPUTE[0], right), unknown);
}

#[test]
fn an_owner_that_nobody_meets_ends_with_the_deadline_and_so_do_the_parties() {
    let (mut world, task) = (begun(5, OPEN), matched(1));
    seat_all(&mut world, &task);
    let began = world.now();
    let alone = {
        let task = task.clone();
        world.call(RECEIVER, WAIT, move |node| joins(node, CLINIC, task)).unwrap()
    };
    assert!(alone.is_err(), "{alone:?}");
    assert!(world.now().since(began) <= task.within.inputs.plus(Millis::secs(2)));
    // Whoever is not the other owner of this task is not met.
    let terms = task.hash().unwrap();
    for from in [RECEIVER, LAB] {
        let meet = Meet { session: task.session, terms };
        let met = move |node: Node| async move {
            node.remote::<Meet>(node_id(CLINIC)).unwrap().ask(meet).await.unwrap()
        };
        assert!(!world.call(from, Millis::secs(5), met).unwrap());
    }
    // The session was used, and is not served again.
    let again = world.call(RECEIVER, WAIT, move |node| joins(node, CLINIC, matched(1))).unwrap();
    assert_eq!(again, Err("this session was served before".to_owned()));
    world.run_for(task.within.total());
    let Stage::Failed(why) = stage(&mut world, COMPUTE[2], 1) else { panic!("it goes on") };
    assert_eq!(&*why, "owner 0 has not said how many rows are common");
}

#[test]
fn an_owner_that_restarts_in_the_middle_has_used_its_rows_and_the_task_ends() {
    let mut used = 0;
    for crash in [2_060, 2_080, 2_120, 2_200, 2_400] {
        let mut world = network(6, OPEN)
            .at(Millis(crash))
            .crash(LAB)
            .restart_after(Millis::secs(1))
            .run_for(Millis::secs(2));
        let task = matched(1);
        seat_all(&mut world, &task);
        let outcome = join_both(&mut world, &task);
        world.run_for(Millis::secs(5));
        if outcome.iter().all(Result::is_ok) {
            // It had told everybody; what it matched is gone with it.
            let refused = contribute(&mut world, LAB, &task);
            assert_eq!(refused, "its rows were not matched here", "{crash}");
            continue;
        }
        let again = world.call(RECEIVER, WAIT, move |node| joins(node, LAB, matched(1))).unwrap();
        let again = again.expect_err("the other owner is not there any more");
        used += usize::from(again == "this session was served before");
        // The next one is served.
        let next = matched(2);
        seat_all(&mut world, &next);
        assert_eq!(join_both(&mut world, &next), [Ok(COMMON), Ok(COMMON)], "{crash}");
        assert_exact(&next, &results(&mut world, &next));
    }
    assert!(used > 0, "no crash came after the use was on the disk");
}

#[test]
fn a_policy_decides_whose_rows_are_matched_for_a_task_with_whose() {
    let refused = |policy: &'static str, change: &dyn Fn(&mut Task)| {
        let mut world = begun(7, policy);
        let mut task = matched(1);
        change(&mut task);
        world.call(RECEIVER, WAIT, move |node| joins(node, CLINIC, task)).unwrap().unwrap_err()
    };
    let alone = r#"{ requesters = ["*"], allow = ["statistics"], matching = ["count"],
        partners = ["*"] }"#;
    let none = r#"{ requesters = ["*"], allow = ["statistics"], matching = ["aligned"] }"#;
    assert_eq!(
        refused(alone, &|_| {}),
        "the policy of patients does not allow matching for aligned"
    );
    let stranger =
        format!("the policy of patients does not match rows with {}", node_id(LAB).short());
    assert_eq!(refused(none, &|_| {}), stranger);
    let keys = |task: &mut Task, change: fn(&mut Keys)| {
        let mut owners = task.owners.to_vec();
        change(owners[0].keys.as_mut().unwrap());
        task.owners = List::new(owners).unwrap();
    };
    let unknown = |task: &mut Task| {
        keys(task, |keys| keys.columns = List::new(vec![Text::new("name").unwrap()]).unwrap());
    };
    assert_eq!(refused(OPEN, &unknown), "patients has no column name of kind key");
    let fewer = |task: &mut Task| keys(task, |keys| keys.items = 479);
    assert_eq!(refused(OPEN, &fewer), "patients has 480 different keys, the task says 479");
    let aligned = |task: &mut Task| *task = crate::common::task(1);
    assert_eq!(refused(OPEN, &aligned), "its rows are not matched");
}

#[test]
fn only_whoever_asked_for_the_matching_has_its_rows_shared() {
    let (mut world, task) = (begun(8, OPEN), matched(1));
    let prepared = task.clone();
    assert_eq!(contribute(&mut world, CLINIC, &task), "its rows were not matched here");
    seat_all(&mut world, &prepared);
    assert_eq!(join_both(&mut world, &task), [Ok(COMMON), Ok(COMMON)]);
    let asked = move |node: Node| async move {
        let link = node.remote::<Contribute>(node_id(CLINIC)).unwrap();
        link.ask(Contribute(task)).await.unwrap()
    };
    let Accepted::No(reason) = world.call(LAB, Millis::secs(5), asked).unwrap() else {
        panic!("it was shared")
    };
    assert_eq!(&*reason, "its rows were not matched here");
    let prepare = move |node: Node| async move {
        node.remote::<Prepare>(node_id(COMPUTE[0])).unwrap().ask(Prepare(matched(1))).await.unwrap()
    };
    assert!(matches!(world.call(RECEIVER, WAIT, prepare).unwrap(), Accepted::No(_)));
}
