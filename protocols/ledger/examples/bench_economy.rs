//! What the economy costs a node, over the state as it has it: `cargo x bench economy`.
//!
//! 225 candidates, 43 of whom validate, and 100,000 delegations, in a Merkle state in memory. One thread; figures are CPU
//! time of who executes a block that somebody else made: the check of its random word and the new state root are in them. Of
//! blocks the one that takes longest is shown: of those that elect, of those that end a settlement epoch.

#![expect(clippy::disallowed_macros, reason = "a benchmark prints its table")]

use alloy_primitives::{TxKind, U256};
use alloy_sol_types::SolCall;
use rustix::time::{ClockId, clock_gettime};
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_chain::genesis::{Allocation, Term, Validator};
use troupe_chain::state::Flat;
use troupe_chain::transaction::{Recovered, Transaction, TxEip1559, Unsigned, recover};
use troupe_chain::{Block, Genesis};
use troupe_consensus::{Claim, CommitProof, Fill, Order, Outcome, Place, public_bytes};
use troupe_crypto::ecdsa::SecretKey;
use troupe_crypto::hash::keccak256;
use troupe_crypto::vrf::Proof;
use troupe_crypto::{Keyed, Scheme, sr25519};
use troupe_ledger::{Draw, Known, Ledger, Offer, machine};
use troupe_staking::call::abi::{DelegateReward, Staking};
use troupe_staking::contract::{DELEGATE_REWARD, STAKING};
use troupe_staking::election::Weighing;
use troupe_staking::genesis::{Beginning, Founder};
use troupe_staking::params::{Param, Params};
use troupe_staking::stake::{self, Source};
use troupe_staking::world::{Memory, Table};
use troupe_staking::{Calendar, Constitution};
use troupe_types::{Address, Epoch, Gas, Hash, Millis, NodeId, UnixMillis};
use troupe_vm::{RecordKey, Records, Vm, record_words};
use troupe_wire::{Limit, List, Seed, Sequential, codec};

const LAT: u128 = 1_000_000_000_000_000_000;
const CANDIDATES: u64 = 225;
const SEATS: u32 = 43;
const DELEGATIONS: u64 = 100_000;
/// Blocks of a view.
const PER_VIEW: u32 = 10;
/// Blocks of a round.
const ROUND: u64 = (SEATS * PER_VIEW) as u64;
/// Accounts that send transactions, and how many of them in a block.
const SENDERS: u64 = 200;
const BLOCK: usize = 50;
const BEGAN: u64 = 1_800_000_000_000;

fn cpu_millis() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

fn row(name: &str, value: f64, unit: &str) {
    println!("{name:<52} {value:>10.3} {unit}");
}

fn word(what: &str, number: u64) -> [u8; 32] {
    keccak256([what.as_bytes(), &number.to_be_bytes()].concat()).0
}

fn node(number: u64) -> NodeId {
    NodeId(word("node", number))
}

fn vrf(number: u64) -> sr25519::SecretKey {
    sr25519::SecretKey::from_seed(&word("vrf", number))
}

fn sender(number: u64) -> SecretKey {
    SecretKey::from_bytes(&word("sender", number)).expect("below the group's order")
}

/// Who delegates: the first ones send transactions, too.
fn delegator(number: u64) -> Address {
    if number < SENDERS {
        return Address(sender(number).public_key().address());
    }
    Address(*word("delegator", number).first_chunk().expect("20 of 32"))
}

fn founder(number: u64) -> Founder {
    let secret = Keyed::generate(&mut Seed::from_number(number).stream("validator"));
    let key = public_bytes::<Keyed>(&Keyed::public_key(&secret)).expect("48 bytes");
    let staker = Address(*word("staker", number).first_chunk().expect("20 of 32"));
    Founder {
        node: node(number),
        vote_key: key.0,
        vrf_key: vrf(number).public_key().to_bytes(),
        staker,
        benefit: staker,
        stake: (100_000 + u128::from(number) * 7_919 % 1_000_000) * LAT,
        share: 2_000,
        name: format!("candidate {number}"),
    }
}

/// A settlement epoch ends with each round.
fn beginning() -> Beginning {
    let nobody = Address([0xd0; 20]);
    let constitution = Constitution {
        seats: SEATS,
        blocks_per_view: PER_VIEW,
        election_distance: 20,
        weighing: Weighing::Votes,
        period: Millis(1_000),
        cycle: Millis(3_600_000),
        producers_percent: 50,
        developers: nobody,
        foundation: nobody,
        foundation_from: 10,
        voting: Millis(600_000),
    };
    let mut params = Params::new(SEATS);
    params.set(Param::MaxValidators, CANDIDATES.into()).expect("within its range");
    let others = u128::from(DELEGATIONS) * 10_000 * LAT;
    let founders = (0..CANDIDATES).map(founder).collect();
    let (pool, time) = (1_000_000 * LAT, UnixMillis(BEGAN));
    Beginning { constitution, params, founders, pool, others, time }
}

