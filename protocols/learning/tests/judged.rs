//! How good a model is, found on shares, next to scikit-learn and to plain arithmetic.

mod common;

use common::cancer::Cancer;
use common::{Data, real, run, task, text};
use std::collections::BTreeMap;
use troupe_learning::task::{
    Activation, Engine, Family, HeldOut, Judgement, Kind, Layer, Layout, Metric, Origin, Outcome,
    Predict, Reveal, Trial,
};
use troupe_learning::{Plan, Task};
use troupe_wire::{List, Seed, Stream};

const OF_CLASSES: [Metric; 7] = [
    Metric::Accuracy,
    Metric::Confusion,
    Metric::Precision,
    Metric::Recall,
    Metric::F1,
    Metric::Auc,
    Metric::LogLoss,
];
const OF_NUMBERS: [Metric; 3] = [Metric::Rmse, Metric::Mae, Metric::R2];

fn trial(held_out: HeldOut, metrics: &[Metric]) -> Trial {
    Trial { held_out, metrics: List::new(metrics.to_vec()).expect("few") }
}

fn close(got: &BTreeMap<String, Vec<f64>>, name: &str, want: f64, most: f64) {
    let off = (got[name][0] - want).abs();
    assert!(off <= most, "{name} is {} and should be {want}", got[name][0]);
}

#[test]
fn a_classifier_is_trained_and_judged_by_rows_held_out_and_nobody_learns_its_weights() {
    let cancer = Cancer::load();
    for (layout, data, held_out) in [
        (Layout::Aligned, cancer.aligned_with_held_out(), HeldOut::Last(114)),
        (Layout::Pooled, cancer.pooled_with_held_out(), HeldOut::Last(57)),
    ] {
        let mut train = cancer.train(Family::Logistic, 0.5);
        train.reveal = Reveal::Metrics(trial(held_out, &OF_CLASSES));
        let got = &run(&task(layout, &data, Kind::Train(train.clone())), &data, 1)[0];
        assert_eq!(got.len(), 10, "four counts and six metrics: {got:?}");
        let [[zero, false_one], [false_zero, one]] = cancer.confusion();
        let counts = ["rightly 0", "wrongly 1", "wrongly 0", "rightly 1"].map(|name| got[name][0]);
        assert_eq!(counts, [zero, false_one, false_zero, one]);
        for name in ["accuracy", "precision", "recall", "f1", "auc"] {
            close(got, name, cancer.number(name), 1e-6);
        }
        close(got, "log loss", cancer.number("log loss"), 1e-3);

        train.reveal = Reveal::Both(trial(held_out, &[Metric::Auc]));
        let got = &run(&task(layout, &data, Kind::Train(train)), &data, 2)[0];
        assert_eq!(got.len(), 2);
        close(got, "auc", cancer.number("auc"), 1e-6);
        let pairs = got["weights"].iter().zip(cancer.numbers("logistic"));
        let off = pairs.map(|(got, want)| (got - want).abs()).fold(0.0, f64::max);
        assert!(off < 1.5e-3, "a weight is off by {off}");
    }
}

#[test]
fn a_fit_of_numbers_has_the_errors_that_scikit_learn_finds() {
    let cancer = Cancer::load();
    let data = cancer.aligned_with_held_out();
    let mut train = cancer.train(Family::Linear, 0.25);
    train.features = List::new(train.features[..10].to_vec()).expect("ten");
    train.label = text("worst_radius");
    (train.schedule.epochs, train.schedule.limit) = (40, real(64.0));
    train.reveal = Reveal::Both(trial(HeldOut::Last(114), &OF_NUMBERS));
    let got = &run(&task(Layout::Aligned, &data, Kind::Train(train)), &data, 1)[0];
    assert_eq!(got.len(), 4);
    for name in ["rmse", "mae", "r2"] {
        close(got, name, cancer.number(name), 1e-3);
    }
}

