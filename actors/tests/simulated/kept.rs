//! Models that stay with the three parties that trained them, through restarts.

use crate::common::{COMPUTE, RECEIVER, network, receive, task};
use troupe_learning::message::{Accepted, Prepare};
use troupe_learning::task::{
    Activation, Family, HeldOut, Judgement, Kind, Layer, Metric, Origin, Outcome, Predict, Reveal,
    Schedule, Train, Trial,
};
use troupe_learning::{Real, Task};
use troupe_mpc::Received;
use troupe_runtime::Node;
use troupe_runtime::sim::{World, node_id};
use troupe_types::{Hash, Millis, NodeId};
use troupe_wire::{List, Text};

const POLICY: &str =
    r#"{ requesters = ["*"], allow = ["training", "evaluation", "formula"], min_group = 16 }"#;

fn features() -> List<Text<256>, 1024> {
    let formulas = ["(radius_mean - 14) / 4", "(area_mean - 655) / 350"];
    List::new(formulas.map(|formula| Text::new(formula).unwrap()).to_vec()).unwrap()
}

fn metrics() -> List<Metric, 16> {
    List::new(vec![Metric::R2, Metric::Rmse]).unwrap()
}

/// A training whose model stays; what receivers hear is how good it is.
fn training(session: u8) -> Task {
    let trial = Trial { held_out: HeldOut::Every(5), metrics: metrics() };
    let schedule = Schedule {
        epochs: 4,
        batch: 64,
        rate: Real::new(0.125).unwrap(),
        decay: Real::from(0),
        limit: Real::from(16),
        shuffle: false,
    };
    let train = Train {
        family: Family::Linear,
        features: features(),
        label: Text::new("malignant").unwrap(),
        schedule,
        reveal: Reveal::Kept(Some(trial)),
    };
    Task { kind: Kind::Train(train), ..task(session) }
}

/// How good a model is that the parties have.
fn judging(session: u8, model: Hash) -> Task {
    let judgement = Judgement { label: Text::new("malignant").unwrap(), metrics: metrics() };
    let layer = Layer { outputs: 1, activation: Activation::Identity };
    let predict = Predict {
        features: features(),
        model: Origin::Kept(model),
        layers: List::new(vec![layer]).unwrap(),
        limit: Real::from(16),
        outcome: Outcome::Judged(judgement),
    };
    Task { kind: Kind::Predict(predict), ..task(session) }
}

fn run(world: &mut World, task: Task) -> Result<Received, String> {
    let outcome = world.call(RECEIVER, Millis::secs(120), move |node| receive(node, task));
    outcome.expect("the receiver lives")
}

fn values(received: &Received) -> Vec<f64> {
    received.results.iter().flat_map(|result| result.values.clone()).collect()
}

/// A network where a model is kept. After a minute its parties crash, one after the other, and start again.
fn trained() -> (World, Hash) {
    let minute = network(5, POLICY).at(Millis::secs(60));
    let scenario = COMPUTE.into_iter().fold(minute, |scenario, party| {
        scenario.after(Millis(10)).crash(party).restart_after(Millis::secs(1))
    });
    let mut world = scenario.run_for(Millis::secs(2));
    let received = run(&mut world, training(1)).unwrap();
    assert!(values(&received)[0] > 0.3, "{received:?}");
    let [model] = received.kept[..] else { panic!("{received:?}") };
    (world, model)
}

#[test]
fn a_model_is_there_when_its_parties_have_started_again() {
    let (mut world, model) = trained();
    let before = run(&mut world, judging(2, model)).unwrap();
    world.run_for(Millis::secs(80));
    let after = run(&mut world, judging(3, model)).unwrap();
    // Truncation leaves something to chance.
    for (before, after) in values(&before).into_iter().zip(values(&after)) {
        assert!((before - after).abs() < 1e-4, "{before} {after}");
    }
    assert!(values(&after)[0] > 0.3, "{after:?}");
}

#[test]
fn a_model_is_applied_by_its_parties_in_their_seats_for_those_it_was_kept_for() {
    let (mut world, model) = trained();
    let refused = |world: &mut World, task: Task| run(world, task).unwrap_err();

    let mut turned = judging(2, model);
    turned.parties.rotate_left(1);
    let why = refused(&mut world, turned);
    assert!(why.contains("seat 0 has another node than when the model was kept"), "{why}");

    let unknown = refused(&mut world, judging(3, Hash([7; 32])));
    assert!(unknown.contains("it has no model 07070707"), "{unknown}");

    let mut shared = judging(4, model);
    let stranger = NodeId([9; 32]);
    shared.receivers = List::new(vec![node_id(RECEIVER), stranger]).unwrap();
    let why = refused(&mut world, shared);
    assert!(why.contains("the model was not kept for receiver 1"), "{why}");

    // A model that is not as it was kept is not applied.
    let disk = world.disk(COMPUTE[1]);
    let file = disk.names().into_iter().find(|name| name.starts_with("model-")).unwrap();
    let end = disk.contents(&file).len() - 1;
    disk.damage(&file, end, 1);
    let why = refused(&mut world, judging(5, model));
    assert!(why.contains("it has no model"), "{why}");
}

#[test]
fn a_party_keeps_no_more_models_than_it_says_and_none_for_longer() {
    let (mut world, model) = trained();
    run(&mut world, training(2)).unwrap();
    let why = run(&mut world, training(3)).unwrap_err();
    assert!(why.contains("it keeps 2 models already"), "{why}");
    world.run_for(Millis::secs(3_700));
    let why = run(&mut world, judging(4, model)).unwrap_err();
    assert!(why.contains("it has no model"), "{why}");
    run(&mut world, training(5)).unwrap();
}

#[test]
fn what_is_still_trained_counts_among_the_models_that_a_party_keeps() {
    let mut world = network(5, POLICY).run_for(Millis::secs(2));
    let mut prepared = |session| {
        let ask = move |node: Node| async move {
            let link = node.remote::<Prepare>(node_id(COMPUTE[0])).unwrap();
            link.ask(Prepare(training(session))).await.unwrap()
        };
        world.call(RECEIVER, Millis::secs(20), ask).unwrap()
    };
    assert_eq!(prepared(1), Accepted::Yes);
    assert_eq!(prepared(2), Accepted::Yes);
    let Accepted::No(why) = prepared(3) else { panic!("a third one is taken") };
    assert!(why.contains("it keeps 2 models already"), "{why}");
}

#[test]
fn a_training_that_does_not_end_leaves_no_model() {
    let mut world = network(5, POLICY).at(Millis(2_100)).crash(COMPUTE[2]).run_for(Millis::secs(2));
    assert!(run(&mut world, training(1)).is_err());
    world.run_for(Millis::secs(120));
    for party in COMPUTE {
        let names = world.disk(party).names();
        assert!(!names.iter().any(|name| name.starts_with("model-")), "{names:?}");
    }
}
