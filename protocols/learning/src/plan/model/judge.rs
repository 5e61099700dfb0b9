//! How good a model is, computed on shares: receivers learn the metrics that they asked for, and not the
//! counts and sums that these are made of.

use super::POINT;
use crate::Error;
use crate::numbers::{Number, Sheet, bits};
use crate::task::Metric;
use troupe_mpc::Fixed;
use troupe_mpc::program::{Draft, Op, Register};

/// Up to so many rows, all are compared with all; more are sorted.
const FEW: u32 = 256;
/// Bits behind the point of a quotient, at most.
const QUOTIENT: u32 = 24;
/// The quotient of squares up to which a fit is told apart from worse ones.
const WORST: f64 = 64.0;

/// A result.
pub(super) struct Measured {
    pub(super) name: &'static str,
    pub(super) register: Register,
    pub(super) fraction: u8,
    pub(super) divisor: u64,
}

/// What a model with one output says of each row, and what is so.
pub(super) struct Said {
    /// What the last layer adds up, rounded alike for rows that are alike.
    pub(super) sums: Register,
    /// What comes out, where that is a number rather than a probability.
    pub(super) values: Register,
    pub(super) label: Register,
    /// Bits behind the point of the label.
    pub(super) fraction: u8,
}

/// The metrics of a model with one output.
pub(super) fn judge(
    draft: &mut Draft,
    said: Said,
    metrics: &[Metric],
) -> Result<Vec<Measured>, Error> {
    let rows = draft.length(said.sums);
    let taken = std::mem::replace(draft, Draft::new(Vec::new(), Vec::new()));
    let mut judge = Judge { sheet: Sheet { draft: taken }, said, rows, ones: None, counts: None };
    let mut all = Vec::new();
    for metric in metrics {
        judge.measure(*metric, &mut all)?;
    }
    *draft = judge.sheet.draft;
    Ok(all)
}

/// How many rows have the label for a class.
pub(super) fn right(
    draft: &mut Draft,
    class: Register,
    (label, fraction): (Register, u8),
) -> Measured {
    let raised = draft.push(Op::MulPublic { a: class, constant: 1i64 << fraction });
    let is_right = draft.equal(raised, label);
    let right = draft.push(Op::Number { a: is_right });
    let register = draft.push(Op::Sum { a: right });
    let divisor = draft.length(class).into();
    Measured { name: Metric::Accuracy.name(), register, fraction: 0, divisor }
}

struct Judge {
    sheet: Sheet,
    said: Said,
    rows: u32,
    /// Whether each label is 1, as a number.
    ones: Option<Register>,
    counts: Option<Counts>,
}

/// How many rows.
#[derive(Clone, Copy)]
struct Counts {
    /// Taken for 1, and so.
    both: Register,
    /// Taken for 1.
    taken: Register,
    /// That are 1.
    ones: Register,
}

impl Judge {
    fn push(&mut self, op: Op) -> Register {
        self.sheet.draft.push(op)
    }

    fn measure(&mut self, metric: Metric, all: &mut Vec<Measured>) -> Result<(), Error> {
        let rows = u64::from(self.rows);
        let mut found = |name, (register, fraction, divisor)| {
            all.push(Measured { name, register, fraction, divisor });
        };
        let one = match metric {
            Metric::Accuracy => {
                let [both, _, _, neither] = self.confusion();
                (self.push(Op::Add { a: both, b: neither }), 0, rows)
            }
            Metric::Confusion => {
                let names = ["rightly 1", "wrongly 1", "wrongly 0", "rightly 0"];
                for (name, count) in names.into_iter().zip(self.confusion()) {
                    found(name, (count, 0, 1));
                }
                return Ok(());
            }
            Metric::Precision => {
                let Counts { both, taken, .. } = self.counts();
                self.quotient((both, 0), taken, 1)?
            }
            Metric::Recall => {
                let Counts { both, ones, .. } = self.counts();
                self.quotient((both, 0), ones, 1)?
            }
            Metric::F1 => {
                let Counts { both, taken, ones } = self.counts();
                let twice = self.push(Op::MulPublic { a: both, constant: 2 });
                let either = self.push(Op::Add { a: taken, b: ones });
                self.quotient((twice, 0), either, 1)?
            }
            Metric::Auc => self.auc()?,
            Metric::LogLoss => revealed(self.log_loss()?),
            Metric::Rmse => revealed(self.root_mean_square()?),
            Metric::Mae => {
                let error = self.error();
                let register = self.sheet.draft.abs(error.register);
                let size = self.sheet.known(register, error.fraction);
                let sum = self.sheet.sum(size)?;
                revealed(self.sheet.over_public(sum, rows as f64)?)
            }
            Metric::R2 => self.explained()?,
        };
        found(metric.name(), one);
        Ok(())
    }

