//! Notices actors that do not come back from a handler.

use crate::fault::Error;
use crate::node::Node;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;
use troupe_types::Millis;

/// An actor whose handler has run for longer than allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stuck {
    /// The actor's kind.
    pub kind: &'static str,
    /// How long its handler has been running.
    pub busy_for: Millis,
}

impl Node {
    /// The actors that have been in one handler for longer than `limit`.
    #[must_use]
    pub fn stuck(&self, limit: Millis) -> Vec<Stuck> {
        let nanos = self.clock().nanos();
        let busy = |seat: &Arc<crate::seat::Seat>| {
            let busy_for = Millis(seat.busy_for(nanos)? / 1_000_000);
            (busy_for > limit).then_some(Stuck { kind: seat.kind, busy_for })
        };
        self.seats().iter().filter_map(busy).collect()
    }
}

/// A thread that looks after a node; dropping it ends the thread.
#[derive(Debug)]
pub struct Watchdog {
    _alive: SyncSender<()>,
    seen: Arc<AtomicU64>,
}

impl Watchdog {
    /// Looks every quarter of `limit` and warns of every actor found stuck.
    pub fn start(node: &Node, limit: Millis) -> Result<Self, Error> {
        let (alive, is_alive) = sync_channel::<()>(0);
        let seen = Arc::new(AtomicU64::new(0));
        let (node, counted) = (node.clone(), Arc::clone(&seen));
        let pause = Duration::from(Millis((limit.0 / 4).max(1)));
        let watch = move || {
            while is_alive.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                for Stuck { kind, busy_for } in node.stuck(limit) {
                    counted.fetch_add(1, Ordering::Relaxed);
                    tracing::warn!(
                        actor = kind,
                        busy_ms = busy_for.0,
                        "actor is stuck in a handler"
                    );
                }
            }
        };
        std::thread::Builder::new()
            .name("watchdog".to_owned())
            .spawn(watch)
            .map_err(|error| Error::Thread(error.to_string()))?;
        Ok(Self { _alive: alive, seen })
    }

    /// How often an actor was found stuck.
    #[must_use]
    pub fn warnings(&self) -> u64 {
        self.seen.load(Ordering::Relaxed)
    }
}
