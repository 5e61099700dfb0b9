//! A setting is declared once: key, default, range and why it exists.

use crate::error::Problem;
use crate::nearest::hint;
use crate::value::Value;
use core::fmt::Display;
use std::borrow::Cow;
use std::net::SocketAddr;
use troupe_types::{Bytes, Millis};

/// A type that a manifest can hold in one value.
pub trait Unit: Clone + PartialEq + PartialOrd + Display {
    /// What to write, with an example; it follows "wants".
    const WANT: &'static str;

    /// Reads a value of the document.
    fn read(value: &Value) -> Result<Self, Problem>;

    /// All values, where there is a closed list of them.
    #[must_use]
    fn words() -> Vec<&'static str> {
        Vec::new()
    }

    /// The value as a document holds it.
    fn write(&self) -> Value;
}

/// One of a closed list of words.
pub trait Choice: Copy + PartialEq + 'static {
    /// What to write, with an example; it follows "wants".
    const WANT: &'static str;
    /// The words and what they mean; no value twice.
    const ALL: &'static [(&'static str, Self)];

    /// The word for this value.
    fn word(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, value)| *value == self);
        found.map_or("", |(word, _)| word)
    }

    /// The value for a word; the error names the nearest.
    fn of(word: &str) -> Result<Self, Problem> {
        let found = Self::ALL.iter().find(|(known, _)| *known == word);
        found.map(|(_, value)| *value).ok_or_else(|| Problem::UnknownName {
            what: "value",
            got: Value::Text(word.to_owned()).shown(),
            hint: hint(word, Self::ALL.iter().map(|(known, _)| *known)),
        })
    }
}

/// A setting that has a default.
#[derive(Debug, Clone, Copy)]
pub struct Setting<T: 'static> {
    /// Its key within its table.
    pub key: &'static str,
    /// What holds when nobody wrote it.
    pub default: T,
    /// The smallest and the largest value allowed.
    pub range: Option<(T, T)>,
    /// Why it exists, one sentence.
    pub why: &'static str,
}

/// A setting without a default: required, or absent on purpose.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its key within its table.
    pub key: &'static str,
    /// Why it exists, one sentence.
    pub why: &'static str,
}

impl<T: Unit> Setting<T> {
    /// Refuses what is out of range.
    pub(crate) fn check(&self, value: &T) -> Result<(), Problem> {
        let Some((least, most)) = &self.range else { return Ok(()) };
        if least <= value && value <= most {
            return Ok(());
        }
        Err(Problem::Range {
            got: value.to_string(),
            least: least.to_string(),
            most: most.to_string(),
        })
    }
}

pub(crate) fn wrong_type(want: &'static str, value: &Value) -> Problem {
    Problem::Type { want, got: value.shown() }
}

impl Unit for Millis {
    const WANT: &'static str = "a duration such as \"20s\"";

    fn read(value: &Value) -> Result<Self, Problem> {
        let Value::Text(text) = value else { return Err(wrong_type(Self::WANT, value)) };
        Ok(text.parse()?)
    }

    fn write(&self) -> Value {
        Value::Text(self.to_string())
    }
}

impl Unit for Bytes {
    const WANT: &'static str = "a size such as \"64MiB\"";

    fn read(value: &Value) -> Result<Self, Problem> {
        let Value::Text(text) = value else { return Err(wrong_type(Self::WANT, value)) };
        Ok(text.parse()?)
    }

    fn write(&self) -> Value {
        Value::Text(self.to_string())
    }
}

impl Unit for u32 {
    const WANT: &'static str = "a whole number such as 4";

    fn read(value: &Value) -> Result<Self, Problem> {
        let Value::Whole(number) = value else { return Err(wrong_type(Self::WANT, value)) };
        Self::try_from(*number).map_err(|_| Problem::Range {
            got: number.to_string(),
            least: Self::MIN.to_string(),
            most: Self::MAX.to_string(),
        })
    }

    fn write(&self) -> Value {
        Value::Whole(i64::from(*self))
    }
}

impl Unit for u64 {
    const WANT: &'static str = "a whole number such as 4";

    fn read(value: &Value) -> Result<Self, Problem> {
        let Value::Whole(number) = value else { return Err(wrong_type(Self::WANT, value)) };
        Self::try_from(*number).map_err(|_| Problem::Range {
            got: number.to_string(),
            least: Self::MIN.to_string(),
            most: i64::MAX.to_string(),
        })
    }

