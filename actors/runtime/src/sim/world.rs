//! A world that runs: all nodes on one thread, one event after the other.

use crate::drain::Drained;
use crate::fault::StopCause;
use crate::node::Node;
use crate::sim::auditor::{Counts, Entry};
use crate::sim::disk::Disk;
use crate::sim::host::{Ground, Host};
use crate::sim::network::Network;
use crate::sim::step::Step;
use crate::sim::wheel::{Event, NANOS_PER_MILLI, Nanos};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::rc::Rc;
use troupe_types::{Hash, Millis, NodeId};

/// At one instant all nodes together handle at most so many messages, and enter their loops so often.
/// An actor that keeps itself busy for ever without waiting would otherwise hang the test.
const MAX_MESSAGES: u64 = 2_000_000;
const MAX_TURNS: u64 = 200_000;

/// A simulated world; [`crate::sim::Scenario`] makes one.
pub struct World {
    pub(crate) seed: u64,
    pub(crate) ground: Ground,
    pub(crate) hosts: Vec<Host>,
    pub(crate) steps: BTreeMap<(Nanos, u64), Step>,
    pub(crate) sequence: u64,
    pub(crate) restart: Option<Millis>,
    pub(crate) stops: Vec<Stop>,
    pub(crate) drained: Rc<RefCell<Vec<(usize, Drained)>>>,
    pub(crate) events: u64,
    pub(crate) instant: Instant,
}

/// How busy the nodes are without time moving.
#[derive(Debug, Default)]
pub(crate) struct Instant {
    at: Nanos,
    turns: u64,
    ran_before: u64,
}

/// A node that ended of its own accord.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// When, since the world began.
    pub at: Millis,
    /// Which node.
    pub node: usize,
    /// Why.
    pub cause: StopCause,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "World(seed {}, {} nodes, {})", self.seed, self.hosts.len(), self.now())
    }
}

impl World {
    /// The seed that it grew from.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How long it has run, in its own time.
    #[must_use]
    pub fn now(&self) -> Millis {
        Millis(self.ground.wheel.nanos() / NANOS_PER_MILLI)
    }

    /// The hash of everything that happened so far: over (time, from, to, message).
    #[must_use]
    pub fn hash(&self) -> Hash {
        self.ground.auditor.hash()
    }

    /// How much happened so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.ground.auditor.counts()
    }

    /// How many events the wheel brought so far.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// How many events are still to come: a world at rest keeps a bounded number.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.ground.wheel.pending()
    }

    /// What happened last, where the scenario asked to keep it.
    #[must_use]
    pub fn journal(&self) -> Vec<Entry> {
        self.ground.auditor.journal()
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.ground.network
    }

    /// The nodes that stopped of their own accord so far, in order.
    #[must_use]
    pub fn stops(&self) -> &[Stop] {
        &self.stops
    }

    /// The nodes that were drained so far and what they left behind.
    #[must_use]
    pub fn drained(&self) -> Vec<(usize, Drained)> {
        self.drained.borrow().clone()
    }

    /// A node's identity.
    ///
    /// # Panics
    /// Without such a node, like all methods that take a node's number.
    #[must_use]
    pub fn id(&self, node: usize) -> NodeId {
        self.ground.ids[node]
    }

    /// A node, while it runs.
    #[must_use]
    pub fn node(&self, node: usize) -> Option<&Node> {
        self.hosts[node].process.as_ref().map(|process| &process.node)
    }

    /// A node's disk, which is there whether the node runs or not.
    #[must_use]
    pub fn disk(&self, node: usize) -> &Disk {
        &self.hosts[node].disk
    }

    /// Runs for so long, in the world's own time.
    pub fn run_for(&mut self, span: Millis) -> &mut Self {
        let until = self.ground.wheel.nanos().saturating_add(nanos(span));
        self.run(until, || false);
        self
    }

    /// Runs a task in a node for at most `span` of the world's time and gives what it returned:
    /// how a test talks to actors. `None` when the node does not run, ends meanwhile, or time is up.
    pub fn call<T: 'static, F: Future<Output = T> + 'static>(
        &mut self,
        node: usize,
        span: Millis,
        task: impl FnOnce(Node) -> F,
    ) -> Option<T> {
        let process = self.hosts[node].process.as_ref()?;
        let returned = Rc::new(RefCell::new(None));
        let (slot, task) = (Rc::clone(&returned), task(process.node.clone()));
        process.spawn(async move {
            let value = task.await;
            *slot.borrow_mut() = Some(value);
        });
        let until = self.ground.wheel.nanos().saturating_add(nanos(span));
        self.run(until, || returned.borrow().is_some());
        returned.take()
    }

    /// Does a step of a scenario now.
    pub(crate) fn step_at(&mut self, at: Nanos, step: Step) {
        self.sequence += 1;
        self.steps.insert((at, self.sequence), step);
    }

    /// Turns the wheel up to `until`, or until `is_done`.
    fn run(&mut self, until: Nanos, is_done: impl Fn() -> bool) {
        loop {
            self.settle();
            if is_done() {
                return;
            }
            // A step comes before the events of its instant.
            let step = self.steps.keys().next().map(|(at, _)| *at).filter(|at| *at <= until);
            let bound = step.map_or(Some(until), |at| at.checked_sub(1));
            match bound.and_then(|bound| self.ground.wheel.turn(bound)) {
                Some(Event::Wake(waker)) => waker.wake(),
                Some(Event::Run(act)) => act(),
                None => match self.steps.first_entry().filter(|_| step.is_some()) {
                    Some(entry) => {
                        let ((at, _), step) = entry.remove_entry();
                        self.ground.wheel.advance(at);
                        self.perform(step);
                    }
                    None => {
                        self.ground.wheel.advance(until);
                        return;
                    }
                },
            }
            self.events += 1;
        }
    }

    /// Runs every node until nothing can run without time moving.
    fn settle(&mut self) {
        self.bury();
        while let Some(number) = self.ground.ready.take() {
            let Some(process) = &mut self.hosts[number].process else { continue };
            process.poll();
            if let Some(cause) = process.node.stop_cause() {
                process.life.die();
                self.stops.push(Stop { at: self.now(), node: number, cause });
            }
            self.bury();
            self.check_rest(number);
        }
    }

    /// # Panics
    /// When a node does not come to rest.
    fn check_rest(&mut self, node: usize) {
        let (at, ran) = (self.ground.wheel.nanos(), self.counts().ran);
        if at != self.instant.at {
            self.instant = Instant { at, turns: 0, ran_before: ran };
        }
        self.instant.turns += 1;
        let is_at_rest =
            self.instant.turns < MAX_TURNS && ran - self.instant.ran_before < MAX_MESSAGES;
        assert!(is_at_rest, "node {node} keeps running without time moving, at {}", self.now());
    }

    /// Clears away the processes that died.
    fn bury(&mut self) {
        for number in self.ground.deaths.take() {
            self.hosts[number].end(&self.ground);
            if let Some(pause) = self.restart {
                let at = self.ground.wheel.nanos().saturating_add(nanos(pause));
                self.step_at(at, Step::Start(number));
            }
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!(seed = self.seed, at = %self.now(), "a simulation failed");
        }
        self.restart = None;
        for host in &mut self.hosts {
            host.end(&self.ground);
        }
        self.ground.wheel.clear();
    }
}

pub(crate) fn nanos(span: Millis) -> Nanos {
    span.0.saturating_mul(NANOS_PER_MILLI)
}
