//! What a block of transfers costs a node besides its network and its disk: `cargo x bench ledger`.
//!
//! One thread; figures are CPU time a transfer, the least of five blocks. Accounts pay each other at
//! random; a proposer builds the block, a validator gets it as bytes and knows the transactions from
//! its pool, or does not and has to find out who signed.

#![expect(clippy::disallowed_macros, reason = "a benchmark prints its table")]

use alloy_primitives::{TxKind, U256};
use rustix::time::{ClockId, clock_gettime};
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_chain::genesis::{Allocation, Term, Validator};
use troupe_chain::pool::{Limits, Pool, Sender, Wanted};
use troupe_chain::state::{Flat, StateView};
use troupe_chain::transaction::{Recovered, Transaction, TxEip1559, Unsigned, recover_all};
use troupe_chain::{Block, Genesis};
use troupe_consensus::{Claim, CommitProof, Fill, Order, Outcome, Place};
use troupe_crypto::ecdsa::SecretKey;
use troupe_crypto::hash::keccak256;
use troupe_crypto::sr25519;
use troupe_crypto::vrf::Proof;
use troupe_ledger::{Draw, Known, Ledger, Nothing, Offer, Secrets, belongs};
use troupe_types::{Address, Bytes, Epoch, Gas, Hash, Millis, NodeId, UnixMillis};
use troupe_wire::{List, Sequential};

const BLOCK: u64 = 1_000;
const BLOCKS: u64 = 5;

fn cpu_nanos() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// Adds what `run` took to a row of the table, if it is the least so far.
fn timed<T>(
    table: &mut BTreeMap<&'static str, f64>,
    row: &'static str,
    run: impl FnOnce() -> T,
) -> T {
    let before = cpu_nanos();
    let value = run();
    let took = (cpu_nanos() - before) / BLOCK as f64;
    table.entry(row).and_modify(|least| *least = least.min(took)).or_insert(took);
    value
}

fn secret(who: u64) -> SecretKey {
    SecretKey::from_bytes(&keccak256(who.to_le_bytes()).0).expect("below the group's order")
}

fn address(who: u64) -> Address {
    Address(secret(who).public_key().address())
}

/// So many who pay, and others who only have something.
fn genesis(accounts: u64) -> Genesis {
    let validator = |at: u8| Validator {
        node: NodeId([at; 32]),
        key: vec![at; 48],
        vrf: sr25519::SecretKey::from_seed(&[at; 32]).public_key().to_bytes(),
        address: Address([at; 20]),
    };
    let rich = Allocation { balance: U256::from(10).pow(U256::from(24)), ..Allocation::default() };
    let others = (BLOCK..accounts)
        .map(|n| Address(*keccak256(n.to_le_bytes()).0.first_chunk().expect("20 of 32")));
    Genesis {
        chain_id: 1,
        time: UnixMillis(1_800_000_000_000),
        gas_limit: Gas(30_000_000),
        base_fee: 10,
        base_fee_floor: 10,
        blocks_per_view: 10,
        election_distance: 13,
        terms: vec![Term { from: Epoch(0), validators: (1..=4).map(validator).collect() }],
        is_staked: false,
        alloc: (0..BLOCK).map(address).chain(others).map(|it| (it, rich.clone())).collect(),
    }
}

fn begin(genesis: &Genesis) -> Ledger {
    let base = |changes: &_| {
        let mut flat = Flat::default();
        flat.apply(changes);
        Arc::new(flat) as _
    };
    Ledger::begin(genesis.clone(), &Sequential, base).expect("a good genesis")
}

/// A transfer of everybody who pays, to somebody at random.
fn transfers(genesis: &Genesis, nonce: u64) -> Vec<Arc<Transaction>> {
    let all: Vec<&Address> = genesis.alloc.keys().collect();
    (0..BLOCK)
        .map(|who| {
            let digest = keccak256([who.to_le_bytes(), nonce.to_le_bytes()].concat());
            let luck = u64::from_le_bytes(*digest.0.first_chunk().expect("8 of 32"));
            let to = all[usize::try_from(luck % all.len() as u64).expect("below the length")];
            let fields = TxEip1559 {
                chain_id: 1,
                nonce,
                gas_limit: 21_000,
                max_fee_per_gas: 1_000,
                max_priority_fee_per_gas: 3,
                to: TxKind::Call(to.0.into()),
                value: U256::from(5),
                ..TxEip1559::default()
            };
            Transaction::sign(Unsigned::DynamicFee(fields), &secret(who)).expect("signed").into()
        })
        .collect()
}

struct Pooled<'a>(&'a Pool);

impl Known for Pooled<'_> {
    fn transaction(&self, hash: &Hash) -> Option<Recovered> {
        self.0.get(hash).cloned()
    }

    fn verify(&self, _: &troupe_consensus::Term, _: &[Claim]) -> bool {
        false
    }

    fn prove(&self, _: &sr25519::PublicKey, _: &Draw) -> Option<Proof> {
        None
    }
}

