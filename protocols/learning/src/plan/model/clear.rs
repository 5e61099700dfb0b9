//! Models trained, applied and judged in the clear, step by step as on shares.

use super::split::{Choice, split};
use crate::plan::clear::{Clear, missing};
use crate::task::{
    Activation, Family, Layer, MAX_FEATURE, Metric, Origin, Outcome, Predict, Task, Train,
};
use crate::{Error, Unfit};
use troupe_mpc::Table;
use troupe_wire::Text;

/// No fit is told to be worse.
const WORST: f64 = -63.0;

pub(in crate::plan) fn train(
    task: &Task,
    train: &Train,
    clear: &Clear,
) -> Result<Vec<Vec<f64>>, Error> {
    let mut rows = matrix(clear, &train.features)?;
    rows.iter_mut().for_each(|row| row.push(1.0));
    let label = clear.read("label", &train.label)?;
    let trial = train.reveal.trial();
    let all = u32::try_from(clear.rows).unwrap_or(u32::MAX);
    let (kept, held) = match trial {
        Some(trial) => split(trial.held_out, &clear.parts)?,
        None => (Choice::all(all), Choice::default()),
    };
    let weights = descend(train, &rows, &label, &kept.rows());
    let mut results = Vec::new();
    if let Some(trial) = trial {
        let held = held.rows();
        let sums: Vec<f64> = held.iter().map(|row| dot(&rows[*row], &weights)).collect();
        let label = held.iter().map(|row| label[*row]).collect();
        let said = Said { values: sums.clone(), sums, label };
        results = trial.metrics.iter().flat_map(|metric| said.measure(*metric)).collect();
    }
    if train.reveal.shows_weights() {
        results.insert(0, weights);
    }
    Ok(for_each_receiver(task, results))
}

fn descend(train: &Train, rows: &[Vec<f64>], label: &[f64], kept: &[usize]) -> Vec<f64> {
    let schedule = &train.schedule;
    let (rate, decay) = (schedule.rate.get(), schedule.decay.get());
    let size = usize::try_from(schedule.batch).unwrap_or(usize::MAX).clamp(1, kept.len().max(1));
    let mut weights = vec![0.0; train.features.len() + 1];
    for _ in 0..schedule.epochs {
        for batch in kept.chunks_exact(size) {
            let mut gradient = vec![0.0; weights.len()];
            for row in batch {
                let sum = dot(&rows[*row], &weights);
                let said = match train.family {
                    Family::Linear => sum,
                    Family::Logistic => sigmoid(sum),
                };
                for (gradient, x) in gradient.iter_mut().zip(&rows[*row]) {
                    *gradient += (said - label[*row]) * x;
                }
            }
            let bias = weights.len() - 1;
            for (at, (weight, gradient)) in weights.iter_mut().zip(gradient).enumerate() {
                let kept = if at == bias { 1.0 } else { 1.0 - rate * decay };
                *weight = *weight * kept - rate / size as f64 * gradient;
            }
        }
    }
    weights
}

pub(in crate::plan) fn predict(
    task: &Task,
    predict: &Predict,
    (clear, tables): (&Clear, &[Table]),
) -> Result<Vec<Vec<f64>>, Error> {
    let Origin::Owner(owner) = predict.model else { return Err(Unfit::KeptUnseen.into()) };
    let model = &tables[usize::from(owner)];
    let column = |name: String, length: usize| {
        let found = model.columns.get(&name).filter(|column| column.len() == length);
        found.ok_or_else(|| missing(&name, length as u64))
    };
    let mut rows = matrix(clear, &predict.features)?;
    let (mut sums, mut inputs) = (rows.clone(), predict.features.len());
    for (at, layer) in predict.layers.iter().enumerate() {
        let outputs = usize::try_from(layer.outputs).unwrap_or(usize::MAX);
        let weights = column(format!("weights {at}"), inputs.saturating_mul(outputs))?;
        let bias = column(format!("bias {at}"), outputs)?;
        sums = rows.iter().map(|row| dense(row, weights, bias)).collect();
        rows = sums.iter().map(|row| activated(layer, row)).collect();
        inputs = outputs;
    }
    let is_sigmoid =
        predict.layers.last().is_some_and(|layer| layer.activation == Activation::Sigmoid);
    let threshold = if is_sigmoid { 0.5 } else { 0.0 };
    let classes = || rows.iter().map(|row| class(row, threshold)).collect::<Vec<f64>>();
    let results = match &predict.outcome {
        Outcome::Values => vec![rows.concat()],
        Outcome::Class => vec![classes()],
        Outcome::Judged(judgement) => {
            let label = clear.read("label", &judgement.label)?;
            if inputs > 1 {
                vec![vec![share(classes().iter().zip(&label).map(|(class, is)| class == is))]]
            } else {
                let sums = sums.concat();
                // A probability is judged by what it was made from.
                let values = if is_sigmoid { sums.clone() } else { rows.concat() };
                let said = Said { sums, values, label };
                judgement.metrics.iter().flat_map(|metric| said.measure(*metric)).collect()
            }
        }
    };
    Ok(for_each_receiver(task, results))
}

