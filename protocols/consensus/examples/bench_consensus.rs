//! What one block costs a node: the machine itself, and the signatures it asks for.
//!
//! ```text
//! cargo run --release -p troupe-consensus --example bench_consensus
//! ```
//!
//! All nodes of a network run in this process, in lockstep and without delay; the processor time of each
//! step is counted to its node (Linux only: the account that the kernel keeps of a thread is read). A block is proposed, executed (for nothing), voted for by all and certified;
//! messages are handed over without being encoded.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::disallowed_macros,
    clippy::unwrap_used,
    reason = "an example measures and prints, and stops where something fails"
)]

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;
use troupe_consensus::{
    Anchor, Block, Causes, Header, Input, Keys, Machine, Message, Order, Outcome, Output, Place,
    Settings, Term, To, Validator, ValidatorSet, public_bytes, sign,
};
use troupe_crypto::hash::keccak256_concat;
use troupe_crypto::{Bls, Keyed, Scheme};
use troupe_types::{Epoch, Hash, Height, Millis, NodeId, UnixMillis};
use troupe_wire::{Blob, Machine as _, Now, Seed};

/// Nanoseconds this thread has run.
fn cpu_nanos() -> f64 {
    let account = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let ran = account.split(' ').next().and_then(|word| word.parse().ok());
    ran.expect("the first word is a number of nanoseconds")
}

/// Where the time of one node went, in nanoseconds.
#[derive(Default)]
struct Cost {
    machine: f64,
    signing: f64,
    verifying: f64,
}

struct Network<S: Scheme> {
    machines: Vec<Machine>,
    secrets: Vec<S::SecretKey>,
    keys: Keys<S>,
    costs: Vec<Cost>,
    inputs: VecDeque<(usize, Input)>,
    now: Millis,
    committed: u64,
    messages: u64,
}

fn genesis() -> Block {
    let header = Header {
        hash: Hash([7; 32]),
        parent: Hash([0; 32]),
        height: Height(0),
        place: Place::new(0, 0),
        index: 0,
        time: UnixMillis(0),
        root: Hash([0; 32]),
        causes: Causes::default(),
    };
    Block { header, body: Blob::default() }
}

fn block(order: &Order) -> Block {
    let causes = Causes { has_transactions: true, ..Causes::default() };
    let hash = keccak256_concat(&[&order.parent.0, &order.height.0.to_be_bytes()]);
    let header = Header {
        hash,
        parent: order.parent,
        height: order.height,
        place: order.place,
        index: order.index,
        time: order.time,
        root: hash,
        causes,
    };
    Block { header, body: Blob::new(vec![1; 1000]).unwrap() }
}

impl<S: Scheme> Network<S> {
    fn new(count: usize) -> Self {
        let secrets: Vec<S::SecretKey> = (0..count)
            .map(|at| S::generate(&mut Seed::from_number(at as u64).stream("bench")))
            .collect();
        let publics: Vec<_> = secrets
            .iter()
            .map(|secret| public_bytes::<S>(&S::public_key(secret)).unwrap())
            .collect();
        let node = |at: usize| NodeId([u8::try_from(at).unwrap(); 32]);
        let validators =
            publics.iter().enumerate().map(|(at, key)| Validator { node: node(at), key: *key });
        let set = ValidatorSet::new(validators.collect()).unwrap();
        let term = Term { epoch: Epoch(1), first: Height(1), last: Height(1_000_000), set };
        let mut keys = Keys::default();
        keys.learn(&term).unwrap();
        let machine = |at: usize| {
            let settings = Settings::new(genesis().header.hash, node(at), Some(publics[at]));
            let anchor = Anchor { block: genesis(), proof: None, terms: vec![term.clone()] };
            Machine::new(settings, anchor, Vec::new()).unwrap()
        };
        Self {
            machines: (0..count).map(machine).collect(),
            secrets,
            keys,
            costs: (0..count).map(|_| Cost::default()).collect(),
            inputs: (0..count).map(|at| (at, Input::Start)).collect(),
            now: Millis(1_000),
            committed: 0,
            messages: 0,
        }
    }

