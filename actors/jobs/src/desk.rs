//! The jobs of a process: those that go on, and the last that ended.

use crate::diary::{Diary, Entry, Written};
use crate::error::{Class, Error, Outcome, Reason};
use crate::found::Finished;
use crate::matching::Matched;
use crate::meters::Meters;
use crate::network::Names;
use crate::step::Step;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use troupe_learning::Task;
use troupe_runtime::Metrics;
use troupe_types::Hash;

/// Jobs that go on at the same time, where nothing else is said.
const MOST_AT_ONCE: usize = 8;
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

/// Where the results of a task are found again: on the shelf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) chain: u64,
    pub(crate) task: u64,
    pub(crate) terms: Hash,
}

/// An end of a job, for those who watch.
#[derive(Clone)]
pub(crate) enum End {
    /// It is in memory.
    Here(Arc<Ended>),
    /// It ended well, and not in this process: what it found is on the shelf.
    Kept(Place),
}

/// How far a job is.
#[derive(Clone, Default)]
pub(crate) struct State {
    /// The last thing that was said of it.
    pub(crate) step: Option<Step>,
    /// Its number on the chain, once it has one.
    pub(crate) task: Option<u64>,
    /// How it ended.
    pub(crate) ended: Option<End>,
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
    /// Those that had begun when the actor before this one ended, or its process.
    begun: BTreeMap<u64, Entry>,
}

/// All jobs of a process. Clones share them.
#[derive(Debug, Clone)]
pub struct Desk {
    books: Arc<Mutex<Books>>,
    at_once: usize,
    diary: Option<Diary>,
    meters: Meters,
}

impl Default for Desk {
    /// For as long as the process runs.
    fn default() -> Self {
        let (diary, meters) = (None, Meters::default());
        Self { books: Arc::default(), at_once: MOST_AT_ONCE, diary, meters }
    }
}

/// A job from within. Dropped before its end, it says that it was given up.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) run: u64,
    state: watch::Sender<State>,
    stop: Stop,
    entry: Mutex<Entry>,
    desk: Desk,
}

fn lock<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    /// One that outlives the process: jobs are written down in `folder`, and counted in `metrics`.
    pub fn open(folder: PathBuf, at_once: usize, metrics: &Metrics) -> Outcome<Self> {
        let (diary, entries) = Diary::open(folder)?;
        let internal = |error: troupe_runtime::Error| Error::new(Class::Internal, error);
        let meters = Meters::register(metrics).map_err(internal)?;
        let mut books = Books::default();
        for entry in entries {
            books.last = books.last.max(entry.run);
            match entry.past() {
                Some(end) => drop(books.add(&entry, Some(end))),
                None => drop(books.begun.insert(entry.run, entry)),
            }
        }
        Ok(Self { books: Arc::new(Mutex::new(books)), at_once, diary: Some(diary), meters })
    }

    fn lock(&self) -> MutexGuard<'_, Books> {
        lock(&self.books)
    }

    /// A place for a job that is settled on `chain`, if there is one. Its owner calls nodes by these names, after a restart as well.
    pub(crate) fn begin(
        &self,
        name: String,
        chain: u64,
        names: &Names,
    ) -> Outcome<(Running, Seen)> {
        let mut books = self.lock();
        let (over, going) = books.counts();
        if going >= self.at_once {
            let jobs = if going == 1 { "job goes" } else { "jobs go" };
            let text = format!("{going} {jobs} on already, the limit is {}", self.at_once);
            return Err(Error::new(Class::Refused, text));
        }
        let forgotten = over.len().saturating_sub(MOST_ENDED - 1);
        for run in over.into_iter().take(forgotten) {
            books.jobs.remove(&run);
            self.diary.iter().for_each(|diary| diary.drop(run));
        }
        books.last += 1;
        let entry = Entry::new(books.last, name, chain, names);
        if let Some(diary) = &self.diary {
            diary.put(&entry)?;
        }
        Ok(self.running(&mut books, entry))
    }

    fn running(&self, books: &mut Books, entry: Entry) -> (Running, Seen) {
        let (state, seen, stop) = books.add(&entry, None);
        self.meters.running.inc();
        let (run, entry, desk) = (entry.run, Mutex::new(entry), self.clone());
        (Running { run, state, stop, entry, desk }, seen)
    }

    /// Those that had begun when the actor before this one ended, or its process: somebody has to see what becomes of them.
    pub(crate) fn adopt(&self) -> Vec<Running> {
        let mut books = self.lock();
        let begun = std::mem::take(&mut books.begun).into_values();
        begun.map(|entry| self.running(&mut books, entry).0).collect()
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

    /// Names the jobs that go on while the process ends.
    pub(crate) fn leave(&self) {
        for Seen { run, name, state } in self.all() {
            let State { task, ended, .. } = state.borrow().clone();
            if ended.is_none() {
                tracing::warn!(run, name, task, "the process ends before a job does");
            }
        }
    }
}

