//! Numbers of 128 bits, for what would outgrow others: totals, and products of what has many bits.

use super::arithmetic::{factor, product, product_error};
use super::{Number, Sheet, WIDTH, bits, scale};
use crate::{Error, Unfit};
use troupe_mpc::program::{Column, Op};

/// Bits without the sign that such a number may have.
pub(crate) const LONG: u32 = 124;
/// The most bits that one truncation of them cuts off.
const MAX_CUT: u8 = 62;
/// Significant bits of a public factor.
const FACTOR: u32 = 40;
/// Bits of the lower half of a number that its owner shares in two.
const HALF: u32 = 60;

/// An integer as an owner shares it where it has up to 121 bits: its higher and its lower half, both of the same sign.
/// What an owner knows has 53 significant bits, and so has each half.
pub(crate) fn halves(value: f64, fraction: u8) -> [f64; 2] {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "ranges are checked where halves are encoded"
    )]
    let whole = (value * scale(fraction)).round_ties_even() as i128;
    let half = 1i128 << HALF;
    [(whole / half) as f64, (whole % half) as f64]
}

/// The column of halves of a number of at most this magnitude.
pub(crate) fn in_halves(column: Column, largest: f64, fraction: u8) -> Column {
    let high = highest(largest, fraction).max(1 << HALF);
    Column { length: 2, fraction: 0, low: -high, high, ..column }
}

/// The largest magnitude of a higher half.
fn highest(largest: f64, fraction: u8) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "below 2^61, as formats are chosen")]
    let high = (largest * scale(fraction) / scale(60)).ceil() as i64;
    high.saturating_add(1)
}

impl Sheet {
    /// A number that comes in halves.
    pub(crate) fn joined_halves(&mut self, index: usize, largest: f64, fraction: u8) -> Number {
        let both = self.draft.values(index);
        let (high, low) = (self.draft.slice(both, 0, 1), self.draft.slice(both, 1, 1));
        let most = highest(largest, fraction);
        let high = self.push(Op::Bound { a: high, low: -most, high: most });
        let end = (1i64 << HALF) - 1;
        let low = self.push(Op::Bound { a: low, low: -end, high: end });
        let high = self.push(Op::MulPublic { a: high, constant: 1 << HALF });
        let register = self.push(Op::Add { a: high, b: low });
        let (low, high) = self.draft.wide_range(register);
        let error = 0.5 / scale(fraction);
        let (length, divisor) = (1, 1);
        Number { register, length, fraction, divisor, low, high, error, is_long: true }
    }

    /// The same number, long.
    fn lengthened(&mut self, x: Number) -> Number {
        if x.is_long {
            return x;
        }
        Number { register: self.push(Op::Widen { a: x.register }), is_long: true, ..x }
    }

    fn cut_long(&mut self, x: Number, shift: u8) -> Number {
        let mut x = x;
        let mut left = shift;
        while left > 0 {
            let shift = left.min(MAX_CUT);
            left -= shift;
            let fraction = x.fraction - shift;
            x = Number {
                register: self.push(Op::Trunc { a: x.register, shift }),
                fraction,
                low: x.low >> shift,
                high: (x.high >> shift) + 1,
                error: x.error + 1.0 / scale_of(fraction) / x.divisor as f64,
                ..x
            };
        }
        x
    }

    /// A long number times a whole one; what the values become is said by `meaning`.
    fn multiplied_long(
        &mut self,
        x: Number,
        by: i64,
        meaning: impl FnOnce(&mut Number),
    ) -> Result<Number, Error> {
        if x.width() + bits(by.into(), by.into()) > LONG {
            return Err(Error::Unfit(Unfit::Overflow));
        }
        let ends = [x.low * i128::from(by), x.high * i128::from(by)];
        let mut product = Number {
            register: self.push(Op::MulPublic { a: x.register, constant: by }),
            low: ends[0].min(ends[1]),
            high: ends[0].max(ends[1]),
            ..x
        };
        meaning(&mut product);
        Ok(product)
    }

    /// `x * by`, for a whole number.
    pub(crate) fn times_whole(&mut self, x: Number, by: i64) -> Result<Number, Error> {
        let x = self.lengthened(x);
        let error = x.error * by.unsigned_abs() as f64;
        self.multiplied_long(x, by, |product| product.error = error)
    }

    /// The same values with so many bits behind the point.
    fn brought_to(&mut self, x: Number, fraction: u8) -> Result<Number, Error> {
        match fraction.checked_sub(x.fraction) {
            None => Ok(self.cut_long(x, x.fraction - fraction)),
            Some(0) => Ok(x),
            Some(more) => self.multiplied_long(x, 1i64 << more.min(62), |x| x.fraction = fraction),
        }
    }

