//! Reciprocals and quotients.
//!
//! The denominator is brought between a half and one; there `2.9142 - 2 y` is its reciprocal but for
//! 8.6 %, and three steps of Goldschmidt's iteration square that error each time: 3e-9.

use super::{encoded, width};
use crate::Fixed;
use crate::program::{Draft, Op, Register};

impl Draft {
    /// `1 / a` for `a` above zero. Relative error below 2^-26 where the result leaves room for it
    /// (`29` bits and those of the largest result together stay below 60), and three units of the
    /// result's format; at zero and below, anything.
    ///
    /// As many comparisons as there are bits between the ends of the range of `a`, then 3 + 2 + 8 + 2
    /// rounds.
    pub fn reciprocal(&mut self, a: Register, from: Fixed, to: Fixed) -> Register {
        let places = i32::from(from.fraction()) + i32::from(to.fraction()) - 1;
        let least = width(self.range(a).0.max(1)) - 1;
        let fraction = precision(places - least);
        let normal = self.normal(a, fraction, &[&|exponent| encoded(1.0, places - exponent)]);
        let inverse = self.inverse(normal.mantissa, fraction);
        let b = normal.by_exponent[0];
        self.push(Op::Mul { a: inverse, b, shift: fraction })
    }

    /// `a / b` for `b` other than zero; a denominator whose range has values below zero costs
    /// another comparison and two choices. The relative error is that of `2^-26`, or of as many bits
    /// as `a` leaves below 60; the absolute one that of a unit of `a`, divided by `b`, where `a` and
    /// the range of `b` together take more than 61 bits; and three units of the result's format.
    ///
    /// As many comparisons as there are bits between the ends of the range of `b`, then 3 + 2 + 8 + 4
    /// rounds, and two more where more than 31 bits are cut off in the end.
    pub fn divide(
        &mut self,
        a: Register,
        b: Register,
        formats: (Fixed, Fixed),
        to: Fixed,
    ) -> Register {
        if self.range(b).0 >= 0 {
            return self.divide_positive(a, b, formats, to);
        }
        let size = self.abs(b);
        let quotient = self.divide_positive(a, size, formats, to);
        let turned = self.push(Op::MulPublic { a: quotient, constant: -1 });
        let bits = self.push(Op::Negative { a: b });
        self.push(Op::Select { bits, a: turned, b: quotient })
    }

    fn divide_positive(
        &mut self,
        a: Register,
        b: Register,
        (of_a, of_b): (Fixed, Fixed),
        to: Fixed,
    ) -> Register {
        let (low, high) = self.range(a);
        let size = width(low).max(width(high));
        let (low, high) = self.range(b);
        let (least, most) = (width(low.max(1)) - 1, width(high.max(1)) - 1);
        let fraction = precision(size);
        let normal = self.normal(b, fraction, &[&|exponent| encoded(1.0, most - exponent)]);
        let inverse = self.inverse(normal.mantissa, fraction);
        // Bits that the first product keeps beyond those of `a`.
        let kept = (60 - size - (most - least)).clamp(0, i32::from(fraction));
        let kept = u8::try_from(kept).unwrap_or(0);
        let near = self.push(Op::Mul { a, b: inverse, shift: fraction - kept });
        let wide = self.push(Op::Mul { a: near, b: normal.by_exponent[0], shift: 0 });
        let point =
            i32::from(kept) + most + 1 + i32::from(of_a.fraction()) - i32::from(of_b.fraction());
        let mut cut = point - i32::from(to.fraction());
        let mut quotient = wide;
        while cut > 0 {
            let shift = cut.min(31);
            let shift_now = u8::try_from(shift).unwrap_or(31);
            quotient = self.push(Op::Trunc { a: quotient, shift: shift_now });
            cut -= shift;
        }
        if cut < 0 {
            let constant = encoded(1.0, -cut);
            quotient = self.push(Op::MulPublic { a: quotient, constant });
        }
        quotient
    }

    /// `1 / y` for `y` between a half and one, in one format: eight rounds.
    pub(super) fn inverse(&mut self, y: Register, fraction: u8) -> Register {
        let shift = fraction;
        let part = |value: f64| encoded(value, fraction.into());
        let start = self.push(Op::MulPublic { a: y, constant: -2 });
        let mut inverse = self.push(Op::AddPublic { a: start, constant: part(2.9142) });
        let mut product = self.push(Op::Mul { a: y, b: inverse, shift });
        for step in 0..3 {
            let product_now = Op::Bound { a: product, low: part(0.9), high: part(1.1) };
            let product_now = self.push(product_now);
            let rest = self.push(Op::MulPublic { a: product_now, constant: -1 });
            let rest = self.push(Op::AddPublic { a: rest, constant: part(2.0) });
            inverse = self.push(Op::Mul { a: inverse, b: rest, shift });
            inverse = self.push(Op::Bound { a: inverse, low: part(0.9), high: part(2.01) });
            if step < 2 {
                product = self.push(Op::Mul { a: product_now, b: rest, shift });
            }
        }
        inverse
    }
}

/// Fraction bits of a mantissa whose inverse is multiplied by a number of so many bits.
fn precision(bits: i32) -> u8 {
    u8::try_from((59 - bits).clamp(8, 29)).unwrap_or(8)
}
