//! Blocks tried side by side come out as those executed one after the other.

mod common;

use alloy_primitives::U256;
use common::{BASE_FEE, CHAIN, COINBASE, LAT, Wish, account, deploy, env, rich, rules};
use proptest::prelude::*;
use troupe_chain::state::{Account, Changes, Flat};
use troupe_chain::transaction::Recovered;
use troupe_crypto::hash::keccak256;
use troupe_types::{Address, Hash};
use troupe_vm::{Env, Executed, Executor};
use troupe_wire::{Fork, Sequential};

/// The last item first: what attempts see must not depend on each other.
struct Backwards;

impl Fork for Backwards {
    fn map<T, R, F>(&self, items: Vec<T>, work: F) -> Vec<R>
    where
        T: Send,
        R: Send,
        F: Fn(T) -> R + Sync,
    {
        let mut results: Vec<R> = items.into_iter().rev().map(work).collect();
        results.reverse();
        results
    }
}

/// Adds one to its first word: SLOAD(0) + 1 -> SSTORE(0).
const COUNTER: &[u8] = &[0x5f, 0x54, 0x60, 1, 0x01, 0x5f, 0x55, 0x00];
/// Notes what the coinbase has: BALANCE(COINBASE) -> SSTORE(0).
const WATCHER: &[u8] = &[0x41, 0x31, 0x5f, 0x55, 0x00];
/// Sends what it was given to the coinbase.
const TIPPER: &[u8] =
    &[0x5f, 0x5f, 0x5f, 0x5f, 0x34, 0x41, 0x5a, 0xf1, 0x5f, 0x52, 0x60, 32, 0x5f, 0xf3];
/// Fails after it has written.
const LIAR: &[u8] = &[0x60, 7, 0x5f, 0x55, 0x5f, 0x5f, 0xfd];
/// Destroys itself in favour of its caller, who made it before.
const MORTAL: &[u8] = &[0x33, 0xff];
/// Tells its logs the word that it keeps, and keeps the caller.
const LOGGER: &[u8] = &[0x5f, 0x54, 0x5f, 0x52, 0x60, 32, 0x5f, 0xa0, 0x33, 0x5f, 0x55, 0x00];

const CODES: [&[u8]; 6] = [COUNTER, WATCHER, TIPPER, LIAR, MORTAL, LOGGER];

fn contract(which: u8) -> Address {
    Address([0xa0 + which % 6; 20])
}

fn state() -> Flat {
    let mut changes = Changes::default();
    for (which, code) in (0u8..).zip(CODES) {
        let code_hash = keccak256(code);
        let account = Account { nonce: 1, code_hash, ..Account::default() };
        changes.accounts.insert(contract(which), Some(account));
        changes.codes.insert(code_hash, code.to_vec().into());
        changes.storage.entry(contract(which)).or_default().insert(Hash([0; 32]), U256::from(9));
    }
    let mut state = rich(6);
    state.apply(&changes);
    state
}

#[derive(Debug, Clone)]
enum Deed {
    Pay { from: u8, to: u8, value: u64 },
    PayNew { from: u8, to: u8 },
    PayCoinbase { from: u8 },
    Call { from: u8, contract: u8, value: u64 },
    Create { from: u8, which: u8 },
    Poor { from: u8 },
}

fn deed() -> impl Strategy<Value = Deed> {
    let who = 1u8..=6;
    prop_oneof![
        (who.clone(), 1u8..=6, 1u64..1_000).prop_map(|(from, to, value)| Deed::Pay {
            from,
            to,
            value
        }),
        (who.clone(), 1u8..20).prop_map(|(from, to)| Deed::PayNew { from, to }),
        who.clone().prop_map(|from| Deed::PayCoinbase { from }),
        (who.clone(), 0u8..6, 0u64..2).prop_map(|(from, contract, value)| Deed::Call {
            from,
            contract,
            value
        }),
        (who.clone(), 0u8..6).prop_map(|(from, which)| Deed::Create { from, which }),
        who.prop_map(|from| Deed::Poor { from }),
    ]
}

