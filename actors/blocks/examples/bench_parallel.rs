//! What it gains to try the transactions of a block side by side: `cargo x bench parallel`.
//!
//! Blocks of 1,000 transactions over a state in memory, signers known: one after the other, and tried by two threads
//! first. Wall time, the least of nine runs in turns; results are compared.
#![expect(clippy::disallowed_macros, reason = "a benchmark reports to the terminal")]

use alloy_primitives::{Bytes as Data, TxKind, U256};
use rustix::time::{ClockId, clock_gettime};
use std::sync::Arc;
use troupe_chain::state::{Account, Changes, Flat, StateView};
use troupe_chain::transaction::{Recovered, Rules, Transaction, TxEip1559, Unsigned, recover_all};
use troupe_crypto::ecdsa::SecretKey;
use troupe_crypto::hash::keccak256;
use troupe_runtime::Forks;
use troupe_types::{Address, Bytes, Gas};
use troupe_vm::{Env, Executor};
use troupe_wire::Sequential;

const BLOCK: u64 = 1_000;
const RUNS: usize = 9;
const THREADS: usize = 2;

type Error = Box<dyn std::error::Error>;

/// What all transactions of a block do.
struct Work {
    name: &'static str,
    /// The code of the contract that they call; without it each pays somebody else.
    code: Option<&'static [u8]>,
    /// About what they use, as wallets set it.
    gas: u64,
}

const WORK: [Work; 4] = [
    Work { name: "transfers", code: None, gas: 21_000 },
    Work {
        name: "a word each",
        // SLOAD(CALLER), ADD 1, SSTORE.
        code: Some(&[0x33, 0x54, 0x60, 1, 0x01, 0x33, 0x55, 0]),
        gas: 45_000,
    },
    Work {
        name: "400 hashes and a word each",
        // PUSH2 400, JUMPDEST, KECCAK256(0, 32), MSTORE(0), less one, JUMPI; SSTORE(CALLER, MLOAD(0)).
        code: Some(&[
            0x61, 0x01, 0x90, 0x5b, 0x60, 0x20, 0x5f, 0x20, 0x5f, 0x52, 0x60, 1, 0x90, 0x03, 0x80,
            0x60, 3, 0x57, 0x5f, 0x51, 0x33, 0x55, 0,
        ]),
        gas: 80_000,
    },
    Work {
        name: "400 hashes, the same word",
        // The same; SSTORE(0, SLOAD(0) + MLOAD(0)).
        code: Some(&[
            0x61, 0x01, 0x90, 0x5b, 0x60, 0x20, 0x5f, 0x20, 0x5f, 0x52, 0x60, 1, 0x90, 0x03, 0x80,
            0x60, 3, 0x57, 0x5f, 0x51, 0x5f, 0x54, 0x01, 0x5f, 0x55, 0,
        ]),
        gas: 80_000,
    },
];

/// Seconds of a clock that nobody sets.
fn wall() -> f64 {
    let time = clock_gettime(ClockId::Monotonic);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn secret(who: u64) -> Result<SecretKey, Error> {
    Ok(SecretKey::from_bytes(&keccak256(who.to_le_bytes()).0)?)
}

fn holder(who: u64) -> Result<Address, Error> {
    Ok(Address(secret(who)?.public_key().address()))
}

fn contract(at: usize) -> Address {
    Address([0xc0 + u8::try_from(at).unwrap_or(0); 20])
}

fn state() -> Result<Flat, Error> {
    let mut changes = Changes::default();
    for who in 0..BLOCK {
        let account = Account { balance: U256::from(10).pow(U256::from(24)), ..Account::default() };
        changes.accounts.insert(holder(who)?, Some(account));
    }
    for (at, code) in WORK.iter().enumerate().filter_map(|(at, work)| Some((at, work.code?))) {
        let (code, code_hash) = (Data::from_static(code), keccak256(code));
        let account = Account { nonce: 1, code_hash, ..Account::default() };
        changes.accounts.insert(contract(at), Some(account));
        changes.codes.insert(code_hash, code);
    }
    let mut state = Flat::default();
    state.apply(&changes);
    Ok(state)
}

fn block(at: usize) -> Result<Vec<Recovered>, Error> {
    let mut signed = Vec::new();
    for who in 0..BLOCK {
        let to = match WORK[at].code {
            Some(_) => contract(at),
            None => holder((who * 7 + 1) % BLOCK)?,
        };
        let fields = TxEip1559 {
            chain_id: 1,
            gas_limit: WORK[at].gas,
            max_fee_per_gas: 100,
            max_priority_fee_per_gas: 1,
            to: TxKind::Call(to.0.into()),
            value: U256::from(u8::from(WORK[at].code.is_none())),
            ..TxEip1559::default()
        };
        signed.push(Transaction::sign(Unsigned::DynamicFee(fields), &secret(who)?)?.into());
    }
    Ok(recover_all(signed, &Sequential).into_iter().collect::<Result<_, _>>()?)
}

/// Seconds of the faster run, one after the other and side by side.
fn measure(state: &Arc<Flat>, block: &[Recovered]) -> Result<[f64; 2], Error> {
    let rules = Rules {
        chain_id: 1,
        block_gas: Gas(300_000_000),
        max_init_code: Bytes::kib(48),
        min_tip: 0,
    };
    let env = Env { chain_id: 1, base_fee: 7, gas_limit: rules.block_gas, ..Env::default() };
    let mut least = [f64::INFINITY; 2];
    for _ in 0..RUNS {
        let executor = || Executor::new(Arc::clone(state), env.clone(), rules);
        let begin = wall();
        let mut serial = executor();
        serial.run(block)?;
        let serial = serial.executed()?;
        least[0] = least[0].min(wall() - begin);
        let begin = wall();
        let mut forked = executor();
        forked.run_forked(block, &Forks::new(THREADS))?;
        let forked = forked.executed()?;
        least[1] = least[1].min(wall() - begin);
        assert!(serial.receipts.iter().all(|receipt| receipt.is_success));
        assert_eq!((serial.changes, serial.receipts), (forked.changes, forked.receipts));
    }
    Ok(least)
}

fn main() -> Result<(), Error> {
    let state = Arc::new(state()?);
    assert!(state.account(&holder(0)?)?.is_some());
    println!("{:<28} {:>12} {:>12} {:>8}", "us a transaction", "in turn", "two threads", "gain");
    for (at, work) in WORK.iter().enumerate() {
        let [serial, forked] = measure(&state, &block(at)?)?;
        let each = |seconds: f64| seconds * 1e6 / BLOCK as f64;
        let gain = serial / forked;
        println!("{:<28} {:>12.2} {:>12.2} {gain:>8.2}", work.name, each(serial), each(forked));
    }
    Ok(())
}
