//! What is counted for every actor kind and message, in relaxed atomics. `collector.rs` turns them
//! into Prometheus metrics when someone looks.
//!
//! An actor counts what it runs in cells that only its own thread writes, which costs a load and a
//! store; what is refused at its gate is counted in shared ones. A look adds them up.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use troupe_wire::{CallError, Message};

/// Buckets by powers of four from 1,024 ns to 17 s, and one for all above.
pub(crate) const BUCKETS: usize = 14;
const FIRST_LOG2: u32 = 10;

/// A histogram of spans of time.
#[derive(Debug, Default)]
pub(crate) struct Spans {
    counts: [AtomicU64; BUCKETS],
    sum_nanos: AtomicU64,
}

/// Adds to a cell that no other thread writes.
#[inline]
fn add_own(cell: &AtomicU64, more: u64) {
    cell.store(cell.load(Ordering::Relaxed).wrapping_add(more), Ordering::Relaxed);
}

fn add_from(cell: &AtomicU64, other: &AtomicU64) {
    cell.fetch_add(other.load(Ordering::Relaxed), Ordering::Relaxed);
}

impl Spans {
    /// For the one thread that writes these.
    #[inline]
    pub(crate) fn record(&self, nanos: u64) {
        add_own(&self.counts[bucket(nanos)], 1);
        add_own(&self.sum_nanos, nanos);
    }