    /// 1 where the label is, 0 elsewhere.
    fn ones(&mut self) -> Register {
        if let Some(known) = self.ones {
            return known;
        }
        let constant = -(1i64 << self.said.fraction);
        let away = self.push(Op::AddPublic { a: self.said.label, constant });
        let bits = self.push(Op::Zero { a: away });
        let ones = self.push(Op::Number { a: bits });
        self.ones = Some(ones);
        ones
    }

    fn counts(&mut self) -> Counts {
        if let Some(known) = self.counts {
            return known;
        }
        let ones = self.ones();
        // A sum above zero is a probability above a half.
        let turned = self.push(Op::MulPublic { a: self.said.sums, constant: -1 });
        let bits = self.push(Op::Negative { a: turned });
        let class = self.push(Op::Number { a: bits });
        let taken = self.push(Op::Sum { a: class });
        let both = self.push(Op::Dot { a: class, b: ones, block: u32::MAX, shift: 0 });
        let ones = self.push(Op::Sum { a: ones });
        let counts = Counts { both, taken, ones };
        self.counts = Some(counts);
        counts
    }

    /// Rightly and wrongly taken for 1, wrongly and rightly for 0.
    fn confusion(&mut self) -> [Register; 4] {
        let Counts { both, taken, ones } = self.counts();
        let wrongly_one = self.push(Op::Sub { a: taken, b: both });
        let wrongly_zero = self.push(Op::Sub { a: ones, b: both });
        let all = self.sheet.draft.fill(self.rows.into(), 1);
        let others = self.push(Op::Sub { a: all, b: ones });
        let rightly_zero = self.push(Op::Sub { a: others, b: wrongly_one });
        [both, wrongly_one, wrongly_zero, rightly_zero]
    }

    /// `a / b`, at most `most`; where `b` is 0, `a` is.
    fn quotient(
        &mut self,
        (a, fraction): (Register, u8),
        b: Register,
        most: u64,
    ) -> Result<(Register, u8, u64), Error> {
        let one = self.sheet.draft.fill(1, 1);
        let b = self.sheet.draft.max(b, one);
        let whole = bits(0, most.into()) + bits(0, self.sheet.draft.range(b).1.into());
        let to = u8::try_from(60u32.saturating_sub(whole).min(QUOTIENT)).unwrap_or(0);
        let formats = (Fixed::new(fraction)?, Fixed::new(0)?);
        let a = self.sheet.draft.divide(a, b, formats, Fixed::new(to)?);
        // A quotient is off by three units at most, and relatively by less than a unit here.
        let high = i64::try_from(u128::from(most) << to)
            .unwrap_or(i64::MAX)
            .saturating_add(4 + (1 << (to / 2)));
        Ok((self.push(Op::Bound { a, low: -4, high }), to, 1))
    }

    fn auc(&mut self) -> Result<(Register, u8, u64), Error> {
        let ones = self.ones();
        let all = u64::from(self.rows);
        let positive = self.push(Op::Sum { a: ones });
        let rows = self.sheet.draft.fill(self.rows.into(), 1);
        let negative = self.push(Op::Sub { a: rows, b: positive });
        let twice = if self.rows <= FEW {
            self.pairs_by_ranks(ones, (positive, negative))
        } else {
            self.pairs_by_order(ones)
        };
        // Of two counts, the product is largest where they are equal.
        let high = i64::try_from(all * all / 2).unwrap_or(i64::MAX);
        let twice = self.push(Op::Bound { a: twice, low: 0, high });
        let (each, fraction, _) = self.quotient((twice, 0), positive, 2 * all)?;
        let (part, fraction, _) = self.quotient((each, fraction), negative, 2)?;
        Ok((part, fraction, 2))
    }

    /// Twice the pairs in which a 1 has the greater sum, and once those with equal ones: of each row, how many
    /// have a lesser sum and how many a greater one. Among the ones themselves that is as many.
    fn pairs_by_ranks(
        &mut self,
        ones: Register,
        (positive, negative): (Register, Register),
    ) -> Register {
        let turned = self.push(Op::MulPublic { a: self.said.sums, constant: -1 });
        let from_below = self.sheet.draft.ranks(self.said.sums);
        let from_above = self.sheet.draft.ranks(turned);
        let more = self.push(Op::Sub { a: from_below, b: from_above });
        let more = self.push(Op::Dot { a: more, b: ones, block: u32::MAX, shift: 0 });
        let pairs = self.push(Op::Mul { a: positive, b: negative, shift: 0 });
        self.push(Op::Add { a: pairs, b: more })
    }