/// Without an economy, four who validate for ever.
fn plain() -> Genesis {
    let validator = |number: u64| {
        let Founder { node, vote_key, vrf_key, benefit: address, .. } = founder(number);
        Validator { node, key: vote_key.to_vec(), vrf: vrf_key, address }
    };
    let balance = U256::from(10_000 * LAT);
    let rich = Allocation { balance, ..Allocation::default() };
    Genesis {
        chain_id: 1,
        time: UnixMillis(BEGAN),
        gas_limit: Gas(100_000_000),
        base_fee: 10,
        base_fee_floor: 10,
        blocks_per_view: PER_VIEW.into(),
        election_distance: 20,
        terms: vec![Term {
            from: Epoch(0),
            validators: (0..SEATS.into()).map(validator).collect(),
        }],
        is_staked: false,
        alloc: (0..DELEGATIONS).map(|number| (delegator(number), rich.clone())).collect(),
    }
}

/// The same with all candidates and delegations.
fn staked(plain: &Genesis) -> Genesis {
    let mut world = Memory::default();
    for number in 0..DELEGATIONS {
        world.balances.insert(delegator(number), 10_000 * LAT);
    }
    beginning().lay_down(&mut world);
    let nodes: Vec<NodeId> = (0..CANDIDATES).map(node).collect();
    for (number, node) in (0..DELEGATIONS).zip(nodes.iter().cycle()) {
        let amount = (10 + u128::from(number % 90)) * LAT;
        stake::delegate(&mut world, delegator(number), Source::Free, node, amount)
            .expect("it is rich");
    }
    let mut alloc = BTreeMap::new();
    for (address, balance) in world.balances {
        let balance = U256::from(balance);
        alloc.insert(address, Allocation { balance, ..Allocation::default() });
    }
    let records: &mut Allocation = alloc.entry(STAKING).or_default();
    records.nonce = 1;
    for (key, value) in &world.records {
        let key = RecordKey::of_bytes(key.table() as u8, key.bytes()).expect("short enough");
        let words = record_words(&key, value);
        records.storage.extend(words.filter(|(_, word)| !word.is_zero()));
    }
    Genesis { is_staked: true, alloc, ..plain.clone() }
}

/// Who has all secrets, and knows all signers.
struct Everything {
    secrets: BTreeMap<[u8; 32], sr25519::SecretKey>,
    signed: BTreeMap<Hash, Recovered>,
}

impl Known for Everything {
    fn transaction(&self, hash: &Hash) -> Option<Recovered> {
        self.signed.get(hash).cloned()
    }

    fn verify(&self, _: &troupe_consensus::Term, _: &[Claim]) -> bool {
        false
    }

    fn prove(&self, key: &sr25519::PublicKey, draw: &Draw) -> Option<Proof> {
        self.secrets.get(&key.to_bytes()).map(|secret| draw.prove(secret))
    }
}

/// A node that makes blocks and one that executes them.
struct Chain {
    maker: Ledger,
    voter: Ledger,
    known: Everything,
    nonce: u64,
}

/// What a block was.
#[derive(Debug, Clone, Copy)]
struct Took {
    millis: f64,
    elects: bool,
    settles: bool,
}

impl Chain {
    fn new(genesis: &Genesis) -> Self {
        let begin = || {
            let base = |changes: &_| {
                let mut flat = Flat::default();
                flat.apply(changes);
                Arc::new(flat) as _
            };
            let ledger = Ledger::begin(genesis.clone(), &Sequential, base).expect("a good genesis");
            let chain = ledger.head().block.hash();
            ledger.with_vm(machine::<Keyed>(Vm::default(), genesis, chain))
        };
        let secrets = (0..CANDIDATES).map(vrf);
        let secrets = secrets.map(|secret| (secret.public_key().to_bytes(), secret)).collect();
        let known = Everything { secrets, signed: BTreeMap::new() };
        Self { maker: begin(), voter: begin(), known, nonce: 0 }
    }

    fn period(&self) -> u64 {
        let view = self.voter.view(self.voter.head().block.hash()).expect("the head is known");
        let records = Records { view: &view, address: STAKING };
        let key = RecordKey::of_bytes(Table::Single as u8, &[2]).expect("short enough");
        let record = records.get(&key).expect("memory reads").expect("there is a calendar");
        codec::decode::<Calendar>(&record, Limit::KiB16).expect("it is one").period
    }

