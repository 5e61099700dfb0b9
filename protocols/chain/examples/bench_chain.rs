//! What a transfer costs a node, part by part: `cargo x bench chain`.
//!
//! One thread. Figures are CPU time, so that a busy machine does not change them much; blocks hold 1,000
//! transfers between random accounts. Add `transactions`, `pool` or `state` to measure that part alone.
#![expect(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    reason = "a measuring tool reads its arguments and prints"
)]

use alloy_primitives::{TxKind, U256};
use rustix::time::{ClockId, clock_gettime};
use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::sync::Arc;
use troupe_chain::block::{Body, Receipt, Stored, encode_receipts, receipts_root};
use troupe_chain::pool::{Limits, Pool, Sender, Wanted};
use troupe_chain::state::{Account, Changes, Flat, State, StateView};
use troupe_chain::transaction::{
    Kind, NativeFields, Recovered, Transaction, TxEip1559, Unsigned, recover_all,
};
use troupe_chain::{Block, Header};
use troupe_crypto::hash::keccak256;
use troupe_crypto::{ecdsa, sr25519};
use troupe_types::{Address, Bytes, Gas, Hash, Height, Millis};
use troupe_wire::{Seed, Sequential, Stream};

const BLOCK: usize = 1_000;

fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// The time of one run over so many operations, in microseconds each.
fn timed<T>(operations: usize, run: impl FnOnce() -> T) -> (f64, T) {
    let start = cpu();
    let result = black_box(run());
    ((cpu() - start) / 1e3 / operations as f64, result)
}

fn line(name: &str, micros: f64) {
    println!("{name:<64}{micros:>10.3} us");
}

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    let wants = |part: &str| asked.is_empty() || asked.iter().any(|name| name == part);
    let mut entropy = Seed::from_number(1).stream("bench");
    if wants("transactions") {
        let recovered = transactions(&mut entropy);
        encodings(&recovered);
    }
    if wants("pool") {
        for size in [10_000, 100_000] {
            pool(size);
        }
    }
    if wants("state") {
        for size in [10_000, 100_000, 1_000_000] {
            state(size, &mut entropy);
        }
    }
}

fn transfer(nonce: u64, tip: u128, to: [u8; 20]) -> TxEip1559 {
    TxEip1559 {
        chain_id: 1_120_260,
        nonce,
        gas_limit: 21_000,
        max_fee_per_gas: 10_000_000_000,
        max_priority_fee_per_gas: tip,
        to: TxKind::Call(to.into()),
        value: U256::from(1_000_000_000_000u64),
        ..TxEip1559::default()
    }
}

/// Decoding and recovery; gives recovered transfers of many senders.
fn transactions(entropy: &mut Stream) -> Vec<Recovered> {
    let count = 2_048;
    let envelopes: Vec<Vec<u8>> = (0..count)
        .map(|_| {
            let secret = ecdsa::SecretKey::generate(entropy);
            let tip = 1 + u128::from(entropy.below(1 << 20));
            let fields = Unsigned::DynamicFee(transfer(7, tip, entropy.array()));
            Transaction::sign(fields, &secret).expect("a small transfer").to_bytes()
        })
        .collect();
    let native: Vec<Vec<u8>> = (0..count)
        .map(|_| {
            let secret = sr25519::SecretKey::generate(entropy);
            let fields = NativeFields {
                chain_id: 1_120_260,
                nonce: 7,
                max_tip: 1,
                max_fee: 10_000_000_000,
                gas_limit: Gas(21_000),
                to: Some(Address(entropy.array())),
                value: U256::from(1_000_000_000_000u64),
                input: alloy_primitives::Bytes::new(),
                access_list: Default::default(),
            };
            Transaction::sign_native(fields, &secret).expect("a small transfer").to_bytes()
        })
        .collect();
    let mut ours = Vec::new();
    for (name, envelopes) in
        [("ECDSA, one by one", envelopes), ("sr25519, in batches of 128", native)]
    {
        let bytes: usize = envelopes.iter().map(Vec::len).sum();
        let (decode, decoded) = timed(count, || {
            let all = envelopes.iter().map(|bytes| Transaction::decode(bytes).expect("ours"));
            all.map(Arc::new).collect::<Vec<_>>()
        });
        line(&format!("decode a transfer of {} bytes", bytes / count), decode);
        let (recover, recovered) = timed(count, || recover_all(decoded, &Sequential));
        line(&format!("recover a transfer: {name}"), recover);
        ours.push(recovered);
    }
    ours.swap_remove(0).into_iter().map(|one| one.expect("our own signature")).collect()
}

