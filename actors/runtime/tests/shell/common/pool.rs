//! A pool whose jobs run when the test says so.

use std::collections::VecDeque;
use std::sync::Mutex;
use troupe_runtime::{Executor, Job, NotTaken};
use troupe_wire::CallError;

pub(crate) struct HandPool {
    jobs: Mutex<VecDeque<Job>>,
    capacity: usize,
}

impl HandPool {
    pub(crate) fn of(capacity: usize) -> Self {
        Self { jobs: Mutex::default(), capacity }
    }

    pub(crate) fn waiting(&self) -> usize {
        self.jobs.lock().unwrap().len()
    }

    /// Runs the oldest job.
    pub(crate) fn run_one(&self) {
        let job = self.jobs.lock().unwrap().pop_front().expect("a job waits");
        job();
    }

    /// Drops the oldest job without running it.
    pub(crate) fn lose_one(&self) {
        let job = self.jobs.lock().unwrap().pop_front().expect("a job waits");
        drop(job);
    }
}

impl Executor for HandPool {
    fn submit(&self, job: Job) -> Result<(), NotTaken> {
        let mut jobs = self.jobs.lock().unwrap();
        if jobs.len() >= self.capacity {
            return Err(NotTaken { job, why: CallError::Busy });
        }
        jobs.push_back(job);
        Ok(())
    }
}
