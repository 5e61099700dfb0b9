//! A pool whose jobs run on the one thread of the simulation and finish when the seed says.
//!
//! A job and its result belong together: the whole of it runs at the instant at which it finishes.
//! Nothing else can see when the computing took place, as a job shares nothing with its actor.

use crate::pool::{Executor, Job, NotTaken};
use crate::sim::disk::{Disk, Tear};
use crate::sim::life::Life;
use crate::sim::weather::Span;
use crate::sim::wheel::Wheel;
use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use troupe_wire::{CallError, Stream};

/// The size and speed of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolPlan {
    /// How many jobs run at a time.
    pub threads: usize,
    /// How many may wait.
    pub capacity: usize,
    /// How long one takes.
    pub takes: Span,
}

/// A pool of one incarnation.
pub struct Pool {
    wheel: Arc<Wheel>,
    life: Arc<Life>,
    plan: PoolPlan,
    state: Mutex<State>,
    myself: Weak<Self>,
}

struct State {
    luck: Stream,
    started: u64,
    running: BTreeMap<u64, Job>,
    waiting: VecDeque<Job>,
    /// Jobs that would have finished while the process was paused.
    overdue: Vec<u64>,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = self.lock();
        write!(f, "Pool({} running, {} waiting)", state.running.len(), state.waiting.len())
    }
}

impl Pool {
    pub(crate) fn new(
        wheel: Arc<Wheel>,
        life: Arc<Life>,
        plan: PoolPlan,
        luck: Stream,
    ) -> Arc<Self> {
        let state = Mutex::new(State {
            luck,
            started: 0,
            running: BTreeMap::new(),
            waiting: VecDeque::new(),
            overdue: Vec::new(),
        });
        Arc::new_cyclic(|myself| Self { wheel, life, plan, state, myself: Weak::clone(myself) })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self, state: &mut State, job: Job) {
        state.started += 1;
        let id = state.started;
        let takes = self.plan.takes.draw(&mut state.luck);
        state.running.insert(id, job);
        let myself = Weak::clone(&self.myself);
        self.wheel.at(self.wheel.nanos() + takes, move || {
            if let Some(pool) = myself.upgrade() {
                pool.finish(id);
            }
        });
    }

    fn finish(&self, id: u64) {
        if self.life.is_dead() {
            return;
        }
        let mut state = self.lock();
        if !self.life.is_up() {
            state.overdue.push(id);
            return;
        }
        let Some(job) = state.running.remove(&id) else { return };
        if let Some(next) = state.waiting.pop_front() {
            self.start(&mut state, next);
        }
        drop(state);
        run(job);
    }

    /// Finishes what would have finished during a pause.
    pub(crate) fn resume(&self) {
        let overdue = std::mem::take(&mut self.lock().overdue);
        for id in overdue {
            self.finish(id);
        }
    }

    /// The process died: of the jobs that were running, those that were writing leave on the disk
    /// what the seed says; the others leave nothing.
    pub(crate) fn abandon(&self, disk: &Disk) {
        let mut state = self.lock();
        let running = std::mem::take(&mut state.running);
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        for job in running.into_values() {
            match disk.draw_tear() {
                Tear::Nothing => drop(job),
                tear => {
                    disk.set_last_call(Some(tear));
                    run(job);
                    disk.set_last_call(None);
                }
            }
        }
        drop(waiting);
    }
}

/// Whoever submitted a job catches its panics; what slips through costs the pool nothing.
fn run(job: Job) {
    let _ = catch_unwind(AssertUnwindSafe(job));
}

impl Executor for Pool {
    fn submit(&self, job: Job) -> Result<(), NotTaken> {
        if self.life.is_dead() {
            return Err(NotTaken { job, why: CallError::Closing });
        }
        let mut state = self.lock();
        if state.running.len() < self.plan.threads.max(1) {
            self.start(&mut state, job);
            return Ok(());
        }
        if state.waiting.len() >= self.plan.capacity {
            return Err(NotTaken { job, why: CallError::Busy });
        }
        state.waiting.push_back(job);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::life::Deaths;
    use crate::sim::wheel::Event;
    use troupe_wire::Seed;

    fn pool(threads: usize, capacity: usize) -> (Arc<Wheel>, Arc<Life>, Arc<Pool>) {
        let wheel = Arc::new(Wheel::default());
        let life = Life::new(0, &Arc::new(Deaths::default()));
        let plan = PoolPlan { threads, capacity, takes: Span::micros(10, 90) };
        let luck = Seed::from_number(3).stream("pool");
        let pool = Pool::new(Arc::clone(&wheel), Arc::clone(&life), plan, luck);
        (wheel, life, pool)
    }

    fn turn_all(wheel: &Wheel) {
        while let Some(Event::Run(act)) = wheel.turn(u64::MAX) {
            act();
        }
    }

    #[test]
    fn jobs_finish_later_at_most_so_many_at_a_time_and_a_full_pool_refuses() {
        let (wheel, _life, pool) = pool(2, 3);
        let finished = Arc::new(Mutex::new(Vec::new()));
        for number in 0..5 {
            let (finished, wheel) = (Arc::clone(&finished), Arc::clone(&wheel));
            let job = move || finished.lock().expect("one thread").push((number, wheel.nanos()));
            pool.submit(Box::new(job)).expect("two run and three wait");
        }
        assert_eq!(pool.submit(Box::new(|| {})).expect_err("full").why, CallError::Busy);
        assert!(finished.lock().expect("one thread").is_empty(), "nothing finishes at once");
        turn_all(&wheel);
        let finished = finished.lock().expect("one thread");
        assert_eq!(finished.len(), 5);
        // Two threads need three rounds of at least 10 us.
        assert!(finished.iter().all(|(_, at)| *at >= 10_000));
        assert!(wheel.nanos() >= 30_000);
    }

    #[test]
    fn a_panicking_job_costs_no_thread_and_a_pause_loses_no_job() {
        let (wheel, life, pool) = pool(1, 8);
        pool.submit(Box::new(|| std::panic::resume_unwind(Box::new("injected")))).expect("taken");
        let done = Arc::new(Mutex::new(false));
        let tell = Arc::clone(&done);
        pool.submit(Box::new(move || *tell.lock().expect("one thread") = true)).expect("taken");
        life.pause();
        turn_all(&wheel);
        assert!(!*done.lock().expect("one thread"));
        life.resume();
        pool.resume();
        turn_all(&wheel);
        assert!(*done.lock().expect("one thread"));
    }
}
