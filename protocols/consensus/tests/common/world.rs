//! Machines in one process: a network with delay, loss, duplication and cuts, disks that lose what was
//! not synced, and time that passes only when everything of an instant is done. One seed, one story.

mod links;

pub(crate) use links::name;

use super::adversary::Adversary;
use super::chain::{self, People, Plan, node_at, node_id};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use troupe_consensus::invariants::{self, Reached, Stage, Violation};
use troupe_consensus::{
    Anchor, Block, CommitProof, Error, Evidence, Halt, Input, Keys, Machine, Message, Output,
    Place, Record, Rules, Settings,
};
use troupe_crypto::Scheme;
use troupe_crypto::hash::{keccak256, keccak256_concat};
use troupe_types::{Hash, Height, Millis, NodeId, UnixMillis};
use troupe_wire::{Machine as _, Now, Seed, Stream};

/// How the network behaves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weather {
    pub(crate) delay: (u64, u64),
    /// Lost messages in a thousand.
    pub(crate) loss: u64,
    /// Messages in a thousand that come twice.
    pub(crate) twice: u64,
    /// The longest a disk takes.
    pub(crate) disk: u64,
    /// The longest a task takes.
    pub(crate) work: u64,
}

impl Weather {
    pub(crate) const FAIR: Self = Self { delay: (5, 15), loss: 0, twice: 0, disk: 2, work: 2 };
    pub(crate) const FOUL: Self = Self { delay: (5, 400), loss: 80, twice: 50, disk: 20, work: 20 };
}

enum Event {
    Input(usize, u64, Box<Input>),
    Deliver { to: usize, from: usize, message: Box<Message> },
    Durable(usize, u64),
    Tick(usize, u64),
}

/// One process.
pub(crate) struct Host {
    /// Whose identity it has; a twin shares it.
    pub(crate) person: usize,
    pub(crate) machine: Option<Machine>,
    pub(crate) rules: Rules,
    pub(crate) adversary: Option<Box<dyn Adversary>>,
    pub(crate) incarnation: u64,
    /// Records that survive.
    pub(crate) log: Vec<Record>,
    unsynced: Vec<Record>,
    queue: VecDeque<Output>,
    /// Final blocks, on disk.
    pub(crate) final_blocks: Vec<(Block, CommitProof)>,
    roots: BTreeMap<Hash, Hash>,
    peers: Vec<NodeId>,
    pub(crate) transactions: u64,
    wakes: BTreeSet<Millis>,
    pub(crate) halted: Option<Halt>,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) blamed: Vec<(NodeId, Error)>,
    pub(crate) reached: Vec<Reached>,
    pub(crate) entered: Vec<(Millis, Place)>,
    pub(crate) committed_at: BTreeMap<Height, Millis>,
    pub(crate) behind: usize,
}

pub(crate) struct World<S: Scheme> {
    pub(crate) plan: Plan,
    pub(crate) people: People<S>,
    pub(crate) keys: Keys<S>,
    pub(crate) hosts: Vec<Host>,
    pub(crate) now: Millis,
    pub(crate) weather: Weather,
    /// Pairs of hosts that do not hear each other, from and to.
    pub(crate) cuts: BTreeSet<(usize, usize)>,
    events: BinaryHeap<Reverse<(Millis, u64)>>,
    due: BTreeMap<(Millis, u64), Event>,
    serial: u64,
    luck: Stream,
    /// Everything that happened, hashed.
    pub(crate) audit: Hash,
    pub(crate) steps: u64,
    pub(crate) sent: BTreeMap<&'static str, u64>,

    /// Whether messages are encoded and decoded on their way.
    pub(crate) wire: bool,
    pub(crate) tune: fn(&mut Settings),
    /// The rules of whoever is honest; a test plants a mistake here.
    pub(crate) rules: Rules,
}

