//! Sums, products and what makes room for them.

use super::{MAX_SHIFT, Number, Sheet, WIDTH, bits, scale};
use crate::{Error, Unfit};
use troupe_mpc::program::Op;

/// Significant bits of a public factor.
const FACTOR: u32 = 30;

impl Sheet {
    /// Cuts bits off until at most `width` are left. Two rounds, where any are to be cut.
    pub(crate) fn narrow(&mut self, x: Number, width: u32) -> Result<Number, Error> {
        let mut x = x;
        // A truncated range may be one larger than the bits say, and cost one more bit.
        while x.width() > width {
            let excess = u8::try_from(x.width() - width).unwrap_or(MAX_SHIFT);
            let shift = excess.min(MAX_SHIFT).min(x.fraction);
            if shift == 0 {
                return Err(Error::Unfit(Unfit::Overflow));
            }
            x = self.cut(x, shift);
        }
        Ok(x)
    }

    /// Cuts off so many bits, at most as many as stand behind the point.
    fn cut(&mut self, x: Number, shift: u8) -> Number {
        let fraction = x.fraction - shift;
        let unit = 1.0 / scale(fraction) / x.divisor as f64;
        Number {
            register: self.push(Op::Trunc { a: x.register, shift }),
            fraction,
            low: x.low >> shift,
            high: (x.high >> shift) + 1,
            error: x.error + unit,
            ..x
        }
    }

    /// The same values with more bits behind the point. Free.
    fn raise(&mut self, x: Number, fraction: u8) -> Number {
        let more = fraction.saturating_sub(x.fraction);
        if more == 0 {
            return x;
        }
        self.multiplied(x, 1i64 << more, |number| number.fraction = fraction)
    }

    /// Multiplies the shares; what the values become is said by `meaning`.
    fn multiplied(&mut self, x: Number, by: i64, meaning: impl FnOnce(&mut Number)) -> Number {
        let ends = [x.low * i128::from(by), x.high * i128::from(by)];
        let mut product = Number {
            register: self.push(Op::MulPublic { a: x.register, constant: by }),
            low: ends[0].min(ends[1]),
            high: ends[0].max(ends[1]),
            ..x
        };
        meaning(&mut product);
        product
    }

    /// One format and one divisor for both, so that at most `WIDTH` bits are taken.
    pub(crate) fn aligned(&mut self, x: Number, y: Number) -> Result<(Number, Number), Error> {
        let is_one = x.divisor == y.divisor;
        let (x, y) = if is_one { (x, y) } else { (self.settled(x)?, self.settled(y)?) };
        // A sum of two may be as wide as a number may be, and no wider.
        let (x, y) = (self.narrow(x, WIDTH)?, self.narrow(y, WIDTH)?);
        let room = |number: &Number| u32::from(number.fraction) + WIDTH - number.width();
        let fraction = u32::from(x.fraction.max(y.fraction)).min(room(&x)).min(room(&y));
        let fraction = u8::try_from(fraction).unwrap_or(0);
        let mut both = [x, y];
        for number in &mut both {
            *number = self.lowered(*number, fraction);
            *number = self.raise(*number, fraction);
        }
        Ok((both[0], both[1]))
    }

    /// The same values with at most so many bits behind the point.
    pub(crate) fn lowered(&mut self, x: Number, fraction: u8) -> Number {
        let mut x = x;
        while x.fraction > fraction {
            x = self.cut(x, (x.fraction - fraction).min(MAX_SHIFT));
        }
        x
    }

    /// `x + y` or, with `is_minus`, `x - y`; one number goes with every row.
    fn joined(&mut self, x: Number, y: Number, sign: Sign) -> Result<Number, Error> {
        let (x, y) = self.aligned(x, y)?;
        let error = x.error + y.error;
        if x.length == 1 && y.length > 1 {
            let turned = match sign {
                Sign::Plus => y,
                Sign::Minus => self.negated(y),
            };
            return self.joined(turned, x, Sign::Plus);
        }
        let (a, b) = (x.register, y.register);
        let (register, low, high) = match sign {
            Sign::Plus => (self.push(Op::Add { a, b }), x.low + y.low, x.high + y.high),
            Sign::Minus => (self.push(Op::Sub { a, b }), x.low - y.high, x.high - y.low),
        };
        Ok(Number { register, low, high, error, ..x })
    }

    pub(crate) fn plus(&mut self, x: Number, y: Number) -> Result<Number, Error> {
        self.joined(x, y, Sign::Plus)
    }

    pub(crate) fn minus(&mut self, x: Number, y: Number) -> Result<Number, Error> {
        self.joined(x, y, Sign::Minus)
    }

    pub(crate) fn negated(&mut self, x: Number) -> Number {
        self.multiplied(x, -1, |_| ())
    }