/// What a block costs beside signatures, pool and state.
fn encodings(recovered: &[Recovered]) {
    let transactions: Vec<_> = recovered[..BLOCK].iter().map(Recovered::share).collect();
    let body = Body { transactions, evidence: Vec::new() };
    let (root, _) = timed(BLOCK, || body.transactions_root());
    line("transactions root, per transfer", root);
    let receipts: Vec<Receipt> = (1..=BLOCK as u64)
        .map(|n| Receipt {
            kind: Kind::DynamicFee,
            is_success: true,
            cumulative_gas: Gas(21_000 * n),
            logs: Vec::new(),
            effective_price: 8_000_000_000,
            contract: None,
        })
        .collect();
    let (root, _) = timed(BLOCK, || receipts_root(&receipts));
    line("receipts root, per transfer", root);
    let (kept, _) = timed(BLOCK, || encode_receipts(&receipts));
    line("receipts encoded, per transfer", kept);
    let block = Block::new(Header::default(), body);
    let stored = Stored { block, proof: alloy_primitives::Bytes::new() };
    let (encode, bytes) = timed(BLOCK, || stored.encode().expect("a small block"));
    line("block encoded, per transfer", encode);
    let (decode, _) = timed(BLOCK, || Stored::decode(&bytes));
    line("block decoded, per transfer", decode);
}

/// Transfers of as many senders.
fn strangers(count: usize) -> Vec<Recovered> {
    let mut entropy = Seed::from_number(2).stream("strangers");
    let signed = (0..count).map(|_| {
        let secret = ecdsa::SecretKey::generate(&mut entropy);
        let tip = 1 + u128::from(entropy.below(1 << 30));
        let fields = Unsigned::DynamicFee(transfer(0, tip, entropy.array()));
        Arc::new(Transaction::sign(fields, &secret).expect("a small transfer"))
    });
    let recovered = recover_all(signed.collect(), &Sequential);
    recovered.into_iter().map(|one| one.expect("our own signature")).collect()
}

fn pool(size: usize) {
    let limits = Limits { transactions: 2 * size, bytes: Bytes::mib(1_024), ..Limits::default() };
    let mut pool = Pool::new(limits, 7);
    let state = Sender { nonce: 0, balance: U256::from(1u128 << 100) };
    let mut all = strangers(size + BLOCK);
    let last = all.split_off(size);
    for one in all {
        pool.insert(one, state, Millis(0)).expect("room for all");
    }
    let (insert, ()) = timed(BLOCK, || {
        for one in last {
            pool.insert(one, state, Millis(0)).expect("room for all");
        }
    });
    line(&format!("pool of {size}: insert, per transfer"), insert);
    let wanted = Wanted { gas: Gas(1 << 40), count: BLOCK, ..Wanted::default() };
    let (select, best) = timed(BLOCK, || pool.best(&wanted));
    line(&format!("pool of {size}: select for a block, per transfer"), select);
    let next: BTreeMap<Address, u64> = best.iter().map(|one| (one.sender(), 1)).collect();
    let behind = Wanted { next, ..wanted };
    let (select, second) = timed(BLOCK, || pool.best(&behind));
    assert_eq!(second.len(), BLOCK);
    line(&format!("pool of {size}: the same behind an uncommitted block"), select);
    let sent: BTreeSet<Address> = best.iter().map(Recovered::sender).collect();
    let changed = sent.into_iter().map(|sender| (sender, Sender { nonce: 1, ..state }));
    let changed: Vec<_> = changed.collect();
    let (refresh, gone) = timed(BLOCK, || pool.refresh(changed));
    assert_eq!(gone.len(), BLOCK);
    line(&format!("pool of {size}: take a block's out, per transfer"), refresh);
    let (fees, ()) = timed(1, || pool.set_base_fee(8));
    line(&format!("pool of {size}: a base fee that changes nothing"), fees);
}