#[test]
fn rows_can_be_held_out_anywhere() {
    let mut luck = Seed::from_number(3).stream("rows");
    let numbers = |luck: &mut Stream| -> Vec<f64> {
        (0..62).map(|_| luck.below(2000) as f64 / 1000.0 - 1.0).collect()
    };
    let xs = numbers(&mut luck);
    let labels: Vec<f64> = xs
        .iter()
        .zip(numbers(&mut luck))
        .map(|(x, noise)| f64::from(u8::from(x + noise > 0.2)))
        .collect();
    let owners = |order: &[usize]| {
        let of = |all: &[f64]| order.iter().map(|row| all[*row]).collect::<Vec<f64>>();
        vec![
            Data::new("a").with("x", (-1.0, 1.0), of(&xs)),
            Data::new("b").with("y", (0.0, 1.0), of(&labels)),
        ]
    };
    let fitted = |order: &[usize], held_out| {
        let mut train = Cancer::load().train(Family::Logistic, 0.5);
        (train.features, train.label) = (List::new(vec![text("x")]).expect("one"), text("y"));
        train.schedule.batch = 16;
        train.reveal = Reveal::Both(trial(held_out, &[Metric::Confusion, Metric::Auc]));
        let data = owners(order);
        run(&task(Layout::Aligned, &data, Kind::Train(train)), &data, 1)[0].clone()
    };
    let all: Vec<usize> = (0..62).collect();
    let (held, kept): (Vec<usize>, Vec<usize>) = all.iter().partition(|row| **row % 5 == 4);
    let every = fitted(&all, HeldOut::Every(5));
    let last = fitted(&[kept, held].concat(), HeldOut::Last(12));
    let counts = ["rightly 0", "wrongly 1", "wrongly 0", "rightly 1"];
    assert_eq!(counts.map(|name| every[name][0]).iter().sum::<f64>(), 12.0);
    for name in counts {
        assert_eq!(every[name], last[name], "{name}");
    }
    close(&every, "auc", last["auc"][0], 1e-6);
    for (a, b) in every["weights"].iter().zip(&last["weights"]) {
        assert!((a - b).abs() < 1e-3);
    }
}

/// A model that says `x`, of one owner, about another owner's `x` and `y`.
fn says_x(xs: &[f64], ys: &[f64], activation: Activation, metrics: &[Metric]) -> (Task, Vec<Data>) {
    let owner = Data::new("rows").with("x", (-8.0, 8.0), xs.to_vec());
    let owner = owner.with("y", (-8.0, 8.0), ys.to_vec());
    let model = Data::new("model").with("weights 0", (-16.0, 16.0), vec![1.0]).with(
        "bias 0",
        (-16.0, 16.0),
        vec![0.0],
    );
    let data = vec![owner, model];
    let metrics = List::new(metrics.to_vec()).expect("few");
    let predict = Predict {
        features: List::new(vec![text("x")]).expect("one"),
        model: Origin::Owner(1),
        layers: List::new(vec![Layer { outputs: 1, activation }]).expect("one"),
        limit: real(16.0),
        outcome: Outcome::Judged(Judgement { label: text("y"), metrics }),
    };
    (task(Layout::Aligned, &data, Kind::Predict(predict)), data)
}

fn part(of: f64, all: f64) -> f64 {
    if all == 0.0 { 0.0 } else { of / all }
}