    /// `x + y`, where both have one divisor.
    pub(crate) fn plus_long(&mut self, x: Number, y: Number) -> Result<Number, Error> {
        let (x, y) = (self.lengthened(x), self.lengthened(y));
        let (coarse, fine) = if x.fraction <= y.fraction { (x, y) } else { (y, x) };
        let more = fine.fraction - coarse.fraction;
        let has_room = coarse.width() + u32::from(more) < LONG && more <= MAX_CUT;
        let fraction = if has_room { fine.fraction } else { coarse.fraction };
        let (x, y) = (self.brought_to(x, fraction)?, self.brought_to(y, fraction)?);
        let (long, short) = if x.length >= y.length { (x, y) } else { (y, x) };
        let (low, high) = (x.low + y.low, x.high + y.high);
        if bits(low, high) > LONG {
            return Err(Error::Unfit(Unfit::Overflow));
        }
        let register = self.push(Op::Add { a: long.register, b: short.register });
        Ok(Number { register, low, high, error: x.error + y.error, ..long })
    }

    /// The sum of all products of long numbers, or of all elements of one.
    pub(crate) fn total_long(&mut self, x: Number, y: Option<Number>) -> Result<Number, Error> {
        let y = y.map(|y| self.lengthened(y));
        let x = self.lengthened(x);
        let count = i128::from(x.length);
        let (a, block) = (x.register, u32::MAX);
        let too_wide = |width: u32| width + bits(count, count) > LONG + 1;
        let width = x.width() + y.as_ref().map_or(0, Number::width);
        if too_wide(width) || y.is_some_and(|y| y.length != x.length || y.divisor != 1) {
            return Err(Error::Unfit(Unfit::Overflow));
        }
        let (low, high) = y.as_ref().map_or((x.low, x.high), |y| product(&x, y));
        let error = y.as_ref().map_or(x.error, |y| product_error(&x, y)) * f64::from(x.length);
        let register = match &y {
            Some(y) => self.push(Op::Dot { a, b: y.register, block, shift: 0 }),
            None => self.push(Op::Sum { a }),
        };
        let (low, high) = ((low * count).min(low), (high * count).max(high));
        let fraction = x.fraction + y.as_ref().map_or(0, |y| y.fraction);
        Ok(Number { register, length: 1, fraction, low, high, error, ..x })
    }

    /// `x * y` of two numbers.
    pub(crate) fn times_long(&mut self, x: Number, y: Number) -> Result<Number, Error> {
        self.total_long(x, Some(y))
    }

    /// The same values as other numbers, without a divisor.
    pub(crate) fn shortened(&mut self, x: Number) -> Result<Number, Error> {
        if !x.is_long {
            return Ok(x);
        }
        let mut x = x;
        if x.divisor > 1 {
            let constant = 1.0 / x.divisor as f64;
            // Bits behind the point make room for those of the factor.
            let excess = (x.width() + FACTOR + 2).saturating_sub(LONG);
            x = self.cut_long(x, u8::try_from(excess).unwrap_or(u8::MAX).min(x.fraction));
            let room = (LONG - 1).saturating_sub(x.width()).clamp(1, FACTOR);
            let (by, shift) = factor(constant, room);
            let plain = Number { divisor: 1, error: x.error * x.divisor as f64, ..x };
            let (largest, error) = (plain.largest(), plain.error);
            x = self.multiplied_long(plain, by, |product| {
                product.fraction += shift;
                let off = (constant - by as f64 / scale(shift)).abs();
                product.error = error * constant + (largest + error) * off;
            })?;
        }
        while x.width() > WIDTH || x.fraction > 62 {
            let excess = x.width().saturating_sub(WIDTH);
            let excess = u8::try_from(excess).unwrap_or(u8::MAX).max(x.fraction.saturating_sub(62));
            let shift = excess.min(x.fraction);
            if shift == 0 {
                return Err(Error::Unfit(Unfit::Overflow));
            }
            x = self.cut_long(x, shift);
        }
        Ok(Number { register: self.push(Op::Narrow { a: x.register }), is_long: false, ..x })
    }

    /// A long number divided by `2^by`, in its own format, and how far that can be off.
    pub(crate) fn shifted(&mut self, x: Number, by: u8) -> (Number, f64) {
        let fraction = x.fraction;
        let x = self.cut_long(Self::scaled_down(x, by), by);
        (Number { error: x.error, ..x }, 1.0 / scale_of(fraction))
    }

    /// A long number by a whole one: whoever learns it divides.
    pub(crate) fn divided(x: Number, constant: f64) -> Option<Number> {
        let is_whole = constant.fract() == 0.0 && (1.0..=(1u64 << 40) as f64).contains(&constant);
        if !x.is_long || !is_whole {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 2^40")]
        let divisor = x.divisor.checked_mul(constant as u64).filter(|all| *all < 1 << 50)?;
        Some(Number { divisor, error: x.error / constant, ..x })
    }

    /// The same as if every value were divided by `2^by`.
    pub(crate) fn scaled_down(x: Number, by: u8) -> Number {
        let error = x.error / scale(by);
        Number { fraction: x.fraction.saturating_add(by), error, ..x }
    }
}

/// Bits before the point of a magnitude, however large; rounded up.
pub(crate) fn bits_of_large(magnitude: f64) -> u32 {
    (0..=u8::MAX).find(|bits| magnitude < scale_of(*bits)).map_or(256, u32::from)
}

/// `2^bits`, however many.
pub(super) fn scale_of(bits: u8) -> f64 {
    2f64.powi(bits.into())
}