    fn add(&self, other: &Self) {
        for (count, more) in self.counts.iter().zip(&other.counts) {
            add_from(count, more);
        }
        add_from(&self.sum_nanos, &other.sum_nanos);
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

#[inline]
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

    #[inline]
    fn outcome(&self, ran: Ran) -> &AtomicU64 {
        match ran {
            Ran::Done => &self.outcomes[0],
            Ran::Failed(why) => &self.outcomes[1 + why as usize],
        }
    }

    /// For the one thread that writes these.
    #[inline]
    pub(crate) fn count(&self, ran: Ran) {
        add_own(self.outcome(ran), 1);
    }

    /// For cells that several threads write.
    pub(crate) fn count_shared(&self, ran: Ran) {
        self.outcome(ran).fetch_add(1, Ordering::Relaxed);
    }

    fn add(&self, other: &Self) {
        for (count, more) in self.outcomes.iter().zip(&other.outcomes) {
            add_from(count, more);
        }
        self.queue.add(&other.queue);
        self.handle.add(&other.handle);
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
    messages: Mutex<BTreeMap<&'static str, Cells>>,
    restarts: [AtomicU64; Cause::ALL.len()],
    busy: Mutex<Busy>,
}

/// What is counted of one message.
#[derive(Debug)]
struct Cells {
    /// What was refused, and what actors counted that have ended.
    shared: Arc<MessageStats>,
    /// One for each living actor.
    own: Vec<Arc<MessageStats>>,
}

#[derive(Debug, Default)]
struct Busy {
    ended: u64,
    own: Vec<Arc<AtomicU64>>,
}

impl KindStats {
    pub(crate) fn new(kind: &'static str) -> Self {
        Self {
            kind,
            messages: Mutex::default(),
            restarts: Default::default(),
            busy: Mutex::default(),
        }
    }

    fn messages(&self) -> MutexGuard<'_, BTreeMap<&'static str, Cells>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn busy(&self) -> MutexGuard<'_, Busy> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The cells for what is refused.
    pub(crate) fn shared(&self, message: &'static str) -> Arc<MessageStats> {
        let mut messages = self.messages();
        let cells = messages.entry(message).or_insert_with(|| Cells {
            shared: Arc::new(MessageStats::new(message)),
            own: Vec::new(),
        });
        Arc::clone(&cells.shared)
    }

    /// The sums of every message.
    pub(crate) fn totals(&self) -> Vec<MessageStats> {
        let sum = |cells: &Cells| {
            let total = MessageStats::new(cells.shared.message);
            total.add(&cells.shared);
            cells.own.iter().for_each(|own| total.add(own));
            total
        };
        self.messages().values().map(sum).collect()
    }

    /// Nanoseconds that actors of this kind were not idle.
    pub(crate) fn busy_nanos(&self) -> u64 {
        let busy = self.busy();
        busy.own.iter().fold(busy.ended, |sum, own| sum.wrapping_add(own.load(Ordering::Relaxed)))
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

/// The cells of one actor. When it ends, what they hold is added to the shared ones.
#[derive(Debug)]
pub(crate) struct OwnStats {
    kind: Arc<KindStats>,
    messages: Vec<(TypeId, Arc<MessageStats>)>,
    busy: Arc<AtomicU64>,
}

impl OwnStats {
    pub(crate) fn new(kind: &Arc<KindStats>) -> Self {
        let busy = Arc::new(AtomicU64::new(0));
        kind.busy().own.push(Arc::clone(&busy));
        Self { kind: Arc::clone(kind), messages: Vec::new(), busy }
    }

    /// Where the cells of `M` are; they stay there.
    #[inline]
    pub(crate) fn find<M: Message>(&mut self) -> usize {
        let id = TypeId::of::<M>();
        match self.messages.iter().position(|(known, _)| *known == id) {
            Some(index) => index,
            None => self.open::<M>(),
        }
    }

    #[cold]
    fn open<M: Message>(&mut self) -> usize {
        let own = Arc::new(MessageStats::new(M::NAME));
        self.kind.shared(M::NAME);
        if let Some(cells) = self.kind.messages().get_mut(M::NAME) {
            cells.own.push(Arc::clone(&own));
        }
        self.messages.push((TypeId::of::<M>(), own));
        self.messages.len() - 1
    }

    #[inline]
    pub(crate) fn of(&self, index: usize) -> &MessageStats {
        &self.messages[index].1
    }

    #[inline]
    pub(crate) fn worked(&self, nanos: u64) {
        add_own(&self.busy, nanos);
    }
}

impl Drop for OwnStats {
    fn drop(&mut self) {
        for (_, own) in self.messages.drain(..) {
            if let Some(cells) = self.kind.messages().get_mut(own.message) {
                cells.shared.add(&own);
                cells.own.retain(|other| !Arc::ptr_eq(other, &own));
            }
        }
        let mut busy = self.kind.busy();
        busy.ended = busy.ended.wrapping_add(self.busy.load(Ordering::Relaxed));
        busy.own.retain(|other| !Arc::ptr_eq(other, &self.busy));
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

    struct Ping;

    impl Message for Ping {
        type Reply = ();
        const NAME: &'static str = "ping";
    }

    #[test]
    fn what_an_ended_actor_counted_stays_in_the_sum() {
        let kind = Arc::new(KindStats::new("echo"));
        let seen = |kind: &KindStats| {
            let totals = kind.totals();
            let done =
                totals.first().map(|total| total.outcomes().next().expect("done is first").1);
            (done, totals.first().map(|total| total.handle.read().1), kind.busy_nanos())
        };
        let (mut one, mut two) = (OwnStats::new(&kind), OwnStats::new(&kind));
        for actor in [&mut one, &mut two] {
            let index = actor.find::<Ping>();
            actor.of(index).count(Ran::Done);
            actor.of(index).handle.record(10);
            actor.worked(10);
        }
        assert_eq!(seen(&kind), (Some(2), Some(2), 20));
        drop(one);
        assert_eq!(seen(&kind), (Some(2), Some(2), 20));
        drop(two);
        assert_eq!(seen(&kind), (Some(2), Some(2), 20));
        assert!(kind.messages().values().all(|cells| cells.own.is_empty()));
    }

    #[test]
    fn outcomes_are_counted_under_their_labels() {
        let stats = MessageStats::new("ping");
        stats.count(Ran::Done);
        stats.count(Ran::Failed(CallError::Busy));
        stats.count(Ran::Failed(CallError::Busy));
        let seen: Vec<_> = stats.outcomes().filter(|(_, count)| *count > 0).collect();
        assert_eq!(seen, [("done", 1), ("busy", 2)]);
        for (why, (label, _)) in CallError::ALL.into_iter().zip(stats.outcomes().skip(1)) {
            assert_eq!(label, why.label());
            stats.count_shared(Ran::Failed(why));
            let counted = stats.outcomes().find(|(known, _)| *known == label);
            assert!(counted.is_some_and(|(_, count)| count > 0), "{label}");
        }
    }
}
