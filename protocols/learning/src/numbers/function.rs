//! Quotients, roots, exponentials and logarithms, in formats that the ranges call for.

use super::{Extreme, Number, Sheet, Truth, bits, bits_of, scale};
use crate::{Error, Unfit};
use troupe_mpc::Fixed;
use troupe_mpc::program::Op;

/// Bits of an operand that the circuits are precise with.
const OPERAND: u32 = 30;
/// Bits of an operand that circuits with a mantissa take at all.
const WIDE: u32 = 54;
/// Bits behind the point of logarithms.
const LOGARITHM: u8 = 20;
/// Bits of a result, as far as its range leaves them behind the point.
const RESULT: u32 = 30;
const FINEST: u32 = 24;

impl Sheet {
    /// `x / y`, where `y` is known to be nowhere within `least` of zero.
    pub(crate) fn over(
        &mut self,
        x: Number,
        y: Number,
        least: f64,
        most: f64,
    ) -> Result<Number, Error> {
        let (x, y) = (self.operand(x)?, self.operand(y)?);
        if y.low <= 0 && y.high >= 0 {
            return Err(Error::Unfit(Unfit::Wide { name: "/".to_owned() }));
        }
        let length = x.length.max(y.length);
        let (x, y) = (self.spread(x, length), self.spread(y, length));
        let to = format(most);
        let formats = (fixed(x.fraction)?, fixed(y.fraction)?);
        let register = self.draft.divide(x.register, y.register, formats, fixed(to)?);
        let precision = 59u32.saturating_sub(x.width()).clamp(8, 26);
        let near = most / scale_down(precision) + x.unit() / least;
        let error = (x.error + most * y.error) / (least - y.error).max(0.0) + near;
        Ok(self.result(register, length, to, error))
    }

    /// The square root of what is not below zero.
    pub(crate) fn root(&mut self, x: Number, (low, high): (f64, f64)) -> Result<Number, Error> {
        let x = self.operand(x)?;
        let x = if x.low < 0 {
            // Rounding may have taken a zero below itself.
            let register = self.draft.relu(x.register);
            Number { register, low: 0, ..x }
        } else {
            x
        };
        let to = format(high.sqrt());
        let register = self.draft.sqrt(x.register, fixed(x.fraction)?, fixed(to)?);
        let moved = if low > 0.0 { x.error / low.sqrt() } else { x.error.sqrt() };
        let error = moved.min(x.error.sqrt()) + high.sqrt() / scale_down(20);
        Ok(self.result(register, x.length, to, error))
    }

    pub(crate) fn exponential(&mut self, x: Number, most: f64) -> Result<Number, Error> {
        let x = self.operand(x)?;
        let to = format(most);
        let register = self.draft.exp(x.register, fixed(x.fraction)?, fixed(to)?);
        let error = most * (x.error.exp_m1() + 1.0 / scale_down(20));
        Ok(self.result(register, x.length, to, error))
    }

    /// The natural logarithm of what is at least `least`, which is above zero.
    pub(crate) fn logarithm(&mut self, x: Number, least: f64) -> Result<Number, Error> {
        let x = self.operand(x)?;
        if x.low <= 0 {
            return Err(Error::Unfit(Unfit::Wide { name: "log".to_owned() }));
        }
        let to = LOGARITHM;
        let register = self.draft.ln(x.register, fixed(x.fraction)?, fixed(to)?);
        let error = x.error / (least - x.error).max(0.0) + 1.0 / scale_down(21);
        Ok(self.result(register, x.length, to, error))
    }

    /// Of two columns' moment and the moments of each, the first over the root of the others' product: by
    /// logarithms, because nobody knows how small these are. Zero where a column is all but one value.
    pub(crate) fn correlation(&mut self, both: Number, own: [Number; 2]) -> Result<Number, Error> {
        let both = self.wide(both)?;
        let size = self.draft.abs(both.register);
        let size = Number { register: size, low: 0, ..both };
        let mut part = self.size_logarithm(size)?;
        let mut are_spread: Option<Truth> = None;
        for moment in own {
            let moment = self.wide(moment)?;
            // What is in the moment of a column of one value.
            #[expect(clippy::cast_possible_truncation, reason = "at most 2^61")]
            let noise = (2.0 * moment.error / moment.unit()).ceil().min(scale(61)) as i64;
            let above = self.push(Op::AddPublic { a: moment.register, constant: -noise - 1 });
            let above = self.known(above, moment.fraction);
            let is_small = self.is_negative(above);
            let is_spread = self.not(is_small);
            are_spread = Some(match are_spread {
                None => is_spread,
                Some(others) => self.and(others, is_spread),
            });
            let half = self.size_logarithm(moment)?;
            let half = self.times_public(half, 0.5)?;
            part = self.minus(part, half)?;
        }
        let part = self.power(part, 1.0)?;
        let is_negative = self.is_negative(both);
        let turned = self.negated(part);
        let signed = self.choose(is_negative, turned, part)?;
        let signed = are_spread.map_or(signed, |are_spread| self.keep(are_spread, signed));
        Ok(Number { error: f64::INFINITY, ..signed })
    }

