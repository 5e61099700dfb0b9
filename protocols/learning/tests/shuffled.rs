//! Trainings that go through their rows in orders that nobody knows.

mod common;

use common::cancer::Cancer;
use common::{Data, run, tables, task, text};
use troupe_learning::Plan;
use troupe_learning::task::{Engine, Family, Kind, Layout, Train};
use troupe_wire::{List, Seed};

const ENGINES: [Engine; 2] = [Engine::SemiHonest, Engine::Malicious];

fn weights(train: &Train, data: &[Data], engine: Engine, layout: Layout, seed: u64) -> Vec<f64> {
    let mut task = task(layout, data, Kind::Train(train.clone()));
    task.engine = engine;
    run(&task, data, seed)[0]["weights"].clone()
}

fn furthest(one: &[f64], other: &[f64]) -> f64 {
    assert_eq!(one.len(), other.len());
    one.iter().zip(other).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// A step that takes all rows comes to the same, whatever their order: so no row was lost, doubled or torn apart.
#[test]
fn steps_of_all_rows_come_to_the_same_weights() {
    let cancer = Cancer::load();
    for (layout, data) in
        [(Layout::Aligned, cancer.aligned("train")), (Layout::Pooled, cancer.pooled("train"))]
    {
        let mut train = cancer.train(Family::Linear, 0.0625);
        let rows = if layout == Layout::Aligned {
            data[0].rows()
        } else {
            data.iter().map(Data::rows).sum()
        };
        (train.schedule.batch, train.schedule.epochs) = (rows, 3);
        let plain = weights(&train, &data, Engine::SemiHonest, layout, 1);
        train.schedule.shuffle = true;
        for engine in ENGINES {
            let off = furthest(&weights(&train, &data, engine, layout, 2), &plain);
            assert!(off < 1e-4, "{layout:?}, {engine:?}: a weight is off by {off}");
        }
    }
}

/// Labels from 0 to 1, sorted, and a feature that says a little of them.
fn sorted() -> [Data; 2] {
    let mut luck = Seed::from_number(5).stream("rows");
    let labels: Vec<f64> = (0..512).map(|at| f64::from(at) / 511.0).collect();
    let features = labels.iter().map(|label| {
        let luck = luck.below(1000) as f64 / 1000.0 - 0.5;
        (label - 0.5 + luck) / 2.0
    });
    let features = features.collect();
    [Data::new("a").with("x", (-1.0, 1.0), features), Data::new("b").with("y", (0.0, 1.0), labels)]
}

#[test]
fn sorted_rows_train_as_well_as_others_once_they_are_shuffled() {
    let data = sorted();
    let mut train = Cancer::load().train(Family::Linear, 0.25);
    train.features = List::new(vec![text("x")]).expect("one");
    train.label = text("y");
    (train.schedule.batch, train.schedule.epochs) = (8, 2);
    let trained =
        |train: &Train, engine, seed| weights(train, &data, engine, Layout::Aligned, seed);
    // The root of the mean square of what a model says too much.
    let rmse = |weights: &[f64]| {
        let rows = data[0].columns[0].2.iter().zip(&data[1].columns[0].2);
        let errors = rows.map(|(x, y)| weights[0] * x + weights[1] - y);
        (errors.map(|error| error * error).sum::<f64>() / f64::from(data[0].rows())).sqrt()
    };
    let in_order = trained(&train, Engine::SemiHonest, 1);
    let again = trained(&train, Engine::SemiHonest, 2);
    assert!(furthest(&in_order, &again) < 0.001, "one order, one model");
    train.schedule.shuffle = true;
    for engine in ENGINES {
        let shuffled = trained(&train, engine, 1);
        let errors = [&shuffled, &in_order].map(|weights| rmse(weights));
        assert!(errors[0] < 0.25 && errors[1] > 0.35, "{errors:?}");
        // Another session has other orders, and the same one the same.
        let others = (2..6).map(|seed| furthest(&shuffled, &trained(&train, engine, seed)));
        assert!(others.fold(0.0, f64::max) > 0.01);
        assert_eq!(shuffled, trained(&train, engine, 1));
    }
}

#[test]
fn a_shuffled_training_waits_for_its_first_order_and_for_no_other() {
    let cancer = Cancer::load();
    let data = cancer.aligned("train");
    let rounds = |shuffle: bool| {
        let mut train = cancer.train(Family::Logistic, 0.5);
        train.schedule.shuffle = shuffle;
        let task = task(Layout::Aligned, &data, Kind::Train(train));
        let plan = Plan::new(&task, None).expect("fits");
        // What it is compared with in the clear is the training in order.
        assert_eq!(plan.in_the_clear(&task, &tables(&data)).expect("all columns")[0].len(), 31);
        plan.program().cost().rounds
    };
    // Orders are drawn while steps are taken: only the first one is waited for.
    assert_eq!(rounds(true) - rounds(false), 3);
}
