//! `[actor.mempool] settings`: how many transactions wait, and for how long.

use crate::error::Problem;
use crate::section::Section;
use crate::setting::Setting;
use troupe_types::{Bytes, Millis};

/// What a `mempool` actor lets wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MempoolSettings {
    /// The most transactions.
    pub transactions: u32,
    /// The most bytes of their envelopes.
    pub memory: Bytes,
    /// So many places each sender is promised; more while the pool has room.
    pub executable: u32,
    /// The most transactions of a sender that wait for an earlier one.
    pub queued: u32,
    /// By how many per cent both fees of a replacement exceed those of what it replaces.
    pub bump: u32,
    /// How long transactions wait for an earlier one.
    pub lifetime: Millis,
}

const TRANSACTIONS: Setting<u32> = Setting {
    key: "transactions",
    default: 32_768,
    range: Some((64, 1 << 20)),
    why: "A longer queue only makes senders wait longer; the cheapest go first.",
};
const MEMORY: Setting<Bytes> = Setting {
    key: "memory",
    default: Bytes::mib(64),
    range: Some((Bytes::mib(1), Bytes::mib(4 << 10))),
    why: "Bounds what senders can make the pool hold, whatever the size of a transaction.",
};
const EXECUTABLE: Setting<u32> = Setting {
    key: "executable",
    default: 16,
    range: Some((1, 4_096)),
    why: "What a sender has above them is the first to go when others need the room.",
};
const QUEUED: Setting<u32> = Setting {
    key: "queued",
    default: 64,
    range: Some((0, 4_096)),
    why: "Transactions behind a gap cost memory and may never be executed.",
};
const BUMP: Setting<u32> = Setting {
    key: "bump",
    default: 10,
    range: Some((1, 100)),
    why: "Replacing a transaction must cost something, or it is spam.",
};
const LIFETIME: Setting<Millis> = Setting {
    key: "lifetime",
    default: Millis::secs(3 * 3_600),
    range: Some((Millis::secs(1), Millis::secs(7 * 86_400))),
    why: "A gap that nobody fills must not hold its place for ever.",
};

impl MempoolSettings {
    /// Reads the settings table of a `mempool` actor.
    pub fn read(section: &mut Section<'_>) -> Self {
        let settings = Self {
            transactions: section.get(&TRANSACTIONS),
            memory: section.get(&MEMORY),
            executable: section.get(&EXECUTABLE),
            queued: section.get(&QUEUED),
            bump: section.get(&BUMP),
            lifetime: section.get(&LIFETIME),
        };
        let each = settings.executable.saturating_add(settings.queued);
        if each > settings.transactions {
            let Self { transactions, executable, queued, .. } = settings;
            let text = format!(
                "got {transactions}, but one sender alone may have {executable} executable and {queued} queued"
            );
            section.fault(TRANSACTIONS.key, Problem::Conflict(text));
        }
        settings
    }
}
