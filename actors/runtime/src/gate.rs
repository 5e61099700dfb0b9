//! The gate in front of every actor: a hard bound on what waits for it.
//!
//! actix's own capacity bounds nothing here (`do_send` ignores it, `try_send` counts per clone of
//! the address), so every message is admitted by the gate first. One atomic word counts messages
//! and bytes together; an admission is one addition, undone when it was one too many.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::sync::Notify;
use troupe_types::Bytes;
use troupe_wire::{CallError, Lane};

/// Bits of the packed word that count bytes: up to 1 TiB. The other 24 count messages.
const BYTE_BITS: u32 = 40;
const BYTE_MASK: u64 = (1 << BYTE_BITS) - 1;
/// The most a queue may hold. Half of what the word counts: the rest is room for the additions of
/// racing senders that are undone.
const MOST: Queue = Queue { messages: 1 << 23, bytes: Bytes(1 << (BYTE_BITS - 1)) };
/// No message claims more than this, so that a few thousand racing senders cannot spill from the
/// byte count into the message count.
const MAX_WEIGHT: u64 = 1 << 26;

/// How much may wait for an actor; at most 8,388,608 messages and 512 GiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queue {
    /// Messages.
    pub messages: u32,
    /// Bytes, as messages weigh themselves.
    pub bytes: Bytes,
}

impl Default for Queue {
    fn default() -> Self {
        Self { messages: 4_096, bytes: Bytes::mib(16) }
    }
}

/// What one admitted message holds of its gate; given back when it was handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Charge(u64);

#[derive(Debug)]
pub(crate) struct Gate {
    held: AtomicU64,
    open: AtomicBool,
    /// By lane.
    limits: [Limits; 3],
    room: Notify,
    waiting: AtomicU64,
}

#[derive(Debug, Clone, Copy)]
struct Limits {
    messages: u64,
    bytes: u64,
}

impl Limits {
    /// Whether a message of this weight can ever be taken.
    #[inline]
    fn admits(self, weight: Bytes) -> bool {
        weight.0 <= self.bytes.min(MAX_WEIGHT)
    }
}

impl Gate {
    pub(crate) fn new(queue: Queue) -> Self {
        let messages = u64::from(queue.messages.min(MOST.messages));
        let bytes = queue.bytes.0.min(MOST.bytes.0);
        let share = |parts: u64| Limits {
            messages: (messages * parts).div_ceil(10),
            bytes: (bytes * parts).div_ceil(10),
        };
        Self {
            held: AtomicU64::new(0),
            open: AtomicBool::new(true),
            limits: [share(5), share(9), share(10)],
            room: Notify::new(),
            waiting: AtomicU64::new(0),
        }
    }

    #[inline]
    fn limit(&self, lane: Lane) -> Limits {
        match lane {
            Lane::Bulk => self.limits[0],
            Lane::Normal => self.limits[1],
            Lane::Control => self.limits[2],
        }
    }

    /// Admits a message or says why not: `Busy`, `Closing`, or `Unsupported` when the message is
    /// larger than all that may ever wait in its lane.
    #[inline]
    pub(crate) fn admit(&self, lane: Lane, weight: Bytes) -> Result<Charge, CallError> {
        if !self.is_open() {
            return Err(CallError::Closing);
        }
        let limit = self.limit(lane);
        if !limit.admits(weight) {
            return Err(CallError::Unsupported);
        }
        let charge = (1 << BYTE_BITS) | weight.0;
        let held = self.held.fetch_add(charge, Ordering::AcqRel) + charge;
        if held >> BYTE_BITS > limit.messages || held & BYTE_MASK > limit.bytes {
            self.held.fetch_sub(charge, Ordering::AcqRel);
            return Err(CallError::Busy);
        }
        Ok(Charge(charge))
    }

    /// Gives back what an admitted message held.
    #[inline]
    pub(crate) fn release(&self, charge: Charge) {
        self.held.fetch_sub(charge.0, Ordering::SeqCst);
        if self.waiting.load(Ordering::SeqCst) > 0 {
            self.room.notify_waiters();
        }
    }

