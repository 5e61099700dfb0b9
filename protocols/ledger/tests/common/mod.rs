//! Validators with everything but sockets, disks and threads: machine, ledger and pool of each, a
//! network that delivers after five milliseconds, and time that passes only when all of an instant is done.
#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test file uses a part of this"
)]

pub mod economy;
pub mod pair;
pub mod receiver;
pub mod staked;

use alloy_primitives::{TxKind, U256};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use troupe_chain::Genesis;
use troupe_chain::genesis::{Allocation, Term, Validator};
use troupe_chain::pool::{Limits, Pool, Sender, Wanted};
use troupe_chain::state::{Flat, StateView};
use troupe_chain::transaction::{Recovered, Transaction, TxEip1559, Unsigned, recover};
use troupe_consensus::{
    Claim, Input, Keys, Machine, Output, Record, Settings, To, public_bytes, sign,
};
use troupe_crypto::ecdsa::SecretKey;
use troupe_crypto::vrf::Proof;
use troupe_crypto::{Keyed, Scheme, sr25519};
use troupe_ledger::{Committed, Draw, Known, Ledger, Offer, Secrets, belongs, machine};
use troupe_types::{Address, Bytes, Epoch, Gas, Hash, Millis, NodeId, UnixMillis};
use troupe_vm::Vm;
use troupe_wire::{Machine as _, Now, Seed, Sequential};

pub const CHAIN: u64 = 1_120_260;
pub const LAT: u128 = 1_000_000_000_000_000_000;
pub const BEGAN: u64 = 1_800_000_000_000;
const DELAY: Millis = Millis(5);

pub type Secret = <Keyed as Scheme>::SecretKey;

pub fn secret(who: u8) -> SecretKey {
    SecretKey::from_bytes(&[who; 32]).unwrap()
}

pub fn account(who: u8) -> Address {
    Address(secret(who).public_key().address())
}

pub fn node_id(at: usize) -> NodeId {
    NodeId([u8::try_from(at + 1).unwrap(); 32])
}

pub fn coinbase(at: usize) -> Address {
    Address([0xc0 + u8::try_from(at).unwrap(); 20])
}

pub fn validator_secret(at: usize) -> Secret {
    Keyed::generate(&mut Seed::from_number(at as u64).stream("validator"))
}

/// The secret of a validator's random words.
pub fn vrf_secret(at: usize) -> sr25519::SecretKey {
    sr25519::SecretKey::from_seed(&node_id(at).0)
}

/// The secrets of the first ten.
pub fn secrets() -> Secrets {
    Secrets((0..10).map(vrf_secret).collect())
}

/// Terms of these members each, the last for ever; accounts 1 to 9 have a thousand LAT.
pub fn genesis(terms: &[&[usize]]) -> Genesis {
    let member = |at: &usize| Validator {
        node: node_id(*at),
        key: public_bytes::<Keyed>(&Keyed::public_key(&validator_secret(*at))).unwrap().0.to_vec(),
        vrf: vrf_secret(*at).public_key().to_bytes(),
        address: coinbase(*at),
    };
    let term = |(from, members): (u64, &&[usize])| Term {
        from: Epoch(from),
        validators: members.iter().map(member).collect(),
    };
    let rich = Allocation { balance: U256::from(1_000 * LAT), ..Allocation::default() };
    Genesis {
        chain_id: CHAIN,
        time: UnixMillis(BEGAN),
        gas_limit: Gas(30_000_000),
        base_fee: 10,
        base_fee_floor: 10,
        blocks_per_view: 10,
        election_distance: 13,
        // Epochs count from 1; what is said of 0 holds for it.
        terms: (0..).map(|at| if at == 0 { 0 } else { at + 1 }).zip(terms).map(term).collect(),
        is_staked: false,
        alloc: (1..=9).map(|who| (account(who), rich.clone())).collect(),
    }
}

pub fn transfer(who: u8, nonce: u64, to: Address, value: u128) -> Recovered {
    call(who, nonce, to, value, Vec::new())
}

/// A transaction with data; one without has the gas of a transfer.
pub fn call(who: u8, nonce: u64, to: Address, value: u128, input: Vec<u8>) -> Recovered {
    let fields = TxEip1559 {
        chain_id: CHAIN,
        nonce,
        gas_limit: if input.is_empty() { 21_000 } else { 1_000_000 },
        input: input.into(),
        max_fee_per_gas: 1_000,
        max_priority_fee_per_gas: 3,
        to: TxKind::Call(to.0.into()),
        value: U256::from(value),
        ..TxEip1559::default()
    };
    let signed = Transaction::sign(Unsigned::DynamicFee(fields), &secret(who)).unwrap();
    recover(signed).unwrap()
}

/// One validator.
pub struct Node {
    pub machine: Machine,
    pub ledger: Ledger,
    pub pool: Pool,
    pub keys: Keys<Keyed>,
    secret: Secret,
    peers: Vec<NodeId>,
    pub log: Vec<Record>,
    pub committed: Vec<Committed>,
    /// Why each of them is final.
    pub proofs: Vec<troupe_consensus::CommitProof>,
    pub is_dead: bool,
}

