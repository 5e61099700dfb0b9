//! Jobs that others are measured with.

use super::cancer::Cancer;
use super::{Data, real, task, text};
use troupe_learning::Task;
use troupe_learning::task::{Activation, Family, Kind, Layer, Layout, Origin, Outcome, Predict};
use troupe_wire::{List, Seed, Stream};

/// A number that is nearly normally distributed.
pub(crate) fn normal(luck: &mut Stream) -> f64 {
    let uniform = |luck: &mut Stream| luck.below(1 << 30) as f64 / f64::from(1 << 30);
    (0..12).map(|_| uniform(luck)).sum::<f64>() - 6.0
}

/// Logistic regression: 10 epochs, batches of 128, rate 0.5; two owners with other columns of 455 rows.
pub(crate) fn breast_cancer() -> (Task, Vec<Data>) {
    let cancer = Cancer::load();
    let data = cancer.aligned("train");
    let train = Kind::Train(cancer.train(Family::Logistic, 0.5));
    (task(Layout::Aligned, &data, train), data)
}

/// The same schedule for random rows, half of the columns with either owner.
pub(crate) fn synthetic(rows: usize, columns: usize) -> (Task, Vec<Data>) {
    let mut luck = Seed::from_number(1).stream("rows");
    let mut all: Vec<Vec<f64>> =
        (0..columns).map(|_| (0..rows).map(|_| normal(&mut luck)).collect()).collect();
    let score = |row: usize, all: &[Vec<f64>]| -> f64 {
        all.iter().enumerate().map(|(at, column)| column[row] * (at % 7) as f64 / 10.0).sum()
    };
    let labels =
        (0..rows).map(|row| f64::from(u8::from(score(row, &all) + normal(&mut luck) > 0.0)));
    let labels: Vec<f64> = labels.collect();
    let second = all.split_off(columns / 2);
    let mut data = vec![Data::new("a"), Data::new("b").with("label", (0.0, 1.0), labels)];
    let mut features = Vec::new();
    for (owner, part) in [all, second].into_iter().enumerate() {
        for (at, column) in part.into_iter().enumerate() {
            let name = format!("x{owner}_{at}");
            features.push(text(&name));
            data[owner] = data[owner].clone().with(&name, (-6.0, 6.0), column);
        }
    }
    let mut train = Cancer::load().train(Family::Logistic, 0.5);
    (train.features, train.label) = (List::new(features).expect("few"), text("label"));
    (task(Layout::Aligned, &data, Kind::Train(train)), data)
}

/// A perceptron 784-128-10 with a secret model, applied to secret rows.
pub(crate) fn perceptron(rows: usize) -> (Task, Vec<Data>) {
    let mut luck = Seed::from_number(2).stream("perceptron");
    let mut numbers = |count: usize, size: f64| -> Vec<f64> {
        (0..count).map(|_| (luck.below(20_001) as f64 / 10_000.0 - 1.0) * size).collect()
    };
    let mut owner = Data::new("owner");
    for at in 0..784 {
        owner = owner.with(&format!("x{at}"), (-1.0, 1.0), numbers(rows, 1.0));
    }
    let model = Data::new("model")
        .with("weights 0", (-2.0, 2.0), numbers(784 * 128, 0.05))
        .with("bias 0", (-2.0, 2.0), numbers(128, 0.1))
        .with("weights 1", (-2.0, 2.0), numbers(1280, 0.1))
        .with("bias 1", (-2.0, 2.0), numbers(10, 0.1));
    let layers = vec![
        Layer { outputs: 128, activation: Activation::Relu },
        Layer { outputs: 10, activation: Activation::Identity },
    ];
    let predict = Predict {
        features: List::new((0..784).map(|at| text(&format!("x{at}"))).collect()).expect("few"),
        model: Origin::Owner(1),
        layers: List::new(layers).expect("two"),
        limit: real(2.0),
        outcome: Outcome::Values,
    };
    let data = vec![owner, model];
    (task(Layout::Aligned, &data, Kind::Predict(predict)), data)
}
