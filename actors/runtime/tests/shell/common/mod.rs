//! What the tests share: a clock, pools and a disk moved by hand, and an actor that does as it is told.

mod clock;
mod disk;
mod network;
mod pool;
mod puppet;

pub(crate) use clock::HandClock;
pub(crate) use disk::HandDisk;
pub(crate) use network::{Answers, Wire2};
pub(crate) use pool::HandPool;
pub(crate) use puppet::{Do, Heavy, Log, Note, Puppet, Slow, Urgent, act, spec, tell_to};

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};
use troupe_runtime::{Entropy, Node, Parts};
use troupe_types::Millis;
use troupe_wire::Seed;

/// A node whose every part is in the test's hands.
#[derive(Clone)]
pub(crate) struct Bench {
    pub(crate) node: Node,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) urgent: Arc<HandPool>,
    pub(crate) jobs: Arc<HandPool>,
    pub(crate) disk: Arc<HandDisk>,
    pub(crate) log: Log,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(HandClock::default());
        let urgent = Arc::new(HandPool::of(16));
        let jobs = Arc::new(HandPool::of(2));
        let disk = Arc::new(HandDisk::default());
        let node = Node::new(Parts {
            clock: Arc::clone(&clock) as _,
            entropy: Entropy::Seeded(Seed::new([7; 32])),
            urgent: Arc::clone(&urgent) as _,
            jobs: Arc::clone(&jobs) as _,
            forks: troupe_runtime::Forks::NONE,
            disk: Some(Arc::clone(&disk) as _),
            audit: None,
        });
        Self { node, clock, urgent, jobs, disk, log: Log::default() }
    }

    pub(crate) fn clock_now(&self) -> Millis {
        self.node.now().mono
    }
}

/// Runs a test on an event loop with a node.
pub(crate) fn on_bench<F: Future<Output = ()>>(test: impl FnOnce(Bench) -> F) {
    troupe_runtime::run(async { test(Bench::new()).await });
}

/// Lets everything on this thread run that can run without time, jobs or the disk moving.
pub(crate) async fn settle() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}

/// Waits for what other threads bring about.
pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(20), "waited too long until {what}");
        tokio::task::yield_now().await;
    }
}

/// What became of a future that runs beside the test.
pub(crate) struct Later<T>(Rc<RefCell<Option<T>>>);

impl<T: Clone + 'static> Later<T> {
    pub(crate) fn get(&self) -> Option<T> {
        self.0.borrow().clone()
    }
}

/// Runs a future beside the test.
pub(crate) fn later<T: 'static>(future: impl Future<Output = T> + 'static) -> Later<T> {
    let slot = Rc::new(RefCell::new(None));
    let filled = Rc::clone(&slot);
    tokio::task::spawn_local(async move {
        let outcome = future.await;
        *filled.borrow_mut() = Some(outcome);
    });
    Later(slot)
}
