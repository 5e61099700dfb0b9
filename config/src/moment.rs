//! Instants as people write them: RFC 3339.

use crate::error::Problem;
use crate::setting::{Unit, wrong_type};
use crate::value::Value;
use core::fmt;
use core::str::FromStr;
use troupe_types::UnixMillis;

/// An instant of the calendar, between the years 1970 and 9999.
///
/// ```
/// use troupe_config::Moment;
/// let moment: Moment = "2026-11-20T13:00:00+01:00".parse().unwrap();
/// assert_eq!(moment.to_string(), "2026-11-20T12:00:00Z");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub UnixMillis);

/// A text that is no instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("wants {}", <Moment as Unit>::WANT)]
pub struct NoMoment;

impl FromStr for Moment {
    type Err = NoMoment;

    /// RFC 3339 with at most three digits after the point.
    fn from_str(text: &str) -> Result<Self, NoMoment> {
        parse(text).map(Self).ok_or(NoMoment)
    }
}

const DAY: u64 = 86_400_000;
/// 9999-12-31T23:59:59.999Z
const LAST: u64 = 253_402_300_799_999;

impl fmt::Display for Moment {
    /// In universal time, with a fraction where there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (day, millis) = (self.0.0 / DAY, self.0.0 % DAY);
        let (year, month, date) = civil(day);
        let seconds = millis / 1_000;
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}")?;
        match millis % 1_000 {
            0 => f.write_str("Z"),
            fraction => write!(f, ".{fraction:03}Z"),
        }
    }
}

/// The year, month and date of a day counted from 1970-01-01.
// The era begins on March 1st, so that a leap day is the last of its year.
fn civil(day: u64) -> (u64, u64, u64) {
    let day = day + 719_468;
    let (era, day) = (day / 146_097, day % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let shifted = (5 * day + 2) / 153;
    let date = day - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (400 * era + year + u64::from(month <= 2), month, date)
}

/// The day of a date, counted from 1970-01-01; `None` for a date that is not in the calendar.
fn day_of(year: u64, month: u64, date: u64) -> Option<u64> {
    let before = if month <= 2 { year.checked_sub(1)? } else { year };
    let (era, of_era) = (before / 400, before % 400);
    let shifted = if month > 2 { month - 3 } else { month.checked_add(9)? };
    let of_year = (153 * shifted + 2) / 5 + date.checked_sub(1)?;
    let days = 365 * of_era + of_era / 4 - of_era / 100 + of_year;
    let day = (146_097 * era + days).checked_sub(719_468)?;
    (civil(day) == (year, month, date)).then_some(day)
}

/// RFC 3339 5.6 without leap seconds.
fn parse(text: &str) -> Option<UnixMillis> {
    let (date, clock) = text.split_once(['T', 't', ' '])?;
    let mut parts = date.splitn(3, '-');
    let year = number(parts.next()?, 4)?;
    let month = number(parts.next()?, 2).filter(|month| (1..=12).contains(month))?;
    let day = day_of(year, month, number(parts.next()?, 2)?)?;

    let at = clock.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = clock.split_at(at);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    if fraction.is_empty() || fraction.len() > 3 {
        return None;
    }
    let millis = number(&format!("{fraction:0<3}"), 3)?;
    let (minutes, second) = clock.rsplit_once(':')?;
    let second = number(second, 2).filter(|second| *second < 60)?;
    let here = day * DAY + minutes_of(minutes)? * 60_000 + second * 1_000 + millis;
    let zone = match zone.split_at_checked(1)? {
        ("Z" | "z", "") => here,
        ("+", ahead) => here.checked_sub(minutes_of(ahead)? * 60_000)?,
        ("-", behind) => here + minutes_of(behind)? * 60_000,
        _ => return None,
    };
    (zone <= LAST).then_some(UnixMillis(zone))
}

/// `hh:mm`
fn minutes_of(text: &str) -> Option<u64> {
    let (hour, minute) = text.split_once(':')?;
    let hour = number(hour, 2).filter(|hour| *hour < 24)?;
    let minute = number(minute, 2).filter(|minute| *minute < 60)?;
    Some(60 * hour + minute)
}

fn number(text: &str, width: usize) -> Option<u64> {
    let is_one = text.len() == width && text.bytes().all(|c| c.is_ascii_digit());
    is_one.then(|| text.parse().ok()).flatten()
}

impl Unit for Moment {
    const WANT: &'static str =
        "a time such as \"2026-11-20T12:00:00Z\", or milliseconds since 1970";

    fn read(value: &Value) -> Result<Self, Problem> {
        let read = match value {
            Value::Text(text) => parse(text),
            Value::Whole(millis) => {
                u64::try_from(*millis).ok().filter(|m| *m <= LAST).map(UnixMillis)
            }
            Value::Decimal(_) | Value::Truth(_) | Value::List(_) | Value::Table(_) => None,
        };
        read.map(Self).ok_or_else(|| wrong_type(Self::WANT, value))
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
    fn instants_of_the_standard_are_understood() {
        // RFC 3339 5.8, and the turn of a century that has a leap day.
        for (text, want) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1985-04-12T23:20:50.52Z", 482_196_050_520),
            ("1996-12-19T16:39:57-08:00", 851_042_397_000),
            ("1937-01-01T12:00:27.87+00:20", u64::MAX),
            ("2000-02-29T00:00:00Z", 951_782_400_000),
            ("9999-12-31T23:59:59.999Z", LAST),
        ] {
            let got = parse(text).map_or(u64::MAX, |time| time.0);
            assert_eq!(got, want, "{text}");
        }
    }

    #[test]
    fn what_is_in_no_calendar_is_refused() {
        for text in [
            "",
            "2026-11-20",
            "2026-11-20T12:00:00",
            "2026-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-11-00T00:00:00Z",
            "2026-11-31T00:00:00Z",
            "2026-11-20T24:00:00Z",
            "2026-11-20T12:60:00Z",
            "2026-11-20T12:00:60Z",
            "2026-11-20T12:00:00.Z",
            "2026-11-20T12:00:00.1234Z",
            "2026-11-20T12:00:00+1:00",
            "2026-11-20T12:00:00Z ",
            "1970-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "+026-11-20T12:00:00Z",
            "2026-11-20T12:00:00é",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(millis in 0..=LAST) {
            let moment = Moment(UnixMillis(millis));
            prop_assert_eq!(Moment::read(&moment.write()), Ok(moment));
        }

        #[test]
        fn no_text_panics(text in "[0-9TZ:+. -]{0,30}|\\PC{0,30}") {
            let _ = parse(&text);
        }
    }
}
