//! Models trained and applied on shares, next to numpy and scikit-learn.

mod common;

use common::cancer::Cancer;
use common::{Data, real, run, task, text};
use troupe_learning::task::{
    Activation, Family, Judgement, Kind, Layer, Layout, Metric, Origin, Outcome, Predict,
};
use troupe_learning::{Plan, Task};
use troupe_wire::{List, Seed, Stream};

fn furthest(got: &[f64], want: &[f64]) -> f64 {
    assert_eq!(got.len(), want.len());
    got.iter().zip(want).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn a_logistic_regression_is_as_good_on_shares_however_the_data_are_cut() {
    let cancer = Cancer::load();
    let want = cancer.numbers("logistic");
    for (layout, data) in
        [(Layout::Pooled, cancer.pooled("train")), (Layout::Aligned, cancer.aligned("train"))]
    {
        let task = task(layout, &data, Kind::Train(cancer.train(Family::Logistic, 0.5)));
        let weights = &run(&task, &data, 1)[0]["weights"];
        let off = furthest(weights, &want);
        assert!(off < 1.5e-3, "{layout:?}: a weight is off by {off}");
        assert_eq!(cancer.accuracy(weights), cancer.number("accuracy"));
        let file = cancer.train(Family::Logistic, 0.5).onnx(weights).expect("thirty and a bias");
        assert!(file.windows(7).any(|part| part == b"Sigmoid"));
        assert!(cancer.train(Family::Logistic, 0.5).onnx(&weights[1..]).is_err());
    }
}

#[test]
fn a_linear_regression_comes_to_the_same_weights() {
    let cancer = Cancer::load();
    let want = cancer.numbers("linear");
    let data = cancer.aligned("train");
    let task = task(Layout::Aligned, &data, Kind::Train(cancer.train(Family::Linear, 0.0625)));
    let weights = &run(&task, &data, 1)[0]["weights"];
    let off = furthest(weights, &want);
    assert!(off < 1e-3, "a weight is off by {off}");
    let rows = cancer.plain("test");
    let squares: f64 = rows
        .iter()
        .map(|(row, label)| {
            let sum: f64 = row.iter().zip(weights).map(|(x, w)| x * w).sum();
            (sum - label) * (sum - label)
        })
        .sum();
    let off = (squares / rows.len() as f64).sqrt() - cancer.number("linear_rmse");
    assert!(off.abs() < 1e-3, "the error is off by {off}");
}

#[test]
fn decay_shrinks_weights_and_not_the_bias() {
    let mut luck = Seed::from_number(2).stream("rows");
    let xs: Vec<f64> = (0..64).map(|_| luck.below(2000) as f64 / 1000.0 - 1.0).collect();
    let ys: Vec<f64> = xs.iter().map(|x| 3.0 * x + 5.0).collect();
    let data = [
        Data::new("a").with("x", (-1.0, 1.0), xs.clone()),
        Data::new("b").with("y", (2.0, 8.0), ys.clone()),
    ];
    let mut train = Cancer::load().train(Family::Linear, 0.25);
    train.features = List::new(vec![text("x")]).expect("one");
    train.label = text("y");
    (train.schedule.decay, train.schedule.batch, train.schedule.epochs) = (real(0.5), 64, 40);
    let got = &run(&task(Layout::Aligned, &data, Kind::Train(train)), &data, 1)[0]["weights"];
    let (mut slope, mut bias) = (0.0, 0.0);
    for _ in 0..40 {
        let errors: Vec<f64> = xs.iter().zip(&ys).map(|(x, y)| slope * x + bias - y).collect();
        let along: f64 = errors.iter().zip(&xs).map(|(error, x)| error * x).sum();
        let level: f64 = errors.iter().sum();
        slope = slope * (1.0 - 0.25 * 0.5) - 0.25 / 64.0 * along;
        bias -= 0.25 / 64.0 * level;
    }
    assert!(furthest(got, &[slope, bias]) < 1e-3, "{got:?}, not {slope} and {bias}");
}

/// A model as its owner holds it: layer by layer, weights input by input, then biases.
fn model(layers: &[(Vec<f64>, Vec<f64>)]) -> Data {
    let mut data = Data::new("model");
    for (at, (weights, bias)) in layers.iter().enumerate() {
        data = data.with(&format!("weights {at}"), (-16.0, 16.0), weights.clone());
        data = data.with(&format!("bias {at}"), (-16.0, 16.0), bias.clone());
    }
    data
}

fn predict(layout: Layout, data: &[Data], features: Predict) -> Task {
    task(layout, data, Kind::Predict(features))
}

#[test]
fn a_secret_model_is_judged_by_held_out_rows_without_a_word_about_any() {
    let cancer = Cancer::load();
    let weights = cancer.numbers("logistic");
    let (slopes, bias) = weights.split_at(30);
    let layer = Layer { outputs: 1, activation: Activation::Sigmoid };
    for (layout, mut data) in
        [(Layout::Pooled, cancer.pooled("test")), (Layout::Aligned, cancer.aligned("test"))]
    {
        data.push(model(&[(slopes.to_vec(), bias.to_vec())]));
        let metrics = List::new(vec![Metric::Confusion]).expect("one");
        let mut wanted = Predict {
            features: cancer.features(),
            model: Origin::Owner(2),
            layers: List::new(vec![layer]).expect("one"),
            limit: real(16.0),
            outcome: Outcome::Judged(Judgement { label: text("benign"), metrics }),
        };
        let got = &run(&predict(layout, &data, wanted.clone()), &data, 1)[0];
        let [[zero, false_one], [false_zero, one]] = cancer.confusion();
        let counts = ["rightly 0", "wrongly 1", "wrongly 0", "rightly 1"].map(|name| got[name][0]);
        assert_eq!(counts, [zero, false_one, false_zero, one]);
        assert_eq!(got.len(), 4);

        wanted.outcome = Outcome::Values;
        let got = &run(&predict(layout, &data, wanted), &data, 2)[0]["values"];
        let want: Vec<f64> = cancer
            .plain("test")
            .iter()
            .map(|(row, _)| {
                let sum: f64 = row.iter().zip(&weights).map(|(x, w)| x * w).sum();
                1.0 / (1.0 + (-sum).exp())
            })
            .collect();
        assert!(furthest(got, &want) < 1e-3);
    }
}

#[test]
fn a_perceptron_of_two_layers_gives_what_it_gives_in_the_clear() {
    let (rows, inputs, hidden, outputs) = (9, 20, 12, 5);
    let mut luck = Seed::from_number(9).stream("perceptron");
    let numbers = |luck: &mut Stream, count: usize| -> Vec<f64> {
        (0..count).map(|_| luck.below(20_001) as f64 / 10_000.0 - 1.0).collect()
    };
    let layers = [
        (numbers(&mut luck, inputs * hidden), numbers(&mut luck, hidden)),
        (numbers(&mut luck, hidden * outputs), numbers(&mut luck, outputs)),
    ];
    let columns: Vec<Vec<f64>> = (0..inputs).map(|_| numbers(&mut luck, rows)).collect();
    let mut owner = Data::new("owner");
    for (at, column) in columns.iter().enumerate() {
        owner = owner.with(&format!("x{at}"), (-1.0, 1.0), column.clone());
    }
    let layer =
        |out: usize, activation| Layer { outputs: u32::try_from(out).expect("few"), activation };
    let mut wanted = Predict {
        features: List::new((0..inputs).map(|at| text(&format!("x{at}"))).collect()).expect("few"),
        model: Origin::Owner(1),
        layers: List::new(vec![
            layer(hidden, Activation::Relu),
            layer(outputs, Activation::Identity),
        ])
        .expect("two"),
        limit: real(16.0),
        outcome: Outcome::Values,
    };
    let data = [owner, model(&layers)];
    let dense = |x: &[f64], (weights, bias): &(Vec<f64>, Vec<f64>)| -> Vec<f64> {
        let sum = |out: usize| {
            let products = x.iter().enumerate().map(|(at, x)| x * weights[at * bias.len() + out]);
            products.sum::<f64>() + bias[out]
        };
        (0..bias.len()).map(sum).collect()
    };
    let mut want = Vec::new();
    for row in 0..rows {
        let x: Vec<f64> = columns.iter().map(|column| column[row]).collect();
        let middle: Vec<f64> = dense(&x, &layers[0]).into_iter().map(|x| x.max(0.0)).collect();
        want.push(dense(&middle, &layers[1]));
    }
    let got = &run(&predict(Layout::Aligned, &data, wanted.clone()), &data, 1)[0]["values"];
    assert!(furthest(got, &want.concat()) < 1e-3);
    let greatest = |row: &Vec<f64>| {
        let most = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        row.iter().position(|value| *value == most).expect("one of them") as f64
    };
    let classes: Vec<f64> = want.iter().map(greatest).collect();
    wanted.outcome = Outcome::Class;
    let got = &run(&predict(Layout::Aligned, &data, wanted), &data, 1)[0]["classes"];
    assert_eq!(*got, classes);
}

#[test]
fn models_that_cannot_be_are_refused() {
    let cancer = Cancer::load();
    let data = cancer.aligned("train");
    let refused = |change: fn(&mut troupe_learning::task::Train)| {
        let mut train = cancer.train(Family::Logistic, 0.5);
        change(&mut train);
        let task = task(Layout::Aligned, &data, Kind::Train(train));
        Plan::new(&task, None).expect_err("refused").to_string()
    };
    assert_eq!(refused(|train| train.features = List::default()), "the task has no features");
    assert_eq!(refused(|train| train.schedule.epochs = 0), "the task has no steps");
    assert_eq!(refused(|train| train.schedule.batch = 0), "the task has no steps");
    assert_eq!(refused(|train| train.schedule.epochs = 600), "1800 steps exceed 1500");
    let bounds = "the schedule has a rate, a decay or a limit out of bounds";
    assert_eq!(refused(|train| train.schedule.rate = real(0.0)), bounds);
    assert_eq!(refused(|train| train.schedule.decay = real(3.0)), bounds);
    assert_eq!(
        refused(|train| train.label = text("benign + 1")),
        "`label`: at 0: the operand can be 1 to 2, and not all of that has a result"
    );
    assert_eq!(
        refused(|train| train.label = text("mean_radius * mean_texture")),
        "`label 0`: at 0: `a feature` needs all of its columns at one owner"
    );
    assert_eq!(
        refused(|train| train.features = List::new(vec![text("mean_texture")]).expect("one")),
        "owner 1 contributes nothing"
    );
}
