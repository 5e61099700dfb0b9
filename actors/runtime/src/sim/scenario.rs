//! Scenarios that read as a story.

use crate::fault::Error;
use crate::sim::adversary::Adversary;
use crate::sim::auditor::Auditor;
use crate::sim::disk::DiskFault;
use crate::sim::host::{Ground, Host, Setup, Stage};
use crate::sim::network::Network;
use crate::sim::pool::PoolPlan;
use crate::sim::step::Step;
use crate::sim::weather::{Span, Weather};
use crate::sim::wheel::Wheel;
use crate::sim::world::{World, nanos};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use troupe_types::{Millis, NodeId};
use troupe_wire::Seed;

/// A story about a world: who is in it, what the network is like, what happens when.
///
/// Steps happen at the instant named by the last [`Scenario::at`], at the beginning without one.
pub struct Scenario {
    seed: u64,
    cohorts: Vec<Cohort>,
    weather: Weather,
    urgent: PoolPlan,
    jobs: PoolPlan,
    restart: Option<Millis>,
    journal: usize,
    adversaries: Vec<(usize, Box<dyn Adversary>)>,
    rates: Vec<(usize, i64)>,
    at: Millis,
    /// The node that the last step was about.
    last: usize,
    steps: Vec<(Millis, Step)>,
}

/// Nodes of one role.
struct Cohort {
    count: usize,
    role: Option<String>,
    setup: Setup,
}

impl std::fmt::Debug for Cohort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} x {}", self.count, self.role.as_deref().unwrap_or("stranger"))
    }
}

impl std::fmt::Debug for Scenario {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (cohorts, steps) = (&self.cohorts, self.steps.len());
        write!(f, "Scenario(seed {}, {cohorts:?}, {steps} steps)", self.seed)
    }
}

/// The identity of the node with this number: the same in every world.
#[must_use]
pub fn node_id(number: usize) -> NodeId {
    NodeId(Seed::from_number(number as u64).stream("node id").array())
}

impl Scenario {
    /// A story in an empty world. The same seed and the same story give the same events.
    #[must_use]
    pub fn seed(seed: u64) -> Self {
        let pool = |threads, capacity, takes| PoolPlan { threads, capacity, takes };
        Self {
            seed,
            cohorts: Vec::new(),
            weather: Weather::default(),
            urgent: pool(2, 4_096, Span::micros(100, 1_000)),
            jobs: pool(2, 1_024, Span::micros(1_000, 50_000)),
            restart: None,
            journal: 0,
            adversaries: Vec::new(),
            rates: Vec::new(),
            at: Millis::ZERO,
            last: 0,
            steps: Vec::new(),
        }
    }

