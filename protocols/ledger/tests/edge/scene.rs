//! Nodes, links that delay, lose, repeat and reorder, time that passes only when all of an instant is done, and
//! a finger on the trigger. One seed, one story.

use super::common::{BEGAN, Signatures, node_id, validator_secret};
use super::host::Host;
use super::trap::Trap;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use troupe_chain::{Block, Genesis};
use troupe_consensus::message::Propose;
use troupe_consensus::{Input, Kind, Message, Output, To, sign};
use troupe_crypto::Keyed;
use troupe_ledger::{Offer, belongs, is_timely, seen};
use troupe_types::{Hash, Height, Millis, NodeId, UnixMillis};
use troupe_wire::{Blob, Machine as _, Now, Seed, Sequential, Stream};

/// How the network behaves; chances in a thousand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weather {
    pub(crate) delay: (u64, u64),
    pub(crate) loss: u64,
    pub(crate) twice: u64,
}

impl Weather {
    pub(crate) const FAIR: Self = Self { delay: (5, 15), loss: 0, twice: 0 };
    pub(crate) const FOUL: Self = Self { delay: (5, 400), loss: 50, twice: 100 };
}

enum Event {
    Input(u64, Box<Input>),
    Hear(NodeId, Box<Message>),
    Rise,
}

/// All of them.
pub(crate) struct Scene {
    pub(crate) genesis: Genesis,
    pub(crate) hosts: Vec<Host>,
    pub(crate) now: Millis,
    pub(crate) weather: Weather,
    /// Who does not hear whom: from, to.
    pub(crate) cuts: BTreeSet<(usize, usize)>,
    pub(crate) trap: Option<Trap>,
    /// Who died in it.
    pub(crate) trapped: Vec<usize>,
    /// Heights at which whoever proposes makes two blocks.
    pub(crate) two_faced: BTreeSet<Height>,
    /// Who did, where.
    pub(crate) offences: BTreeMap<Height, usize>,
    /// How many views a node without a log watches.
    pub(crate) watch: u32,
    luck: Stream,
    events: BTreeMap<(Millis, u64), (usize, Event)>,
    serial: u64,
}

impl Scene {
    /// So many nodes on a chain, all up.
    pub(crate) fn new(genesis: Genesis, count: usize, seed: u64) -> Self {
        let hosts = (0..count).map(|_| Host::new(&genesis)).collect();
        let mut scene = Self {
            genesis,
            hosts,
            now: Millis(1_000),
            weather: Weather::FAIR,
            cuts: BTreeSet::new(),
            trap: None,
            trapped: Vec::new(),
            two_faced: BTreeSet::new(),
            offences: BTreeMap::new(),
            watch: 0,
            luck: Seed::from_number(seed).stream("scene"),
            events: BTreeMap::new(),
            serial: 0,
        };
        for at in 0..count {
            scene.rise(at);
        }
        scene
    }

    pub(crate) fn luck(&mut self, below: u64) -> u64 {
        self.luck.below(below)
    }

    fn put(&mut self, at: Millis, host: usize, event: Event) {
        self.serial += 1;
        self.events.insert((at, self.serial), (host, event));
    }

    fn tell(&mut self, host: usize, input: Input) {
        let incarnation = self.hosts[host].incarnation;
        self.put(self.now, host, Event::Input(incarnation, Box::new(input)));
    }

    /// A process begins on what its disk has.
    pub(crate) fn rise(&mut self, at: usize) {
        if !self.hosts[at].is_up() {
            let genesis = &self.genesis;
            self.hosts[at].start(genesis, at, self.watch);
            self.tell(at, Input::Start);
        }
    }

    /// A process dies, to rise after a while.
    pub(crate) fn kill(&mut self, at: usize, keeps_log: bool, dead: Millis) {
        if self.hosts[at].is_up() {
            self.hosts[at].die(keeps_log);
            self.put(self.now.plus(dead), at, Event::Rise);
        }
    }