    fn clock(&self) -> Now {
        Now { mono: self.now, wall: UnixMillis(self.now.0) }
    }

    /// Runs until nobody has anything to do, then lets the pace pass.
    fn round(&mut self) {
        for at in 0..self.machines.len() {
            self.inputs.push_back((at, Input::Work { waiting: true }));
        }
        while let Some((at, input)) = self.inputs.pop_front() {
            let now = self.clock();
            let mut out = Vec::new();
            // Reading the thread's account would cost as much as a step.
            let start = Instant::now();
            self.machines[at].step(now, input, &mut out);
            self.costs[at].machine += start.elapsed().as_secs_f64() * 1e9;
            self.perform(at, out);
        }
        self.now = self.now.plus(Millis(250));
        for at in 0..self.machines.len() {
            let now = self.clock();
            let mut out = Vec::new();
            self.machines[at].tick(now, &mut out);
            self.perform(at, out);
        }
    }

    fn perform(&mut self, at: usize, out: Vec<Output>) {
        for output in out {
            match output {
                Output::Send { to, message } => self.send(at, to, &message),
                Output::Sign(statement) => {
                    let start = cpu_nanos();
                    let genesis = genesis().header.hash;
                    let signature = sign::<S>(&self.secrets[at], &statement, &genesis).unwrap();
                    self.costs[at].signing += cpu_nanos() - start;
                    self.inputs.push_back((at, Input::Signed { statement, signature }));
                }
                Output::Verify(task) => {
                    let start = cpu_nanos();
                    let verdict = self.keys.answer(&task.work, |_| true);
                    self.costs[at].verifying += cpu_nanos() - start;
                    self.inputs.push_back((at, Input::Verified { task: task.id, verdict }));
                }
                Output::Build(order) => {
                    let (parent, block) = (order.parent, Some(block(&order)));
                    self.inputs.push_back((at, Input::Built { parent, block, elected: None }));
                }
                Output::Execute(block) => {
                    let (hash, root) = (block.header.hash, block.header.root);
                    let outcome = Outcome::Valid { root, elected: None };
                    self.inputs.push_back((at, Input::Executed { hash, outcome }));
                }
                Output::Commit { .. } => self.committed += u64::from(at == 0),
                _ => {}
            }
        }
    }

    fn send(&mut self, at: usize, to: To, message: &Message) {
        let from = NodeId([u8::try_from(at).unwrap(); 32]);
        for other in 0..self.machines.len() {
            let is_meant = match to {
                To::Peers => other != at,
                To::One(node) => usize::from(node.0[0]) == other,
            };
            if is_meant {
                self.messages += 1;
                let message = message.clone();
                self.inputs.push_back((other, Input::Message { from, message }));
            }
        }
    }
}

fn measure<S: Scheme>(count: usize, blocks: u64) {
    let mut network = Network::<S>::new(count);
    let mut rounds = 0u64;
    while network.committed < blocks {
        network.round();
        rounds += 1;
        assert!(rounds < blocks * 20, "no progress");
    }
    let node_blocks = network.committed as f64 * count as f64;
    let per =
        |part: fn(&Cost) -> f64| network.costs.iter().map(part).sum::<f64>() / 1e3 / node_blocks;
    let parts: BTreeMap<&str, f64> = BTreeMap::from([
        ("machine", per(|cost| cost.machine)),
        ("signing", per(|cost| cost.signing)),
        ("verifying", per(|cost| cost.verifying)),
    ]);
    println!(
        "{:<24} n={count:<3} {:>6} blocks  machine {:>8.1} us  signing {:>8.1} us  verifying {:>8.1} us  messages {:>6.1} a block",
        S::NAME,
        network.committed,
        parts["machine"],
        parts["signing"],
        parts["verifying"],
        network.messages as f64 / network.committed as f64,
    );
}

fn main() {
    println!("processor time per block and node");
    measure::<Keyed>(4, 2_000);
    measure::<Keyed>(25, 200);
    measure::<Bls>(4, 60);
    measure::<Bls>(25, 20);
}