    /// TOML has no larger number than 2^63 - 1, and [`Unit::read`] lets none in.
    fn write(&self) -> Value {
        Value::Whole(i64::try_from(*self).unwrap_or(i64::MAX))
    }
}

impl Unit for bool {
    const WANT: &'static str = "true or false";

    fn read(value: &Value) -> Result<Self, Problem> {
        let Value::Truth(truth) = value else { return Err(wrong_type(Self::WANT, value)) };
        Ok(*truth)
    }

    fn write(&self) -> Value {
        Value::Truth(*self)
    }
}

impl Unit for f64 {
    const WANT: &'static str = "a number such as 0.5";

    fn read(value: &Value) -> Result<Self, Problem> {
        match value {
            Value::Decimal(number) => Ok(*number),
            // Every whole number up to here has a decimal of the same value.
            Value::Whole(number) if number.unsigned_abs() <= 1 << 53 => Ok(*number as Self),
            Value::Whole(_)
            | Value::Text(_)
            | Value::Truth(_)
            | Value::List(_)
            | Value::Table(_) => Err(wrong_type(Self::WANT, value)),
        }
    }

    fn write(&self) -> Value {
        Value::Decimal(*self)
    }
}

impl Unit for SocketAddr {
    const WANT: &'static str = "an IP address and a port such as \"127.0.0.1:9464\"";

    fn read(value: &Value) -> Result<Self, Problem> {
        let wrong = || wrong_type(Self::WANT, value);
        let Value::Text(text) = value else { return Err(wrong()) };
        text.parse().map_err(|_| wrong())
    }

    fn write(&self) -> Value {
        Value::Text(self.to_string())
    }
}

/// A text for people or for the file system.
impl Unit for Cow<'static, str> {
    const WANT: &'static str = "a text of 1 to 512 bytes without control characters";

    fn read(value: &Value) -> Result<Self, Problem> {
        let wrong = || wrong_type(Self::WANT, value);
        let Value::Text(text) = value else { return Err(wrong()) };
        if text.is_empty() || text.len() > 512 || text.chars().any(char::is_control) {
            return Err(wrong());
        }
        Ok(Cow::Owned(text.clone()))
    }

    fn write(&self) -> Value {
        Value::Text(self.to_string())
    }
}

/// Wraps a [`Choice`] so that it is a [`Unit`] and prints as its word.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Word<C>(pub C);

impl<C: Choice> PartialOrd for Word<C> {
    /// Words have no order.
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        (self == other).then_some(core::cmp::Ordering::Equal)
    }
}

impl<C: Choice> Display for Word<C> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.0.word())
    }
}

impl<C: Choice> Unit for Word<C> {
    const WANT: &'static str = C::WANT;

    fn words() -> Vec<&'static str> {
        C::ALL.iter().map(|(word, _)| *word).collect()
    }

    fn read(value: &Value) -> Result<Self, Problem> {
        let Value::Text(word) = value else { return Err(wrong_type(C::WANT, value)) };
        C::of(word).map(Self)
    }

    fn write(&self) -> Value {
        Value::Text(self.0.word().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOBS: Setting<u32> =
        Setting { key: "jobs", default: 2, range: Some((1, 64)), why: "Test." };

    #[test]
    fn both_ends_of_a_range_are_allowed() {
        assert_eq!(JOBS.check(&1), Ok(()));
        assert_eq!(JOBS.check(&64), Ok(()));
        let error = JOBS.check(&65).unwrap_err();
        assert_eq!(error.to_string(), "got 65, allowed is 1 to 64");
    }

    #[test]
    fn a_number_is_no_duration_and_a_name_no_address() {
        let error = Millis::read(&Value::Whole(20)).unwrap_err();
        assert_eq!(error.to_string(), "wants a duration such as \"20s\", got 20");
        let error = SocketAddr::read(&Value::Text("localhost:1".into())).unwrap_err();
        assert_eq!(
            error.to_string(),
            "wants an IP address and a port such as \"127.0.0.1:9464\", got \"localhost:1\""
        );
        let error = u32::read(&Value::Whole(-1)).unwrap_err();
        assert_eq!(error.to_string(), "got -1, allowed is 0 to 4294967295");
    }

    #[test]
    fn a_text_with_control_characters_is_refused() {
        let error = Cow::read(&Value::Text("a\nb".into())).unwrap_err().to_string();
        assert!(error.ends_with("got \"a\\u000Ab\""), "{error}");
    }
}
