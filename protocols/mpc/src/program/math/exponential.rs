//! Exponentials and logarithms.

use super::encoded;
use crate::Fixed;
use crate::program::{Draft, Op, Register};
use core::f64::consts::{LN_2, LOG2_E};

/// `2^(v + 1/2)` for `v` between minus and plus a half: relative error 2e-9.
const POWER_OF_TWO: [f64; 7] = [
    1.41421356316,
    0.980258179075,
    0.339731530367,
    0.0784935023063,
    0.0136025975377,
    0.00189503650277,
    0.000217022554346,
];

/// `ln(z + 3/4)` for `z` between minus and plus a quarter: error 2e-7.
const LOGARITHM: [f64; 8] = [
    -0.287681888979,
    1.33333151103,
    -0.888981607465,
    0.790439121694,
    -0.782863774617,
    0.827590891704,
    -1.11450947811,
    1.34196455046,
];

/// Fraction bits of exponents of two.
const POINT: u8 = 24;

impl Draft {
    /// `e` to the power of `a`. What is below half a unit of the result's format is zero; else the
    /// relative error is below 2^-20 and the absolute one below three units, as long as the largest
    /// result that the range of `a` allows takes at most 35 bits; beyond, every bit costs one of
    /// precision.
    ///
    /// As many comparisons as the range of `a / ln(2)` has whole numbers at which the result is not
    /// zero, and 2 + 3 + 8 + 2 rounds.
    pub fn exp(&mut self, a: Register, from: Fixed, to: Fixed) -> Register {
        let constant = encoded(LOG2_E, POINT.into());
        let exponent = match from.fraction() {
            0 => self.push(Op::MulPublic { a, constant }),
            shift => self.push(Op::Scale { a, constant, shift }),
        };
        let (low, high) = self.range(exponent);
        let places = i64::from(to.fraction());
        let zero = -places - 2;
        let (least, most) = (low >> POINT, high >> POINT);
        let first = least.max(zero).min(most);
        let thresholds: Vec<i64> = (first + 1..=most).map(|whole| whole << POINT).collect();
        let wholes: Vec<i64> = (first..=most).map(|whole| whole << POINT).collect();
        let scale = |whole: i64| {
            // Where the fraction is not one, below the first threshold, only zero makes zero of it.
            let is_zero = whole <= zero;
            let bits = i32::try_from(whole + places + 1).unwrap_or(i32::MAX).min(62);
            if is_zero { 0 } else { encoded(1.0, bits) }
        };
        let scales: Vec<i64> = (first..=most).map(scale).collect();
        let found = self.lookup(exponent, &thresholds, &[wholes, scales]);
        let rest = self.push(Op::Sub { a: exponent, b: found[0] });
        let half = 1i64 << (POINT - 1);
        let rest = self.push(Op::AddPublic { a: rest, constant: -half });
        let rest = self.push(Op::Bound { a: rest, low: -half - 1, high: half + 1 });
        let fraction = u8::try_from((59 - most - places).clamp(8, 28)).unwrap_or(8);
        let formats = [POINT, fraction].map(|bits| Fixed::new(bits).unwrap_or_default());
        let power = self.polynomial(rest, &POWER_OF_TWO, formats[0], formats[1]);
        let (one, two) = (1i64 << fraction, 2i64 << fraction);
        let power = self.push(Op::Bound { a: power, low: one - 2, high: two + 2 });
        self.push(Op::Mul { a: power, b: found[1], shift: fraction + 1 })
    }

    /// The natural logarithm of `a`, which is above zero. Error below 2^-21 and three units of the
    /// result's format; at zero and below, anything.
    ///
    /// As many comparisons as the range of `a` has bits, then 3 + 2 + 8 rounds.
    pub fn ln(&mut self, a: Register, from: Fixed, to: Fixed) -> Register {
        let fraction = 28;
        let (place, bits) = (i32::from(from.fraction()), i32::from(to.fraction()));
        let entry = |exponent: i32| encoded(f64::from(exponent + 1 - place) * LN_2, bits);
        let normal = self.normal(a, fraction, &[&entry]);
        let constant = -encoded(0.75, fraction.into());
        let near = self.push(Op::AddPublic { a: normal.mantissa, constant });
        let format = Fixed::new(fraction).unwrap_or_default();
        let rest = self.polynomial(near, &LOGARITHM, format, to);
        self.push(Op::Add { a: rest, b: normal.by_exponent[0] })
    }
}
