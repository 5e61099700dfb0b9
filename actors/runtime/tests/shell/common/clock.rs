//! A clock that stands still until it is moved.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use troupe_runtime::{Alarm, Clock};
use troupe_types::{Millis, UnixMillis};

type Alarms = Arc<Mutex<BTreeMap<(Millis, u64), Waker>>>;

#[derive(Default)]
pub(crate) struct HandClock {
    nanos: Arc<AtomicU64>,
    alarms: Alarms,
    last: AtomicU64,
    keeps: AtomicBool,
}

impl HandClock {
    /// Moves time and rings what is due.
    pub(crate) fn advance(&self, span: Millis) {
        let now = self.nanos.fetch_add(span.0 * 1_000_000, Ordering::SeqCst) + span.0 * 1_000_000;
        let mut alarms = self.alarms.lock().unwrap();
        let later = alarms.split_off(&(Millis(now / 1_000_000 + 1), 0));
        let due = std::mem::replace(&mut *alarms, later);
        drop(alarms);
        due.into_values().for_each(Waker::wake);
    }

    /// From now on alarms of answered asks may serve later ones.
    pub(crate) fn keep_alarms(&self) {
        self.keeps.store(true, Ordering::Relaxed);
    }

    /// How many alarms were made so far.
    pub(crate) fn made(&self) -> u64 {
        self.last.load(Ordering::Relaxed)
    }

    /// How many alarms are armed.
    pub(crate) fn armed(&self) -> usize {
        self.alarms.lock().unwrap().len()
    }

    /// When the next alarm rings.
    pub(crate) fn next(&self) -> Option<Millis> {
        self.alarms.lock().unwrap().keys().next().map(|(at, _)| *at)
    }
}

impl Clock for HandClock {
    fn nanos(&self) -> u64 {
        self.nanos.load(Ordering::SeqCst)
    }

    fn wall(&self) -> UnixMillis {
        UnixMillis(self.mono().0)
    }

    fn keeps_alarms(&self) -> bool {
        self.keeps.load(Ordering::Relaxed)
    }

    fn alarm(&self, at: Millis) -> Alarm {
        let key = (at, self.last.fetch_add(1, Ordering::Relaxed));
        let (nanos, alarms) = (Arc::clone(&self.nanos), Arc::clone(&self.alarms));
        Box::pin(Ring { key, nanos, alarms })
    }
}

struct Ring {
    key: (Millis, u64),
    nanos: Arc<AtomicU64>,
    alarms: Alarms,
}

impl Future for Ring {
    type Output = ();

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<()> {
        let mut alarms = self.alarms.lock().unwrap();
        if self.nanos.load(Ordering::SeqCst) / 1_000_000 >= self.key.0.0 {
            return Poll::Ready(());
        }
        alarms.insert(self.key, task.waker().clone());
        Poll::Pending
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        let waker = self.alarms.lock().unwrap().remove(&self.key);
        drop(waker);
    }
}