/// All metrics of classes, in the clear.
fn in_the_clear(xs: &[f64], ys: &[f64]) -> BTreeMap<&'static str, f64> {
    let count = |is_in: fn(f64, f64) -> bool| {
        xs.iter().zip(ys).filter(|(x, y)| is_in(**x, **y)).count() as f64
    };
    let both = count(|x, y| x > 0.0 && y == 1.0);
    let (taken, ones) = (count(|x, _| x > 0.0), count(|_, y| y == 1.0));
    let right = both + count(|x, y| x <= 0.0 && y != 1.0);
    let mut pairs = 0.0;
    for (x, _) in xs.iter().zip(ys).filter(|(_, y)| **y == 1.0) {
        for (z, _) in xs.iter().zip(ys).filter(|(_, y)| **y != 1.0) {
            pairs += if x > z { 1.0 } else { f64::from(u8::from(x == z)) / 2.0 };
        }
    }
    let rows = xs.len() as f64;
    let loss = |x: f64, y: f64| (1.0 + x.exp()).ln() - x * f64::from(u8::from(y == 1.0));
    let loss: f64 = xs.iter().zip(ys).map(|(x, y)| loss(*x, *y)).sum();
    BTreeMap::from([
        ("accuracy", right / rows),
        ("precision", part(both, taken)),
        ("recall", part(both, ones)),
        ("f1", part(2.0 * both, taken + ones)),
        ("auc", part(pairs, ones * (rows - ones))),
        ("log loss", loss / rows),
    ])
}

#[test]
fn ties_count_half_and_what_cannot_be_divided_is_zero() {
    let mut luck = Seed::from_number(4).stream("ties");
    // Few values, so that many are equal; some labels are neither 0 nor 1.
    for (rows, values) in
        [(1, 3), (2, 1), (3, 5), (40, 4), (97, 9), (255, 60), (256, 3), (257, 3), (700, 12)]
    {
        let xs: Vec<f64> =
            (0..rows).map(|_| (luck.below(values) as f64 - values as f64 / 2.0) / 4.0).collect();
        let ys: Vec<f64> =
            (0..rows).map(|_| [0.0, 1.0, 1.0, 0.5][luck.below(4) as usize]).collect();
        let (task, data) = says_x(&xs, &ys, Activation::Sigmoid, &OF_CLASSES);
        let got = &run(&task, &data, rows)[0];
        for (name, want) in in_the_clear(&xs, &ys) {
            close(got, name, want, if name == "log loss" { 1e-4 } else { 1e-6 });
        }
    }
    for label in [0.0, 1.0] {
        for rows in [5, 300] {
            let xs: Vec<f64> = (0..rows).map(|at| f64::from(at % 7) - 6.5).collect();
            let ys = vec![label; xs.len()];
            let (task, data) = says_x(&xs, &ys, Activation::Identity, &OF_CLASSES[..6]);
            let got = &run(&task, &data, 1)[0];
            for name in ["precision", "recall", "f1", "auc"] {
                close(got, name, 0.0, 1e-6);
            }
            close(got, "accuracy", 1.0 - label, 0.0);
        }
    }
}

#[test]
fn an_engine_that_proves_what_it_does_judges_few_and_many_rows() {
    let mut luck = Seed::from_number(6).stream("ties");
    for (rows, values) in [(40, 4), (300, 12)] {
        let xs: Vec<f64> =
            (0..rows).map(|_| (luck.below(values) as f64 - values as f64 / 2.0) / 4.0).collect();
        let ys: Vec<f64> = (0..rows).map(|_| luck.below(2) as f64).collect();
        let (mut task, data) = says_x(&xs, &ys, Activation::Sigmoid, &OF_CLASSES[..6]);
        task.engine = Engine::Malicious;
        let got = &run(&task, &data, rows)[0];
        for name in ["accuracy", "precision", "recall", "f1", "auc"] {
            close(got, name, in_the_clear(&xs, &ys)[name], 1e-6);
        }
    }
}

