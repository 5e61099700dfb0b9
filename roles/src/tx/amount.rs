//! Money as people write it.

use alloy_primitives::U256;
use std::fmt;
use std::str::FromStr;

/// The units and how many von each is, as a power of ten.
const UNITS: [(&str, usize); 3] = [("von", 0), ("gvon", 9), ("LAT", 18)];

/// An amount, in von: `1.5 LAT`, `20 gvon`, or a whole number of von.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Amount(pub(crate) U256);

/// Why a text is no amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// Not a number and a unit.
    #[error("wants an amount such as \"1.5 LAT\", \"20 gvon\" or whole von, got {0:?}")]
    Form(String),
    /// Another unit.
    #[error("unknown unit {0:?}, known are von, gvon and LAT")]
    Unit(String),
    /// A part of a von.
    #[error("{0:?} is finer than a von")]
    Fine(String),
    /// More than 256 bits.
    #[error("{0:?} is more than 256 bits of von")]
    Large(String),
}

impl FromStr for Amount {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let form = || Error::Form(text.chars().take(80).collect());
        let text = text.trim();
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let unit = unit.trim();
        let named = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit));
        let places = match named {
            Some((_, places)) => *places,
            None if unit.is_empty() => 0,
            None if number.is_empty() => return Err(form()),
            None => return Err(Error::Unit(unit.chars().take(20).collect())),
        };
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() || part.contains('.') || number.ends_with('.') {
            return Err(form());
        }
        let part = part.trim_end_matches('0');
        if part.len() > places {
            return Err(Error::Fine(text.chars().take(80).collect()));
        }
        let digits = format!("{whole}{part:0<places$}");
        let von = U256::from_str_radix(&digits, 10);
        von.map(Self).map_err(|_| Error::Large(text.chars().take(80).collect()))
    }
}

impl fmt::Display for Amount {
    /// In the unit that shows the least zeros: `21000 gvon`, `1.5 LAT`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let power = |exponent: usize| U256::from(10).pow(U256::from(exponent));
        let (name, places) = match self.0 {
            von if von.is_zero() || von >= power(15) => UNITS[2],
            von if von >= power(9) => UNITS[1],
            _ => UNITS[0],
        };
        write!(f, "{} {name}", decimal(self.0, places))
    }
}

/// `von` divided by a power of ten.
fn decimal(von: U256, places: usize) -> String {
    let digits = format!("{:0>width$}", von.to_string(), width = places + 1);
    let (whole, part) = digits.split_at(digits.len() - places);
    let part = part.trim_end_matches('0');
    if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_read_in_every_unit() {
        let lat = 10u128.pow(18);
        for (text, von) in [
            ("1 LAT", lat),
            ("1.5LAT", lat + lat / 2),
            ("0.000000000000000001 lat", 1),
            ("20 gvon", 20_000_000_000),
            ("1.25 GVON", 1_250_000_000),
            ("7", 7),
            ("7 von", 7),
            ("7.0 von", 7),
            ("1.000000000000000000000 LAT", lat),
        ] {
            assert_eq!(text.parse::<Amount>(), Ok(Amount(U256::from(von))), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_says_why() {
        for (text, want) in [
            ("", "wants an amount"),
            ("LAT", "wants an amount"),
            (".5 LAT", "wants an amount"),
            ("5. LAT", "wants an amount"),
            ("1.2.3 LAT", "wants an amount"),
            ("-1 LAT", "wants an amount"),
            ("1e3 von", "unknown unit \"e3 von\""),
            ("1 ETH", "unknown unit \"ETH\", known are von, gvon and LAT"),
            ("1.5", "is finer than a von"),
            ("0.0000000000000000001 LAT", "is finer than a von"),
            (&format!("1{} LAT", "0".repeat(60)), "is more than 256 bits of von"),
        ] {
            let error = text.parse::<Amount>().unwrap_err().to_string();
            assert!(error.contains(want), "{text}: {error}");
        }
    }

    #[test]
    fn amounts_are_shown_in_a_unit_that_fits() {
        for text in
            ["0 LAT", "1 von", "999999999 von", "1 gvon", "21000.5 gvon", "0.001 LAT", "1.5 LAT"]
        {
            assert_eq!(text.parse::<Amount>().unwrap().to_string(), text);
        }
        assert_eq!(decimal(U256::from(21_000_000_000_000u64), 18), "0.000021");
    }

    proptest! {
        #[test]
        fn amounts_are_read_as_they_are_shown(limbs: [u64; 4], shift in 0usize..256) {
            let amount = Amount(U256::from_limbs(limbs) >> shift);
            prop_assert_eq!(amount.to_string().parse(), Ok(amount));
            let lat = format!("{} LAT", decimal(amount.0, 18));
            prop_assert_eq!(lat.parse(), Ok(amount));
        }

        #[test]
        fn no_text_panics(text in "[0-9.]{0,20} ?\\PC{0,5}") {
            let _ = text.parse::<Amount>();
        }
    }
}