/// Knows no transactions, and how to check signatures of validators.
pub struct Signatures;

impl Known for Signatures {
    fn transaction(&self, _: &Hash) -> Option<Recovered> {
        None
    }

    fn verify(&self, term: &troupe_consensus::Term, claims: &[Claim]) -> bool {
        let mut keys = Keys::<Keyed>::default();
        keys.learn(term).is_ok() && keys.check(claims, |_| false).is_ok()
    }

    fn prove(&self, key: &sr25519::PublicKey, draw: &Draw) -> Option<Proof> {
        secrets().prove(key, draw)
    }
}

struct Pooled<'a>(&'a Pool);

impl Known for Pooled<'_> {
    fn transaction(&self, hash: &Hash) -> Option<Recovered> {
        self.0.get(hash).cloned()
    }

    fn verify(&self, term: &troupe_consensus::Term, claims: &[Claim]) -> bool {
        Signatures.verify(term, claims)
    }

    fn prove(&self, key: &sr25519::PublicKey, draw: &Draw) -> Option<Proof> {
        secrets().prove(key, draw)
    }
}

pub fn begin(genesis: &Genesis) -> Ledger {
    let ledger = Ledger::begin(genesis.clone(), &Sequential, |changes| {
        let mut flat = Flat::default();
        flat.apply(changes);
        Arc::new(flat)
    })
    .unwrap();
    let chain = ledger.head().block.hash();
    ledger.with_vm(machine::<Keyed>(Vm::default(), genesis, chain))
}

impl Node {
    fn new(at: usize, genesis: &Genesis) -> Self {
        let mut ledger = begin(genesis);
        let secret = validator_secret(at);
        let key = public_bytes::<Keyed>(&Keyed::public_key(&secret)).unwrap();
        let settings = Settings {
            blocks_per_view: u32::try_from(genesis.blocks_per_view).unwrap(),
            ..Settings::new(ledger.head().block.hash(), node_id(at), Some(key))
        };
        let anchor = ledger.anchor().unwrap();
        let mut keys = Keys::default();
        for term in &anchor.terms {
            keys.learn(term).unwrap();
        }
        Self {
            machine: Machine::new(settings, anchor, Vec::new()).unwrap(),
            ledger,
            pool: Pool::new(Limits::default(), 10),
            keys,
            secret,
            peers: Vec::new(),
            log: Vec::new(),
            committed: Vec::new(),
            proofs: Vec::new(),
            is_dead: false,
        }
    }

    fn wanted(&self, parent: Hash) -> Wanted {
        Wanted {
            gas: Gas(30_000_000),
            bytes: Bytes::kib(200),
            next: self.ledger.nonces_above(parent),
            ..Wanted::default()
        }
    }

    fn has_work(&self, on: Hash) -> bool {
        !self.pool.best(&Wanted { count: 1, ..self.wanted(on) }).is_empty()
    }

    /// What the last final state says of an account's owner.
    pub fn sender(&self, address: Address) -> Sender {
        let view = self.ledger.view(self.ledger.head().block.hash()).unwrap();
        let account = view.account(&address).unwrap().unwrap_or_default();
        Sender { nonce: account.nonce, balance: account.balance }
    }

    fn commit(&mut self, hash: Hash, proof: troupe_consensus::CommitProof) {
        let committed = self.ledger.commit(hash, proof.clone()).unwrap();
        self.proofs.push(proof);
        let touched: Vec<Address> = committed.changes.accounts.keys().copied().collect();
        let changed: Vec<(Address, Sender)> =
            touched.into_iter().map(|address| (address, self.sender(address))).collect();
        self.pool.refresh(changed);
        self.committed.push(committed);
    }
}

/// All of them.
pub struct Net {
    pub genesis: Genesis,
    pub nodes: Vec<Node>,
    pub now: Millis,
    events: BTreeMap<(Millis, u64), (usize, Input)>,
    serial: u64,
}

impl Net {
    pub fn new(terms: &[&[usize]]) -> Self {
        let count = terms.iter().flat_map(|members| members.iter()).max().unwrap() + 1;
        Self::of(genesis(terms), count)
    }

    /// So many nodes on a chain.
    pub fn of(genesis: Genesis, count: usize) -> Self {
        let nodes = (0..count).map(|at| Node::new(at, &genesis)).collect();
        let mut net =
            Self { genesis, nodes, now: Millis(1_000), events: BTreeMap::new(), serial: 0 };
        for at in 0..count {
            net.put(net.now, at, Input::Start);
        }
        net
    }

    fn put(&mut self, at: Millis, node: usize, input: Input) {
        self.serial += 1;
        self.events.insert((at, self.serial), (node, input));
    }

