//! Virtual time: what happens when, in one order that a second run repeats.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// An instant of the simulated world, in nanoseconds since it began.
pub(crate) type Nanos = u64;

pub(crate) const NANOS_PER_MILLI: u64 = 1_000_000;

/// What an instant brings.
pub(crate) enum Event {
    /// A task waits for it.
    Wake(Waker),
    /// The world itself acts.
    Run(Box<dyn FnOnce() + Send>),
}

/// Names a scheduled event; events of one instant happen in the order in which they were scheduled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    at: Nanos,
    sequence: u64,
}

/// The one source of time of a simulated world. It never reads a clock: time moves when the next
/// event is taken, and only the host takes events.
#[derive(Default)]
pub struct Wheel {
    now: AtomicU64,
    turning: Mutex<Turning>,
}

#[derive(Default)]
struct Turning {
    events: BTreeMap<Key, Event>,
    sequence: u64,
}

impl std::fmt::Debug for Wheel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Wheel({} ns, {} events)", self.nanos(), self.lock().events.len())
    }
}

impl Wheel {
    fn lock(&self) -> MutexGuard<'_, Turning> {
        self.turning.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nanoseconds since the world began.
    #[must_use]
    pub fn nanos(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    /// How many events are still to come.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.lock().events.len()
    }

    /// Schedules an event; one for the past happens at once, after what is due already.
    pub(crate) fn schedule(&self, at: Nanos, event: Event) -> Key {
        let mut turning = self.lock();
        turning.sequence += 1;
        let key = Key { at: at.max(self.nanos()), sequence: turning.sequence };
        turning.events.insert(key, event);
        key
    }

    /// Schedules an act of the world.
    pub(crate) fn at(&self, at: Nanos, act: impl FnOnce() + Send + 'static) -> Key {
        self.schedule(at, Event::Run(Box::new(act)))
    }

    /// Takes an event back; one that happened already is gone.
    pub(crate) fn cancel(&self, key: Key) {
        let event = self.lock().events.remove(&key);
        // What the event holds may reach for the wheel when it is dropped, so not under the lock.
        drop(event);
    }

    /// Makes an event wake another task than it was scheduled for.
    fn rewake(&self, key: Key, waker: &Waker) {
        if let Some(Event::Wake(known)) = self.lock().events.get_mut(&key) {
            known.clone_from(waker);
        }
    }

    /// When the next event happens.
    pub(crate) fn next(&self) -> Option<Nanos> {
        self.lock().events.keys().next().map(|key| key.at)
    }

    /// Takes the next event that happens at `until` or before, and moves time to it.
    pub(crate) fn turn(&self, until: Nanos) -> Option<Event> {
        let mut turning = self.lock();
        let entry = turning.events.first_entry()?;
        if entry.key().at > until {
            return None;
        }
        let (key, event) = entry.remove_entry();
        self.now.store(key.at, Ordering::Relaxed);
        Some(event)
    }

    /// Moves time forward where no event lies in between.
    pub(crate) fn advance(&self, to: Nanos) {
        debug_assert!(self.next().is_none_or(|next| next >= to), "an event would be skipped");
        self.now.fetch_max(to, Ordering::Relaxed);
    }

    /// Forgets everything to come: the world ends.
    pub(crate) fn clear(&self) {
        let events = std::mem::take(&mut self.lock().events);
        drop(events);
    }
}

/// A future that completes at an instant; dropping it takes the event back.
pub(crate) struct Until {
    wheel: Arc<Wheel>,
    at: Nanos,
    key: Option<Key>,
}

impl Until {
    pub(crate) fn new(wheel: Arc<Wheel>, at: Nanos) -> Self {
        Self { wheel, at, key: None }
    }
}

impl Future for Until {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<()> {
        if self.wheel.nanos() >= self.at {
            return Poll::Ready(());
        }
        // The end of time never comes; an event for it would only lie in the way.
        if self.at == Nanos::MAX {
            return Poll::Pending;
        }
        match self.key {
            Some(key) => self.wheel.rewake(key, task.waker()),
            None => {
                let key = self.wheel.schedule(self.at, Event::Wake(task.waker().clone()));
                self.key = Some(key);
            }
        }
        Poll::Pending
    }
}

impl Drop for Until {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            self.wheel.cancel(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::atomic::AtomicUsize;
    use std::task::Wake;

    proptest! {
        #[test]
        fn events_happen_by_time_and_then_in_the_order_of_their_scheduling(
            times in proptest::collection::vec(0u64..20, 1..60),
            cancelled in proptest::collection::btree_set(0usize..60, 0..20),
        ) {
            let wheel = Arc::new(Wheel::default());
            let happened = Arc::new(Mutex::new(Vec::new()));
            let mut keys = Vec::new();
            for (number, at) in times.iter().enumerate() {
                let (happened, at) = (Arc::clone(&happened), *at);
                keys.push(wheel.at(at, move || happened.lock().expect("one thread").push((at, number))));
            }
            for number in cancelled.iter().filter(|number| **number < keys.len()) {
                wheel.cancel(keys[*number]);
            }
            let mut expected: Vec<(u64, usize)> = times
                .iter()
                .enumerate()
                .filter(|(number, _)| !cancelled.contains(number))
                .map(|(number, at)| (*at, number))
                .collect();
            expected.sort_unstable();
            let mut before = 0;
            while let Some(Event::Run(act)) = wheel.turn(Nanos::MAX) {
                prop_assert!(wheel.nanos() >= before);
                before = wheel.nanos();
                act();
            }
            prop_assert_eq!(&*happened.lock().expect("one thread"), &expected);
        }
    }

    #[derive(Default)]
    struct Counter(AtomicUsize);

    impl Wake for Counter {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_dropped_alarm_leaves_no_event_behind() {
        let wheel = Arc::new(Wheel::default());
        let waker = Waker::from(Arc::new(Counter::default()));
        let mut alarms: Vec<_> =
            (1..=100).map(|at| Box::pin(Until::new(Arc::clone(&wheel), at))).collect();
        for alarm in &mut alarms {
            assert!(alarm.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            assert!(alarm.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        }
        assert_eq!(wheel.pending(), 100);
        alarms.truncate(1);
        assert_eq!(wheel.pending(), 1);
        assert!(wheel.turn(0).is_none(), "nothing is due before its time");
        assert!(matches!(wheel.turn(1), Some(Event::Wake(_))));
        assert!(alarms[0].as_mut().poll(&mut Context::from_waker(&waker)).is_ready());
    }
}
