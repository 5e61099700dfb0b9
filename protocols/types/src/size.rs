//! Sizes in bytes, and the parser that sizes and durations share.

use crate::error::{Error, shorten};
use crate::time::unit_error;
use bincode::{Decode, Encode};
use core::{fmt, str::FromStr};

/// A number of bytes: a limit, an amount of memory, the size of a file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
pub struct Bytes(pub u64);

const UNITS: [(&str, u64); 5] =
    [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40)];

impl Bytes {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many times 1,024 bytes.
    #[must_use]
    pub const fn kib(count: u64) -> Self {
        Self(count.saturating_mul(1 << 10))
    }

    /// So many times 1,048,576 bytes.
    #[must_use]
    pub const fn mib(count: u64) -> Self {
        Self(count.saturating_mul(1 << 20))
    }

    /// The size of something in memory.
    #[must_use]
    pub fn of(length: usize) -> Self {
        Self(u64::try_from(length).unwrap_or(u64::MAX))
    }

    /// As a length; the largest one where it does not fit.
    #[must_use]
    pub fn as_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Bytes {
    /// The largest unit that divides the size: `64KiB`, `1500B`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, unit) = UNITS
            .into_iter()
            .rev()
            .find(|(_, unit)| self.0 != 0 && self.0.is_multiple_of(*unit))
            .unwrap_or(UNITS[0]);
        write!(f, "{}{name}", self.0 / unit)
    }
}

impl FromStr for Bytes {
    type Err = Error;

    /// A decimal number and a unit: `512B`, `64KiB`, `4GiB`, `1.5MiB`.
    fn from_str(text: &str) -> Result<Self, Error> {
        scaled(text, "size", "B, KiB, MiB, GiB, TiB", &UNITS).map(Self)
    }
}

/// Parses `<decimal><unit>` into base units, without floating point; what is left of a larger unit is
/// rounded down.
pub(crate) fn scaled(
    text: &str,
    what: &'static str,
    names: &'static str,
    units: &[(&str, u64)],
) -> Result<u64, Error> {
    let wrong = || unit_error(what, names, text);
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
    let (number, name) = text.split_at(split);
    let unit = units.iter().find(|(known, _)| *known == name).ok_or_else(wrong)?.1;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if whole.is_empty() || fraction.is_empty() || fraction.len() > 9 || fraction.contains('.') {
        return Err(wrong());
    }
    let too_large = || Error::TooLarge { what, got: shorten(text) };
    let whole: u64 = whole.parse().map_err(|_| too_large())?;
    let digits = u32::try_from(fraction.len()).map_err(|_| wrong())?;
    let fraction: u64 = fraction.parse().map_err(|_| wrong())?;
    let part = u128::from(fraction) * u128::from(unit) / 10u128.pow(digits);
    let total = u128::from(whole) * u128::from(unit) + part;
    let is_zero = whole == 0 && fraction == 0;
    if (unit == 1 && fraction != 0) || (total == 0 && !is_zero) {
        return Err(Error::TooFine { what, units: names, got: shorten(text) });
    }
    if total >= 1 << 63 {
        return Err(too_large());
    }
    u64::try_from(total).map_err(|_| too_large())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn text_form_round_trips(size in 0u64..1 << 60) {
            prop_assert_eq!(Bytes(size).to_string().parse(), Ok(Bytes(size)));
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = text.parse::<Bytes>();
        }
    }

    #[test]
    fn an_unknown_unit_names_the_known_ones() {
        let error = "4GB".parse::<Bytes>().unwrap_err().to_string();
        assert_eq!(error, "size wants a number and one of B, KiB, MiB, GiB, TiB, got `4GB`");
    }
}
