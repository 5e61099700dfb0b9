//! `[actor.storage] settings`: what keeping a chain may hold in memory.

use crate::section::Section;
use crate::setting::Setting;
use troupe_types::Bytes;

/// What a `storage` actor may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StorageSettings {
    /// Cache of the index.
    pub cache: Bytes,
}

const CACHE: Setting<Bytes> = Setting {
    key: "cache",
    default: Bytes::mib(128),
    range: Some((Bytes::mib(8), Bytes::mib(64 << 10))),
    why: "The index reads from disk what its cache does not hold.",
};

impl StorageSettings {
    /// Reads the settings table of a `storage` actor.
    pub fn read(section: &mut Section<'_>) -> Self {
        Self { cache: section.get(&CACHE) }
    }

    /// What it may hold in memory.
    #[must_use]
    pub const fn memory(&self) -> Bytes {
        self.cache
    }
}