    /// Splits the nodes into two groups that do not hear each other.
    pub(crate) fn part(&mut self, one: &BTreeSet<usize>) {
        let all = 0..self.hosts.len();
        let pairs = all.clone().flat_map(|a| all.clone().map(move |b| (a, b)));
        self.cuts = pairs.filter(|(a, b)| one.contains(a) != one.contains(b)).collect();
    }

    /// Lets time pass until `done` or for so long; whether it was done.
    pub(crate) fn run(&mut self, span: Millis, done: impl Fn(&Self) -> bool) -> bool {
        let until = self.now.plus(span);
        loop {
            if done(self) {
                return true;
            }
            let event = self.events.first_key_value().map(|((at, _), _)| *at);
            let up = self.hosts.iter().filter_map(|host| host.process.as_ref());
            let tick = up.filter_map(|process| process.machine.next_tick()).min();
            let Some(next) = event.into_iter().chain(tick).min().filter(|at| *at <= until) else {
                self.now = until;
                return false;
            };
            self.now = Millis(self.now.0.max(next.0));
            if event == Some(next) {
                let (_, (host, event)) = self.events.pop_first().unwrap();
                self.happen(host, event);
                continue;
            }
            for at in 0..self.hosts.len() {
                let process = self.hosts[at].process.as_ref();
                let tick = process.and_then(|process| process.machine.next_tick());
                if tick.is_some_and(|tick| tick <= self.now) {
                    self.step(at, None);
                }
            }
        }
    }

    fn happen(&mut self, host: usize, event: Event) {
        match event {
            Event::Input(incarnation, input) if incarnation == self.hosts[host].incarnation => {
                self.step(host, Some(*input));
            }
            Event::Input(..) => {}
            Event::Hear(from, message) => {
                self.step(host, Some(Input::Message { from, message: *message }));
            }
            Event::Rise => self.rise(host),
        }
    }

    fn step(&mut self, at: usize, input: Option<Input>) {
        let Some(process) = &mut self.hosts[at].process else { return };
        let now = Now { mono: self.now, wall: UnixMillis(BEGAN + self.now.0) };
        let mut out = Vec::new();
        match input {
            Some(input) => process.machine.step(now, input, &mut out),
            None => process.machine.tick(now, &mut out),
        }
        for output in VecDeque::from(out) {
            let is_fatal = self.is_fatal(&output);
            if is_fatal.is_none_or(|trap| trap.is_done) {
                self.perform(at, output);
            }
            if let Some(trap) = is_fatal {
                let dead = if trap.everybody { 0..self.hosts.len() } else { at..at + 1 };
                for at in dead {
                    self.kill(at, trap.keeps_log, trap.dead);
                    self.trapped.push(at);
                }
                return;
            }
        }
    }

    /// The trap, if it closes.
    fn is_fatal(&mut self, output: &Output) -> Option<Trap> {
        let trap = self.trap.as_mut().filter(|trap| trap.step.is_taken(output, trap.last))?;
        match trap.spared.checked_sub(1) {
            Some(left) => {
                trap.spared = left;
                None
            }
            None => self.trap.take(),
        }
    }

