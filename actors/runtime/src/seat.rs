//! The part of an actor that others may look at: its gate, its pulse, its orders, its place in a group.

use crate::fault::Exit;
use crate::gate::{Gate, Queue};
use crate::group::Membership;
use crate::stats::KindStats;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) kind: &'static str,
    pub(crate) gate: Gate,
    pub(crate) stats: Arc<KindStats>,
    pub(crate) group: Option<Membership>,
    /// What the actor is to do before its next message.
    orders: AtomicU8,
    /// Nanoseconds of the node's clock at which the running handler began; 0 when idle.
    busy_since: AtomicU64,
    /// How often it ran anything.
    runs: AtomicU64,
    /// Answers, timers of asks, jobs and held effects that are still to come.
    pending: AtomicU64,
    is_gone: AtomicBool,
}

/// What an actor is told from outside, ahead of all messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// To be rebuilt, because another member of the group fell.
    Restart,
    /// To end.
    Stop,
    /// To end, because its time is up.
    Overdue,
}

impl Order {
    const fn bit(self) -> u8 {
        match self {
            Self::Restart => 1,
            Self::Stop => 2,
            Self::Overdue => 4,
        }
    }
}

impl Seat {
    pub(crate) fn new(queue: Queue, stats: Arc<KindStats>, group: Option<Membership>) -> Self {
        Self {
            kind: stats.kind,
            gate: Gate::new(queue),
            stats,
            group,
            orders: AtomicU8::new(0),
            busy_since: AtomicU64::new(0),
            runs: AtomicU64::new(0),
            pending: AtomicU64::new(0),
            is_gone: AtomicBool::new(false),
        }
    }

    pub(crate) fn order(&self, order: Order) {
        self.orders.fetch_or(order.bit(), Ordering::AcqRel);
    }

    #[inline]
    pub(crate) fn has_orders(&self) -> bool {
        self.orders.load(Ordering::Relaxed) != 0
    }

    /// The exit that was ordered, if one was. It stays ordered.
    pub(crate) fn ordered_exit(&self) -> Option<Exit> {
        let orders = self.orders.load(Ordering::Acquire);
        if orders & Order::Stop.bit() != 0 {
            return Some(Exit::Stopped);
        }
        (orders & Order::Overdue.bit() != 0).then_some(Exit::DeadlinePassed)
    }

    /// Whether a restart was ordered; the order is taken.
    pub(crate) fn take_restart(&self) -> bool {
        let bit = Order::Restart.bit();
        self.orders.fetch_and(!bit, Ordering::AcqRel) & bit != 0
    }

    #[inline]
    pub(crate) fn begin(&self, nanos: u64) {
        self.busy_since.store(nanos.max(1), Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn end(&self) {
        self.busy_since.store(0, Ordering::Relaxed);
    }

    /// Something ran, and so much is still to come. For the actor's own thread.
    #[inline]
    pub(crate) fn ran(&self, pending: u64) {
        self.pending.store(pending, Ordering::Release);
        self.runs.store(self.runs.load(Ordering::Relaxed).wrapping_add(1), Ordering::Release);
    }

    /// How long the running handler has been at it, in nanoseconds.
    pub(crate) fn busy_for(&self, nanos: u64) -> Option<u64> {
        match self.busy_since.load(Ordering::Relaxed) {
            0 => None,
            since => Some(nanos.saturating_sub(since)),
        }
    }

    pub(crate) fn runs(&self) -> u64 {
        self.runs.load(Ordering::Acquire)
    }

    /// Nothing queued, nothing awaited.
    pub(crate) fn is_quiet(&self) -> bool {
        self.gate.messages() == 0 && self.pending.load(Ordering::Acquire) == 0
    }

    pub(crate) fn go(&self) {
        self.is_gone.store(true, Ordering::Release);
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.is_gone.load(Ordering::Acquire)
    }
}