/// The features, row after row.
fn matrix(clear: &Clear, texts: &[Text<MAX_FEATURE>]) -> Result<Vec<Vec<f64>>, Error> {
    let mut rows = vec![Vec::with_capacity(texts.len() + 1); clear.rows];
    for (at, text) in texts.iter().enumerate() {
        let name = format!("features {at}");
        let values = clear.read(&name, text)?;
        if values.len() != rows.len() {
            return Err(missing(&name, rows.len() as u64));
        }
        rows.iter_mut().zip(values).for_each(|(row, value)| row.push(value));
    }
    Ok(rows)
}

fn dense(row: &[f64], weights: &[f64], bias: &[f64]) -> Vec<f64> {
    let mut sums = bias.to_vec();
    for (x, weights) in row.iter().zip(weights.chunks_exact(bias.len().max(1))) {
        sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += x * weight);
    }
    sums
}

fn activated(layer: &Layer, sums: &[f64]) -> Vec<f64> {
    let one = |sum: &f64| match layer.activation {
        Activation::Identity => *sum,
        Activation::Relu => sum.max(0.0),
        Activation::Sigmoid => sigmoid(*sum),
    };
    sums.iter().map(one).collect()
}

/// The first of the greatest; of one output, whether it is above the threshold.
fn class(row: &[f64], threshold: f64) -> f64 {
    if let [one] = row {
        return f64::from(u8::from(*one > threshold));
    }
    let most = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    row.iter().position(|value| *value == most).unwrap_or(0) as f64
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// The part of them that are so.
fn share(all: impl Iterator<Item = bool>) -> f64 {
    let (right, count) =
        all.fold((0.0, 0.0), |(right, count), is| (right + f64::from(u8::from(is)), count + 1.0));
    over(right, count)
}

/// Where there is nothing to divide by, it is 0.
fn over(a: f64, b: f64) -> f64 {
    if b == 0.0 { 0.0 } else { a / b }
}

/// Every receiver gets every result.
fn for_each_receiver(task: &Task, results: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let count = task.receivers.len();
    results.into_iter().flat_map(|one| std::iter::repeat_n(one, count)).collect()
}

/// What a model with one output says of each row, and what is so.
struct Said {
    sums: Vec<f64>,
    values: Vec<f64>,
    label: Vec<f64>,
}

impl Said {
    fn measure(&self, metric: Metric) -> Vec<Vec<f64>> {
        let count = self.sums.len() as f64;
        let [both, wrongly_one, wrongly_zero, rightly_zero] = self.confusion();
        let (taken, ones) = (both + wrongly_one, both + wrongly_zero);
        let errors = || self.values.iter().zip(&self.label).map(|(value, is)| value - is);
        let squares = || errors().map(|error| error * error).sum::<f64>();
        vec![vec![match metric {
            Metric::Accuracy => over(both + rightly_zero, count),
            Metric::Confusion => {
                let counts = [both, wrongly_one, wrongly_zero, rightly_zero];
                return counts.map(|count| vec![count]).to_vec();
            }
            Metric::Precision => over(both, taken),
            Metric::Recall => over(both, ones),
            Metric::F1 => over(2.0 * both, taken + ones),
            Metric::Auc => self.auc(ones),
            Metric::LogLoss => {
                let loss = |(z, is_one): (&f64, bool)| {
                    z.max(0.0) + (-z.abs()).exp().ln_1p() - if is_one { *z } else { 0.0 }
                };
                over(self.sums.iter().zip(self.ones()).map(loss).sum(), count)
            }
            Metric::Rmse => over(squares(), count).sqrt(),
            Metric::Mae => over(errors().map(f64::abs).sum(), count),
            Metric::R2 => {
                let mean = over(self.label.iter().sum(), count);
                let all: f64 = self.label.iter().map(|is| (is - mean) * (is - mean)).sum();
                if all == 0.0 { WORST } else { (1.0 - squares() / all).max(WORST) }
            }
        }]]
    }

    fn ones(&self) -> impl Iterator<Item = bool> + '_ {
        self.label.iter().map(|is| *is == 1.0)
    }

    /// Rightly and wrongly taken for 1, wrongly and rightly for 0.
    fn confusion(&self) -> [f64; 4] {
        let mut counts = [0.0; 4];
        for (sum, is_one) in self.sums.iter().zip(self.ones()) {
            let at = match (*sum > 0.0, is_one) {
                (true, true) => 0,
                (true, false) => 1,
                (false, true) => 2,
                (false, false) => 3,
            };
            counts[at] += 1.0;
        }
        counts
    }

    /// Of all pairs of a 1 and something else, the part in which the sum of the 1 is greater; equals count half.
    fn auc(&self, positive: f64) -> f64 {
        let mut rows: Vec<(f64, bool)> = self.sums.iter().copied().zip(self.ones()).collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut below, mut twice) = (0.0, 0.0);
        for equals in rows.chunk_by(|a, b| a.0 == b.0) {
            let ones = equals.iter().filter(|(_, is_one)| *is_one).count() as f64;
            let others = equals.len() as f64 - ones;
            twice += ones * (2.0 * below + others);
            below += others;
        }
        over(over(twice, 2.0 * positive), below)
    }
}
