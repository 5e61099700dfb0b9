//! Public polynomials, and powers.

use super::encoded;
use crate::Fixed;
use crate::program::{Draft, Op, Register};

impl Draft {
    /// `a` to the power of `exponent`, at least 1, in one format: two rounds for each bit of the
    /// exponent but the first.
    pub fn pow(&mut self, a: Register, exponent: u32, format: Fixed) -> Register {
        let shift = format.fraction();
        let mut result = None;
        let (mut square, mut left) = (a, exponent.max(1));
        loop {
            if left % 2 == 1 {
                result = Some(match result {
                    None => square,
                    Some(b) => self.push(Op::Mul { a: square, b, shift }),
                });
            }
            left /= 2;
            if left == 0 {
                return result.expect("an exponent has a highest bit");
            }
            square = self.push(Op::Mul { a: square, b: square, shift });
        }
    }

    /// The polynomial with these coefficients, the constant one first, at `a`, whose values should
    /// stay near one. Two rounds for each time that the degree can be halved, rounded up, and two
    /// more; each coefficient is rounded to `31 + to - from` bits behind the point, at most 24.
    pub fn polynomial(
        &mut self,
        a: Register,
        coefficients: &[f64],
        from: Fixed,
        to: Fixed,
    ) -> Register {
        let powers = self.powers(a, coefficients.len().saturating_sub(1), from);
        self.combine(&powers, coefficients, from, to)
    }

    /// `a`, its square, its cube, ... up to this degree.
    pub(super) fn powers(&mut self, a: Register, degree: usize, format: Fixed) -> Vec<Register> {
        let mut powers = vec![a];
        for exponent in 2..=degree {
            let half = exponent / 2;
            let (a, b) = (powers[exponent - half - 1], powers[half - 1]);
            powers.push(self.push(Op::Mul { a, b, shift: format.fraction() }));
        }
        powers
    }

    /// The constant, and public multiples of powers, truncated once.
    pub(super) fn combine(
        &mut self,
        powers: &[Register],
        coefficients: &[f64],
        from: Fixed,
        to: Fixed,
    ) -> Register {
        let (from, to) = (i32::from(from.fraction()), i32::from(to.fraction()));
        let precision = (31 + to - from).min(24);
        let constant = encoded(coefficients.first().copied().unwrap_or(0.0), from + precision);
        let mut sum = None;
        for (a, coefficient) in powers.iter().zip(coefficients.iter().skip(1)) {
            let constant = encoded(*coefficient, precision);
            let term = self.push(Op::MulPublic { a: *a, constant });
            sum = Some(match sum {
                None => term,
                Some(a) => self.push(Op::Add { a, b: term }),
            });
        }
        let length = powers.first().map_or(1, |a| self.length(*a));
        let sum = match sum {
            None => self.fill(constant, length),
            Some(a) => self.push(Op::AddPublic { a, constant }),
        };
        let fraction = |bits: i32| u8::try_from(bits).unwrap_or(u8::MAX);
        self.rescale(sum, fraction(from + precision), fraction(to))
    }
}
