//! `[actor.market] settings`: whether the process takes part in elections of compute nodes by itself.

use crate::amount::Amount;
use crate::section::Section;
use crate::setting::Setting;
use troupe_types::Bytes;

/// What a `market` actor does besides what it owes tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarketSettings {
    /// Whether it registers the compute node of its account.
    pub register: bool,
    /// What it stakes for that.
    pub stake: Amount,
    /// How many tasks the compute node takes at once.
    pub capacity: u32,
}

/// Open tasks, and messages that may be demanded.
const MEMORY: Bytes = Bytes::mib(96);

const REGISTER: Setting<bool> = Setting {
    key: "register",
    default: false,
    range: None,
    why: "Registers the compute node of the account, once, as soon as it has the stake; without it somebody else has to.",
};
const STAKE: Setting<Amount> = Setting {
    key: "stake",
    default: Amount::lat(1_000),
    range: Some((Amount(1), Amount(1 << 100))),
    why: "What is locked for the compute node: elections are weighted by it, and it is lost in part for what is proven.",
};
const CAPACITY: Setting<u32> = Setting {
    key: "capacity",
    default: 4,
    range: Some((1, 1_000)),
    why: "How many tasks the compute node takes at once; each binds a part of the stake.",
};

impl MarketSettings {
    /// Reads the settings table of a `market` actor.
    pub fn read(section: &mut Section<'_>) -> Self {
        Self {
            register: section.get(&REGISTER),
            stake: section.get(&STAKE),
            capacity: section.get(&CAPACITY),
        }
    }

    /// What it holds at most.
    #[must_use]
    pub const fn memory(&self) -> Bytes {
        MEMORY
    }
}
