//! `[actor.account] settings`: how patiently a process sends its own transactions, and what it offers.

use crate::amount::Amount;
use crate::section::Section;
use crate::setting::Setting;
use troupe_types::{Bytes, Millis};

/// How an `account` actor sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountSettings {
    /// When it sends again what is in no block.
    pub patience: Millis,
    /// When it takes back what is in no block.
    pub within: Millis,
    /// The most that it offers, in von per gas.
    pub max_fee: u128,
}

/// Errands that wait and fly, with their transactions.
const MEMORY: Bytes = Bytes::mib(32);

const PATIENCE: Setting<Millis> = Setting {
    key: "patience",
    default: Millis::secs(10),
    range: Some((Millis::secs(1), Millis::secs(600))),
    why: "A pool may have forgotten it; sent again, it offers more where fees have risen.",
};
const WITHIN: Setting<Millis> = Setting {
    key: "within",
    default: Millis::secs(600),
    range: Some((Millis::secs(10), Millis::secs(86_400))),
    why: "What comes too late is of no use, and stands in the way of what comes after it.",
};
const MAX_FEE: Setting<Amount> = Setting {
    key: "max_fee",
    default: Amount(1_000_000_000_000),
    range: Some((Amount(1), Amount(1_000_000_000_000_000_000))),
    why: "Fees rise while others send much; beyond this it waits. Taking one back may offer four times of it.",
};

impl AccountSettings {
    /// Reads the settings table of an `account` actor.
    pub fn read(section: &mut Section<'_>) -> Self {
        Self {
            patience: section.get(&PATIENCE),
            within: section.get(&WITHIN),
            max_fee: section.get(&MAX_FEE).0,
        }
    }

    /// What it holds at most.
    #[must_use]
    pub const fn memory(&self) -> Bytes {
        MEMORY
    }
}