fn address(n: u64) -> Address {
    Address(*keccak256(n.to_be_bytes()).0.first_chunk().expect("20 of 32"))
}

/// A block of transfers between random accounts.
fn block(view: &impl StateView, accounts: u64, entropy: &mut Stream) -> Changes {
    let mut changes = Changes::default();
    for _ in 0..BLOCK {
        for is_sender in [true, false] {
            let who = address(entropy.below(accounts));
            let known = changes.account(&who);
            let known = known.unwrap_or_else(|| view.account(&who).expect("memory does not fail"));
            let mut account = known.unwrap_or_default();
            account.nonce += u64::from(is_sender);
            account.balance += U256::from(1);
            changes.accounts.insert(who, Some(account));
        }
    }
    changes
}

fn state(size: u64, entropy: &mut Stream) {
    let genesis = Hash::default();
    let mut flat = Flat::default();
    let mut all = Changes::default();
    for n in 0..size {
        let balance = U256::from(1_000_000_000_000_000_000u64) + U256::from(n);
        let account = Account { nonce: n % 7, balance, ..Account::default() };
        all.accounts.insert(address(n), Some(account));
    }
    flat.apply(&all);
    let mut state = State::new(Arc::new(flat), Height::ZERO, genesis);
    let (build, sealed) = timed(size as usize, || state.seal(genesis, all, &Sequential));
    let sealed = sealed.expect("the parent is known");
    line(&format!("{size} accounts: tries built, per account"), build);
    let first = Hash([1; 32]);
    state.insert(first, sealed).expect("a new block");
    state.commit(first).expect("the child of the genesis block");
    // The base has them already.
    state.layers_mut().freeze();
    state.layers_mut().flushed();
    let (accounts, _) = state.trie().counts();
    let each = accounts.bytes / size as usize;
    println!(
        "{:<64}{each:>10} bytes",
        format!("{size} accounts: memory of the tries, per account")
    );
    let rounds = 40u8;
    let (mut seal, mut commit, mut touched, mut codec) = (0.0, 0.0, 0, 0.0);
    let mut parent = first;
    for round in 0..rounds {
        let view = state.view(parent).expect("a known block");
        let changes = block(&view, size, entropy);
        drop(view);
        touched += changes.accounts.len();
        let (time, sealed) = timed(BLOCK, || state.seal(parent, changes, &Sequential));
        seal += time;
        let sealed = sealed.expect("the parent is known");
        let (time, bytes) = timed(BLOCK, || sealed.changes().encode());
        codec += time;
        black_box(bytes.expect("small"));
        let hash = Hash([round + 2; 32]);
        let (time, outcome) = timed(BLOCK, || {
            state.insert(hash, sealed)?;
            state.commit(hash)
        });
        commit += time;
        outcome.expect("the child of the last block");
        parent = hash;
    }
    let each = f64::from(rounds);
    line(&format!("{size} accounts: state root, per transfer"), seal / each);
    let per_account = seal * BLOCK as f64 / touched as f64;
    line(&format!("{size} accounts: state root, per touched account"), per_account);
    line(&format!("{size} accounts: insert and commit, per transfer"), commit / each);
    line(&format!("{size} accounts: changes encoded, per transfer"), codec / each);
}