fn transactions(deeds: &[Deed]) -> Vec<Recovered> {
    let mut nonces = [0u64; 7];
    let mut next = |who: u8| {
        let nonce = &mut nonces[usize::from(who)];
        *nonce += 1;
        *nonce - 1
    };
    // With so much gas that they are tried.
    let tried = |wish: Wish| Wish { gas: wish.gas.max(100_000), ..wish };
    let wish = |deed: &Deed| match *deed {
        Deed::Pay { from, to, value } => Wish::pay(from, next(from), account(to), value.into()),
        Deed::PayNew { from, to } => Wish::pay(from, next(from), Address([to; 20]), 1),
        Deed::PayCoinbase { from } => Wish::pay(from, next(from), COINBASE, 5),
        Deed::Call { from, contract: to, value } => {
            Wish { value: value.into(), ..Wish::call(from, next(from), contract(to), &[]) }
        }
        Deed::Create { from, which } => {
            Wish::create(from, next(from), &deploy(CODES[usize::from(which)]))
        }
        // All that it had, and more than is left of it.
        Deed::Poor { from } => Wish::pay(from, next(from), Address([9; 20]), 999 * LAT),
    };
    deeds.iter().map(wish).map(tried).map(Wish::sign).collect()
}

/// Those that fit, and what they do, one after the other.
fn serially(state: &Flat, env: &Env, all: &[Recovered]) -> (Vec<Recovered>, Executed) {
    let mut executor = Executor::new(state.clone(), env.clone(), rules());
    let fits = |one: &&Recovered| executor.transact(one).expect("readable").is_ok();
    let taken: Vec<Recovered> = all.iter().filter(fits).cloned().collect();
    let mut executor = Executor::new(state.clone(), env.clone(), rules());
    executor.run(&taken).expect("they fit");
    (taken, executor.executed().expect("readable"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_block_tried_side_by_side_is_the_same(
        deeds in proptest::collection::vec(deed(), 1..60),
        coinbase in prop_oneof![Just(COINBASE), (1u8..=6).prop_map(account)],
    ) {
        let (state, env) = (state(), Env { coinbase, ..env() });
        let all = transactions(&deeds);
        let (taken, serial) = serially(&state, &env, &all);
        for backwards in [false, true] {
            let mut executor = Executor::new(state.clone(), env.clone(), rules());
            let ran = if backwards {
                executor.run_forked(&taken, &Backwards)
            } else {
                executor.run_forked(&taken, &Sequential)
            };
            prop_assert_eq!(ran, Ok(()));
            prop_assert_eq!(executor.executed().unwrap(), serial.clone());
        }
        // What has no place in the block has none for whoever tries first.
        let mut executor = Executor::new(state, env, rules());
        let attempts = executor.attempt(&all, &Backwards);
        let mut fitting = Vec::new();
        for (transaction, attempt) in all.iter().zip(attempts) {
            if executor.accept(transaction, attempt).unwrap().is_ok() {
                fitting.push(transaction.hash());
            }
        }
        let want: Vec<Hash> = taken.iter().map(Recovered::hash).collect();
        prop_assert_eq!(fitting, want);
    }
}

#[test]
fn gas_that_the_block_no_longer_has_is_not_used() {
    let env =
        Env { chain_id: CHAIN, base_fee: BASE_FEE, gas_limit: troupe_types::Gas(140_000), ..env() };
    let all =
        (1..=3).map(|who| Wish { gas: 100_000, ..Wish::pay(who, 0, Address([9; 20]), 1) }.sign());
    let all: Vec<Recovered> = all.collect();
    let mut executor = Executor::new(state(), env, rules());
    let attempts = executor.attempt(&all, &Sequential);
    assert!(attempts.iter().all(Option::is_some));
    let fit: Vec<bool> = all
        .iter()
        .zip(attempts)
        .map(|(transaction, attempt)| executor.accept(transaction, attempt).unwrap().is_ok())
        .collect();
    assert_eq!(fit, [true, true, false]);
}