impl<S: Scheme> World<S> {
    pub(crate) fn new(plan: Plan, seed: u64) -> Self {
        Self::tuned(plan, seed, |_| {})
    }

    pub(crate) fn tuned(plan: Plan, seed: u64, tune: fn(&mut Settings)) -> Self {
        let people = People::new(plan.people());
        let keys = people.keys_of(&plan, 12);
        let mut world = Self {
            people,
            keys,
            hosts: Vec::new(),
            now: Millis(1_000),
            weather: Weather::FAIR,
            cuts: BTreeSet::new(),
            events: BinaryHeap::new(),
            due: BTreeMap::new(),
            serial: 0,
            luck: Seed::from_number(seed).stream("world"),
            audit: Hash::default(),
            steps: 0,
            sent: BTreeMap::new(),

            plan,
            tune,
            rules: Rules::ALL,
            wire: false,
        };
        for person in 0..world.plan.people() {
            world.add(person);
        }
        world
    }

    /// One more process with somebody's identity.
    pub(crate) fn add(&mut self, person: usize) -> usize {
        self.hosts.push(Host {
            person,
            machine: None,
            rules: Rules::ALL,
            adversary: None,
            incarnation: 0,
            log: Vec::new(),
            unsynced: Vec::new(),
            queue: VecDeque::new(),
            final_blocks: Vec::new(),
            roots: BTreeMap::new(),
            peers: Vec::new(),
            transactions: 0,
            wakes: BTreeSet::new(),
            halted: None,
            evidence: Vec::new(),
            blamed: Vec::new(),
            reached: Vec::new(),
            entered: Vec::new(),
            committed_at: BTreeMap::new(),
            behind: 0,
        });
        self.hosts.len() - 1
    }

    /// Plants a mistake in everybody.
    pub(crate) fn plant(&mut self, rules: Rules) {
        self.rules = rules;
        for host in &mut self.hosts {
            host.rules = rules;
        }
    }

    pub(crate) fn corrupt(&mut self, host: usize, adversary: impl Adversary + 'static) {
        self.hosts[host].adversary = Some(Box::new(adversary));
    }

    /// Those whose word counts.
    pub(crate) fn honest(&self) -> impl Iterator<Item = &Host> {
        let twins: BTreeSet<usize> = (0..self.hosts.len())
            .filter(|at| {
                let person = self.hosts[*at].person;
                self.hosts.iter().filter(|other| other.person == person).count() > 1
            })
            .collect();
        self.hosts
            .iter()
            .enumerate()
            .filter(move |(at, host)| {
                host.adversary.is_none() && host.rules == self.rules && !twins.contains(at)
            })
            .map(|(_, host)| host)
    }

    pub(crate) fn settings(&self, person: usize) -> Settings {
        let key = self.people.keys[person];
        let mut settings = Settings::new(chain::genesis().header.hash, node_id(person), Some(key));
        (self.tune)(&mut settings);
        settings
    }

    /// Starts a process with what its disk has.
    pub(crate) fn start(&mut self, at: usize) {
        let settings = self.settings(self.hosts[at].person);
        let (block, proof) = match self.hosts[at].final_blocks.last() {
            Some((block, proof)) => (block.clone(), Some(proof.clone())),
            None => (chain::genesis(), None),
        };
        let height = block.header.height;
        let terms = self.people.terms_at(&self.plan, height);
        let root = block.header.root;
        let host = &mut self.hosts[at];
        host.roots = BTreeMap::from([(block.header.hash, root)]);
        let records: Vec<Record> = host.log.clone();
        let anchor = Anchor { block, proof, terms };
        let machine = Machine::with_rules(settings, anchor, records, host.rules);
        host.machine = Some(machine.expect("a machine from its own records"));
        host.halted = None;
        let incarnation = host.incarnation;
        self.put(self.now, Event::Input(at, incarnation, Box::new(Input::Start)));
        if self.hosts[at].transactions > 0 {
            let waiting = Box::new(Input::Work { waiting: true });
            self.put(self.now.plus(Millis(1)), Event::Input(at, incarnation, waiting));
        }
    }

