//! Ending in good order: nothing new comes in, what was taken is finished, what is durable is flushed.

use crate::node::Node;
use crate::seat::Seat;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use troupe_types::Millis;

/// How a top-level actor is told to run its last hook.
pub(crate) struct Finisher {
    seat: Arc<Seat>,
    finish: Box<dyn Fn() + Send + Sync>,
}

/// What a drain left behind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Drained {
    /// Actor kinds that had not finished when the time was up, with the messages still queued.
    pub unfinished: Vec<(&'static str, u64)>,
}

impl Drained {
    /// Whether everything was finished.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.unfinished.is_empty()
    }
}

/// How often the drain looks whether the actors are quiet.
const LOOK: Millis = Millis(5);

/// What a last hook gets at least.
const MOMENT: Millis = Millis::secs(2);

/// A last hook that takes so long is worth a line in the log.
const SLOW: Millis = Millis::secs(1);

impl Node {
    pub(crate) fn on_finish(&self, seat: &Arc<Seat>, finish: Box<dyn Fn() + Send + Sync>) {
        let finisher = Finisher { seat: Arc::clone(seat), finish };
        self.0.finishers.lock().unwrap_or_else(PoisonError::into_inner).push(finisher);
    }

    /// Whether the node is on its way out: not ready, and answering `Closing` to other processes.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.0.is_draining.load(Ordering::Acquire)
    }

    /// Ends the node's actors within `span`: refuses messages from other processes, lets queues and
    /// conversations finish, closes the gates, runs the last hooks in reverse order of start.
    pub async fn drain(&self, span: Millis) -> Drained {
        let until = self.now().mono.plus(span);
        self.0.is_draining.store(true, Ordering::Release);
        self.inbound().close();
        // Conversations may go on among our own actors until all are quiet at the same time: nobody
        // has anything to do at one look, nor at the next, and nobody did anything in between.
        let mut before = None;
        while self.now().mono < until {
            let now = self.quiet();
            if now.is_some() && now == before {
                break;
            }
            before = now;
            self.look().await;
        }
        let mut unfinished = Vec::new();
        for seat in self.seats() {
            seat.gate.close();
            if !seat.is_quiet() {
                unfinished.push((seat.kind, seat.gate.messages()));
            }
        }
        let finishers =
            std::mem::take(&mut *self.0.finishers.lock().unwrap_or_else(PoisonError::into_inner));
        // Each last hook may use what is left of the time, and a moment of its own when the queues or
        // the hooks before it used it up: a slow disk costs nobody else his last words.
        for Finisher { seat, finish } in finishers.into_iter().rev() {
            let began = self.now().mono;
            let end = until.max(began.plus(MOMENT));
            finish();
            while !seat.is_gone() && self.now().mono < end {
                self.look().await;
            }
            let took = self.now().mono.since(began);
            if took >= SLOW {
                tracing::warn!(actor = seat.kind, took_ms = took.0, "an actor took long to end");
            }
            if !seat.is_gone() {
                unfinished.push((seat.kind, seat.gate.messages()));
            }
        }
        // One line a kind: the one with the most messages.
        unfinished.sort_unstable_by_key(|(kind, messages)| (*kind, std::cmp::Reverse(*messages)));
        unfinished.dedup_by_key(|(kind, _)| *kind);
        Drained { unfinished }
    }

    /// Which actors there are and how much each has run so far, provided that all are quiet.
    fn quiet(&self) -> Option<Vec<(usize, u64)>> {
        let seat_runs = |seat: &Arc<Seat>| {
            let (place, runs) = (Arc::as_ptr(seat).addr(), seat.runs());
            seat.is_quiet().then_some((place, runs))
        };
        self.seats().iter().map(seat_runs).collect()
    }

    async fn look(&self) {
        self.clock().alarm(self.now().mono.plus(LOOK)).await;
    }
}