    /// The same of many rows: in the order of their sums, of every group of equals, the ones and how many others
    /// stand before them and among them.
    fn pairs_by_order(&mut self, ones: Register) -> Register {
        let sums = self.said.sums;
        let sorted = self.sheet.draft.sort_by(sums, &[sums, ones]);
        let is_last = self.sheet.draft.ends_of_groups(sorted[0]);
        let turned = self.push(Op::MulPublic { a: sorted[1], constant: -1 });
        let others = self.push(Op::AddPublic { a: turned, constant: 1 });
        let groups = self.sheet.draft.sums_of_groups(is_last, &[sorted[1], others]);
        let (ones, others) = (groups[0], groups[1]);
        let upto = self.push(Op::Running { a: others, block: self.rows });
        let upto = self.push(Op::Bound { a: upto, low: 0, high: self.rows.into() });
        let twice = self.push(Op::MulPublic { a: upto, constant: 2 });
        let below = self.push(Op::Sub { a: twice, b: others });
        self.push(Op::Dot { a: below, b: ones, block: u32::MAX, shift: 0 })
    }

    /// The mean of `log(1 + exp(z)) - y z`, with `log(1 + exp(z)) = max(z, 0) + log(1 + exp(-|z|))`.
    fn log_loss(&mut self) -> Result<Number, Error> {
        let ones = self.ones();
        let z = self.sheet.known(self.said.sums, POINT);
        let y = self.sheet.known(ones, 0);
        let size = self.sheet.draft.abs(z.register);
        let size = self.sheet.known(size, POINT);
        let away = self.sheet.negated(size);
        let rest = self.sheet.exponential(away, 1.0)?;
        let rest = self.sheet.plus_public(rest, 1.0)?;
        let rest = self.sheet.logarithm(rest, 1.0)?;
        let rest = self.sheet.sum(rest)?;
        let both = self.sheet.plus(z, size)?;
        let both = self.sheet.sum(both)?;
        let above = self.sheet.times_public(both, 0.5)?;
        let told = self.sheet.dot(y, z)?;
        let total = self.sheet.plus(rest, above)?;
        let total = self.sheet.minus(total, told)?;
        self.sheet.over_public(total, self.rows.into())
    }

    /// The label in the format of sums.
    fn label(&mut self) -> Number {
        let constant = 1i64 << POINT.saturating_sub(self.said.fraction);
        let raised = self.push(Op::MulPublic { a: self.said.label, constant });
        self.sheet.known(raised, POINT)
    }

    fn error(&mut self) -> Number {
        let label = self.label();
        let error = self.push(Op::Sub { a: self.said.values, b: label.register });
        self.sheet.known(error, POINT)
    }

    fn squares(&mut self, x: Number) -> Result<Number, Error> {
        let sum = self.sheet.dot(x, x)?;
        self.sheet.wide(sum)
    }

    fn root_mean_square(&mut self) -> Result<Number, Error> {
        let error = self.error();
        let sum = self.squares(error)?;
        let whole = (sum.width().saturating_sub(sum.fraction.into())).div_ceil(2);
        let to = u8::try_from(30u32.saturating_sub(whole).min(QUOTIENT)).unwrap_or(0);
        let (from, into) = (Fixed::new(sum.fraction)?, Fixed::new(to)?);
        let root = self.sheet.draft.sqrt(sum.register, from, into);
        let root = self.sheet.known(root, to);
        self.sheet.times_public(root, 1.0 / f64::from(self.rows).sqrt())
    }

    /// One less the quotient of two sums of squares, which are too wide to be divided: by their logarithms.
    fn explained(&mut self) -> Result<(Register, u8, u64), Error> {
        let error = self.error();
        let left = self.squares(error)?;
        let label = self.label();
        let sum = self.sheet.sum(label)?;
        let mean = self.sheet.times_public(sum, 1.0 / f64::from(self.rows))?;
        let away = self.sheet.minus(label, mean)?;
        let all = self.squares(away)?;
        let left = self.sheet.size_logarithm(left)?;
        let all = self.sheet.size_logarithm(all)?;
        let part = self.sheet.minus(left, all)?;
        let part = self.sheet.power(part, WORST)?;
        let part = self.sheet.negated(part);
        Ok(revealed(self.sheet.plus_public(part, 1.0)?))
    }
}

fn revealed(number: Number) -> (Register, u8, u64) {
    (number.register, number.fraction, number.divisor)
}
