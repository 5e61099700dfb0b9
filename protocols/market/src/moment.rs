//! Where a chain is.

use troupe_types::{Height, Millis, UnixMillis};

/// The place of a call, or of what the chain does itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The chain.
    pub chain_id: u64,
    /// The block.
    pub height: Height,
    /// When the block before was made.
    pub time: UnixMillis,
}

impl Moment {
    /// So much later.
    pub(crate) const fn after(&self, span: Millis) -> UnixMillis {
        UnixMillis(self.time.0.saturating_add(span.0))
    }

    /// Whether an instant has passed.
    pub(crate) const fn is_after(&self, instant: UnixMillis) -> bool {
        self.time.0 > instant.0
    }
}
