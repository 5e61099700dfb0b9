//! How much a pool holds.

use troupe_types::{Bytes, Millis};

/// What bounds a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many executable transactions a sender is promised room for. It may have more; those give way
    /// first when the pool is full, after the queued ones.
    pub executable: usize,
    /// The most queued transactions of a sender.
    pub queued: usize,
    /// The most transactions.
    pub transactions: usize,
    /// The most bytes of their envelopes.
    pub bytes: Bytes,
    /// By how many per cent both fees of a replacement exceed those of what it replaces.
    pub bump: u8,
    /// How long queued transactions wait after their sender's last one came.
    pub lifetime: Millis,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            executable: 16,
            queued: 64,
            transactions: 32_768,
            bytes: Bytes::mib(64),
            bump: 10,
            lifetime: Millis::secs(3 * 3_600),
        }
    }
}