    pub(crate) fn start_all(&mut self) {
        for at in 0..self.hosts.len() {
            self.start(at);
        }
    }

    /// Power is lost: a prefix of what was not synced may have reached the disk all the same.
    pub(crate) fn crash(&mut self, at: usize) {
        let luck = self.luck.below(3);
        let host = &mut self.hosts[at];
        host.machine = None;
        host.incarnation += 1;
        host.queue.clear();
        host.wakes.clear();
        let mut unsynced = std::mem::take(&mut host.unsynced);
        if luck == 0 {
            unsynced.truncate(unsynced.len() / 2);
            host.log.append(&mut unsynced);
        }
    }

    pub(crate) fn is_up(&self, at: usize) -> bool {
        self.hosts[at].machine.is_some()
    }

    /// Transactions come in everywhere.
    pub(crate) fn submit(&mut self, count: u64) {
        for at in 0..self.hosts.len() {
            self.hosts[at].transactions += count;
            let incarnation = self.hosts[at].incarnation;
            let waiting = Box::new(Input::Work { waiting: true });
            self.put(self.now, Event::Input(at, incarnation, waiting));
        }
    }

    fn put(&mut self, at: Millis, event: Event) {
        self.serial += 1;
        self.events.push(Reverse((at, self.serial)));
        self.due.insert((at, self.serial), event);
    }

    fn note(&mut self, what: &[u8]) {
        self.audit = keccak256_concat(&[&self.audit.0, &self.now.0.to_be_bytes(), what]);
    }

    /// Lets time pass.
    pub(crate) fn run_for(&mut self, span: Millis) {
        let end = self.now.plus(span);
        self.run_until(end, |_| false);
        self.now = end;
    }

