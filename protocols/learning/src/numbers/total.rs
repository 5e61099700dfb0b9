//! Numbers over all rows.

use super::arithmetic::{product, product_error};
use super::{MAX_SHIFT, Number, Sheet, WIDTH};
use crate::Error;
use troupe_mpc::program::Op;

/// Steps of a quantile's bisection: so many times the range is halved.
const STEPS: u32 = 24;

impl Sheet {
    /// The sum of all elements.
    pub(crate) fn sum(&mut self, x: Number) -> Result<Number, Error> {
        let x = self.narrow(x, WIDTH.saturating_sub(length_bits(x.length)))?;
        let count = i128::from(x.length);
        Ok(Number {
            register: self.push(Op::Sum { a: x.register }),
            length: 1,
            low: x.low * count,
            high: x.high * count,
            error: x.error * f64::from(x.length),
            ..x
        })
    }

    /// The sum of all products: as cheap as one product of one element. Blocks as long as the ranges
    /// allow are truncated once, by no more than the whole sum needs.
    pub(crate) fn dot(&mut self, x: Number, y: Number) -> Result<Number, Error> {
        if x.length != y.length {
            // One number goes with every row.
            let (one, many) = if x.length == 1 { (x, y) } else { (y, x) };
            let sum = self.sum(many)?;
            return self.times(one, sum);
        }
        // A whole sum may take as many bits more as one truncation cuts off.
        let rows = length_bits(x.length);
        let room = (WIDTH + u32::from(MAX_SHIFT)).saturating_sub(rows).min(WIDTH - 1);
        let (x, y) = self.factors(x, y, room)?;
        let width = x.width() + y.width();
        let excess = (width + rows).saturating_sub(WIDTH - 1);
        let shift = u8::try_from(excess).unwrap_or(MAX_SHIFT).min(MAX_SHIFT);
        let shift = shift.min(x.fraction + y.fraction);
        let block = if shift == 0 { u32::MAX } else { 1 << (WIDTH - width).min(31) };
        let (low, high) = product(&x, &y);
        let inside = i128::from(block.min(x.length));
        let (low, high) = ((low * inside).min(low), (high * inside).max(high));
        let (low, high) =
            if shift == 0 { (low, high) } else { (low >> shift, (high >> shift) + 1) };
        let fraction = x.fraction + y.fraction - shift;
        let blocks = x.length.div_ceil(block);
        let unit = 1.0 / super::scale(fraction);
        let cut = if shift == 0 { 0.0 } else { unit };
        let error = product_error(&x, &y) * f64::from(x.length) + cut * f64::from(blocks);
        let (a, b) = (x.register, y.register);
        let sums = Number {
            register: self.push(Op::Dot { a, b, block, shift }),
            length: blocks,
            fraction,
            low,
            high,
            error: 0.0,
            ..x
        };
        let total = if blocks == 1 { sums } else { self.sum(sums)? };
        Ok(Number { error, ..total })
    }

    /// The least value of the grid that at least `rank` of all values do not exceed, found by halving the
    /// range: nobody learns where it goes.
    pub(crate) fn quantile(&mut self, parts: &[Number], rank: u64) -> Result<Number, Error> {
        let mut parts = parts.to_vec();
        for at in 1..parts.len() {
            // All in the format of the coarsest.
            let (first, other) = self.aligned(parts[0], parts[at])?;
            parts[0] = first;
            parts[at] = other;
        }
        for at in 1..parts.len() {
            let (_, other) = self.aligned(parts[0], parts[at])?;
            parts[at] = other;
        }
        let width = parts.iter().map(Number::width).max().unwrap_or(0);
        let excess = width.saturating_sub(STEPS).min(parts[0].fraction.into());
        for part in &mut parts {
            // By as many bits each, so that they stay in one format.
            let goal = part.fraction - u8::try_from(excess).unwrap_or(0);
            *part = self.lowered(*part, goal);
        }
        let low = parts.iter().map(|part| part.low).min().unwrap_or(0);
        let high = parts.iter().map(|part| part.high).max().unwrap_or(0);
        let steps = super::bits(0, high - low);
        let first = parts[0];
        // The greatest threshold with fewer than `rank` values below it, from the least value on.
        let register = self.push(Op::Sum { a: first.register });
        let zero = self.push(Op::MulPublic { a: register, constant: 0 });
        let least = i64::try_from(low).expect("of at most 61 bits");
        let register = self.push(Op::AddPublic { a: zero, constant: least });
        let error = parts.iter().map(|part| part.error).fold(0.0, f64::max);
        let mut found = Number { register, length: 1, low, high: low, error: 0.0, ..first };
        for step in (0..steps).rev() {
            let half = 1i64 << step;
            let raised = self.push(Op::AddPublic { a: found.register, constant: half });
            let mut count = None;
            for part in &parts {
                let away = self.push(Op::Sub { a: part.register, b: raised });
                let is_below = self.push(Op::Negative { a: away });
                let ones = self.push(Op::Number { a: is_below });
                let below = self.push(Op::Sum { a: ones });
                count = Some(match count {
                    None => below,
                    Some(count) => self.push(Op::Add { a: count, b: below }),
                });
            }
            let count = count.unwrap_or(zero);
            let needed = i64::try_from(rank).unwrap_or(i64::MAX);
            let away = self.push(Op::AddPublic { a: count, constant: -needed });
            let are_fewer = self.push(Op::Negative { a: away });
            let bit = self.push(Op::Number { a: are_fewer });
            let rise = self.push(Op::MulPublic { a: bit, constant: half });
            found.register = self.push(Op::Add { a: found.register, b: rise });
            found.high += i128::from(half);
        }
        found.error = error;
        Ok(found)
    }
}

/// Bits that a sum of so many elements may have more than one of them.
fn length_bits(length: u32) -> u32 {
    u32::BITS - length.saturating_sub(1).leading_zeros()
}
