//! `[actor.light] settings`: from which block a chain is followed, and for how long that is trusted.

use crate::error::Problem;
use crate::section::Section;
use crate::setting::{Field, Setting, Unit, wrong_type};
use crate::value::Value;
use core::fmt;
use troupe_types::{Hash, Height, Millis};

/// How a `light` actor follows a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LightSettings {
    /// The block from which it is followed, where that is not the genesis block.
    pub checkpoint: Option<Checkpoint>,
    /// For how long the validators of a block are trusted.
    pub trusting_period: Millis,
}

/// A block that somebody vouches for: its height and its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub struct Checkpoint {
    /// Its height.
    pub height: Height,
    /// Its hash.
    pub hash: Hash,
}

const CHECKPOINT: Field = Field {
    key: "checkpoint",
    why: "A block to begin with, from somebody you trust: validators who have left may have made another chain.",
};
// Stakes are to be frozen for longer: a validator who signs two chains in this time can still lose his.
const TRUSTING_PERIOD: Setting<Millis> = Setting {
    key: "trusting_period",
    default: Millis::secs(14 * 86_400),
    range: Some((Millis::secs(3_600), Millis::secs(3_650 * 86_400))),
    why: "Validators of an older block may have left and have nothing to lose; it has to be shorter than the freeze of stakes.",
};

impl LightSettings {
    /// Reads the settings table of a `light` actor.
    pub fn read(section: &mut Section<'_>) -> Self {
        Self {
            checkpoint: section.optional(&CHECKPOINT),
            trusting_period: section.get(&TRUSTING_PERIOD),
        }
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:0x{}", self.height, self.hash)
    }
}

impl Checkpoint {
    fn parse(text: &str) -> Option<Self> {
        let (height, hash) = text.split_once(':')?;
        let is_plain = !height.is_empty() && height.bytes().all(|byte| byte.is_ascii_digit());
        let height = height.parse().ok().filter(|_| is_plain)?;
        Some(Self { height: Height(height), hash: hash.strip_prefix("0x")?.parse().ok()? })
    }
}

impl Unit for Checkpoint {
    const WANT: &'static str = "a height and a hash such as \"120000:0x1f..\" with 64 hex digits";

    fn read(value: &Value) -> Result<Self, Problem> {
        let wrong = || wrong_type(Self::WANT, value);
        let Value::Text(text) = value else { return Err(wrong()) };
        Self::parse(text).ok_or_else(wrong)
    }

    fn write(&self) -> Value {
        Value::Text(self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_checkpoint_is_read_back_and_no_part_of_it_is_one(height: u64, hash: [u8; 32]) {
            let checkpoint = Checkpoint { height: Height(height), hash: Hash(hash) };
            let text = checkpoint.to_string();
            prop_assert_eq!(Checkpoint::parse(&text), Some(checkpoint));
            for length in 0..text.len() {
                prop_assert_eq!(Checkpoint::parse(&text[..length]), None);
            }
        }
    }

    #[test]
    fn what_is_no_checkpoint_says_what_one_is() {
        for text in ["12", "0x12:0x00", "+1:0x00", "latest", ":0x"] {
            let error = Checkpoint::read(&Value::Text(text.to_owned())).unwrap_err();
            assert!(error.to_string().contains("a height and a hash"), "{error}");
        }
    }
}