fn sender(ledger: &Ledger, of: Address) -> Sender {
    let view = ledger.view(ledger.head().block.hash()).expect("the head is known");
    let account = view.account(&of).expect("memory reads").unwrap_or_default();
    Sender { nonce: account.nonce, balance: account.balance }
}

fn main() {
    let secrets = Secrets((1..=4).map(|at| sr25519::SecretKey::from_seed(&[at; 32])).collect());
    for accounts in [10_000, 100_000] {
        let genesis = genesis(accounts);
        let (mut proposer, mut voter, mut stranger) =
            (begin(&genesis), begin(&genesis), begin(&genesis));
        let mut pool = Pool::new(Limits::default(), 10);
        let mut table = BTreeMap::new();
        for round in 0..BLOCKS {
            let signed = transfers(&genesis, round);
            let recovered =
                timed(&mut table, "1 recover who signed", || recover_all(signed, &Sequential));
            timed(&mut table, "2 pool: insert", || {
                for one in recovered {
                    let one = one.expect("signed by its sender");
                    let state = sender(&voter, one.sender());
                    pool.insert(one, state, Millis(round)).expect("it fits");
                }
            });
            let head = Arc::clone(&proposer.head().block);
            let wanted =
                Wanted { gas: Gas(30_000_000), bytes: Bytes::kib(200), ..Wanted::default() };
            let best = timed(&mut table, "3 pool: select", || pool.best(&wanted));
            let order = Order {
                parent: head.hash(),
                height: head.header().height.next().expect("few blocks"),
                place: Place::new(1, 0),
                index: u32::try_from(round).expect("few blocks"),
                time: UnixMillis(head.header().time.0 + 250),
                ends_epoch: false,
                fill: Fill::Whatever,
            };
            let (block, _) = timed(&mut table, "4 build", || {
                proposer
                    .build(&order, Offer::transactions(&best), &secrets, &Sequential)
                    .expect("memory reads")
            });
            let inner = Block::decode(&block.body).expect("its own encoding");
            assert_eq!(inner.body().transactions.len() as u64, BLOCK);
            assert!(timed(&mut table, "5 check that bytes and name belong", || belongs(&block)));
            let valid = Outcome::Valid { root: block.header.root, elected: None };
            let outcome = timed(&mut table, "6 execute, signers known", || {
                voter.execute(&block, &Pooled(&pool), &Sequential)
            });
            assert_eq!(outcome, Ok(valid.clone()));
            let outcome = timed(&mut table, "7 execute, signers unknown", || {
                stranger.execute(&block, &Nothing, &Sequential)
            });
            assert_eq!(outcome, Ok(valid));
            let proof = || CommitProof(List::default());
            for ledger in [&mut proposer, &mut stranger] {
                ledger.commit(block.header.hash, proof()).expect("built on the head");
            }
            timed(&mut table, "8 commit and refresh the pool", || {
                let committed =
                    voter.commit(block.header.hash, proof()).expect("built on the head");
                let touched = committed.changes.accounts.keys();
                let changed: Vec<_> = touched.map(|of| (*of, sender(&voter, *of))).collect();
                pool.refresh(changed);
            });
        }
        println!("{accounts} accounts, {BLOCK} transfers a block          ns a transfer");
        for (row, nanos) in table {
            println!("{row:<44} {nanos:>8.0}");
        }
    }
    empty_blocks(&secrets);
}

/// What a block costs that holds nothing but its random word.
fn empty_blocks(secrets: &Secrets) {
    let genesis = genesis(10_000);
    let (mut proposer, mut voter) = (begin(&genesis), begin(&genesis));
    let [mut prove, mut build, mut execute] = [f64::INFINITY; 3];
    let micros = |least: &mut f64, before: f64| *least = least.min((cpu_nanos() - before) / 1e3);
    let secret = &secrets.0[0];
    for index in 0..10 {
        let head = Arc::clone(&proposer.head().block);
        let height = head.header().height.next().expect("few blocks");
        let order = Order {
            parent: head.hash(),
            height,
            place: Place::new(1, 0),
            index,
            time: UnixMillis(head.header().time.0 + 250),
            ends_epoch: false,
            fill: Fill::Nothing,
        };
        let before = cpu_nanos();
        let proof = Draw::new(&Hash::default(), &head.header().word(), height).prove(secret);
        micros(&mut prove, before);
        assert_ne!(proof.word(), Hash::default());
        let before = cpu_nanos();
        let made = proposer.build(&order, Offer::default(), secrets, &Sequential);
        micros(&mut build, before);
        let (block, _) = made.expect("memory reads");
        let before = cpu_nanos();
        let outcome = voter.execute(&block, &Nothing, &Sequential);
        micros(&mut execute, before);
        assert_eq!(outcome, Ok(Outcome::Valid { root: block.header.root, elected: None }));
        for ledger in [&mut proposer, &mut voter] {
            let proof = CommitProof(List::default());
            ledger.commit(block.header.hash, proof).expect("built on the head");
        }
    }
    println!("an empty block                                     us");
    println!("prove its random word                        {prove:>8.0}");
    println!("build, that included                         {build:>8.0}");
    println!("execute, with the word's verification        {execute:>8.0}");
}
