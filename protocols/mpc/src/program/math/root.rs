//! Square roots.
//!
//! Between a half and one, `1.95 - y` is `1 / sqrt(y)` but for 5 %. With `g` near the root and `z` near
//! its inverse, a step makes `g + g r` and `z + z r` with `r = (1 - g z) / 2`, and squares the error
//! (Goldschmidt's iteration): 4e-3, 2e-5, below 1e-9.

use super::table::root_power;
use super::{encoded, width};
use crate::Fixed;
use crate::program::{Draft, Op, Register};

/// Fraction bits of mantissas.
const FRACTION: u8 = 24;

impl Draft {
    /// The square root of `a`, which is not below zero; zero has zero. Relative error below 2^-20,
    /// and two units of the result's format.
    ///
    /// As many comparisons as the range of `a` has bits, then 3 + 2 + 14 + 2 rounds.
    pub fn sqrt(&mut self, a: Register, from: Fixed, to: Fixed) -> Register {
        let (from, to) = (i32::from(from.fraction()), i32::from(to.fraction()));
        let most = width(self.range(a).1.max(1));
        // Bits beyond those of the result, as many as a truncation can cut off again.
        let more = (60 - i32::from(FRACTION) - to - (most - from) / 2 - 1).clamp(0, 7);
        let halves = move |exponent| exponent + 1 - from + 2 * (to + more);
        let entry = |exponent| encoded(root_power(halves(exponent)), 0);
        let normal = self.normal(a, FRACTION, &[&entry]);
        let (root, _) = self.roots(normal.mantissa);
        let shift = FRACTION + u8::try_from(more).unwrap_or(0);
        self.push(Op::Mul { a: root, b: normal.by_exponent[0], shift })
    }

    /// One divided by the square root of `a`, which is above zero. Errors and price as those of
    /// [`Draft::sqrt`].
    pub fn inverse_sqrt(&mut self, a: Register, from: Fixed, to: Fixed) -> Register {
        let (from, to) = (i32::from(from.fraction()), i32::from(to.fraction()));
        let least = width(self.range(a).0.max(1)) - 1;
        let more = (60 - i32::from(FRACTION) - to - (from - least) / 2 - 1).clamp(0, 7);
        let halves = move |exponent| from - 1 - exponent + 2 * (to + more);
        let entry = |exponent| encoded(root_power(halves(exponent)), 0);
        let normal = self.normal(a, FRACTION, &[&entry]);
        let (_, inverse) = self.roots(normal.mantissa);
        let shift = FRACTION + u8::try_from(more).unwrap_or(0);
        self.push(Op::Mul { a: inverse, b: normal.by_exponent[0], shift })
    }

    /// `sqrt(y)` and its inverse, for `y` between a half and one: fourteen rounds.
    fn roots(&mut self, y: Register) -> (Register, Register) {
        let shift = FRACTION;
        let part = |value: f64| encoded(value, FRACTION.into());
        let start = self.push(Op::MulPublic { a: y, constant: -1 });
        let mut inverse = self.push(Op::AddPublic { a: start, constant: part(1.95) });
        let mut root = self.push(Op::Mul { a: y, b: inverse, shift });
        for _ in 0..3 {
            let product = self.push(Op::Mul { a: root, b: inverse, shift });
            let rest = self.push(Op::MulPublic { a: product, constant: -1 });
            let rest = self.push(Op::AddPublic { a: rest, constant: part(1.0) });
            let rest = self.push(Op::Bound { a: rest, low: part(-0.2), high: part(0.2) });
            let shift = FRACTION + 1;
            let of_root = self.push(Op::Mul { a: root, b: rest, shift });
            root = self.push(Op::Add { a: root, b: of_root });
            root = self.push(Op::Bound { a: root, low: 0, high: part(1.1) });
            let of_inverse = self.push(Op::Mul { a: inverse, b: rest, shift });
            inverse = self.push(Op::Add { a: inverse, b: of_inverse });
            inverse = self.push(Op::Bound { a: inverse, low: part(0.9), high: part(1.5) });
        }
        (root, inverse)
    }
}
