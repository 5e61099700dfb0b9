//! The logistic function `1 / (1 + exp(-x))`.

use super::encoded;
use crate::Fixed;
use crate::program::{Draft, Op, Register};

/// Where the polynomials meet; beyond the ends the function is 0 and 1 but for 3.4e-4.
const KNOTS: [f64; 5] = [-8.0, -2.75, 0.0, 2.75, 8.0];

/// The function at `8 z`, for `z` from 0 to the next knot and from there on: error 2.9e-4.
const INNER: [f64; 5] = [0.4997918193, 2.023562479, -0.3769963057, -9.904755109, 13.72206806];
const OUTER: [f64; 5] = [0.5573159781, 2.086563781, -3.775518057, 3.076397889, -0.9453830603];

/// Fraction bits of the exact function's inner numbers.
const POINT: u8 = 24;

impl Draft {
    /// The logistic function by four polynomials of degree four: error below 3.5e-4 and four units
    /// of the result's format, which has at most 29 fraction bits, as that of `a` has.
    ///
    /// Five comparisons for each element and 2 more rounds; at least 8 together, which is what
    /// numbers of at most 63 bits take.
    pub fn sigmoid(&mut self, a: Register, from: Fixed, to: Fixed) -> Register {
        let point = from.fraction().min(28);
        let a = self.rescale(a, from.fraction(), point);
        let length = self.length(a);
        let one = 1i64 << to.fraction();

        let knots = KNOTS.map(|knot| encoded(knot, point.into()));
        let limits = self.constants(&knots);
        let limits = self.spread(limits, length);
        let many = self.repeat(a, 5);
        let is_below = self.less(many, limits);
        let pieces = length.saturating_mul(4);
        let below_next = self.slice(is_below, length, pieces);
        let below_own = self.slice(is_below, 0, pieces);
        let inside = self.push(Op::Xor { a: below_next, b: below_own });
        let below_last = self.slice(is_below, pieces, length);
        let above = self.push(Op::Not { a: below_last });
        let bits = self.concat(&[inside, above]);

        // An eighth of it, which is small wherever a polynomial is chosen.
        let eighth = self.push(Op::Bound { a, low: knots[0], high: knots[4] });
        let format = Fixed::new(point + 3).unwrap_or_default();
        let powers = self.powers(eighth, INNER.len() - 1, format);
        let all = [mirrored(OUTER), mirrored(INNER), INNER, OUTER];
        let mut values = all.map(|piece| self.combine(&powers, &piece, format, to)).to_vec();
        values.push(self.fill(one, length));
        let a = self.concat(&values);
        let chosen = self.push(Op::Keep { bits, a });
        let chosen = self.transpose(chosen, length);
        let sum = self.push(Op::SumBlocks { a: chosen, block: 5 });
        self.push(Op::Bound { a: sum, low: -8, high: one + 8 })
    }

    /// The logistic function by an exponential and a reciprocal: error below 2^-20 and three units
    /// of the result's format.
    ///
    /// Beside a comparison, at most 26 comparisons for each element; 39 rounds for numbers of 22
    /// bits.
    pub fn exact_sigmoid(&mut self, a: Register, from: Fixed, to: Fixed) -> Register {
        let inner = Fixed::new(POINT).unwrap_or_default();
        let size = self.abs(a);
        let exponent = self.push(Op::MulPublic { a: size, constant: -1 });
        let small = self.exp(exponent, from, inner);
        // One and the exponential, as a number between a half and one with a bit more.
        let one = 1i64 << POINT;
        let sum = self.push(Op::AddPublic { a: small, constant: one });
        let sum = self.push(Op::Bound { a: sum, low: one, high: 2 * one + 8 });
        let twice = self.inverse(sum, POINT + 1);
        let above = self.rescale(twice, POINT + 2, to.fraction());
        let below = self.push(Op::MulPublic { a: above, constant: -1 });
        let below = self.push(Op::AddPublic { a: below, constant: 1i64 << to.fraction() });
        let bits = self.push(Op::Negative { a });
        let result = self.push(Op::Select { bits, a: below, b: above });
        self.push(Op::Bound { a: result, low: -8, high: (1i64 << to.fraction()) + 8 })
    }
}

/// The polynomial of `1 - p(-z)`.
fn mirrored(piece: [f64; 5]) -> [f64; 5] {
    let [constant, first, second, third, fourth] = piece;
    [1.0 - constant, first, -second, third, -fourth]
}
