//! One piece of work on several threads, for as long as it takes.

use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use troupe_wire::Fork;

/// So many threads for one piece of work, the caller's among them; they end with it. With one of them
/// everything is done in its place, so that a simulation sees no thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forks(NonZeroUsize);

impl Forks {
    /// The caller's thread alone.
    pub const NONE: Self = Self(NonZeroUsize::MIN);

    /// So many, at least the caller's.
    #[must_use]
    pub fn new(threads: usize) -> Self {
        Self(NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN))
    }
}

impl Fork for Forks {
    fn width(&self) -> usize {
        self.0.get()
    }

    fn map<T, R, F>(&self, items: Vec<T>, work: F) -> Vec<R>
    where
        T: Send,
        R: Send,
        F: Fn(T) -> R + Sync,
    {
        let (most, count) = (self.width().min(items.len()), items.len());
        if most < 2 {
            return items.into_iter().map(work).collect();
        }
        let items = Mutex::new(items.into_iter().enumerate());
        // A thread that panics holds no lock: whoever is left finds the list as it was.
        let next = || items.lock().unwrap_or_else(PoisonError::into_inner).next();
        let run = || {
            let mut done = Vec::with_capacity(count / most + 1);
            while let Some((place, item)) = next() {
                done.push((place, work(item)));
            }
            done
        };
        let mut done = std::thread::scope(|scope| {
            let others: Vec<_> = (1..most).map(|_| scope.spawn(run)).collect();
            let mut done = run();
            for other in others {
                done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
            }
            done
        });
        done.sort_unstable_by_key(|(place, _)| *place);
        done.into_iter().map(|(_, result)| result).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;
    use std::sync::Barrier;

    proptest! {
        #[test]
        fn results_keep_the_order_of_the_items(threads in 0usize..6, count in 0u64..200) {
            let results = Forks::new(threads).map((0..count).collect(), |n| n * 3);
            prop_assert_eq!(results, (0..count).map(|n| n * 3).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_work_is_done_on_all_threads_at_once() {
        let barrier = Barrier::new(3);
        let threads = Forks::new(3).map(vec![(); 3], |()| {
            barrier.wait();
            format!("{:?}", std::thread::current().id())
        });
        assert_eq!(threads.into_iter().collect::<BTreeSet<_>>().len(), 3);
    }

    #[test]
    #[should_panic(expected = "seven")]
    fn a_panic_is_the_callers() {
        Forks::new(2).map((0..100).collect(), |n| assert_ne!(n, 7, "seven"));
    }
}
