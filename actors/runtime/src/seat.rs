//! The part of an actor that others may look at: its gate, its pulse, its place in a group.

use crate::gate::{Gate, Queue};
use crate::group::Membership;
use crate::stats::KindStats;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) kind: &'static str,
    pub(crate) gate: Gate,
    pub(crate) stats: Arc<KindStats>,
    pub(crate) group: Option<Membership>,
    /// Nanoseconds of the node's clock at which the running handler began; 0 when idle.
    busy_since: AtomicU64,
    /// Answers, timers of asks, jobs and held effects that are still to come.
    pub(crate) pending: AtomicU64,
    /// Set by the group; obeyed before the next message.
    pub(crate) restart_wanted: AtomicBool,
    pub(crate) is_gone: AtomicBool,
}

impl Seat {
    pub(crate) fn new(queue: Queue, stats: Arc<KindStats>, group: Option<Membership>) -> Self {
        Self {
            kind: stats.kind,
            gate: Gate::new(queue),
            stats,
            group,
            busy_since: AtomicU64::new(0),
            pending: AtomicU64::new(0),
            restart_wanted: AtomicBool::new(false),
            is_gone: AtomicBool::new(false),
        }
    }

    pub(crate) fn begin(&self, nanos: u64) {
        self.busy_since.store(nanos.max(1), Ordering::Relaxed);
    }

    pub(crate) fn end(&self) {
        self.busy_since.store(0, Ordering::Relaxed);
    }

    /// How long the running handler has been at it, in nanoseconds.
    pub(crate) fn busy_for(&self, nanos: u64) -> Option<u64> {
        match self.busy_since.load(Ordering::Relaxed) {
            0 => None,
            since => Some(nanos.saturating_sub(since)),
        }
    }

    /// Nothing queued, nothing running, nothing awaited.
    pub(crate) fn is_quiet(&self) -> bool {
        self.gate.messages() == 0 && self.pending.load(Ordering::Acquire) == 0
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.is_gone.load(Ordering::Acquire)
    }
}