    /// Everybody hears of a transaction.
    pub fn submit(&mut self, transaction: &Recovered) {
        for at in 0..self.nodes.len() {
            let node = &mut self.nodes[at];
            let sender = node.sender(transaction.sender());
            node.pool.insert(transaction.clone(), sender, self.now).unwrap();
            self.put(self.now, at, Input::Work { waiting: true });
        }
    }

    /// Lets time pass until `done` or for so long; whether it was done.
    pub fn run(&mut self, span: Millis, done: impl Fn(&Self) -> bool) -> bool {
        let until = self.now.plus(span);
        loop {
            if done(self) {
                return true;
            }
            let event = self.events.first_key_value().map(|((at, _), _)| *at);
            let tick = self.nodes.iter().filter(|node| !node.is_dead);
            let tick = tick.filter_map(|node| node.machine.next_tick()).min();
            let Some(next) = event.into_iter().chain(tick).min().filter(|at| *at <= until) else {
                self.now = until;
                return false;
            };
            // A machine may want a tick at once: time stands still then.
            self.now = Millis(self.now.0.max(next.0));
            if event == Some(next) {
                let (_, (node, input)) = self.events.pop_first().unwrap();
                self.step(node, Some(input));
            } else {
                for at in 0..self.nodes.len() {
                    if self.nodes[at].machine.next_tick().is_some_and(|at| at <= self.now) {
                        self.step(at, None);
                    }
                }
            }
        }
    }

    fn step(&mut self, at: usize, input: Option<Input>) {
        if self.nodes[at].is_dead {
            return;
        }
        let now = Now { mono: self.now, wall: UnixMillis(BEGAN + self.now.0) };
        let mut out = Vec::new();
        match input {
            Some(input) => self.nodes[at].machine.step(now, input, &mut out),
            None => self.nodes[at].machine.tick(now, &mut out),
        }
        let mut out = VecDeque::from(out);
        while let Some(output) = out.pop_front() {
            if let Some(answer) = self.perform(at, output) {
                self.put(self.now, at, answer);
            }
        }
    }

    fn perform(&mut self, at: usize, output: Output) -> Option<Input> {
        let node = &mut self.nodes[at];
        let genesis = node.ledger.head().ancestors.values().next().copied();
        let genesis = genesis.unwrap_or_else(|| node.ledger.head().block.hash());
        match output {
            Output::Persist(record) => node.log.push(record),
            Output::Sign(statement) => {
                let signature = sign::<Keyed>(&node.secret, &statement, &genesis).unwrap();
                return Some(Input::Signed { statement, signature });
            }
            Output::Verify(task) => {
                let verdict = node.keys.answer(&task.work, belongs);
                return Some(Input::Verified { task: task.id, verdict });
            }
            Output::Build(order) => {
                let best = node.pool.best(&node.wanted(order.parent));
                let (block, elected) = node
                    .ledger
                    .build(&order, Offer::transactions(&best), &Signatures, &Sequential)
                    .unwrap();
                let (hash, parent) = (block.header.hash, order.parent);
                let waiting = node.has_work(hash);
                self.put(self.now, at, Input::Built { parent, block: Some(block), elected });
                return Some(Input::Work { waiting });
            }
            Output::Execute(block) => {
                let known = Pooled(&node.pool);
                let outcome = node.ledger.execute(&block, &known, &Sequential).unwrap();
                return Some(Input::Executed { hash: block.header.hash, outcome });
            }
            Output::Commit { block, proof } => node.commit(block.header.hash, proof),
            Output::Term(term) => node.keys.learn(&term).unwrap(),
            Output::Peers(peers) => node.peers = peers,
            Output::Entered(_) | Output::Reached(_) => {}
            Output::Send { to, message } => {
                let peers = match to {
                    To::Peers => node.peers.clone(),
                    To::One(peer) => vec![peer],
                };
                for peer in peers.into_iter().filter(|peer| *peer != node_id(at)) {
                    let to = usize::from(peer.0[0]) - 1;
                    let from = node_id(at);
                    self.put(
                        self.now.plus(DELAY),
                        to,
                        Input::Message { from, message: message.clone() },
                    );
                }
            }
            Output::Evidence(evidence) => panic!("nobody cheats: {evidence:?}"),
            Output::Blame { peer, fault } => panic!("nobody cheats: {peer} {fault}"),
            Output::Silent(_) => {}
            Output::Behind { height, peer } => panic!("nobody lags: {height} of {peer}"),
            Output::Halt(halt) => panic!("{halt}"),
        }
        None
    }

    /// Asserts that all have the same chain as far as they have one; its length.
    pub fn agreed(&self) -> usize {
        let longest =
            self.nodes.iter().map(|node| &node.committed).max_by_key(|it| it.len()).unwrap();
        for node in &self.nodes {
            for (mine, theirs) in node.committed.iter().zip(longest) {
                assert_eq!(mine.block.hash(), theirs.block.hash());
                assert_eq!(mine.receipts, theirs.receipts);
            }
        }
        longest.len()
    }
}