    /// Returns once a message of this lane and weight might be admitted, or never will be.
    pub(crate) async fn ready(&self, lane: Lane, weight: Bytes) {
        let limit = self.limit(lane);
        if !limit.admits(weight) {
            return;
        }
        let _waiting = Waiting::new(&self.waiting);
        loop {
            let room = self.room.notified();
            tokio::pin!(room);
            room.as_mut().enable();
            let held = self.held.load(Ordering::SeqCst);
            let fits = (held >> BYTE_BITS) < limit.messages
                && (held & BYTE_MASK) + weight.0 <= limit.bytes;
            if fits || !self.is_open() {
                break;
            }
            room.await;
        }
    }

    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    /// Admits nothing more; what was admitted is still handled.
    pub(crate) fn close(&self) {
        self.open.store(false, Ordering::Release);
        self.room.notify_waiters();
    }

    pub(crate) fn messages(&self) -> u64 {
        self.held.load(Ordering::Acquire) >> BYTE_BITS
    }

    pub(crate) fn bytes(&self) -> Bytes {
        Bytes(self.held.load(Ordering::Acquire) & BYTE_MASK)
    }
}

/// Counts a waiter for as long as its future lives, so that `release` notifies only when someone waits.
struct Waiting<'a>(&'a AtomicU64);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicU64) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lane() -> impl Strategy<Value = Lane> {
        prop_oneof![Just(Lane::Bulk), Just(Lane::Normal), Just(Lane::Control)]
    }

    proptest! {
        #[test]
        fn what_is_held_never_exceeds_the_queue(
            steps in proptest::collection::vec((lane(), 0u64..4_000, any::<bool>()), 1..200),
        ) {
            let queue = Queue { messages: 20, bytes: Bytes(10_000) };
            let gate = Gate::new(queue);
            let mut charges = Vec::new();
            for (lane, weight, release) in steps {
                if release && !charges.is_empty() {
                    gate.release(charges.swap_remove(0));
                } else if let Ok(charge) = gate.admit(lane, Bytes(weight)) {
                    charges.push(charge);
                }
                prop_assert!(gate.messages() <= 20 && gate.bytes() <= Bytes(10_000));
                prop_assert_eq!(gate.messages(), charges.len() as u64);
            }
            charges.into_iter().for_each(|charge| gate.release(charge));
            prop_assert_eq!((gate.messages(), gate.bytes()), (0, Bytes(0)));
        }
    }

    #[test]
    fn lanes_are_refused_at_half_at_nine_tenths_and_when_full() {
        let gate = Gate::new(Queue { messages: 10, bytes: Bytes::mib(1) });
        let fill = |lane, count: u64| {
            while gate.admit(lane, Bytes(1)).is_ok() {}
            assert_eq!(gate.messages(), count, "{lane:?}");
        };
        fill(Lane::Bulk, 5);
        fill(Lane::Normal, 9);
        fill(Lane::Control, 10);
    }

    #[test]
    fn a_closed_gate_admits_nothing() {
        let gate = Gate::new(Queue::default());
        gate.close();
        assert_eq!(gate.admit(Lane::Control, Bytes(1)), Err(CallError::Closing));
    }

    #[test]
    fn what_can_never_be_taken_is_not_called_busy() {
        let gate = Gate::new(Queue { messages: 10, bytes: Bytes(1_000) });
        assert_eq!(gate.admit(Lane::Bulk, Bytes(501)), Err(CallError::Unsupported));
        assert_eq!(gate.admit(Lane::Control, Bytes(1_001)), Err(CallError::Unsupported));
        let wide = Gate::new(Queue { messages: 10, bytes: Bytes(u64::MAX) });
        assert_eq!(wide.admit(Lane::Control, Bytes(u64::MAX)), Err(CallError::Unsupported));
        assert_eq!((gate.messages(), wide.messages()), (0, 0));
    }
}
