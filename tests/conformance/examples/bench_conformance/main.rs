//! What execution costs: `cargo x bench conformance`.
//!
//! One thread; figures are CPU time, the least of five runs. Signatures are recovered before and the
//! state lies in memory, so that only execution is in them.

mod theirs;
mod token;

use alloy_primitives::{Bytes, TxKind, U256};
use rustix::time::{ClockId, clock_gettime};
use std::sync::Arc;
use token::Token;
use troupe_chain::Transaction;
use troupe_chain::state::{Account, Changes, Flat};
use troupe_chain::transaction::{Recovered, Rules, TxEip1559, Unsigned, recover_all};
use troupe_crypto::ecdsa::SecretKey;
use troupe_crypto::hash::keccak256;
use troupe_types::{Address, Bytes as Size, Gas};
use troupe_vm::{CallRequest, Env, Executor, call};
use troupe_wire::Sequential;

const RUNS: usize = 5;
const ACCOUNTS: u64 = 1_000;
const BLOCK: u64 = 1_000;

fn cpu_nanos() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

fn least(mut run: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..RUNS {
        let before = cpu_nanos();
        run();
        best = best.min(cpu_nanos() - before);
    }
    best
}

/// The same for what begins with something that is used up.
fn least_with<T>(make: impl Fn() -> T, mut run: impl FnMut(T)) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..RUNS {
        let made = make();
        let before = cpu_nanos();
        run(made);
        best = best.min(cpu_nanos() - before);
    }
    best
}

fn secret(who: u64) -> SecretKey {
    SecretKey::from_bytes(&keccak256(who.to_le_bytes()).0).expect("below the group's order")
}

fn state() -> Flat {
    let mut changes = Changes::default();
    for who in 0..ACCOUNTS {
        let balance = U256::from(10).pow(U256::from(24));
        let address = Address(secret(who).public_key().address());
        changes.accounts.insert(address, Some(Account { balance, ..Account::default() }));
    }
    let mut state = Flat::default();
    state.apply(&changes);
    state
}

/// A transfer from every account to a new one or to one that is there.
fn transfers(is_new: bool) -> Vec<Recovered> {
    let transactions = (0..BLOCK).map(|n| {
        let to = match is_new {
            true => {
                Address(*keccak256((n + ACCOUNTS).to_le_bytes()).0.last_chunk().expect("20 of 32"))
            }
            false => Address(secret((n * 7 + 1) % ACCOUNTS).public_key().address()),
        };
        let fields = TxEip1559 {
            chain_id: 1,
            nonce: 0,
            gas_limit: 21_000,
            max_fee_per_gas: 100,
            max_priority_fee_per_gas: 1,
            to: TxKind::Call(to.0.into()),
            value: U256::from(5),
            ..TxEip1559::default()
        };
        Transaction::sign(Unsigned::DynamicFee(fields), &secret(n)).expect("a transfer").into()
    });
    let recovered = recover_all(transactions.collect(), &Sequential);
    recovered.into_iter().map(|one| one.expect("signed by its sender")).collect()
}

fn main() {
    let state = Arc::new(state());
    let rules = Rules {
        chain_id: 1,
        block_gas: Gas(200_000_000),
        max_init_code: Size::kib(48),
        min_tip: 0,
    };
    let env = Env { chain_id: 1, base_fee: 7, gas_limit: rules.block_gas, ..Env::default() };
    for (what, is_new) in [("to accounts that are there", false), ("to new accounts", true)] {
        let block = transfers(is_new);
        let nanos = least(|| {
            let mut executor = Executor::new(Arc::clone(&state), env.clone(), rules);
            for transfer in &block {
                executor.transact(transfer).expect("the state reads").expect("it fits");
            }
            executor.finish().expect("the state reads");
        });
        println!("transfer, {what:<40} {:>9.0} ns", nanos / BLOCK as f64);
    }

    let mut state = Arc::unwrap_or_clone(state);
    token::add(&mut state);
    let state = Arc::new(state);
    // A loop of a million rounds: JUMPDEST, PUSH1 1, SWAP1, SUB, DUP1, PUSH1, JUMPI.
    let code: Bytes = hex("620f42405b6001900380600457 00").into();
    let at = Address([0x77; 20]);
    let other = theirs::state((at.0, code.clone()));
    let (mut used, mut their_used) = (Gas::ZERO, 0);
    for token in Token::ALL {
        let block = token::transfers(token);
        let ours = least(|| {
            let mut executor = Executor::new(Arc::clone(&state), env.clone(), rules);
            for transfer in &block {
                let outcome = executor.transact(transfer);
                assert!(outcome.expect("the state reads").expect("it fits").result.is_ok());
            }
            used = executor.gas_used();
            executor.finish().expect("the state reads");
        });
        let theirs = least_with(
            || (other.clone(), theirs::transfers(token)),
            |(state, transfers)| their_used = theirs::run(state, transfers),
        );
        assert_eq!(used.0, their_used, "the same gas");
        let rate = |nanos: f64| BLOCK as f64 / nanos * 1e9;
        let name = token.name();
        println!("token {name}: transfers a second, {:<15} {:>9.0}", "ours", rate(ours));
        println!("token {name}: transfers a second, {:<15} {:>9.0}", "revm", rate(theirs));
    }

    let mut looping = Arc::unwrap_or_clone(state);
    let mut changes = Changes::default();
    let account = Account { nonce: 1, code_hash: keccak256(&code), ..Account::default() };
    changes.accounts.insert(at, Some(account));
    changes.codes.insert(account.code_hash, code);
    looping.apply(&changes);
    let looping = Arc::new(looping);
    let request = CallRequest { to: Some(at), gas: Gas(100_000_000), ..CallRequest::default() };
    let ours = least(|| {
        let outcome = call(Arc::clone(&looping), env.clone(), &request)
            .expect("the state reads")
            .expect("it fits");
        assert!(outcome.result.is_ok());
        used = outcome.gas_used;
    });
    let their_loop = least_with(
        || (other.clone(), theirs::looping(at.0)),
        |(state, transactions)| their_used = theirs::run(state, transactions),
    );
    let rate = |gas: u64, nanos: f64| gas as f64 / nanos * 1e3;
    println!("arithmetic loop, million gas a second, {:<12} {:>9.0}", "ours", rate(used.0, ours));
    println!(
        "arithmetic loop, million gas a second, {:<12} {:>9.0}",
        "revm",
        rate(their_used, their_loop)
    );
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    digits.chunks(2).filter_map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect()
}
