//! Time as durations and as instants, in milliseconds.

use crate::error::{Error, shorten};
use bincode::{Decode, Encode};
use core::{fmt, str::FromStr, time::Duration};

/// A span of time, or an instant of a process's own monotonic clock, in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
pub struct Millis(pub u64);

/// Milliseconds since 1970-01-01T00:00:00Z, without leap seconds; for records, never for time-outs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
pub struct UnixMillis(pub u64);

const UNITS: [(&str, u64); 5] =
    [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

impl Millis {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// The far future: a deadline that never comes.
    pub const MAX: Self = Self(u64::MAX);

    /// So many whole seconds.
    #[must_use]
    pub const fn secs(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1_000))
    }

    /// The sum, or [`Millis::MAX`].
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// What is left until `self` at instant `now`; zero when it has passed.
    #[must_use]
    pub const fn since(self, now: Self) -> Self {
        Self(self.0.saturating_sub(now.0))
    }

    /// The smaller of two.
    #[must_use]
    pub const fn at_most(self, other: Self) -> Self {
        if self.0 < other.0 { self } else { other }
    }
}

impl From<Millis> for Duration {
    fn from(span: Millis) -> Self {
        Self::from_millis(span.0)
    }
}

impl From<Duration> for Millis {
    fn from(span: Duration) -> Self {
        Self(u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
    }
}

impl fmt::Debug for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Millis {
    /// The largest unit that divides the span: `8s`, `1500ms`, `0ms`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, unit) = UNITS
            .into_iter()
            .rev()
            .find(|(_, unit)| self.0 != 0 && self.0.is_multiple_of(*unit))
            .unwrap_or(UNITS[0]);
        write!(f, "{}{name}", self.0 / unit)
    }
}

impl FromStr for Millis {
    type Err = Error;

    /// A decimal number and a unit: `250ms`, `8s`, `1.5s`, `10m`, `2h`, `1d`.
    fn from_str(text: &str) -> Result<Self, Error> {
        crate::size::scaled(text, "duration", "ms, s, m, h, d", &UNITS).map(Self)
    }
}

impl fmt::Display for UnixMillis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// Used by the parser's error.
pub(crate) fn unit_error(what: &'static str, units: &'static str, text: &str) -> Error {
    Error::Unit { what, units, got: shorten(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn text_form_round_trips(span in 0u64..1 << 50) {
            prop_assert_eq!(Millis(span).to_string().parse(), Ok(Millis(span)));
        }

        #[test]
        fn what_is_left_never_wraps(a in any::<u64>(), b in any::<u64>()) {
            prop_assert!(Millis(a).since(Millis(b)).0 <= a);
            prop_assert!(Millis(a).plus(Millis(b)) >= Millis(a));
        }
    }

    #[test]
    fn fractions_and_units_are_understood() {
        for (text, want) in [("8s", 8_000), ("1.5s", 1_500), ("2m", 120_000), ("0ms", 0)] {
            assert_eq!(text.parse(), Ok(Millis(want)), "{text}");
        }
        assert_eq!(
            "0.0001s".parse::<Millis>().unwrap_err().to_string(),
            "duration `0.0001s` is finer than the smallest unit of ms, s, m, h, d"
        );
        for text in ["8", "s", "", "-1s", "8 weeks", "1.2.3s", "99999999999999999999d", "0.5ms"] {
            assert!(text.parse::<Millis>().is_err(), "{text}");
        }
    }
}