    /// Makes a block of these, and lets the other node execute it.
    fn block(&mut self, transactions: &[Recovered]) -> Took {
        let head = self.maker.head().block.header().clone();
        let height = head.height.next().expect("few blocks");
        let at = (height.0 - 1) % ROUND;
        let order = Order {
            parent: head.hash(),
            height,
            place: Place::new((height.0 - 1) / ROUND + 1, at / u64::from(PER_VIEW)),
            index: u32::try_from(at % u64::from(PER_VIEW)).expect("small"),
            time: UnixMillis(head.time.0 + 1_000),
            ends_epoch: at + 1 == ROUND,
            fill: Fill::Whatever,
        };
        let offer = Offer::transactions(transactions);
        let built = self.maker.build(&order, offer, &self.known, &Sequential);
        let (block, elected) = built.expect("memory reads");
        let before = cpu_millis();
        let outcome = self.voter.execute(&block, &self.known, &Sequential);
        let millis = cpu_millis() - before;
        let want = Outcome::Valid { root: block.header.root, elected: elected.clone() };
        assert_eq!(outcome, Ok(want));
        let carried = Block::decode(&block.body).expect("its own encoding");
        assert_eq!(carried.body().transactions.len(), transactions.len());
        for ledger in [&mut self.maker, &mut self.voter] {
            let proof = CommitProof(List::default());
            let committed = ledger.commit(block.header.hash, proof).expect("built on the head");
            assert!(committed.receipts.iter().all(|receipt| receipt.is_success));
        }
        Took { millis, elects: elected.is_some(), settles: false }
    }

    /// A call of each sender, in blocks of fifty: what one costs on top of an empty block, in microseconds.
    fn calls(&mut self, to: Address, value: u128, input: &[u8], empty: f64) -> f64 {
        let signed: Vec<Recovered> = (0..SENDERS)
            .map(|number| {
                let fields = TxEip1559 {
                    chain_id: 1,
                    nonce: self.nonce,
                    gas_limit: 300_000,
                    max_fee_per_gas: 1_000,
                    max_priority_fee_per_gas: 3,
                    to: TxKind::Call(to.0.into()),
                    value: U256::from(value),
                    input: input.to_vec().into(),
                    ..TxEip1559::default()
                };
                let signed = Transaction::sign(Unsigned::DynamicFee(fields), &sender(number));
                recover(signed.expect("signed")).expect("signed by its sender")
            })
            .collect();
        self.nonce += 1;
        self.known.signed =
            signed.iter().map(|one| (one.transaction().hash(), one.clone())).collect();
        let blocks = signed.chunks(BLOCK).map(|some| self.block(some).millis);
        let least = blocks.fold(f64::INFINITY, f64::min);
        (least - empty) * 1e3 / BLOCK as f64
    }
}

fn main() {
    let plain = plain();
    let mut chain = Chain::new(&plain);
    let empty = (0..20).map(|_| chain.block(&[]).millis).fold(f64::INFINITY, f64::min);
    row("an empty block without economy", empty, "ms");

    let genesis = staked(&plain);
    let before = cpu_millis();
    let mut chain = Chain::new(&genesis);
    println!("two states of 100,000 delegations: {:.0} ms each", (cpu_millis() - before) / 2.0);
    let mut least = f64::INFINITY;
    let [mut electing, mut settling, mut whole] = [0f64; 3];
    for _ in 0..2 {
        for at in 1..=ROUND {
            let period = chain.period();
            let mut took = chain.block(&[]);
            // A settlement begins with the last block of a round.
            took.settles = at == ROUND || chain.period() > period;
            least = least.min(took.millis);
            match took {
                Took { elects: true, .. } => electing = electing.max(took.millis),
                Took { settles: true, .. } => {
                    settling = settling.max(took.millis);
                    whole += took.millis / 2.0;
                }
                Took { .. } => {}
            }
        }
    }
    while chain.period() < 3 {
        let took = chain.block(&[]);
        settling = settling.max(took.millis);
        whole += took.millis / 2.0;
    }
    row("an empty block", least, "ms");
    row("a block that elects 43 of 225, at most", electing, "ms");
    row("a block in the end of a settlement epoch, at most", settling, "ms");
    row("such an end in all, on average", whole, "ms");

    let delegate = Staking::delegateCall { node: node(7).0.into(), source: 0, amount: 10 * LAT };
    let micros = chain.calls(STAKING, 10 * LAT, &delegate.abi_encode(), least);
    row("delegate, by transaction", micros, "us");
    let claim = DelegateReward::claimCall {}.abi_encode();
    let micros = chain.calls(DELEGATE_REWARD, 0, &claim, least);
    row("claim what was earned, by transaction", micros, "us");
    println!("{} settlement epochs", chain.period() - 1);
}
