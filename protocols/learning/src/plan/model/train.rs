//! Gradient descent on shares.

use super::judge::{Measured, Said, judge};
use super::split::{Choice, split};
use super::{Inputs, Matrix, Ones, POINT, kept_limit, rounded};
use crate::numbers::arithmetic::factor;
use crate::numbers::scale;
use crate::plan::Parts;
use crate::task::{Family, Metric, Schedule, Train};
use crate::{Error, Unfit};
use troupe_mpc::Fixed;
use troupe_mpc::program::{Draft, Op, Register, Rows, Size, Transposed};

/// What a model is called.
const WEIGHTS: &str = "weights";
/// Bits behind the point of weights, at least.
const WEIGHT: u8 = 20;
/// Steps of a training: what a program has room for.
const MAX_STEPS: u64 = 1500;
/// Significant bits of the rate that are tried; fewer where errors may be large.
const RATE_BITS: [u32; 4] = [12, 8, 4, 1];

pub(super) fn program(
    inputs: &Inputs<'_>,
    owners: Vec<Rows>,
    (features, label): (&Matrix, &Matrix),
    train: &Train,
) -> Result<Parts, Error> {
    let trial = train.reveal.trial();
    if let Some(trial) = trial {
        check(train.family, &trial.metrics)?;
    }
    let (kept, held) = match trial {
        Some(trial) => split(trial.held_out, &inputs.parts)?,
        None => (Choice::all(inputs.rows), Choice::default()),
    };
    let steps = steps(kept.count(), &train.schedule)?;
    let mut refused = Error::Unfit(Unfit::Overflow);
    for bits in RATE_BITS {
        let (mut draft, found) = inputs.draft(owners.clone());
        let x = inputs.register((&mut draft, &found), features, Ones::Last);
        let y = inputs.register((&mut draft, &found), label, Ones::None);
        let fraction = features.fraction;
        let width = u32::try_from(features.count + 1).unwrap_or(u32::MAX);
        let (all_x, all_y) = (x, y);
        let x = kept.of(&mut draft, all_x, width);
        let y = kept.of(&mut draft, all_y, 1);
        let y = raised(&mut draft, y, label.fraction);
        let mut descent = Descent { draft, train, x, y, fraction, width, bits, point: 0 };
        let weights = descent.run(&steps)?;
        let (mut draft, mut weights, mut point) = (descent.draft, weights, descent.point);
        let mut results = Vec::new();
        if train.reveal.keeps() {
            // In the format of an owner's model; and what stays is what is tried out.
            let limit = kept_limit(train.schedule.limit)?;
            weights = rounded(&mut draft, weights, point);
            weights = draft.push(Op::Bound { a: weights, low: -limit, high: limit });
            point = POINT;
            draft.keep(weights, WEIGHTS, POINT);
            draft.witnesses(inputs.receivers);
        }
        if train.reveal.shows_weights() {
            let told = Measured { name: WEIGHTS, register: weights, fraction: point, divisor: 1 };
            inputs.reveal(&mut draft, &mut results, &told);
        }
        if let Some(trial) = trial {
            let x = held.of(&mut draft, all_x, width);
            let size = Size { rows: held.count(), inner: width, columns: 1 };
            let sums = draft.matmul(x, weights, size, 0);
            let sums = rounded(&mut draft, sums, fraction + point);
            let y = held.of(&mut draft, all_y, 1);
            let said = Said { sums, values: sums, label: y, fraction: label.fraction };
            for told in judge(&mut draft, said, &trial.metrics)? {
                inputs.reveal(&mut draft, &mut results, &told);
            }
        }
        match inputs.parts((draft, &found), results) {
            Ok(parts) => return Ok(parts),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

/// That such a model has these metrics.
fn check(family: Family, metrics: &[Metric]) -> Result<(), Unfit> {
    let strange =
        metrics.iter().find(|metric| metric.is_of_numbers() != (family == Family::Linear));
    strange.map_or(Ok(()), |metric| Err(Unfit::Metric { name: metric.name() }))
}

/// The label in the format of what is compared with it.
fn raised(draft: &mut Draft, y: Register, fraction: u8) -> Register {
    if fraction == POINT {
        return y;
    }
    draft.push(Op::MulPublic { a: y, constant: 1i64 << (POINT - fraction) })
}

/// The first row of every step.
fn steps(rows: u32, schedule: &Schedule) -> Result<Steps, Error> {
    let size = schedule.batch.min(rows);
    if size == 0 || schedule.epochs == 0 {
        return Err(Error::Unfit(Unfit::Empty("steps")));
    }
    let batches = rows / size;
    let got = u64::from(batches) * u64::from(schedule.epochs);
    if got > MAX_STEPS {
        return Err(Error::Unfit(Unfit::TooMany { what: "steps", got, limit: MAX_STEPS }));
    }
    Ok(Steps { size, batches, epochs: schedule.epochs })
}

struct Steps {
    size: u32,
    batches: u32,
    epochs: u16,
}

struct Descent<'a> {
    draft: Draft,
    train: &'a Train,
    /// Features row after row, the last a one.
    x: Register,
    y: Register,
    /// Bits behind the point of features.
    fraction: u8,
    width: u32,
    /// Significant bits of the rate.
    bits: u32,
    /// Bits behind the point of weights.
    point: u8,
}

impl Descent<'_> {
    fn run(&mut self, steps: &Steps) -> Result<Register, Error> {
        let schedule = &self.train.schedule;
        let (rate, decay) = (schedule.rate.get(), schedule.decay.get());
        let limit = schedule.limit.get();
        let is_good = rate > 0.0 && rate <= 64.0 && limit > 0.0 && limit <= f64::from(1 << 20);
        if !is_good || !(0.0..1.0).contains(&(rate * decay)) {
            return Err(Error::Unfit(Unfit::Schedule));
        }
        // The rate over the batch goes into what a gradient's truncation cuts off.
        let (rate, rate_point) = factor(rate / f64::from(steps.size), self.bits);
        if rate == 0 {
            return Err(Error::Unfit(Unfit::Schedule));
        }
        let all = self.fraction + POINT + rate_point;
        self.point = all.saturating_sub(Fixed::MAX_FRACTION).max(WEIGHT);
        if self.point > 31 || self.fraction + self.point - POINT > Fixed::MAX_FRACTION {
            return Err(Error::Unfit(Unfit::Schedule));
        }
        let shift = all.saturating_sub(self.point);
        #[expect(clippy::cast_possible_truncation, reason = "at most 2^51")]
        let limit = (limit * scale(self.point)) as i64;

        let mut weights = self.draft.fill(0, self.width);
        let mut mixed = schedule.shuffle.then(|| self.by_column());
        let mut batches = match mixed {
            None => self.batches((self.x, self.y), steps),
            Some(_) => Vec::new(),
        };
        for _ in 0..steps.epochs {
            if let Some(columns) = &mut mixed {
                let rows = self.shuffled(columns);
                batches = self.batches(rows, steps);
            }
            for (x, y) in &batches {
                let error = self.error((*x, *y), weights, steps.size);
                let error = self.draft.push(Op::MulPublic { a: error, constant: rate });
                let gradient = self.draft.push(Op::Matmul {
                    a: *x,
                    b: error,
                    size: Size { rows: self.width, inner: steps.size, columns: 1 },
                    transposed: Transposed::Left,
                    shift,
                });
                let shrunk = self.shrunk(weights);
                let moved = self.draft.push(Op::Sub { a: shrunk, b: gradient });
                weights = self.draft.push(Op::Bound { a: moved, low: -limit, high: limit });
            }
        }
        Ok(weights)
    }

    /// The rows of every step.
    fn batches(
        &mut self,
        (x, y): (Register, Register),
        steps: &Steps,
    ) -> Vec<(Register, Register)> {
        let (width, size) = (self.width, steps.size);
        let rows = (0..steps.batches).map(|batch| {
            let from = batch * size;
            let x = self.draft.slice(x, from * width, size * width);
            (x, self.draft.slice(y, from, size))
        });
        rows.collect()
    }

    /// Features and label, column after column, without the ones.
    fn by_column(&mut self) -> [Register; 2] {
        let rows = self.draft.length(self.y);
        let all = self.draft.transpose(self.x, self.width);
        [self.draft.slice(all, 0, rows * (self.width - 1)), self.y]
    }

    /// Has the columns in another order, and gives the rows.
    fn shuffled(&mut self, columns: &mut [Register; 2]) -> (Register, Register) {
        let draft = &mut self.draft;
        let ranges = columns.map(|column| draft.range(column));
        let lengths = columns.map(|column| draft.length(column));
        let together = draft.concat(columns);
        let moved = draft.push(Op::Shuffle { a: together, columns: self.width });
        let mut from = 0;
        for ((column, (low, high)), length) in columns.iter_mut().zip(ranges).zip(lengths) {
            let a = draft.slice(moved, from, length);
            *column = draft.push(Op::Bound { a, low, high });
            from += length;
        }
        let [features, y] = *columns;
        let ones = draft.fill(1 << self.fraction, draft.length(y));
        let all = draft.concat(&[features, ones]);
        (draft.transpose(all, draft.length(y)), y)
    }

    /// What the model says too much of each row.
    fn error(&mut self, (x, y): (Register, Register), weights: Register, rows: u32) -> Register {
        let size = Size { rows, inner: self.width, columns: 1 };
        let shift = self.fraction + self.point - POINT;
        let sums = self.draft.matmul(x, weights, size, shift);
        let said = match self.train.family {
            Family::Linear => sums,
            Family::Logistic => {
                let format = Fixed::new(POINT).unwrap_or_default();
                self.draft.sigmoid(sums, format, format)
            }
        };
        self.draft.push(Op::Sub { a: said, b: y })
    }

    /// Weights less what decay takes of them; the bias, which is last, as it is. No round more than the
    /// rest of the step takes.
    fn shrunk(&mut self, weights: Register) -> Register {
        let schedule = &self.train.schedule;
        let part = schedule.rate.get() * schedule.decay.get();
        if part == 0.0 {
            return weights;
        }
        #[expect(clippy::cast_possible_truncation, reason = "below 2^24")]
        let constant = ((1.0 - part) * f64::from(1 << 24)).round_ties_even() as i64;
        let slopes = self.draft.slice(weights, 0, self.width - 1);
        let bias = self.draft.slice(weights, self.width - 1, 1);
        let slopes = self.draft.push(Op::Scale { a: slopes, constant, shift: 24 });
        self.draft.concat(&[slopes, bias])
    }
}
