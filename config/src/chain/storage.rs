//! `[actor.storage] settings`: what is kept of a chain, and what that may hold in memory.

use crate::section::Section;
use crate::setting::{Choice, Setting, Word};
use troupe_types::Bytes;

/// How a `storage` actor keeps a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StorageSettings {
    /// Cache of the index.
    pub cache: Bytes,
    /// What is kept of the past.
    pub history: History,
}

/// What is kept of the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum History {
    /// The last blocks.
    Recent,
    /// All blocks.
    Blocks,
    /// All blocks, and the state after each of them.
    States,
}

impl Choice for History {
    const WANT: &'static str = "what is kept, such as \"recent\"";
    const ALL: &'static [(&'static str, Self)] =
        &[("recent", Self::Recent), ("blocks", Self::Blocks), ("states", Self::States)];
}

const CACHE: Setting<Bytes> = Setting {
    key: "cache",
    default: Bytes::mib(128),
    range: Some((Bytes::mib(8), Bytes::mib(64 << 10))),
    why: "The index reads from disk what its cache does not hold.",
};
const HISTORY: Setting<Word<History>> = Setting {
    key: "history",
    default: Word(History::Recent),
    range: None,
    why: "With \"blocks\" all of them stay on disk; with \"states\" calls about each are answered as well.",
};

impl StorageSettings {
    /// Reads the settings table of a `storage` actor.
    pub fn read(section: &mut Section<'_>) -> Self {
        Self { cache: section.get(&CACHE), history: section.get(&HISTORY).0 }
    }

    /// What it may hold in memory.
    #[must_use]
    pub const fn memory(&self) -> Bytes {
        self.cache
    }
}
