//! What contracts give as numbers, as people write and read it.

use super::abi::Staking::Purse;
use crate::tx::Amount;
use alloy_primitives::U256;
use std::fmt;
use std::str::FromStr;
use troupe_staking::stake::Status;

/// Hundredths of a percent: `12.5`, `12.5%`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Percent(pub(crate) u16);

/// The version of a program: `1.5.0`. The major part has 16 bits, the others 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Version(pub(crate) u32);

/// A release of a restricting plan: `EPOCHS=AMOUNT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Release {
    pub(crate) epochs: u64,
    pub(crate) amount: Amount,
}

impl FromStr for Percent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "wants a percentage of at most two places, such as 12.5".to_owned();
        let number = text.strip_suffix('%').unwrap_or(text).trim();
        let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let is_short = (1..=3).contains(&whole.len()) && (1..=2).contains(&part.len());
        if !is_short || !is_number(whole) || !is_number(part) {
            return Err(wrong());
        }
        let digits = format!("{whole}{part:0<2}");
        let hundredths: u32 = digits.parse().map_err(|_| wrong())?;
        let limit = |_| format!("{hundredths} hundredths of a percent, allowed are at most 10000");
        u16::try_from(hundredths).map(Self).map_err(limit)
    }
}

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "wants a version such as 1.5.0, of 16, 8 and 8 bits".to_owned();
        let mut parts = text.split('.');
        let mut part = |most: u32| {
            let part = parts.next().filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
            let number = part.and_then(|part| part.parse::<u32>().ok());
            number.filter(|number| *number <= most).ok_or_else(wrong)
        };
        let version = part(0xffff)? << 16 | part(0xff)? << 8 | part(0xff)?;
        if parts.next().is_some() { Err(wrong()) } else { Ok(Self(version)) }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0 >> 16, self.0 >> 8 & 0xff, self.0 & 0xff)
    }
}

impl FromStr for Release {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "wants EPOCHS=AMOUNT, such as 3=\"100 LAT\"".to_owned();
        let (epochs, amount) = text.split_once('=').ok_or_else(wrong)?;
        let epochs = epochs.trim().parse().map_err(|_| wrong())?;
        let amount = amount.parse().map_err(|error| format!("amount: {error}"))?;
        Ok(Self { epochs, amount })
    }
}

/// Hundredths of a percent.
pub(crate) fn percent(hundredths: u16) -> String {
    let (whole, part) = (hundredths / 100, hundredths % 100);
    match part {
        0 => format!("{whole} %"),
        part if part % 10 == 0 => format!("{whole}.{} %", part / 10),
        part => format!("{whole}.{part:02} %"),
    }
}

/// An amount by where it came from.
pub(crate) fn purse(free: u128, restricted: u128) -> String {
    let sum = U256::from(free) + U256::from(restricted);
    match restricted {
        0 => Amount(sum).to_string(),
        part => format!("{} ({} of restricting plans)", Amount(sum), Amount(U256::from(part))),
    }
}

/// An amount by where it came from, for programs.
pub(crate) fn purse_json(purse: &Purse) -> serde_json::Value {
    serde_json::json!({
        "free": purse.free.to_string(), "restricted": purse.restricted.to_string(),
    })
}

/// What happened to a candidate.
pub(crate) fn status(bits: u32) -> String {
    let known = [
        (Status::WITHDRAWN, "withdrawn"),
        (Status::DOUBLE_SIGN, "signed twice"),
        (Status::IDLE, "idle, frozen"),
        (Status::IDLE_AND_OUT, "idle, out"),
        (Status::TOO_LITTLE, "too little stake"),
    ];
    if bits == 0 {
        return "candidate".to_owned();
    }
    let found: Vec<&str> =
        known.iter().filter(|(what, _)| bits & what.0 != 0).map(|(_, text)| *text).collect();
    if found.is_empty() { format!("invalid ({bits})") } else { found.join(", ") }
}

