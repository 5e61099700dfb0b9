//! Long work, a little at a time.
//!
//! The pool is shared: storage reads from the disk there. A few pieces of work are in it at once, and the
//! others wait here; each goes to the end of the pool's queue when its turn has come.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use troupe_rpc::{Heavy, Unavailable};
use troupe_runtime::Executor;

/// How much of it is in the pool at once.
const AT_ONCE: usize = 2;
/// How much of it may wait.
const MOST_WAITING: usize = 512;

/// Long work on its way to a pool. Clones share it.
#[derive(Clone)]
pub struct Bench(Arc<Shared>);

struct Shared {
    pool: Arc<dyn Executor>,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    in_pool: usize,
    waiting: VecDeque<Heavy>,
}

impl fmt::Debug for Bench {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bench({} waiting)", self.0.lock().waiting.len())
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bench {
    /// Nothing is at work in the pool yet.
    pub fn new(pool: Arc<dyn Executor>) -> Self {
        Self(Arc::new(Shared { pool, queue: Mutex::default() }))
    }

    /// Runs it some time, or refuses it when too much waits.
    pub fn run(&self, work: Heavy) -> Result<(), Unavailable> {
        let mut queue = self.0.lock();
        if queue.in_pool >= AT_ONCE {
            if queue.waiting.len() >= MOST_WAITING {
                let reason = format!("{MOST_WAITING} calls wait already");
                return Err(Unavailable { reason });
            }
            queue.waiting.push_back(work);
            return Ok(());
        }
        queue.in_pool += 1;
        drop(queue);
        self.submit(work)
    }

    /// Puts work for which there is a place into the pool.
    fn submit(&self, work: Heavy) -> Result<(), Unavailable> {
        let turn = Turn(self.clone());
        let job = move || {
            // Held to the end of the work, also where that is a panic.
            let _turn = turn;
            work();
        };
        self.0.pool.submit(Box::new(job)).map_err(|refused| {
            let reason = format!("the pool for long work is {}", refused.why);
            Unavailable { reason }
        })
    }
}

/// A place in the pool: given on when the work has ended, or was not taken.
struct Turn(Bench);

impl Drop for Turn {
    fn drop(&mut self) {
        let mut queue = self.0.0.lock();
        let Some(work) = queue.waiting.pop_front() else {
            queue.in_pool -= 1;
            return;
        };
        drop(queue);
        // A pool that is full now drops all that waits: whoever asked hears that there is no result.
        let _ = self.0.submit(work);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, sync_channel};
    use troupe_runtime::{Job, NotTaken, Threads};
    use troupe_wire::CallError;

    /// Work that says when it begins, and ends when told to or when nobody can tell it any more.
    fn work(begun: &std::sync::mpsc::SyncSender<usize>, name: usize, hold: Receiver<()>) -> Heavy {
        let begun = begun.clone();
        Box::new(move || {
            begun.send(name).unwrap();
            let _ = hold.recv();
        })
    }

    #[test]
    fn two_are_at_work_at_once_and_a_panic_costs_no_place() {
        let pool = Threads::start("test", 8, 64).unwrap();
        let bench = Bench::new(Arc::new(pool.clone()));
        let (begun, begins) = sync_channel(16);
        let mut holds = Vec::new();
        for name in 0..4 {
            let (hold, held) = sync_channel(1);
            bench.run(work(&begun, name, held)).unwrap();
            holds.push(hold);
        }
        bench.run(Box::new(|| panic!("the work fails"))).unwrap();
        let (_, held) = sync_channel(1);
        bench.run(work(&begun, 4, held)).unwrap();
        let mut first = [begins.recv().unwrap(), begins.recv().unwrap()];
        first.sort_unstable();
        assert_eq!(first, [0, 1]);
        assert_eq!(bench.0.lock().in_pool, AT_ONCE);
        assert!(begins.try_recv().is_err(), "a third is at work");
        drop(holds);
        let mut rest: Vec<usize> = begins.iter().take(3).collect();
        rest.sort_unstable();
        assert_eq!(rest, [2, 3, 4]);
        pool.close();
        while bench.0.lock().in_pool > 0 {
            std::thread::yield_now();
        }
    }

    /// Takes nothing.
    struct Full;

    impl Executor for Full {
        fn submit(&self, job: Job) -> Result<(), NotTaken> {
            Err(NotTaken { job, why: CallError::Busy })
        }
    }

    #[test]
    fn a_full_pool_and_a_long_queue_are_refusals() {
        let bench = Bench::new(Arc::new(Full));
        for _ in 0..3 {
            let refused = bench.run(Box::new(|| {})).unwrap_err();
            assert_eq!(refused.reason, "the pool for long work is busy");
        }
        let (begun, begins) = sync_channel(AT_ONCE);
        let (hold, held) = sync_channel(1);
        let bench = Bench::new(Arc::new(Threads::start("test", 1, 64).unwrap()));
        bench.run(work(&begun, 0, held)).unwrap();
        begins.recv().unwrap();
        for _ in 1..AT_ONCE + MOST_WAITING {
            bench.run(Box::new(|| {})).unwrap();
        }
        let refused = bench.run(Box::new(|| {})).unwrap_err();
        assert_eq!(refused.reason, "512 calls wait already");
        drop(hold);
    }
}