#[test]
fn errors_of_numbers_are_those_of_plain_arithmetic() {
    let mut luck = Seed::from_number(5).stream("errors");
    for (rows, off, spread) in
        [(1u32, 0.5, 1.0), (2, 0.0, 3.0), (60, 0.01, 7.0), (400, 4.0, 3.0), (50, 7.0, 0.0)]
    {
        let number = |luck: &mut Stream| luck.below(2001) as f64 / 1000.0 - 1.0;
        let ys: Vec<f64> = (0..rows).map(|_| number(&mut luck) * spread).collect();
        let xs: Vec<f64> = ys.iter().map(|y| y + off * number(&mut luck)).collect();
        let (task, data) = says_x(&xs, &ys, Activation::Identity, &OF_NUMBERS);
        let got = &run(&task, &data, 1)[0];
        let errors: Vec<f64> = xs.iter().zip(&ys).map(|(x, y)| x - y).collect();
        let count = f64::from(rows);
        let squares: f64 = errors.iter().map(|error| error * error).sum();
        close(got, "rmse", (squares / count).sqrt(), 1e-3);
        close(got, "mae", errors.iter().map(|error| error.abs()).sum::<f64>() / count, 1e-4);
        let mean = ys.iter().sum::<f64>() / count;
        let all: f64 = ys.iter().map(|y| (y - mean) * (y - mean)).sum();
        // What is worse than any fit is told as bad, not how bad.
        let worst = -63.0;
        let want = if all == 0.0 { worst } else { 1.0 - squares / all };
        close(got, "r2", want.max(worst), 1e-3);
    }
}

#[test]
fn a_quarter_of_a_million_rows_have_room() {
    for (activation, metrics) in
        [(Activation::Sigmoid, &OF_CLASSES[..]), (Activation::Identity, &OF_NUMBERS[..])]
    {
        let (mut task, _) = says_x(&[1.0, 2.0], &[0.0, 1.0], activation, metrics);
        let mut owners = task.owners.to_vec();
        owners[0].rows = 250_000;
        task.owners = List::new(owners).expect("two");
        let plan = Plan::new(&task, None);
        assert_eq!(plan.map(|plan| plan.rows()), Ok(250_000));
    }
}

#[test]
fn metrics_that_a_model_does_not_have_are_refused() {
    let refused = |activation, metrics: &[Metric]| {
        let (task, _) = says_x(&[1.0, 2.0], &[0.0, 1.0], activation, metrics);
        Plan::new(&task, None).map(|_| ()).map_err(|error| error.to_string())
    };
    let none = |name| Err(format!("such a model has no `{name}`"));
    assert_eq!(refused(Activation::Sigmoid, &[Metric::R2]), none("r2"));
    assert_eq!(refused(Activation::Identity, &[Metric::LogLoss]), none("log loss"));
    assert_eq!(refused(Activation::Relu, &OF_NUMBERS), Ok(()));
    assert_eq!(refused(Activation::Sigmoid, &[]), Err("the task has no metrics".to_owned()));
    let twice = [Metric::Auc, Metric::F1, Metric::Auc];
    assert_eq!(
        refused(Activation::Sigmoid, &twice),
        Err("two metrics are called `auc`".to_owned())
    );

    let cancer = Cancer::load();
    let data = cancer.aligned("train");
    let refused = |family, held_out, metrics: &[Metric]| {
        let mut train = cancer.train(family, 0.0625);
        train.reveal = Reveal::Metrics(trial(held_out, metrics));
        let task = task(Layout::Aligned, &data, Kind::Train(train));
        Plan::new(&task, None).map(|_| ()).map_err(|error| error.to_string())
    };
    let (few, some) = (HeldOut::Last(100), HeldOut::Every(4));
    assert_eq!(refused(Family::Logistic, few, &[Metric::Auc]), Ok(()));
    assert_eq!(refused(Family::Logistic, few, &[Metric::Rmse]), none("rmse"));
    assert_eq!(refused(Family::Linear, some, &[Metric::Auc]), none("auc"));
    let rows = Err("of 455 rows, these cannot be held out".to_owned());
    assert_eq!(refused(Family::Linear, HeldOut::Last(455), &[Metric::R2]), rows);
    assert_eq!(refused(Family::Linear, HeldOut::Every(1), &[Metric::R2]), rows);
}