/// The kind of a proposal.
pub(crate) fn kind(number: u8) -> String {
    match number {
        1 => "text".to_owned(),
        2 => "version".to_owned(),
        3 => "parameter".to_owned(),
        4 => "cancel".to_owned(),
        other => format!("unknown kind {other}"),
    }
}

/// What became of a proposal.
pub(crate) fn state(number: u8) -> String {
    match number {
        1 => "voting".to_owned(),
        2 => "accepted".to_owned(),
        3 => "rejected".to_owned(),
        4 => "upcoming".to_owned(),
        5 => "active".to_owned(),
        6 => "canceled".to_owned(),
        other => format!("unknown state {other}"),
    }
}

/// What one votes for.
pub(crate) fn choice(number: u8) -> String {
    match number {
        0 => "none".to_owned(),
        1 => "yes".to_owned(),
        2 => "no".to_owned(),
        3 => "abstain".to_owned(),
        other => format!("unknown choice {other}"),
    }
}

/// A length of time, about.
pub(crate) fn span(millis: u64) -> String {
    const UNITS: [(&str, u64); 4] =
        [("days", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000)];
    // Two of a unit are more precise than one of the next.
    let fits = |unit: &&(&str, u64)| millis >= 2 * unit.1;
    let (name, length) = UNITS.iter().find(fits).copied().unwrap_or(("s", 1_000));
    format!("{} {name}", millis.saturating_add(length / 2) / length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn percentages_are_read_to_the_hundredth() {
        for (text, want) in [("0", 0), ("12.5", 1_250), ("12.05%", 1_205), ("100 %", 10_000)] {
            assert_eq!(text.parse(), Ok(Percent(want)), "{text}");
        }
        for text in ["", ".5", "5.", "1.234", "-1", "1e2", "999999", "%"] {
            assert!(text.parse::<Percent>().is_err(), "{text}");
        }
        assert_eq!([percent(1_250), percent(1_205), percent(0)], ["12.5 %", "12.05 %", "0 %"]);
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in
            ["", "1", "1.2", "1.2.3.4", "65536.0.0", "1.256.0", "1.0.256", "1.-1.0", "+1.0.0"]
        {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
        assert_eq!("1.5.2".parse(), Ok(Version(0x0001_0502)));
    }

    #[test]
    fn a_release_is_a_number_and_an_amount() {
        let release: Release = "3=1.5 LAT".parse().unwrap();
        assert_eq!((release.epochs, release.amount.to_string()), (3, "1.5 LAT".to_owned()));
        for text in ["", "3", "=1", "x=1", "3=", "3=1 ETH"] {
            assert!(text.parse::<Release>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_happened_is_named_even_where_nobody_knows_it() {
        assert_eq!(status(0), "candidate");
        assert_eq!(status(1 | 1 << 5), "withdrawn");
        assert_eq!(status(1 << 1 | 1 << 2), "idle, frozen, too little stake");
        assert_eq!(status(1 << 20), "invalid (1048576)");
        assert_eq!((kind(9), state(9)), ("unknown kind 9".into(), "unknown state 9".into()));
    }

    #[test]
    fn spans_are_in_the_unit_that_fits() {
        for (millis, want) in
            [(0, "0 s"), (1_400, "1 s"), (90_000, "90 s"), (150_000, "3 min"), (7_200_000, "2 h")]
        {
            assert_eq!(span(millis), want);
        }
        assert_eq!(span(3 * 86_400_000), "3 days");
    }

    proptest! {
        #[test]
        fn versions_are_read_as_they_are_shown(number: u32) {
            prop_assert_eq!(Version(number).to_string().parse(), Ok(Version(number)));
        }

        #[test]
        fn percentages_are_read_as_they_are_shown(hundredths in 0u16..=10_000) {
            prop_assert_eq!(percent(hundredths).parse(), Ok(Percent(hundredths)));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,20}", millis: u64) {
            let _ = (text.parse::<Percent>(), text.parse::<Version>(), text.parse::<Release>());
            let _ = span(millis);
        }
    }
}
