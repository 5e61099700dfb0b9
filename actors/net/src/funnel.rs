//! Work that other threads hand to the network's event loop, taken up in batches.
//!
//! The event loop looks at what other threads wake only when nothing of its own is left, and what
//! it finds it runs one by one; each would then go out in a packet of its own. One task that takes
//! everything at once lets the answers of a burst share packets, and other threads wake the loop
//! once a burst.

use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// A short piece of work.
pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// The queue. Whoever hands in work bounds it: by the asks a peer may have waiting and under way.
#[derive(Default)]
pub(crate) struct Funnel {
    held: Mutex<Held>,
    filled: Notify,
}

#[derive(Default)]
struct Held {
    jobs: Vec<Job>,
    is_closed: bool,
}

impl Funnel {
    /// Hands in work; dropped when the network has ended.
    pub(crate) fn push(&self, job: Job) {
        let mut held = self.lock();
        if held.is_closed {
            return drop(held);
        }
        held.jobs.push(job);
        let is_first = held.jobs.len() == 1;
        drop(held);
        if is_first {
            self.filled.notify_one();
        }
    }

    /// Does the work until the network ends.
    pub(crate) async fn run(&self) {
        let mut batch = Vec::new();
        loop {
            self.filled.notified().await;
            std::mem::swap(&mut batch, &mut self.lock().jobs);
            for job in batch.drain(..) {
                job();
            }
        }
    }

    /// Drops what is left and everything that still comes.
    pub(crate) fn close(&self) {
        let mut held = self.lock();
        held.is_closed = true;
        let left = std::mem::take(&mut held.jobs);
        drop(held);
        // Outside the lock: a dropped ask answers its asker, who may ask again.
        drop(left);
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn what_is_handed_in_is_done_in_order_and_dropped_after_the_end() {
        let funnel = Funnel::default();
        let done = Arc::new(Mutex::new(Vec::new()));
        let push = |number: u32| {
            let done = Arc::clone(&done);
            funnel.push(Box::new(move || done.lock().unwrap().push(number)));
        };
        let mut running = Box::pin(funnel.run());
        (0..3).for_each(push);
        assert_eq!(running.as_mut().now_or_never(), None);
        (3..5).for_each(push);
        assert_eq!(running.as_mut().now_or_never(), None);
        assert_eq!(*done.lock().unwrap(), [0, 1, 2, 3, 4]);
        push(5);
        funnel.close();
        push(6);
        assert_eq!(running.as_mut().now_or_never(), None);
        assert_eq!(*done.lock().unwrap(), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn what_a_dropped_job_hands_in_is_dropped_too() {
        struct Again(Arc<Funnel>, Arc<AtomicU32>);
        impl Drop for Again {
            fn drop(&mut self) {
                self.1.fetch_add(1, Ordering::Relaxed);
                self.0.push(Box::new(|| ()));
            }
        }
        let (funnel, dropped) = (Arc::new(Funnel::default()), Arc::<AtomicU32>::default());
        let again = Again(Arc::clone(&funnel), Arc::clone(&dropped));
        funnel.push(Box::new(move || drop(again)));
        funnel.close();
        assert_eq!(dropped.load(Ordering::Relaxed), 1);
    }
}
