//! The first private computation on simulated networks: the real actors, the real machines.

use crate::common::{CLINIC, COMPUTE, LAB, OPEN, RECEIVER, assert_exact, network, run, task};
use troupe_learning::message::{
    Abandon, Accepted, Contribute, Describe, Described, Inquire, Prepare, Stage,
};
use troupe_runtime::Node;
use troupe_runtime::sim::{World, node_id};
use troupe_types::{Millis, SessionId};
use troupe_wire::Text;

#[test]
fn every_seed_gives_the_plain_result() {
    for seed in 0..20 {
        let mut world = network(seed, OPEN).run_for(Millis::secs(2));
        let results = run(&mut world, task(1)).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
        assert_exact(&task(1), &results);
    }
}

#[test]
fn the_same_seed_gives_the_same_events() {
    let story = |seed| {
        let mut world = network(seed, OPEN).run_for(Millis::secs(2));
        run(&mut world, task(1)).unwrap();
        world.hash()
    };
    assert_eq!(story(1), story(1));
    assert_ne!(story(1), story(2));
}

#[test]
fn a_party_that_crashes_is_named_and_the_next_session_succeeds() {
    for victim in COMPUTE {
        // The computation begins at 2 s and takes some milliseconds.
        let mut world = network(7, OPEN)
            .at(Millis(2_030))
            .crash(victim)
            .restart_after(Millis::secs(10))
            .run_for(Millis::secs(2));
        let index = COMPUTE.iter().position(|number| *number == victim).unwrap();
        let part = format!("party {index}");
        if let Err(error) = run(&mut world, task(1)) {
            // The receiver sees its streams end; the other parties know whom they missed.
            let survivors = COMPUTE.into_iter().filter(|number| *number != victim);
            let told: Vec<String> = survivors.map(|number| reason(&mut world, number, 1)).collect();
            let is_named = told.iter().chain([&error]).any(|text| text.contains(&part));
            assert!(is_named || error.contains("a party is"), "{part}: {error}; {told:?}");
        }
        world.run_for(Millis::secs(30));
        assert_exact(&task(2), &run(&mut world, task(2)).unwrap());
    }
}

/// Why a session failed, as one of its parties says.
fn reason(world: &mut World, party: usize, session: u8) -> String {
    let inquire = move |node: Node| async move {
        let link = node.remote::<Inquire>(node_id(party)).unwrap();
        link.ask(Inquire(SessionId([session; 16]))).await.map(|status| status.stage)
    };
    format!("{:?}", world.call(RECEIVER, Millis::secs(20), inquire).unwrap())
}

async fn contribute(node: Node, to: usize, session: u8) -> Accepted {
    let link = node.remote::<Contribute>(node_id(to)).unwrap();
    link.ask(Contribute(task(session))).await.unwrap()
}

fn refusal(accepted: &Accepted) -> String {
    match accepted {
        Accepted::Yes => String::new(),
        Accepted::No(reason) => reason.to_string(),
    }
}

#[test]
fn an_owner_serves_a_session_once_even_if_it_crashes_in_between() {
    let mut world = network(3, OPEN)
        .at(Millis::secs(10))
        .crash(CLINIC)
        .restart_after(Millis::secs(1))
        .run_for(Millis::secs(2));
    let ask = |node| contribute(node, CLINIC, 9);
    assert_eq!(world.call(RECEIVER, Millis::secs(5), ask).unwrap(), Accepted::Yes);
    world.run_for(Millis::secs(20));
    let again = world.call(RECEIVER, Millis::secs(5), ask).unwrap();
    assert_eq!(refusal(&again), "this session was served before");
}

#[test]
fn only_the_receiver_speaks_for_its_session() {
    let mut world = network(4, OPEN).run_for(Millis::secs(2));
    let stranger = LAB;
    let answer = world.call(stranger, Millis::secs(5), |node| contribute(node, CLINIC, 1)).unwrap();
    assert_eq!(refusal(&answer), "only the first receiver may ask for a contribution");
    let prepare = |node: Node| async move {
        let link = node.remote::<Prepare>(node_id(COMPUTE[0])).unwrap();
        link.ask(Prepare(task(1))).await.unwrap()
    };
    let answer = world.call(stranger, Millis::secs(5), prepare).unwrap();
    assert_eq!(refusal(&answer), "only the first receiver may prepare a session");
    assert_eq!(world.call(RECEIVER, Millis::secs(5), prepare).unwrap(), Accepted::Yes);
    let inquire = |node: Node| async move {
        let link = node.remote::<Inquire>(node_id(COMPUTE[0])).unwrap();
        link.ask(Inquire(SessionId([1; 16]))).await.unwrap().stage
    };
    assert_eq!(world.call(stranger, Millis::secs(5), inquire).unwrap(), Stage::Unknown);
    assert_eq!(world.call(RECEIVER, Millis::secs(5), inquire).unwrap(), Stage::Inputs);
}

