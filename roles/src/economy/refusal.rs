//! What a contract refuses, in words.

use super::{abi, names};
use crate::exit::{ExitCode, Failure};
use crate::rpc::{Error, bytes};
use crate::tx::Amount;
use alloy_primitives::U256;
use serde_json::{Value, json};

/// The longest reason that is shown; contracts of ours give a line.
const LONGEST: usize = 400;
/// From so many digits on a number in a reason is an amount that nobody can read.
const READABLE: usize = 16;
/// So many has the largest amount.
const MOST_DIGITS: usize = 39;

/// Why a contract did nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: u32,
    pub(crate) reason: String,
}

impl Refusal {
    /// The refusal in a server's error, if there is one.
    pub(crate) fn of(error: &Error) -> Option<Self> {
        let Error::Refused(told) = error else { return None };
        Self::read(&bytes(told.data.as_ref()?)?)
    }

    /// The refusal that a call reverted with.
    fn read(bytes: &[u8]) -> Option<Self> {
        let refused = abi::reverted(bytes).ok()?;
        let visible = |c: char| if c.is_control() { ' ' } else { c };
        let reason = refused.reason.chars().take(LONGEST).map(visible).collect();
        Some(Self { code: refused.code, reason })
    }

    /// Its name, which stays as its number does.
    pub(crate) const fn name(&self) -> &'static str {
        names::of(self.code)
    }

    pub(crate) fn json(&self) -> Value {
        json!({ "code": self.code, "name": self.name(), "reason": self.reason })
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}: {}", self.code, self.name(), grouped(&self.reason))
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::new(ExitCode::Refused, &refusal).with("refusal", refusal.json())
    }
}

/// The same text, with amounts that are given in von in a unit that people read.
pub(crate) fn grouped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let is_amount = (READABLE..=MOST_DIGITS).contains(&word.len())
            && word.bytes().all(|byte| byte.is_ascii_digit());
        match word.parse::<U256>() {
            Ok(von) if is_amount => {
                shown.push_str(&Amount(von).to_string());
                rest = after.strip_prefix(" von").unwrap_or(after);
            }
            Ok(_) | Err(_) => {
                shown.push_str(word);
                rest = after;
            }
        }
        let mut others = rest.chars();
        if let Some(other) = others.next() {
            let is_word = other.is_ascii_alphanumeric();
            if !is_word {
                shown.push(other);
                rest = others.as_str();
            }
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::Told;
    use alloy_sol_types::SolError;
    use proptest::prelude::*;

    fn told(data: Value) -> Error {
        Error::Refused(Told { code: 3, message: "execution reverted".into(), data: Some(data) })
    }

    #[test]
    fn a_refusal_has_a_number_a_name_and_a_reason_that_people_read() {
        let reason = "5 von are delegated, wanted are at least 10000000000000000000".to_owned();
        let bytes = abi::Staking::Refused { code: 301_105, reason: reason.clone() }.abi_encode();
        let refusal = Refusal::of(&told(format!("0x{}", hex::encode(bytes)).into())).unwrap();
        let failure = Failure::from(refusal);
        assert_eq!(
            failure.to_string(),
            "301105 delegation-too-low: 5 von are delegated, wanted are at least 10 LAT"
        );
        let json = failure.json();
        assert_eq!(json["error"]["code"], 42);
        assert_eq!(
            json["error"]["refusal"],
            json!({ "code": 301_105, "name": "delegation-too-low", "reason": reason })
        );
    }

    #[test]
    fn what_is_no_refusal_is_none() {
        let cut = &abi::Staking::Refused { code: 1, reason: "no".into() }.abi_encode()[..60];
        for data in [Value::Null, json!(7), json!("0x"), json!("0x0g"), json!(hex::encode(cut))] {
            assert_eq!(Refusal::of(&told(data)), None);
        }
        assert_eq!(Refusal::of(&Error::Url("no".into())), None);
    }

    #[test]
    fn amounts_are_grouped_and_everything_else_stays() {
        for (text, want) in [
            (
                "a stake of 1500000000000000000 von, wanted are 2",
                "a stake of 1.5 LAT, wanted are 2",
            ),
            ("node 0x1234567890123456789012 is none", "node 0x1234567890123456789012 is none"),
            ("round 123456789012345", "round 123456789012345"),
            ("", ""),
            ("é 1000000000000000", "é 0.001 LAT"),
        ] {
            assert_eq!(grouped(text), want);
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_none_without_digits_changes(text in "\\PC{0,40}", plain in "[a-z ,.:é]{0,40}") {
            let _ = grouped(&text);
            prop_assert_eq!(grouped(&plain), plain);
        }

        #[test]
        fn no_revert_data_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Refusal::read(&bytes);
        }
    }
}
