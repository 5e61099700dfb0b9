//! The jobs of a process: those that go on, and the last that ended.

use crate::error::{Class, Error, Outcome};
use crate::found::Finished;
use crate::matching::Matched;
use crate::step::Step;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Jobs that go on at the same time.
pub(crate) const MOST_AT_ONCE: usize = 8;
/// Jobs that ended and are remembered.
pub(crate) const MOST_ENDED: usize = 16;

/// What a job found.
#[derive(Debug, Clone)]
pub enum Found {
    /// By computing.
    Finished(Finished),
    /// By matching.
    Matched(Matched),
}

/// How a job ended.
pub(crate) type Ended = Outcome<Found>;

/// How far a job is.
#[derive(Clone, Default)]
pub(crate) struct State {
    /// The last thing that was said of it.
    pub(crate) step: Option<Step>,
    /// Its number on the chain, once it has one.
    pub(crate) task: Option<u64>,
    /// How it ended.
    pub(crate) ended: Option<Arc<Ended>>,
}

impl fmt::Debug for State {
    /// Without what was found.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "State({:?}, is over: {})", self.step, self.ended.is_some())
    }
}

/// A job as others see it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) run: u64,
    pub(crate) name: String,
    pub(crate) state: watch::Receiver<State>,
}

/// Who ends a job that is not on a chain.
type Stop = Arc<tokio::sync::Notify>;

#[derive(Debug, Default)]
struct Books {
    last: u64,
    jobs: BTreeMap<u64, (Seen, Stop)>,
}

/// All jobs of a process. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Desk(Arc<Mutex<Books>>);

/// A job from within. Dropped before its end, it says that it was given up.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) run: u64,
    state: watch::Sender<State>,
    stop: Stop,
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a job, if there is one.
    pub(crate) fn begin(&self, name: String) -> Outcome<(Running, Seen)> {
        let mut books = self.lock();
        let is_over = |seen: &Seen| seen.state.borrow().ended.is_some();
        let over = books.jobs.values().filter(|(seen, _)| is_over(seen)).map(|(seen, _)| seen.run);
        let over: Vec<u64> = over.collect();
        let going = books.jobs.len() - over.len();
        if going >= MOST_AT_ONCE {
            let text = format!("{going} jobs go on already, allowed are {MOST_AT_ONCE}");
            return Err(Error::new(Class::Refused, text));
        }
        let forgotten = over.len().saturating_sub(MOST_ENDED - 1);
        over.iter().take(forgotten).for_each(|run| drop(books.jobs.remove(run)));
        books.last += 1;
        let run = books.last;
        let (sender, state) = watch::channel(State::default());
        let stop = Stop::default();
        let seen = Seen { run, name, state };
        books.jobs.insert(run, (seen.clone(), Arc::clone(&stop)));
        Ok((Running { run, state: sender, stop }, seen))
    }

    /// All of them, the oldest first.
    pub(crate) fn all(&self) -> Vec<Seen> {
        self.lock().jobs.values().map(|(seen, _)| seen.clone()).collect()
    }

    /// The last job of which something is true.
    pub(crate) fn find(&self, is_it: impl Fn(&Seen) -> bool) -> Outcome<Seen> {
        let found = self.lock().jobs.values().rev().find(|(seen, _)| is_it(seen)).cloned();
        found.map(|(seen, _)| seen).ok_or_else(|| {
            Error::new(Class::Usage, "this process has no such job, or has forgotten it")
        })
    }

    /// Asks a job to end.
    pub(crate) fn stop(&self, run: u64) {
        if let Some((_, stop)) = self.lock().jobs.get(&run) {
            stop.notify_one();
        }
    }
}

impl Running {
    /// Something new is known of it.
    pub(crate) fn tell(&self, step: Step) {
        self.state.send_modify(|state| {
            if let Step::Agreeing { number }
            | Step::Electing { number }
            | Step::Settling { number } = step
            {
                state.task = Some(number);
            }
            state.step = Some(step);
        });
    }

    /// It is over.
    pub(crate) fn end(self, ended: Ended) {
        self.over(ended);
    }

    fn over(&self, ended: Ended) {
        self.state.send_modify(|state| {
            state.ended.get_or_insert_with(|| Arc::new(ended));
        });
    }

    /// Completes when it is asked to end.
    pub(crate) fn stopped(&self) -> impl Future<Output = ()> + 'static {
        let stop = Arc::clone(&self.stop);
        async move { stop.notified().await }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let text = "the process that ran the job gave it up";
        self.over(Err(Error::new(Class::Failed, text)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over() -> Ended {
        Err(Error::new(Class::Failed, "it went wrong"))
    }

    #[test]
    fn so_many_jobs_go_on_at_once_and_the_oldest_that_ended_are_forgotten() {
        let desk = Desk::default();
        let begin = || desk.begin("a job".into());
        let going: Vec<Running> = (0..MOST_AT_ONCE).map(|_| begin().unwrap().0).collect();
        assert_eq!(begin().unwrap_err().class, Class::Refused);
        for running in going {
            running.end(over());
        }
        for _ in 0..2 * MOST_ENDED {
            begin().unwrap().0.end(over());
        }
        let (last, _) = begin().unwrap();
        let runs: Vec<u64> = desk.all().iter().map(|seen| seen.run).collect();
        assert_eq!(runs.len(), MOST_ENDED);
        assert_eq!(runs.last(), Some(&last.run));
        assert!(desk.find(|seen| seen.run == 1).is_err());
    }

    #[test]
    fn a_job_that_is_dropped_ends_for_everybody_who_watches() {
        let (running, seen) = Desk::default().begin("a job".into()).unwrap();
        running.tell(Step::Electing { number: 4 });
        assert_eq!(seen.state.borrow().task, Some(4));
        drop(running);
        let state = seen.state.borrow().clone();
        let ended = state.ended.expect("it is over");
        let Err(error) = &*ended else { panic!("it found something") };
        assert_eq!(error.to_string(), "the process that ran the job gave it up");
    }

    #[test]
    fn what_a_job_ended_with_stays() {
        let (running, seen) = Desk::default().begin("a job".into()).unwrap();
        running.end(over());
        let ended = seen.state.borrow().ended.clone().expect("it is over");
        assert!(matches!(&*ended, Err(error) if error.to_string() == "it went wrong"));
    }
}