    fn perform(&mut self, at: usize, output: Output) {
        let host = &mut self.hosts[at];
        let chain = host.chain();
        let Some(process) = &mut host.process else { return };
        match output {
            Output::Persist(record) => host.log.push(record),
            Output::Sign(statement) => {
                let signature = sign::<Keyed>(&validator_secret(at), &statement, &chain).unwrap();
                self.tell(at, Input::Signed { statement, signature });
            }
            Output::Verify(task) => {
                let verdict = process.keys.answer(&task.work, belongs);
                self.tell(at, Input::Verified { task: task.id, verdict });
            }
            Output::Build(order) => {
                process.evidence.retain(|one| is_timely(&one.offence(), order.place.epoch));
                let offer = Offer { transactions: &[], evidence: &process.evidence };
                let built = process.ledger.build(&order, offer, &Signatures, &Sequential);
                let (block, elected) = built.unwrap();
                let parent = order.parent;
                self.tell(at, Input::Built { parent, block: Some(block), elected });
                self.tell(at, Input::Work { waiting: false });
            }
            Output::Execute(block) => {
                let outcome = process.ledger.execute(&block, &Signatures, &Sequential).unwrap();
                self.tell(at, Input::Executed { hash: block.header.hash, outcome });
            }
            Output::Commit { block, proof } => {
                if !host.has(block.header.height) {
                    host.commit(block.header.hash, proof);
                }
                let waiting = !host.process.as_ref().unwrap().evidence.is_empty();
                if waiting {
                    self.tell(at, Input::Work { waiting });
                }
            }
            Output::Term(term) => process.keys.learn(&term).unwrap(),
            Output::Peers(peers) => process.peers = peers,
            Output::Reached(reached) => host.reached.push(reached),
            Output::Send { to: To::One(peer), message } => self.send(at, &peer, &message),
            Output::Send { to: To::Peers, message } => {
                for peer in process.peers.clone() {
                    self.send(at, &peer, &message);
                }
                if let Message::Propose(proposal) = &message {
                    self.show_the_other_face(at, proposal);
                }
            }
            Output::Evidence(evidence) => {
                process.evidence.push(evidence);
                host.evidence.push(evidence);
                self.tell(at, Input::Work { waiting: true });
            }
            Output::Blame { peer, fault } => host.blamed.push((peer, fault)),
            Output::Behind { peer, .. } => self.catch_up(at, &peer),
            Output::Halt(halt) => host.halted = Some(halt),
            Output::Entered(_) | Output::Silent(_) => {}
        }
    }

    fn catch_up(&mut self, at: usize, peer: &NodeId) {
        let own = self.hosts[at].finals.len();
        let lacking = self.hosts[number(peer)].finals.get(own..).unwrap_or_default().to_vec();
        if lacking.is_empty() {
            return;
        }
        self.hosts[at].import(&lacking);
        let process = self.hosts[at].process.as_mut().unwrap();
        let anchor = Box::new(process.ledger.anchor().unwrap());
        // Without delay, or blocks final in between would come twice.
        self.step(at, Some(Input::Synced(anchor)));
    }

    fn send(&mut self, at: usize, peer: &NodeId, message: &Message) {
        let to = number(peer);
        let is_lost = self.luck.chance(self.weather.loss, 1_000);
        if to == at || is_lost || self.cuts.contains(&(at, to)) {
            return;
        }
        let copies = 1 + u64::from(self.luck.chance(self.weather.twice, 1_000));
        for _ in 0..copies {
            let (least, most) = self.weather.delay;
            let delay = Millis(least + self.luck.below(most - least + 1));
            let event = Event::Hear(node_id(at), Box::new(message.clone()));
            self.put(self.now.plus(delay), to, event);
        }
    }

    /// Proposes another block for the same place, where it is said to.
    fn show_the_other_face(&mut self, at: usize, proposal: &Propose) {
        let height = proposal.block.header.height;
        if !self.two_faced.contains(&height) {
            return;
        }
        let inner = Block::decode(&proposal.block.body).unwrap();
        let (mut header, body) = (inner.header().clone(), inner.body().clone());
        header.state_root = Hash([0xab; 32]);
        let inner = Block::new(header, body);
        let last = if proposal.block.header.causes.ends_epoch { height } else { Height::ZERO };
        let body = Blob::new(inner.encode().unwrap()).unwrap();
        let block = troupe_consensus::Block { header: seen(&inner, last), body };
        let said = block.header.statement(Kind::Proposal);
        let chain = self.hosts[at].chain();
        let signature = sign::<Keyed>(&validator_secret(at), &said, &chain).unwrap();
        let other = Message::Propose(Propose { block, signature, ..proposal.clone() });
        for peer in self.hosts[at].process.as_ref().unwrap().peers.clone() {
            let event = Event::Hear(node_id(at), Box::new(other.clone()));
            // Behind the first one.
            let after = Millis(self.weather.delay.1 + 1);
            if number(&peer) != at {
                self.put(self.now.plus(after), number(&peer), event);
            }
        }
        self.offences.insert(height, at);
    }
}

/// Which node it is.
pub(crate) fn number(node: &NodeId) -> usize {
    usize::from(node.0[0]) - 1
}
