//! What is counted for every actor kind and message, in plain relaxed atomics: a message costs six
//! additions. `collector.rs` turns them into Prometheus metrics when someone looks.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use troupe_wire::CallError;

/// Buckets by powers of four from 1,024 ns to 17 s, and one for all above.
pub(crate) const BUCKETS: usize = 14;
const FIRST_LOG2: u32 = 10;

/// A histogram of spans of time.
#[derive(Debug, Default)]
pub(crate) struct Spans {
    counts: [AtomicU64; BUCKETS],
    sum_nanos: AtomicU64,
}

impl Spans {
    pub(crate) fn record(&self, nanos: u64) {
        self.counts[bucket(nanos)].fetch_add(1, Ordering::Relaxed);
        self.sum_nanos.fetch_add(nanos, Ordering::Relaxed);
    }

    /// Cumulative counts by upper bound in seconds, and the sum in seconds.
    pub(crate) fn read(&self) -> (Vec<(f64, u64)>, u64, f64) {
        let mut total = 0;
        let mut cumulative = Vec::with_capacity(BUCKETS - 1);
        for (index, count) in self.counts.iter().enumerate() {
            total += count.load(Ordering::Relaxed);
            if index + 1 < BUCKETS {
                cumulative.push((upper_bound(index), total));
            }
        }
        (cumulative, total, seconds(self.sum_nanos.load(Ordering::Relaxed)))
    }
}

fn bucket(nanos: u64) -> usize {
    let log2_up = 64 - nanos.saturating_sub(1).leading_zeros();
    let index = log2_up.saturating_sub(FIRST_LOG2).div_ceil(2);
    (index as usize).min(BUCKETS - 1)
}

fn upper_bound(index: usize) -> f64 {
    seconds(1 << (FIRST_LOG2 as usize + 2 * index))
}

pub(crate) fn seconds(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}

/// How the handling of a message ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ran {
    Done,
    Failed(CallError),
}

/// One kind of message at one kind of actor.
#[derive(Debug)]
pub(crate) struct MessageStats {
    pub(crate) message: &'static str,
    outcomes: [AtomicU64; 1 + CallError::ALL.len()],
    pub(crate) queue: Spans,
    pub(crate) handle: Spans,
}

impl MessageStats {
    fn new(message: &'static str) -> Self {
        Self {
            message,
            outcomes: Default::default(),
            queue: Spans::default(),
            handle: Spans::default(),
        }
    }

    pub(crate) fn count(&self, ran: Ran) {
        let index = match ran {
            Ran::Done => 0,
            Ran::Failed(why) => 1 + CallError::ALL.iter().position(|e| *e == why).unwrap_or(0),
        };
        self.outcomes[index].fetch_add(1, Ordering::Relaxed);
    }

    /// Every outcome with its label.
    pub(crate) fn outcomes(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        let labels = std::iter::once("done").chain(CallError::ALL.iter().map(|e| e.label()));
        labels.zip(self.outcomes.iter().map(|count| count.load(Ordering::Relaxed)))
    }
}

/// Why an actor was rebuilt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cause {
    Panic,
    Fault,
    Group,
}

impl Cause {
    pub(crate) const ALL: [(Self, &'static str); 3] =
        [(Self::Panic, "panic"), (Self::Fault, "fault"), (Self::Group, "group")];
}

/// All actors of one kind: replicas and children share it.
#[derive(Debug)]
pub(crate) struct KindStats {
    pub(crate) kind: &'static str,
    messages: Mutex<BTreeMap<&'static str, Arc<MessageStats>>>,
    restarts: [AtomicU64; Cause::ALL.len()],
    pub(crate) busy_nanos: AtomicU64,
}

impl KindStats {
    pub(crate) fn new(kind: &'static str) -> Self {
        Self {
            kind,
            messages: Mutex::default(),
            restarts: Default::default(),
            busy_nanos: AtomicU64::new(0),
        }
    }

    pub(crate) fn message(&self, name: &'static str) -> Arc<MessageStats> {
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        let stats = messages.entry(name).or_insert_with(|| Arc::new(MessageStats::new(name)));
        Arc::clone(stats)
    }

    pub(crate) fn messages(&self) -> Vec<Arc<MessageStats>> {
        let messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        messages.values().cloned().collect()
    }

    pub(crate) fn restarted(&self, cause: Cause) {
        self.restarts[cause as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn restarts(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        Cause::ALL
            .iter()
            .map(|(cause, label)| (*label, self.restarts[*cause as usize].load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_span_lies_at_or_below_the_bound_of_its_bucket(nanos in 0u64..20_000_000_000) {
            let index = bucket(nanos);
            if index + 1 < BUCKETS {
                prop_assert!(seconds(nanos) <= upper_bound(index));
            }
            if index > 0 {
                prop_assert!(seconds(nanos) > upper_bound(index - 1));
            }
        }
    }

    #[test]
    fn outcomes_are_counted_under_their_labels() {
        let stats = MessageStats::new("ping");
        stats.count(Ran::Done);
        stats.count(Ran::Failed(CallError::Busy));
        stats.count(Ran::Failed(CallError::Busy));
        let seen: Vec<_> = stats.outcomes().filter(|(_, count)| *count > 0).collect();
        assert_eq!(seen, [("done", 1), ("busy", 2)]);
    }
}