#[test]
fn an_abandoned_session_ends_and_gives_its_seat_back() {
    let mut world = network(5, OPEN).run_for(Millis::secs(2));
    let story = |node: Node| async move {
        let party = node_id(COMPUTE[0]);
        let prepare = node.remote::<Prepare>(party).unwrap();
        assert_eq!(prepare.ask(Prepare(task(1))).await.unwrap(), Accepted::Yes);
        let twice = prepare.ask(Prepare(task(1))).await.unwrap();
        assert_eq!(refusal(&twice), "this session is known already");
        let abandon = node.remote::<Abandon>(party).unwrap();
        abandon.ask(Abandon(SessionId([1; 16]))).await.unwrap();
        let alarm = node.clock().alarm(node.now().mono.plus(Millis::secs(1)));
        alarm.await;
        let inquire = node.remote::<Inquire>(party).unwrap();
        inquire.ask(Inquire(SessionId([1; 16]))).await.unwrap().stage
    };
    let stage = world.call(RECEIVER, Millis::secs(20), story).unwrap();
    assert!(matches!(stage, Stage::Failed(_)), "{stage:?}");
}

#[test]
fn a_session_whose_owners_never_come_ends_at_its_deadline_and_says_whom_it_waited_for() {
    let mut world = network(6, OPEN).run_for(Millis::secs(2));
    let story = |node: Node| async move {
        let party = node_id(COMPUTE[0]);
        let prepare = node.remote::<Prepare>(party).unwrap();
        assert_eq!(prepare.ask(Prepare(task(1))).await.unwrap(), Accepted::Yes);
        node.clock().alarm(node.now().mono.plus(Millis::secs(21))).await;
        let inquire = node.remote::<Inquire>(party).unwrap();
        inquire.ask(Inquire(SessionId([1; 16]))).await.unwrap().stage
    };
    let stage = world.call(RECEIVER, Millis::secs(60), story).unwrap();
    let Stage::Failed(reason) = stage else { panic!("{stage:?}") };
    assert!(reason.contains("owner 0"), "{}", &*reason);
}

#[test]
fn a_policy_decides_who_may_compute_what_on_how_many_rows() {
    let describe = |node: Node| async move {
        let link = node.remote::<Describe>(node_id(CLINIC)).unwrap();
        link.ask(Describe { dataset: Text::new("clinic").unwrap() }).await.unwrap()
    };
    let told = |policy: &'static str| {
        let mut world = network(8, policy).run_for(Millis::secs(2));
        let described = world.call(RECEIVER, Millis::secs(5), describe).unwrap();
        let answer =
            world.call(RECEIVER, Millis::secs(5), |node| contribute(node, CLINIC, 1)).unwrap();
        (described, refusal(&answer))
    };
    let (described, reason) = told(r#"{ requesters = [], allow = ["statistics"] }"#);
    assert_eq!(described, Described::No(Text::cut("no data set clinic for this requester")));
    assert_eq!(reason, "no data set clinic for this requester");
    let (described, reason) = told(r#"{ requesters = ["*"], allow = ["histogram"] }"#);
    assert!(matches!(described, Described::As(description) if description.rows == 569));
    assert_eq!(reason, "the policy of clinic does not allow statistics");
    let (_, reason) = told(r#"{ requesters = ["*"], allow = ["statistics"], min_rows = 1000 }"#);
    assert_eq!(reason, "569 rows are fewer than the 1000 that the policy wants");
}

#[test]
fn a_compute_node_that_drains_finishes_its_session_first() {
    let mut world = network(9, OPEN)
        .at(Millis(2_020))
        .stop(COMPUTE[1], Millis::secs(15))
        .run_for(Millis::secs(2));
    match run(&mut world, task(1)) {
        Ok(results) => assert_exact(&task(1), &results),
        // It began to drain before it was asked to take its seat.
        Err(error) => assert!(error.contains("closing"), "{error}"),
    }
    world.run_for(Millis::secs(30));
    let drained = world.drained();
    assert_eq!(drained.len(), 1);
    assert!(drained[0].1.is_clean(), "{drained:?}");
}