impl Books {
    /// The jobs that are over, and how many are not.
    fn counts(&self) -> (Vec<u64>, usize) {
        let is_over = |seen: &Seen| seen.state.borrow().ended.is_some();
        let over = self.jobs.values().filter(|(seen, _)| is_over(seen)).map(|(seen, _)| seen.run);
        let over: Vec<u64> = over.collect();
        let going = self.jobs.len() - over.len();
        (over, going)
    }

    fn add(&mut self, entry: &Entry, ended: Option<End>) -> (watch::Sender<State>, Seen, Stop) {
        let (sender, state) = watch::channel(State { step: None, task: entry.task, ended });
        let stop = Stop::default();
        let seen = Seen { run: entry.run, name: entry.name.clone(), state };
        self.jobs.insert(entry.run, (seen.clone(), Arc::clone(&stop)));
        (sender, seen, stop)
    }
}

impl Entry {
    /// Where the results of its task are, if there are any.
    pub(crate) fn place(&self) -> Option<Place> {
        Some(Place { chain: self.chain, task: self.task?, terms: self.terms()? })
    }

    /// How it ended, as a later process says it.
    fn past(&self) -> Option<End> {
        let Written { class, lines } = self.ended.as_ref()?;
        let told = |class, lines: &[String]| {
            let reasons = lines.iter().map(|text| Reason { text: text.clone(), field: None });
            End::Here(Arc::new(Err(Error::all(class, reasons.collect()))))
        };
        Some(match (class, self.place()) {
            (Some(class), _) => told(*class, lines),
            (None, Some(place)) => End::Kept(place),
            (None, None) => {
                let text = "it ended well before its node was started again; what it found was told then, and is not kept";
                told(Class::Usage, &[text.to_owned()])
            }
        })
    }
}

impl Running {
    /// Something new is known of it.
    pub(crate) fn tell(&self, step: Step) {
        let mut entry = lock(&self.entry);
        if let Step::Agreeing { number }
        | Step::Electing { number }
        | Step::Settling { number }
        | Step::Following { number } = step
        {
            let is_new = entry.task.replace(number) != Some(number);
            if is_new {
                self.write(&entry);
            }
        }
        self.state.send_modify(|state| {
            state.task = entry.task;
            state.step = Some(step);
        });
    }

    /// It is about to be declared on the chain.
    pub(crate) fn declares(&self, terms: &Hash, task: &Task) {
        let mut entry = lock(&self.entry);
        entry.declares(terms, task);
        self.write(&entry);
    }

    /// What is written down of it.
    pub(crate) fn entry(&self) -> Entry {
        lock(&self.entry).clone()
    }

    fn write(&self, entry: &Entry) {
        let put = self.desk.diary.as_ref().map_or(Ok(()), |diary| diary.put(entry));
        if let Err(error) = put {
            tracing::error!(run = self.run, %error, "a job is not written down");
        }
    }

    /// It is over.
    pub(crate) fn end(self, ended: Ended) {
        let failure = ended.as_ref().err();
        let mut entry = lock(&self.entry);
        entry.ended = Some(Written::of(failure));
        self.write(&entry);
        drop(entry);
        self.desk.meters.ended(failure.map(|error| error.class));
        self.over(End::Here(Arc::new(ended)));
    }

    fn over(&self, end: End) {
        self.state.send_modify(|state| {
            state.ended.get_or_insert(end);
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
        self.desk.meters.running.dec();
        let entry = lock(&self.entry).clone();
        if entry.ended.is_some() {
            return;
        }
        let again = match (entry.task, &self.desk.diary) {
            (Some(task), Some(_)) => {
                format!("; what becomes of task {task} is seen when it starts again")
            }
            (Some(_) | None, _) => String::new(),
        };
        let text = format!("the process that ran the job gave it up{again}");
        self.over(End::Here(Arc::new(Err(Error::new(Class::Failed, text)))));
        if self.desk.diary.is_some() {
            // Whoever runs jobs next sees what becomes of it.
            self.desk.lock().begun.insert(entry.run, entry);
        }
    }
}

#[cfg(test)]
mod tests;
