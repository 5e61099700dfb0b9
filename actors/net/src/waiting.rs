//! Asks that wait for a connection or for a place on it.

use crate::slot::Slot;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use troupe_runtime::Queue;

/// A bound on the asks to one peer that have not been sent yet.
#[derive(Debug)]
pub(crate) struct Waiting {
    limit: Queue,
    count: AtomicU64,
    bytes: AtomicU64,
}

/// One ask's share of the bound; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Waits {
    slot: Arc<Slot>,
    bytes: u64,
}

impl Waiting {
    pub(crate) fn new(limit: Queue) -> Self {
        Self { limit, count: AtomicU64::new(0), bytes: AtomicU64::new(0) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count.load(Ordering::Acquire) == 0
    }

    /// Claims a share of `slot`'s bound, or `None` when it is used up.
    pub(crate) fn enter(slot: &Arc<Slot>, length: usize) -> Option<Waits> {
        let bytes = u64::try_from(length).ok()?;
        let waiting = &slot.waiting;
        let count = waiting.count.fetch_add(1, Ordering::AcqRel) + 1;
        let held = waiting.bytes.fetch_add(bytes, Ordering::AcqRel) + bytes;
        // Given back at once where it was one too many.
        let waits = Waits { slot: Arc::clone(slot), bytes };
        let fits = count <= u64::from(waiting.limit.messages) && held <= waiting.limit.bytes.0;
        fits.then_some(waits)
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        self.slot.waiting.count.fetch_sub(1, Ordering::AcqRel);
        self.slot.waiting.bytes.fetch_sub(self.bytes, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use troupe_types::NodeId;

    #[test]
    fn what_waits_for_a_peer_is_bounded_by_count_and_bytes() {
        let limits = Limits {
            waiting: Queue { messages: 2, bytes: troupe_types::Bytes(100) },
            ..Limits::default()
        };
        let slot = Arc::new(Slot::new(NodeId([1; 32]), &limits));
        let first = Waiting::enter(&slot, 60).unwrap();
        assert!(Waiting::enter(&slot, 41).is_none());
        let second = Waiting::enter(&slot, 40).unwrap();
        assert!(Waiting::enter(&slot, 0).is_none());
        drop((first, second));
        assert!(Waiting::enter(&slot, 100).is_some());
    }
}
