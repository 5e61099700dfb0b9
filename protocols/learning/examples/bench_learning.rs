//! What training and predicting cost: `cargo x bench learning`.
//!
//! One thread plays all parts, owners and receivers among them. Figures are CPU time, the best of several
//! runs, from tables in the clear to results. Transport is not in them: bytes are moved in memory.

#![expect(clippy::disallowed_macros, reason = "a benchmark prints its table")]

#[path = "../tests/common/mod.rs"]
mod common;

use common::cancer::Cancer;
use common::jobs::{self, normal};
use common::{Data, real, session_on, task, text};
use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;
use troupe_learning::task::{
    Activation, Family, HeldOut, Judgement, Kind, Layer, Layout, Metric, Origin, Outcome, Predict,
    Reveal, Trial,
};
use troupe_learning::{Plan, Task};
use troupe_mpc::{Peer, Shelf};
use troupe_wire::{List, Seed, Stream};

fn main() {
    println!("{:<52}{:>10}{:>10}{:>8}  MB a party", "CPU time", "plan, s", "run, s", "rounds");
    breast_cancer();
    synthetic(10_000, 100);
    for rows in [1, 100] {
        perceptron(rows);
    }
    judged(10_000);
    stays();
}

/// The schedule that others are measured with: 10 epochs, batches of 128, rate 0.5.
fn breast_cancer() {
    let cancer = Cancer::load();
    for (layout, data) in
        [(Layout::Pooled, cancer.pooled("train")), (Layout::Aligned, cancer.aligned("train"))]
    {
        let train = Kind::Train(cancer.train(Family::Logistic, 0.5));
        let name = format!("logistic regression, breast cancer, {layout:?}");
        measure(&name, 5, &task(layout, &data, train), &data);
    }
    let data = cancer.aligned_with_held_out();
    let mut train = cancer.train(Family::Logistic, 0.5);
    let metrics = List::new(vec![Metric::Accuracy, Metric::F1, Metric::Auc]).expect("three");
    train.reveal = Reveal::Metrics(Trial { held_out: HeldOut::Last(114), metrics });
    let name = "the same, accuracy, F1 and AUC of 114 rows";
    measure(name, 5, &task(Layout::Aligned, &data, Kind::Train(train)), &data);
}

fn synthetic(rows: usize, columns: usize) {
    let (task, data) = jobs::synthetic(rows, columns);
    let name = format!("logistic regression, {rows} x {columns}, Aligned");
    measure(&name, 2, &task, &data);
}

fn perceptron(rows: usize) {
    let (task, data) = jobs::perceptron(rows);
    let name = format!("perceptron 784-128-10, secret model, {rows} rows");
    measure(&name, 5, &task, &data);
}

/// A secret model with one feature, by the order of many rows.
fn judged(rows: usize) {
    let mut luck = Seed::from_number(3).stream("judged");
    let xs: Vec<f64> = (0..rows).map(|_| normal(&mut luck)).collect();
    let label = |x: &f64, luck: &mut Stream| f64::from(u8::from(x + normal(luck) > 0.0));
    let ys: Vec<f64> = xs.iter().map(|x| label(x, &mut luck)).collect();
    let owner = Data::new("owner").with("x", (-6.0, 6.0), xs).with("y", (0.0, 1.0), ys);
    let model = Data::new("model").with("weights 0", (-2.0, 2.0), vec![1.0]).with(
        "bias 0",
        (-2.0, 2.0),
        vec![0.5],
    );
    let metrics = List::new(vec![Metric::Auc]).expect("one");
    let layer = Layer { outputs: 1, activation: Activation::Sigmoid };
    let predict = Predict {
        features: List::new(vec![text("x")]).expect("one"),
        model: Origin::Owner(1),
        layers: List::new(vec![layer]).expect("one"),
        limit: real(2.0),
        outcome: Outcome::Judged(Judgement { label: text("y"), metrics }),
    };
    let data = [owner, model];
    let name = format!("AUC of a secret model, {rows} rows");
    measure(&name, 3, &task(Layout::Aligned, &data, Kind::Predict(predict)), &data);
}

/// A model that stays with the parties, and is applied to 114 rows; and one of the same shape that somebody brings.
fn stays() {
    let cancer = Cancer::load();
    let data = cancer.aligned("train");
    let mut train = cancer.train(Family::Logistic, 0.5);
    train.reveal = Reveal::Kept(None);
    let features = train.features.clone();
    let training = task(Layout::Aligned, &data, Kind::Train(train));
    let shelves = shelves();
    measure_on(&shelves, "logistic regression, breast cancer, which stays", 5, &training, &data);
    // The same each time, but for its shares.
    let kept = shelves[0].of(training.session);
    let id = kept.first().expect("it stays").id();
    let layers = List::new(vec![Layer { outputs: 1, activation: Activation::Sigmoid }]);
    let mut predict = Predict {
        features,
        model: Origin::Kept(id),
        layers: layers.expect("one"),
        limit: real(16.0),
        outcome: Outcome::Values,
    };
    let mut data = cancer.aligned("test");
    let applied = task(Layout::Aligned, &data, Kind::Predict(predict.clone()));
    measure_on(&shelves, "the model that stays, 114 rows", 20, &applied, &data);
    predict.model = Origin::Owner(2);
    let bounds = (-16.0, 16.0);
    let brought = Data::new("model").with("weights 0", bounds, vec![0.5; 30]);
    data.push(brought.with("bias 0", bounds, vec![0.5]));
    let applied = task(Layout::Aligned, &data, Kind::Predict(predict));
    measure("an owner's model of that shape, 114 rows", 20, &applied, &data);
}

fn shelves() -> [Shelf; 3] {
    [(); 3].map(|()| Shelf::default())
}

fn measure(name: &str, runs: u64, task: &Task, data: &[Data]) {
    measure_on(&shelves(), name, runs, task, data);
}

fn measure_on(shelves: &[Shelf; 3], name: &str, runs: u64, task: &Task, data: &[Data]) {
    let (planning, plan) = timed(|| Plan::new(task, None).expect("fits"));
    let times = (0..runs).map(|seed| timed(|| session_on(shelves, task, &plan, data, seed)).0);
    let time = times.min().unwrap_or_default();
    let cost = plan.program().cost();
    let bytes = [0, 1, 2].map(|party| cost.sent(Peer::Party(party)).0 as f64 / 1e6);
    let (planning, time) = (planning.as_secs_f64(), time.as_secs_f64());
    println!("{name:<52}{planning:>10.4}{time:>10.4}{:>8}  {bytes:.2?}", cost.rounds);
}

/// CPU time of this thread.
fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        Duration::from_nanos((time.tv_sec * 1_000_000_000 + time.tv_nsec).cast_unsigned())
    };
    let start = now();
    let result = work();
    (now().saturating_sub(start), result)
}