    /// Lets time pass until something is so, at most until `end`; whether it became so.
    pub(crate) fn run_until(&mut self, end: Millis, done: impl Fn(&Self) -> bool) -> bool {
        while let Some(Reverse((at, serial))) = self.events.peek().copied() {
            if at > end {
                break;
            }
            self.events.pop();
            self.now = self.now.max(at);
            let Some(event) = self.due.remove(&(at, serial)) else { continue };
            self.happen(event);
            if done(self) {
                return true;
            }
        }
        done(self)
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Input(at, incarnation, input) => {
                if self.hosts[at].incarnation == incarnation {
                    self.step(at, *input);
                }
            }
            Event::Deliver { to, from, message } => {
                let from_id = node_id(self.hosts[from].person);
                self.note(&[
                    u8::try_from(to).expect("few"),
                    u8::try_from(from).expect("few"),
                    name(&message).len() as u8,
                ]);
                self.overhear(to, from, &message);
                self.step(to, Input::Message { from: from_id, message: *message });
            }
            Event::Durable(at, incarnation) => {
                let host = &mut self.hosts[at];
                if host.incarnation == incarnation {
                    let mut records = std::mem::take(&mut host.unsynced);
                    host.log.append(&mut records);
                    self.perform(at);
                }
            }
            Event::Tick(at, incarnation) => {
                if self.hosts[at].incarnation == incarnation {
                    self.tick(at);
                }
            }
        }
    }

    fn clock(&self) -> Now {
        Now { mono: self.now, wall: UnixMillis(1_700_000_000_000 + self.now.0) }
    }

    fn step(&mut self, at: usize, input: Input) {
        let now = self.clock();
        self.steps += 1;
        let mut out = Vec::new();
        let Some(machine) = &mut self.hosts[at].machine else { return };
        machine.step(now, input, &mut out);
        self.after(at, out);
    }

    fn tick(&mut self, at: usize) {
        let now = self.clock();
        self.hosts[at].wakes.remove(&now.mono);
        let mut out = Vec::new();
        let Some(machine) = &mut self.hosts[at].machine else { return };
        machine.tick(now, &mut out);
        self.after(at, out);
    }

    fn after(&mut self, at: usize, out: Vec<Output>) {
        self.hosts[at].queue.extend(out);
        self.perform(at);
        let host = &mut self.hosts[at];
        let next = host.machine.as_ref().and_then(troupe_wire::Machine::next_tick);
        if let Some(next) = next {
            // A machine that is not moved by a tick in the past would be woken for ever.
            let next = next.max(self.now.plus(Millis(1)));
            let incarnation = host.incarnation;
            if host.wakes.first().is_none_or(|first| *first > next) {
                host.wakes.insert(next);
                self.put(next, Event::Tick(at, incarnation));
            }
        }
    }

    /// Does what was wished, up to the next record that has to be synced first.
    fn perform(&mut self, at: usize) {
        if !self.hosts[at].unsynced.is_empty() {
            return;
        }
        while let Some(output) = self.hosts[at].queue.pop_front() {
            if let Output::Persist(record) = output {
                self.hosts[at].unsynced.push(record);
                while let Some(Output::Persist(_)) = self.hosts[at].queue.front() {
                    if let Some(Output::Persist(record)) = self.hosts[at].queue.pop_front() {
                        self.hosts[at].unsynced.push(record);
                    }
                }
                let delay = 1 + self.luck.below(self.weather.disk);
                let incarnation = self.hosts[at].incarnation;
                return self.put(self.now.plus(Millis(delay)), Event::Durable(at, incarnation));
            }
            self.fulfil(at, output);
        }
    }

    fn answer(&mut self, at: usize, input: Input) {
        let delay = self.luck.below(self.weather.work + 1);
        let incarnation = self.hosts[at].incarnation;
        self.put(self.now.plus(Millis(delay)), Event::Input(at, incarnation, Box::new(input)));
    }

    fn fulfil(&mut self, at: usize, output: Output) {
        let person = self.hosts[at].person;
        match output {
            Output::Persist(_) => unreachable!("handled before"),
            Output::Send { to, message } => self.transmit(at, to, message),
            Output::Sign(statement) => {
                let genesis = chain::genesis().header.hash;
                let secret = &self.people.secrets[person];
                let signature =
                    troupe_consensus::sign::<S>(secret, &statement, &genesis).expect("96 bytes");
                self.answer(at, Input::Signed { statement, signature });
            }
            Output::Verify(task) => {
                let verdict = self.keys.answer(&task.work, chain::belongs);
                self.answer(at, Input::Verified { task: task.id, verdict });
            }
            Output::Build(order) => {
                let host = &mut self.hosts[at];
                let body: Vec<u8> = match host.transactions {
                    0 => Vec::new(),
                    count => [&count.to_be_bytes()[..], &order.time.0.to_be_bytes()].concat(),
                };
                let parent_root = host.roots.get(&order.parent).copied().expect("executed before");
                let block = chain::build(&order, &parent_root, &body);
                host.roots.insert(block.header.hash, block.header.root);
                let elected = self.people.elects(&self.plan, &block.header);
                let input = Input::Built { parent: order.parent, block: Some(block), elected };
                self.answer(at, input);
            }
            Output::Execute(block) => {
                let host = &mut self.hosts[at];
                let parent = block.header.parent;
                let parent_root = host.roots.get(&parent).copied().expect("executed before");
                let outcome = chain::execute(&self.people, &self.plan, &block, &parent_root);
                let root = chain::root_of(&parent_root, &block.body);
                host.roots.insert(block.header.hash, root);
                self.answer(at, Input::Executed { hash: block.header.hash, outcome });
            }
            Output::Commit { block, proof } => self.commit(at, &block, proof),
            Output::Peers(peers) => self.hosts[at].peers = peers,
            Output::Entered(place) => self.hosts[at].entered.push((self.now, place)),
            Output::Reached(reached) => self.hosts[at].reached.push(reached),
            Output::Evidence(evidence) => self.hosts[at].evidence.push(evidence),
            Output::Blame { peer, fault } => self.hosts[at].blamed.push((peer, fault)),
            Output::Silent(_) => {}
            Output::Behind { height, peer } => self.catch_up(at, height, &peer),
            Output::Halt(why) => self.hosts[at].halted = Some(why),
            Output::Term(_) => {}
        }
    }

    fn commit(&mut self, at: usize, block: &Block, proof: CommitProof) {
        let host = &mut self.hosts[at];
        let height = block.header.height;
        let below = host.final_blocks.last().map_or(Height(0), |(block, _)| block.header.height);
        if height <= below {
            // Wished before blocks up to `below` came by other means.
            let at = usize::try_from(height.0 - 1).expect("few");
            assert_eq!(host.final_blocks[at].0.header.hash, block.header.hash);
            return;
        }
        assert_eq!(below.next(), Some(height), "heights come in order");
        assert_eq!(proof.header().map(|header| header.hash), Some(block.header.hash));
        host.committed_at.insert(height, self.now);
        host.final_blocks.push((block.clone(), proof));
        if block.header.causes.has_transactions && host.transactions > 0 {
            host.transactions = 0;
            self.answer(at, Input::Work { waiting: false });
        }
        self.note(&block.header.hash.0);
    }

    /// Other means of catching up: the final blocks of whoever is asked.
    fn catch_up(&mut self, at: usize, _height: Height, peer: &NodeId) {
        self.hosts[at].behind += 1;
        let Some(other) = self.hosts.get(node_at(peer)) else { return };
        let own = self.hosts[at].final_blocks.len();
        let lacking: Vec<(Block, CommitProof)> =
            other.final_blocks.get(own..).unwrap_or_default().to_vec();
        let Some((block, proof)) = lacking.last().cloned() else { return };
        let host = &mut self.hosts[at];
        for (block, _) in &lacking {
            host.reached.push(Reached {
                stage: Stage::Committed,
                height: block.header.height,
                place: block.header.place,
                hash: block.header.hash,
            });
            host.committed_at.insert(block.header.height, self.now);
        }
        host.roots.insert(block.header.hash, block.header.root);
        host.final_blocks.extend(lacking);
        let terms = self.people.terms_at(&self.plan, block.header.height);
        // Without delay, or blocks final in between would come twice.
        let anchor = Anchor { block, proof: Some(proof), terms };
        self.step(at, Input::Synced(Box::new(anchor)));
    }

    pub(crate) fn luck(&mut self, below: u64) -> u64 {
        self.luck.below(below)
    }

    /// What all honest nodes reached, for the invariants.
    pub(crate) fn check(&self) -> Result<(), Violation> {
        let reached: Vec<Reached> =
            self.honest().flat_map(|host| host.reached.iter().copied()).collect();
        invariants::all(&reached)
    }

    pub(crate) fn height(&self, at: usize) -> u64 {
        self.hosts[at].final_blocks.len() as u64
    }

    /// The lowest and the highest final height among the honest who are up.
    pub(crate) fn heights(&self) -> (u64, u64) {
        let heights: Vec<u64> = self
            .honest()
            .filter(|host| host.machine.is_some())
            .map(|host| host.final_blocks.len() as u64)
            .collect();
        (heights.iter().copied().min().unwrap_or(0), heights.iter().copied().max().unwrap_or(0))
    }

    pub(crate) fn digest(&self) -> Hash {
        let ends: Vec<u8> = self
            .hosts
            .iter()
            .flat_map(|host| host.final_blocks.last().map(|(block, _)| block.header.hash.0))
            .flatten()
            .collect();
        keccak256([&self.audit.0[..], &ends, &self.steps.to_be_bytes()].concat())
    }
}