    /// Adds so many nodes, listed by all others under the role `node`.
    #[must_use]
    pub fn nodes(mut self, count: usize) -> Self {
        let setup: Setup = Arc::new(|_: &Stage<'_>| Ok(()));
        self.cohorts.push(Cohort { count, role: Some("node".to_owned()), setup });
        self
    }

    /// Lists the nodes added last under another role.
    #[must_use]
    pub fn role(self, role: &str) -> Self {
        self.with_cohort(|cohort| cohort.role = Some(role.to_owned()))
    }

    /// Makes the nodes added last strangers, whom nobody lists.
    #[must_use]
    pub fn strangers(self) -> Self {
        self.with_cohort(|cohort| cohort.role = None)
    }

    /// Furnishes the nodes added last with actors, at their start and at every restart.
    #[must_use]
    pub fn run_actors(self, setup: impl Fn(&Stage<'_>) -> Result<(), Error> + 'static) -> Self {
        self.with_cohort(|cohort| cohort.setup = Arc::new(setup))
    }

    fn with_cohort(mut self, change: impl FnOnce(&mut Cohort)) -> Self {
        if let Some(cohort) = self.cohorts.last_mut() {
            change(cohort);
        }
        self
    }

    /// Puts an adversary between a node and the network.
    #[must_use]
    pub fn byzantine(mut self, node: usize, adversary: impl Adversary) -> Self {
        self.adversaries.push((node, Box::new(adversary)));
        self
    }

    /// Sizes the pools of every node.
    #[must_use]
    pub fn pools(mut self, urgent: PoolPlan, jobs: PoolPlan) -> Self {
        (self.urgent, self.jobs) = (urgent, jobs);
        self
    }

    /// Starts every node that ends, for whatever reason, again after `pause`, as a service manager does.
    #[must_use]
    pub fn supervised(mut self, pause: Millis) -> Self {
        self.restart = Some(pause);
        self
    }

    /// Keeps the last `length` events for [`World::journal`].
    #[must_use]
    pub fn keep_journal(mut self, length: usize) -> Self {
        self.journal = length;
        self
    }

    /// Lets a node's clocks gain so many parts per million; negative ones lose.
    #[must_use]
    pub fn clock_gains(mut self, node: usize, per_million: i64) -> Self {
        self.rates.push((node, per_million));
        self
    }

    /// What follows happens at this instant of the world.
    #[must_use]
    pub fn at(mut self, instant: Millis) -> Self {
        self.at = instant;
        self
    }

    /// What follows happens so much later than what came before.
    #[must_use]
    pub fn after(self, span: Millis) -> Self {
        let at = self.at.plus(span);
        self.at(at)
    }

    fn step(mut self, step: Step) -> Self {
        self.steps.push((self.at, step));
        self
    }

    fn step_on(mut self, node: usize, step: Step) -> Self {
        self.last = node;
        self.step(step)
    }

    /// Sets the network's state; without an instant before it, from the beginning.
    #[must_use]
    pub fn weather(self, weather: Weather) -> Self {
        self.step(Step::Weather(weather))
    }

    /// Separates groups of nodes from each other; those not named are one more group.
    #[must_use]
    pub fn partition<G: IntoIterator<Item = usize>>(
        self,
        groups: impl IntoIterator<Item = G>,
    ) -> Self {
        let groups = groups.into_iter().map(|group| group.into_iter().collect()).collect();
        self.step(Step::Split(groups))
    }

    /// Lets nothing pass from some nodes to others; the way back stays open.
    #[must_use]
    pub fn cut(
        self,
        from: impl IntoIterator<Item = usize>,
        to: impl IntoIterator<Item = usize>,
    ) -> Self {
        let (from, to) = (from.into_iter().collect(), to.into_iter().collect());
        self.step(Step::Cut { from, to })
    }

    /// Ends all partitions and cuts.
    #[must_use]
    pub fn heal(self) -> Self {
        self.step(Step::Heal)
    }

    /// Ends all partitions and cuts at an instant, and goes on from there.
    #[must_use]
    pub fn heal_at(self, instant: Millis) -> Self {
        self.at(instant).heal()
    }

    /// Kills a process: its memory is gone, its disk stays.
    #[must_use]
    pub fn crash(self, node: usize) -> Self {
        self.step_on(node, Step::Crash(node))
    }

    /// Starts the node that the last step was about again, so long after that step.
    #[must_use]
    pub fn restart_after(mut self, span: Millis) -> Self {
        self.steps.push((self.at.plus(span), Step::Start(self.last)));
        self
    }

    /// Freezes a process: it neither runs nor hears.
    #[must_use]
    pub fn pause(self, node: usize) -> Self {
        self.step_on(node, Step::Pause(node))
    }

    /// Lets the node that the last step was about go on, so long after that step.
    #[must_use]
    pub fn resume_after(mut self, span: Millis) -> Self {
        self.steps.push((self.at.plus(span), Step::Resume(self.last)));
        self
    }

    /// Drains a node within `span` and ends it, as SIGTERM does.
    #[must_use]
    pub fn stop(self, node: usize, span: Millis) -> Self {
        self.step_on(node, Step::Stop(node, span))
    }

    /// Lets a node's disk meet a fault at one of its next calls: 1 is the next one.
    #[must_use]
    pub fn disk_fault(self, node: usize, calls_from_now: u64, fault: DiskFault) -> Self {
        self.step_on(node, Step::DiskFault { node, calls_from_now, fault })
    }

    /// Makes so many in a million writes of a node's disk fail.
    #[must_use]
    pub fn disk_fails(self, node: usize, per_million: u64) -> Self {
        self.step_on(node, Step::DiskFails { node, per_million })
    }

    /// Sets a node's wall clock so many milliseconds ahead of true time, or behind.
    #[must_use]
    pub fn wall_clock_ahead(self, node: usize, millis: i64) -> Self {
        self.step_on(node, Step::WallAhead { node, millis })
    }

    /// Opens the world: every node starts, no time has passed.
    #[must_use]
    pub fn open(self) -> World {
        let seed = Seed::from_number(self.seed);
        let (wheel, auditor) = (Arc::new(Wheel::default()), Auditor::default());
        auditor.keep(self.journal);
        let luck = seed.stream("network");
        let network = Network::new(Arc::clone(&wheel), auditor.clone(), self.weather, luck);
        let (mut hosts, mut ids, mut roles) = (Vec::new(), Vec::new(), Vec::new());
        for cohort in &self.cohorts {
            for _ in 0..cohort.count {
                let number = hosts.len();
                ids.push(node_id(number));
                roles.push(cohort.role.clone());
                network.add(node_id(number), cohort.role.clone());
                let setup = Arc::clone(&cohort.setup);
                hosts.push(Host::new(number, seed.child("host", number as u64), setup));
            }
        }
        for (node, adversary) in self.adversaries {
            network.corrupt(node, adversary);
        }
        for (node, rate) in self.rates {
            hosts[node].skew.set_rate(rate);
        }
        let ground = Ground {
            wheel,
            auditor,
            network,
            deaths: Arc::default(),
            ready: Arc::default(),
            ids: ids.into(),
            roles: roles.into(),
            urgent: self.urgent,
            jobs: self.jobs,
        };
        let mut world = World {
            seed: self.seed,
            ground,
            hosts,
            steps: BTreeMap::new(),
            sequence: 0,
            restart: self.restart,
            stops: Vec::new(),
            drained: Rc::default(),
            events: 0,
            instant: Default::default(),
        };
        for (at, step) in self.steps {
            // What a story says of the beginning is so before the nodes start.
            if at == Millis::ZERO && !step.needs_process() {
                world.perform(step);
            } else {
                world.step_at(nanos(at), step);
            }
        }
        for number in 0..world.hosts.len() {
            world.perform(Step::Start(number));
        }
        world
    }

    /// Opens the world and runs it for so long, in its own time.
    #[must_use]
    pub fn run_for(self, span: Millis) -> World {
        let mut world = self.open();
        world.run_for(span);
        world
    }
}
