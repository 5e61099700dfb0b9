//! Conditions and what they choose.

use super::{Number, Sheet, Truth, WIDTH, scale, scale_of};
use crate::Error;
use troupe_mpc::program::Op;

impl Sheet {
    /// Whether `x < 0`.
    pub(crate) fn is_negative(&mut self, x: Number) -> Truth {
        let register = self.push(Op::Negative { a: x.register });
        Truth { register, length: x.length, is_exact: x.is_exact() }
    }

    /// Whether `x == 0`.
    pub(crate) fn is_zero(&mut self, x: Number) -> Truth {
        let register = self.push(Op::Zero { a: x.register });
        Truth { register, length: x.length, is_exact: x.is_exact() }
    }

    pub(crate) fn not(&mut self, x: Truth) -> Truth {
        Truth { register: self.push(Op::Not { a: x.register }), ..x }
    }

    pub(crate) fn and(&mut self, x: Truth, y: Truth) -> Truth {
        let register = self.push(Op::And { a: x.register, b: y.register });
        Truth { register, is_exact: x.is_exact && y.is_exact, ..x }
    }

    pub(crate) fn or(&mut self, x: Truth, y: Truth) -> Truth {
        let register = self.draft.or(x.register, y.register);
        Truth { register, is_exact: x.is_exact && y.is_exact, ..x }
    }

    /// The condition as 0 or 1.
    pub(crate) fn number(&mut self, x: Truth) -> Number {
        Number {
            register: self.push(Op::Number { a: x.register }),
            length: x.length,
            fraction: 0,
            divisor: 1,
            low: 0,
            high: 1,
            error: if x.is_exact { 0.0 } else { f64::INFINITY },
            is_long: false,
        }
    }

    /// `x` where the condition holds, 0 elsewhere.
    pub(crate) fn keep(&mut self, condition: Truth, x: Number) -> Number {
        Number {
            register: self.push(Op::Keep { bits: condition.register, a: x.register }),
            low: x.low.min(0),
            high: x.high.max(0),
            error: if condition.is_exact { x.error } else { f64::INFINITY },
            ..x
        }
    }

    /// `x` where the condition holds, `y` elsewhere; all of one length.
    pub(crate) fn choose(
        &mut self,
        condition: Truth,
        x: Number,
        y: Number,
    ) -> Result<Number, Error> {
        let (x, y) = self.aligned(x, y)?;
        let (bits, a, b) = (condition.register, x.register, y.register);
        Ok(Number {
            register: self.push(Op::Select { bits, a, b }),
            low: x.low.min(y.low),
            high: x.high.max(y.high),
            error: if condition.is_exact { x.error.max(y.error) } else { f64::INFINITY },
            ..x
        })
    }

    /// The lesser of both, or the greater. That the wrong one may be chosen where they are close adds
    /// nothing to the error.
    pub(crate) fn extreme(
        &mut self,
        x: Number,
        y: Number,
        which: Extreme,
    ) -> Result<Number, Error> {
        let length = x.length.max(y.length);
        let (x, y) = (self.spread(x, length), self.spread(y, length));
        let (x, y) = self.aligned(x, y)?;
        let difference = self.minus(x, y)?;
        let is_less = Truth { is_exact: true, ..self.is_negative(difference) };
        match which {
            Extreme::Least => self.choose(is_less, x, y),
            Extreme::Greatest => self.choose(is_less, y, x),
        }
    }

    pub(crate) fn magnitude(&mut self, x: Number) -> Result<Number, Error> {
        let is_negative = Truth { is_exact: true, ..self.is_negative(x) };
        let turned = self.negated(x);
        let largest = x.low.abs().max(x.high.abs());
        let chosen = self.choose(is_negative, turned, x)?;
        Ok(Number { low: chosen.low.max(-largest), ..chosen })
    }

    /// One number for every row.
    pub(crate) fn spread(&mut self, x: Number, length: u32) -> Number {
        if x.length == length {
            return x;
        }
        Number { register: self.draft.spread(x.register, length), length, ..x }
    }

    /// One condition for every row.
    pub(crate) fn spread_truth(&mut self, x: Truth, length: u32) -> Truth {
        if x.length == length {
            return x;
        }
        Truth { register: self.draft.spread(x.register, length), length, ..x }
    }

    /// A public number for every row.
    pub(crate) fn fill(&mut self, constant: f64, length: u32) -> Number {
        let limit = scale_of(WIDTH - 1);
        let fraction = (0..=31u8).rev().find(|bits| (constant * scale(*bits)).abs() < limit);
        let fraction = fraction.unwrap_or(0);
        #[expect(clippy::cast_possible_truncation, reason = "ranges keep constants below 2^60")]
        let first = (constant * scale(fraction)).round_ties_even() as i64;
        Number {
            register: self.draft.fill(first, length),
            length,
            fraction,
            divisor: 1,
            low: first.into(),
            high: first.into(),
            error: (constant - first as f64 / scale(fraction)).abs(),
            is_long: false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extreme {
    Least,
    Greatest,
}
