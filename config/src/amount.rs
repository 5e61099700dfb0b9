//! Amounts of money as people write them.

use crate::error::Problem;
use crate::setting::{Unit, wrong_type};
use crate::value::Value;
use core::fmt;
use core::str::FromStr;

/// So many von; 1 LAT is 10^18 of them. All that there is stays below 2^128.
///
/// ```
/// use troupe_config::Amount;
/// let amount: Amount = "1.5 LAT".parse().unwrap();
/// assert_eq!(amount, Amount(1_500_000_000_000_000_000));
/// assert_eq!(amount.to_string(), "1.5 LAT");
/// assert_eq!("21000 gvon".parse(), Ok(Amount(21_000_000_000_000)));
/// assert_eq!("7".parse(), Ok(Amount(7)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount(pub u128);

/// A text that is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoAmount {
    /// It is no number with one of the units.
    #[error("wants {}", <Amount as Unit>::WANT)]
    Form,
    /// It has a fraction of a von.
    #[error("is finer than 1 von")]
    TooFine,
    /// More than there can be.
    #[error("is not below 2^128 von")]
    TooLarge,
}

/// Units from the largest on, and the digits that follow the point in each.
const UNITS: [(&str, u32); 3] = [("LAT", 18), ("gvon", 9), ("von", 0)];

impl Amount {
    /// So many LAT.
    #[must_use]
    pub const fn lat(count: u64) -> Self {
        Self(count as u128 * 10u128.pow(18))
    }

    /// The sum; `None` where it is not below 2^128 von.
    #[must_use]
    pub const fn plus(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }
}

impl fmt::Display for Amount {
    /// Exactly, in the largest unit of which there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = UNITS.into_iter().find(|(_, digits)| self.0 >= 10u128.pow(*digits));
        let (name, digits) = unit.unwrap_or(UNITS[UNITS.len() - 1]);
        let one = 10u128.pow(digits);
        let (whole, rest) = (self.0 / one, self.0 % one);
        if rest == 0 {
            return write!(f, "{whole} {name}");
        }
        let width = usize::try_from(digits).unwrap_or_default();
        let fraction = format!("{rest:0width$}");
        write!(f, "{whole}.{} {name}", fraction.trim_end_matches('0'))
    }
}

impl FromStr for Amount {
    type Err = NoAmount;

    /// A decimal number and `LAT`, `gvon` or `von`; a whole number alone is von.
    fn from_str(text: &str) -> Result<Self, NoAmount> {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, name) = text.split_at(end);
        let name = name.strip_prefix(' ').unwrap_or(name);
        let digits = match UNITS.iter().find(|(known, _)| *known == name) {
            Some((_, digits)) => *digits,
            None if text.len() == end => 0,
            None => return Err(NoAmount::Form),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        if whole.is_empty() || fraction.is_empty() || fraction.contains('.') {
            return Err(NoAmount::Form);
        }
        let fraction = fraction.trim_end_matches('0');
        let width = usize::try_from(digits).unwrap_or_default();
        if fraction.len() > width {
            return Err(NoAmount::TooFine);
        }
        let whole: u128 = whole.parse().map_err(|_| NoAmount::TooLarge)?;
        let part: u128 = format!("0{fraction:0<width$}").parse().map_err(|_| NoAmount::Form)?;
        let total = whole.checked_mul(10u128.pow(digits)).and_then(|von| von.checked_add(part));
        total.map(Self).ok_or(NoAmount::TooLarge)
    }
}

impl Unit for Amount {
    const WANT: &'static str = "an amount such as \"1.5 LAT\", \"1 gvon\" or \"7 von\"";

    fn read(value: &Value) -> Result<Self, Problem> {
        let wrong = || wrong_type(Self::WANT, value);
        match value {
            Value::Whole(von) => u128::try_from(*von).map(Self).map_err(|_| wrong()),
            Value::Text(text) => text.parse().map_err(|error| match error {
                NoAmount::Form => wrong(),
                NoAmount::TooFine | NoAmount::TooLarge => {
                    Problem::Conflict(format!("{} {error}", value.shown()))
                }
            }),
            Value::Decimal(_) | Value::Truth(_) | Value::List(_) | Value::Table(_) => Err(wrong()),
        }
    }

    fn write(&self) -> Value {
        Value::Text(self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_read_exactly() {
        let lat = Amount::lat(1).0;
        for (text, want) in [
            ("0", 0),
            ("1000000 LAT", 1_000_000 * lat),
            ("1LAT", lat),
            ("0.000000000000000001 LAT", 1),
            ("1.10 gvon", 1_100_000_000),
            ("340282366920938463463374607431768211455 von", u128::MAX),
        ] {
            assert_eq!(text.parse(), Ok(Amount(want)), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for (text, want) in [
            ("", NoAmount::Form),
            ("LAT", NoAmount::Form),
            ("1 ETH", NoAmount::Form),
            ("1  LAT", NoAmount::Form),
            ("-1 LAT", NoAmount::Form),
            ("1. LAT", NoAmount::Form),
            (".5 LAT", NoAmount::Form),
            ("1.2.3 LAT", NoAmount::Form),
            ("0.0000000000000000001 LAT", NoAmount::TooFine),
            ("0.5", NoAmount::TooFine),
            ("340282366920938463463374607431768211456", NoAmount::TooLarge),
            ("340282366920938463464 LAT", NoAmount::TooLarge),
            (&"9".repeat(200), NoAmount::TooLarge),
        ] {
            assert_eq!(text.parse::<Amount>(), Err(want), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(von in any::<u128>(), shift in 0u32..128) {
            let amount = Amount(von >> shift);
            prop_assert_eq!(amount.to_string().parse(), Ok(amount));
        }

        #[test]
        fn no_text_panics(text in "[0-9. ]{0,50}( ?(LAT|gvon|von))?") {
            let _ = text.parse::<Amount>();
        }
    }
}
