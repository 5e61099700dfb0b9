//! Records of contracts that are a part of the node: in order, whatever block or call put them there.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod common;

use alloy_primitives::Bytes;
use common::{Wish, env, rich, rules};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_chain::state::{Account, Flat, StateView};
use troupe_types::{Address, Hash};
use troupe_vm::{
    Env, Executed, Executor, MAX_RECORD, Native, NativeCall, NativeHost, RecordKey, Refusal, Vm,
    record_in, record_words,
};
use troupe_wire::{Fork, Sequential};

const AT: Address = Address([0x10; 20]);
/// The table of the test, between two others.
const TABLE: u8 = 7;

/// Does steps, each three bytes: what, with which key, how long. Answers with all records.
struct Shelf;

fn key(at: u8) -> RecordKey {
    // Keys of several lengths, some of which begin others.
    match at % 3 {
        0 => RecordKey::new(TABLE, [at / 3]),
        1 => RecordKey::new(TABLE, [at / 3, 0]),
        _ => RecordKey::new(TABLE, [at / 3, 0, 9]),
    }
}

fn value(at: u8, length: u8) -> Vec<u8> {
    vec![at; usize::from(length)]
}

impl Native for Shelf {
    fn call(&self, host: &mut NativeHost<'_>, call: &NativeCall<'_>) -> Result<Bytes, Refusal> {
        for step in call.input.chunks_exact(3) {
            let (what, at, length) = (step[0], step[1], step[2]);
            match what % 6 {
                0..=2 => host.put_record(&key(at), &value(at, length))?,
                3 => drop(host.remove_record(&key(at))?),
                4 => host.put_record(&RecordKey::new(TABLE + 1, [at]), &[1])?,
                _ if length == 0 => return Err(Refusal::Reverted(Bytes::new())),
                _ => host.put_record(&RecordKey::new(TABLE - 1, [0xff; 29]), &[])?,
            }
        }
        let (mut all, mut last) = (Vec::new(), None);
        while let Some((key, value)) = host.next_record(TABLE, last.as_ref())? {
            assert_eq!(host.record(&key)?.as_ref(), Some(&value));
            all.extend(
                [&[key.key().len() as u8], key.key(), &[value.len() as u8], &value].concat(),
            );
            last = Some(key);
        }
        Ok(all.into())
    }
}

/// The same without a machine; `None` where the contract says no.
fn model(records: &mut BTreeMap<Vec<u8>, Vec<u8>>, input: &[u8]) -> Option<Vec<u8>> {
    let mut next = records.clone();
    for step in input.chunks_exact(3) {
        let (what, at, length) = (step[0], step[1], step[2]);
        match what % 6 {
            0..=2 => drop(next.insert(key(at).key().to_vec(), value(at, length))),
            3 => drop(next.remove(key(at).key())),
            5 if length == 0 => return None,
            _ => {}
        }
    }
    *records = next;
    let item = |(key, value): (&Vec<u8>, &Vec<u8>)| {
        [&[key.len() as u8], &key[..], &[value.len() as u8], &value[..]].concat()
    };
    Some(records.iter().flat_map(item).collect())
}

/// What a block did, kept in a flat state that has no tries.
fn keep(state: &mut Flat, executed: Executed) {
    let mut changes = executed.changes;
    let has_words =
        changes.storage.contains_key(&AT) || state.next_word(&AT, None).unwrap().is_some();
    // What only writes words does not change the account itself: its root is what the tries say.
    let account = changes.accounts.get(&AT).copied().unwrap_or(state.account(&AT).unwrap());
    if let Some(account) = account.filter(|_| has_words) {
        let account = Account { storage_root: Hash([1; 32]), ..account };
        changes.accounts.insert(AT, Some(account));
    }
    state.apply(&changes);
}

fn executor(state: &Flat) -> Executor<Flat> {
    let vm = Vm::default().with(AT, Arc::new(Shelf));
    Executor::new(state.clone(), Env { vm, ..env() }, rules())
}

/// The last item first.
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn records_come_in_order_over_calls_blocks_and_refusals(
        blocks in prop::collection::vec(
            prop::collection::vec(prop::collection::vec((0u8..6, 0u8..12, 0u8..100), 0..5), 1..4), 1..5,
        ),
    ) {
        let (mut state, mut records, mut nonce) = (rich(4), BTreeMap::new(), 0);
        for block in blocks {
            let (mut one, mut transactions) = (executor(&state), Vec::new());
            for call in block {
                let input: Vec<u8> = call.into_iter().flat_map(|(a, b, c)| [a, b, c]).collect();
                let wish = Wish { gas: 9_000_000, ..Wish::call(1, nonce, AT, &input) };
                nonce += 1;
                transactions.push(wish.clone().sign());
                let outcome = one.transact(&wish.sign()).unwrap().unwrap();
                let want = model(&mut records, &input);
                prop_assert_eq!(outcome.result.ok().map(|bytes| bytes.to_vec()), want);
            }
            let [mut serial, mut backwards, mut forked] = [(); 3].map(|()| executor(&state));
            serial.run(&transactions).unwrap();
            let serial = serial.executed().unwrap();
            backwards.run_forked(&transactions, &Backwards).unwrap();
            prop_assert_eq!(&backwards.executed().unwrap(), &serial);
            forked.run_forked(&transactions, &Sequential).unwrap();
            prop_assert_eq!(&forked.executed().unwrap(), &serial);
            keep(&mut state, serial);
        }
    }
}

/// Puts one record of a length.
struct Long(usize);

impl Native for Long {
    fn call(&self, host: &mut NativeHost<'_>, _: &NativeCall<'_>) -> Result<Bytes, Refusal> {
        let (key, value) = (RecordKey::new(0, [1; 29]), vec![3; self.0]);
        host.put_record(&key, &value)?;
        assert_eq!(host.record(&key)?, Some(value.clone()));
        let words: BTreeMap<_, _> = record_words(&key, &value).collect();
        assert_eq!(record_in(&words, &key), Some(value.clone()));
        assert_eq!(RecordKey::of_bytes(0, &[1; 29]), Some(key));
        assert_eq!(RecordKey::of_bytes(0, &[1; 30]), None);
        assert_eq!(host.next_record(0, None)?, Some((key, value)));
        assert_eq!(host.next_record(0, Some(&key))?, None);
        Ok(Bytes::new())
    }
}

#[test]
fn the_longest_record_fits_and_a_longer_one_is_refused() {
    for (length, fits) in
        [(0, true), (30, true), (31, true), (MAX_RECORD, true), (MAX_RECORD + 1, false)]
    {
        let vm = Vm::default().with(AT, Arc::new(Long(length)));
        let mut executor = Executor::new(rich(1), Env { vm, ..env() }, rules());
        let wish = Wish { gas: 20_000_000, ..Wish::call(1, 0, AT, &[]) };
        let outcome = executor.transact(&wish.sign()).unwrap().unwrap();
        assert_eq!(outcome.result.is_ok(), fits, "{length}: {:?}", outcome.result);
    }
}
