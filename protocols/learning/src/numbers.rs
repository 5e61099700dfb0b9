//! Fixed-point numbers over a [`Draft`]: formats, ranges and error bounds are kept beside the
//! registers, and bits are cut off only where what follows needs their room.

pub(crate) mod arithmetic;
mod choice;
mod function;
pub(crate) mod long;
mod total;

pub(crate) use choice::Extreme;

use crate::{Error, Unfit};
use troupe_mpc::program::{Column, Draft, Form, NAME, Op, Register, Rows};
use troupe_wire::Text;

/// Bits without the sign that a number may have: one below what a truncation takes.
pub(crate) const WIDTH: u32 = 61;
/// The most bits that one truncation cuts off.
const MAX_SHIFT: u8 = 31;

/// A vector of shares and what is known about its values.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Number {
    pub(crate) register: Register,
    pub(crate) length: u32,
    /// Bits behind the point.
    pub(crate) fraction: u8,
    /// What the number is to be divided by still, by whoever learns it.
    pub(crate) divisor: u64,
    /// The least and the greatest value that the shares can have.
    pub(crate) low: i128,
    pub(crate) high: i128,
    /// How far a value can be from the exact one; infinite where that is not known.
    pub(crate) error: f64,
    /// Of 128 bits: only what [`long`] has takes such numbers.
    pub(crate) is_long: bool,
}

/// A vector of shared bits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Truth {
    pub(crate) register: Register,
    pub(crate) length: u32,
    /// Whether numbers that are not exact were compared, so that a bit can be wrong.
    pub(crate) is_exact: bool,
}

/// A column with values in `low..=high`, to be encoded as finely as `bits` allow.
pub(crate) fn column(
    owner: u8,
    label: &str,
    length: u32,
    (low, high): (f64, f64),
    bits: u32,
) -> Result<Column, Error> {
    let wide = || Error::Unfit(Unfit::Wide { name: label.to_owned() });
    let largest = low.abs().max(high.abs());
    let fraction = (0..=31u8).rev().find(|fraction| largest * scale(*fraction) < scale_of(bits));
    let fraction = fraction.ok_or_else(wide)?;
    Ok(column_at(owner, label, length, (low, high), fraction))
}

/// A column with values in `low..=high` and so many bits behind the point.
pub(crate) fn column_at(
    owner: u8,
    label: &str,
    length: u32,
    (low, high): (f64, f64),
    fraction: u8,
) -> Column {
    let unit = scale(fraction);
    // Owners compute in floating point, and with rounding of their own.
    let slack = low.abs().max(high.abs()) * unit / scale_of(44) + 1.0;
    #[expect(clippy::cast_possible_truncation, reason = "rounded outwards; a program is checked")]
    let (low, high) = ((low * unit - slack).floor() as i64, (high * unit + slack).ceil() as i64);
    let name = Text::<NAME>::cut(label);
    Column { owner, name, length, fraction, low, high, form: Form::Plain }
}

/// `2^bits`.
pub(crate) fn scale(bits: u8) -> f64 {
    scale_of(bits.into())
}

fn scale_of(bits: u32) -> f64 {
    (1u64 << bits.min(63)) as f64
}

/// A draft that columns are still added to: operations are kept until all columns are known.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub(crate) draft: Draft,
}

impl Sheet {
    pub(crate) fn new(owners: Vec<Rows>, columns: Vec<Column>) -> Self {
        Self { draft: Draft::new(owners, columns) }
    }

    /// The values of a column that are in this register, encoded within half a unit, which are exact where they are whole.
    pub(crate) fn input(&self, register: Register, column: &Column, is_whole: bool) -> Number {
        let unit = 1.0 / scale(column.fraction);
        Number {
            register,
            length: self.draft.length(register),
            fraction: column.fraction,
            divisor: 1,
            low: column.low.into(),
            high: column.high.into(),
            error: if is_whole { 0.0 } else { unit / 2.0 },
            is_long: column.form == Form::Wide,
        }
    }

    /// A register of which the draft knows the range; how exact it is, whoever asks knows.
    pub(crate) fn known(&self, register: Register, fraction: u8) -> Number {
        let (low, high) = self.draft.range(register);
        let length = self.draft.length(register);
        let (low, high) = (low.into(), high.into());
        Number { register, length, fraction, divisor: 1, low, high, error: 0.0, is_long: false }
    }

    fn push(&mut self, op: Op) -> Register {
        self.draft.push(op)
    }
}

impl Number {
    /// Bits of the largest magnitude.
    pub(crate) fn width(&self) -> u32 {
        bits(self.low, self.high)
    }

    /// The largest magnitude, as a value.
    pub(crate) fn largest(&self) -> f64 {
        self.low.unsigned_abs().max(self.high.unsigned_abs()) as f64 * self.unit()
    }

    /// The distance between neighbouring values.
    pub(crate) fn unit(&self) -> f64 {
        1.0 / long::scale_of(self.fraction) / self.divisor as f64
    }

    fn is_exact(&self) -> bool {
        self.error == 0.0
    }
}

pub(crate) fn bits(low: i128, high: i128) -> u32 {
    128 - low.unsigned_abs().max(high.unsigned_abs()).leading_zeros()
}

/// Bits before the point of a magnitude; rounded up.
pub(crate) fn bits_of(magnitude: f64) -> u32 {
    (0..=61).find(|bits| magnitude < scale_of(*bits)).unwrap_or(62)
}
