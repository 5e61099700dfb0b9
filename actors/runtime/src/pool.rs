//! Two bounded pools for heavy work. `urgent` (signatures, execution, disk) never waits behind `jobs`.

use crate::fault::Error;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use troupe_wire::CallError;

/// Which pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pool {
    /// What a round of consensus or a disk waits for.
    Urgent,
    /// What may take its time.
    Jobs,
}

/// Work that belongs to nobody's thread.
pub type Job = Box<dyn FnOnce() + Send>;

/// Something that runs jobs: threads, or a simulation's wheel.
pub trait Executor: Send + Sync + 'static {
    /// Takes a job, or gives it back: `Busy` when too many wait, `Closing` at the end.
    fn submit(&self, job: Job) -> Result<(), NotTaken>;
}

/// A job that was not taken.
pub struct NotTaken {
    /// The job.
    pub job: Job,
    /// Why.
    pub why: CallError,
}

impl std::fmt::Debug for NotTaken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NotTaken({})", self.why)
    }
}

/// A fixed number of threads behind one bounded queue. They end when the last clone is dropped and
/// the queue is empty.
#[derive(Clone)]
pub struct Threads(Arc<Owner>);

struct Owner(Arc<Shared>);

struct Shared {
    queue: Mutex<Queue>,
    work: Condvar,
    capacity: usize,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    is_closed: bool,
}

impl std::fmt::Debug for Threads {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Threads(capacity {})", self.0.0.capacity)
    }
}

impl Threads {
    /// Starts `threads` threads that take from a queue of at most `capacity` jobs.
    pub fn start(name: &str, threads: usize, capacity: usize) -> Result<Self, Error> {
        let shared = Arc::new(Shared { queue: Mutex::default(), work: Condvar::new(), capacity });
        for index in 0..threads.max(1) {
            let shared = Arc::clone(&shared);
            std::thread::Builder::new()
                .name(format!("{name}-{index}"))
                .spawn(move || shared.work())
                .map_err(|error| Error::Thread(error.to_string()))?;
        }
        Ok(Self(Arc::new(Owner(shared))))
    }

    /// Lets the threads end once the queue is empty. Later jobs are refused.
    pub fn close(&self) {
        self.0.0.close();
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Executor for Threads {
    fn submit(&self, job: Job) -> Result<(), NotTaken> {
        let shared = &self.0.0;
        let mut queue = shared.lock();
        if queue.is_closed {
            return Err(NotTaken { job, why: CallError::Closing });
        }
        if queue.jobs.len() >= shared.capacity {
            return Err(NotTaken { job, why: CallError::Busy });
        }
        queue.jobs.push_back(job);
        drop(queue);
        shared.work.notify_one();
        Ok(())
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        self.lock().is_closed = true;
        self.work.notify_all();
    }

    fn work(&self) {
        loop {
            let mut queue = self.lock();
            let job = loop {
                if let Some(job) = queue.jobs.pop_front() {
                    break job;
                }
                if queue.is_closed {
                    return;
                }
                queue = self.work.wait(queue).unwrap_or_else(PoisonError::into_inner);
            };
            drop(queue);
            // Whoever submitted it wrapped it already; a panic must not cost the pool a thread.
            let _ = catch_unwind(AssertUnwindSafe(job));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn a_full_queue_refuses_and_a_panic_costs_no_thread() {
        let pool = Threads::start("test", 1, 2).expect("a thread starts");
        let (hold, held) = mpsc::sync_channel::<()>(1);
        let (started, is_started) = mpsc::sync_channel(1);
        let first = move || {
            started.send(()).expect("the test listens");
            let _ = held.recv();
            panic!("the job fails");
        };
        pool.submit(Box::new(first)).expect("taken");
        is_started.recv().expect("the job runs");
        let (done, is_done) = mpsc::sync_channel(1);
        pool.submit(Box::new(move || done.send(7).expect("the test listens"))).expect("taken");
        pool.submit(Box::new(|| {})).expect("taken");
        let refused = pool.submit(Box::new(|| {})).expect_err("the queue is full");
        assert_eq!(refused.why, CallError::Busy);
        drop(hold);
        assert_eq!(is_done.recv(), Ok(7));
        pool.close();
        let refused = pool.submit(Box::new(|| {})).expect_err("the pool is closed");
        assert_eq!(refused.why, CallError::Closing);
    }
}