    /// As wide as circuits with a mantissa take it.
    pub(crate) fn wide(&mut self, x: Number) -> Result<Number, Error> {
        let x = self.settled(x)?;
        let x = self.narrow(x, WIDE)?;
        Ok(self.lowered(x, Fixed::MAX_FRACTION))
    }

    /// The logarithm of what is not below zero; of zero, that of the least number that there is.
    pub(crate) fn size_logarithm(&mut self, x: Number) -> Result<Number, Error> {
        let raised = self.push(Op::AddPublic { a: x.register, constant: 1 });
        let high = self.draft.range(raised).1.max(1);
        let above = self.push(Op::Bound { a: raised, low: 1, high });
        let register = self.draft.ln(above, fixed(x.fraction)?, fixed(LOGARITHM)?);
        Ok(self.known(register, LOGARITHM))
    }

    /// The exponential, and `most` where it is larger.
    pub(crate) fn power(&mut self, x: Number, most: f64) -> Result<Number, Error> {
        let limit = self.fill(most.ln(), x.length);
        let x = self.extreme(x, limit, Extreme::Least)?;
        let x = self.operand(x)?;
        #[expect(clippy::cast_possible_truncation, reason = "a logarithm")]
        let high = (most.ln() * scale(x.fraction)).ceil() as i64;
        let low = self.draft.range(x.register).0.min(high);
        let register = self.push(Op::Bound { a: x.register, low, high });
        let to = format(most);
        let register = self.draft.exp(register, fixed(x.fraction)?, fixed(to)?);
        Ok(self.known(register, to))
    }

    /// The same values, with the claim that they lie where typing says: true but for the error, which
    /// is added. Interval arithmetic over shares may have seen less.
    pub(crate) fn within(&mut self, x: Number, (low, high): (f64, f64)) -> Number {
        if !x.error.is_finite() || x.divisor != 1 {
            return x;
        }
        let steps = |value: f64| value / x.unit();
        let fits = |value: f64| value.abs() < (1u64 << 61) as f64;
        let (low, high) = (steps(low - x.error).floor(), steps(high + x.error).ceil());
        if !fits(low) || !fits(high) {
            return x;
        }
        #[expect(clippy::cast_possible_truncation, reason = "whole numbers below 2^61")]
        let (low, high) = (low as i64, high as i64);
        let (least, most) = (x.low.max(low.into()), x.high.min(high.into()));
        if least > most {
            return x;
        }
        let register = self.push(Op::Bound { a: x.register, low, high });
        Number { register, low: least, high: most, ..x }
    }

    /// Without a divisor, and as narrow as the circuits take it.
    fn operand(&mut self, x: Number) -> Result<Number, Error> {
        let x = self.settled(x)?;
        let excess = x.width().saturating_sub(OPERAND).min(x.fraction.into());
        let fraction = x.fraction - u8::try_from(excess).unwrap_or(0);
        Ok(self.lowered(x, fraction.min(Fixed::MAX_FRACTION)))
    }

    /// What a circuit filled, of which the draft knows the range; it adds three units at most.
    fn result(
        &mut self,
        register: troupe_mpc::program::Register,
        length: u32,
        fraction: u8,
        error: f64,
    ) -> Number {
        let (low, high) = self.draft.range(register);
        let error = error + 4.0 / scale(fraction);
        let (low, high) = (low.into(), high.into());
        debug_assert!(bits(low, high) <= 63);
        Number { register, length, fraction, divisor: 1, low, high, error, is_long: false }
    }
}

/// Bits behind the point of results up to `most`.
fn format(most: f64) -> u8 {
    u8::try_from(RESULT.saturating_sub(bits_of(most)).min(FINEST)).unwrap_or(0)
}

fn fixed(fraction: u8) -> Result<Fixed, Error> {
    Ok(Fixed::new(fraction)?)
}

fn scale_down(bits: u32) -> f64 {
    (1u64 << bits) as f64
}