    /// `x + constant`. Free.
    pub(crate) fn plus_public(&mut self, x: Number, constant: f64) -> Result<Number, Error> {
        let unit = x.unit();
        let steps = (constant / unit).round_ties_even();
        let mut x = x;
        if steps.abs() >= (1u64 << WIDTH) as f64 {
            x = self.narrow(x, WIDTH / 2)?;
            return if x.unit() > unit {
                self.plus_public(x, constant)
            } else {
                Err(Error::Unfit(Unfit::Overflow))
            };
        }
        let x = self.narrow(x, WIDTH)?;
        #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^61")]
        let constant_steps = (constant / x.unit()).round_ties_even() as i64;
        let moved = i128::from(constant_steps);
        Ok(Number {
            register: self.push(Op::AddPublic { a: x.register, constant: constant_steps }),
            low: x.low + moved,
            high: x.high + moved,
            error: x.error + (constant - constant_steps as f64 * x.unit()).abs(),
            ..x
        })
    }

    /// `x * constant`, of 30 significant bits where the range of `x` leaves room for them.
    pub(crate) fn times_public(&mut self, x: Number, constant: f64) -> Result<Number, Error> {
        // Fewer bits where whole parts are so long that a few behind the point would be lost too.
        let whole = x.width().saturating_sub(x.fraction.into());
        let room = WIDTH.saturating_sub(whole + 4).clamp(1, FACTOR);
        let (factor, shift) = factor(constant, room);
        let size = bits(factor.into(), factor.into());
        let mut x = self.narrow(x, WIDTH - size)?;
        // Sixty-two bits may stand behind the point of a result.
        x = self.lowered(x, 62 - shift);
        let (largest, error) = (x.largest(), x.error);
        Ok(self.multiplied(x, factor, |product| {
            product.fraction += shift;
            let off = (constant - factor as f64 / scale(shift)).abs();
            product.error = error * constant.abs() + (largest + error) * off;
        }))
    }

    /// `x / constant`; a whole constant is left to whoever learns the result.
    pub(crate) fn over_public(&mut self, x: Number, constant: f64) -> Result<Number, Error> {
        let is_whole = constant.fract() == 0.0 && (1.0..=(1u64 << 40) as f64).contains(&constant);
        if is_whole {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "at most 2^40"
            )]
            let whole = constant as u64;
            if let Some(divisor) = x.divisor.checked_mul(whole).filter(|all| *all < 1 << 50) {
                return Ok(Number { divisor, error: x.error / constant, ..x });
            }
        }
        self.times_public(x, 1.0 / constant)
    }

    /// The same value without a divisor.
    pub(crate) fn settled(&mut self, x: Number) -> Result<Number, Error> {
        if x.divisor == 1 {
            return Ok(x);
        }
        let divisor = x.divisor as f64;
        let plain = Number { divisor: 1, error: x.error * divisor, ..x };
        self.times_public(plain, 1.0 / divisor)
    }

    /// Both as narrow as a product of `room` bits needs.
    pub(super) fn factors(
        &mut self,
        x: Number,
        y: Number,
        room: u32,
    ) -> Result<(Number, Number), Error> {
        let x = self.settled(x)?;
        if x.register == y.register {
            let x = self.narrow(x, room / 2)?;
            return Ok((x, x));
        }
        let y = self.settled(y)?;
        // The wider one makes room; where both are wide, both.
        let half = room / 2;
        let (for_x, for_y) = (room - y.width().min(half), room - x.width().min(half));
        Ok((self.narrow(x, for_x.max(half))?, self.narrow(y, for_y.max(half))?))
    }

    /// `x * y`, row by row. One round, and two more where an operand has to make room.
    pub(crate) fn times(&mut self, x: Number, y: Number) -> Result<Number, Error> {
        let (x, y) = self.factors(x, y, WIDTH)?;
        let length = x.length.max(y.length);
        let (x, y) = (self.spread(x, length), self.spread(y, length));
        let (low, high) = product(&x, &y);
        Ok(Number {
            register: self.push(Op::Mul { a: x.register, b: y.register, shift: 0 }),
            fraction: x.fraction + y.fraction,
            low,
            high,
            error: product_error(&x, &y),
            ..x
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Plus,
    Minus,
}

/// The range of a product, as the program's own check sees it.
pub(super) fn product(x: &Number, y: &Number) -> (i128, i128) {
    let ends = [x.low * y.low, x.low * y.high, x.high * y.low, x.high * y.high];
    let low = ends.into_iter().min().unwrap_or(0);
    let high = ends.into_iter().max().unwrap_or(0);
    (if x.register == y.register { low.max(0) } else { low }, high)
}

pub(super) fn product_error(x: &Number, y: &Number) -> f64 {
    x.error * y.largest() + y.error * x.largest() + x.error * y.error
}

/// A public factor as `factor / 2^shift`, of at most so many significant bits.
pub(crate) fn factor(constant: f64, bits: u32) -> (i64, u8) {
    let limit = (1u64 << bits) as f64;
    let mut shift = 0u8;
    let mut scaled = constant;
    while scaled.fract() != 0.0 && shift < 60 && (scaled * 2.0).abs() < limit {
        scaled *= 2.0;
        shift += 1;
    }
    #[expect(clippy::cast_possible_truncation, reason = "ranges keep constants below 2^60")]
    let factor = scaled.round_ties_even() as i64;
    (factor, shift)
}
