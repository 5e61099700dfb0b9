//! A vault that keeps states answers for every block of the past.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod plain;

use alloy_primitives::U256;
use plain::{Computer, flush, genesis, keep};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use troupe_chain::block::Body;
use troupe_chain::state::{Account, Changes, Code, Flat, Slot, StateView};
use troupe_crypto::hash::keccak256;
use troupe_types::{Address, Hash, Height};
use troupe_vault::{Archived, Keeps, Vault};
use troupe_wire::Sequential;

const ACCOUNTS: u8 = 4;
const SLOTS: u8 = 3;

fn address(at: u8) -> Address {
    Address([at; 20])
}

fn slot(at: u8) -> Slot {
    Hash([at; 32])
}

fn code(at: u8) -> Code {
    Code::from(vec![at; 3])
}

/// What a vault says of the state after a block is what the state was.
fn check(vault: &Arc<Mutex<Vault>>, states: &[Flat]) {
    for (height, state) in (0..).map(Height).zip(states) {
        let archived = Archived::of(&vault.lock().unwrap(), vault, height).unwrap();
        for at in 0..ACCOUNTS {
            let (got, want) = (archived.account(&address(at)), state.account(&address(at)));
            assert_eq!(got, want, "account {at} at height {height}");
            for word in 0..SLOTS {
                let got = archived.storage(&address(at), &slot(word));
                let want = state.storage(&address(at), &slot(word));
                assert_eq!(got, want, "word {word} of account {at} at height {height}");
            }
            for after in [None, Some(slot(0)), Some(slot(2)), Some(Hash([0xff; 32]))] {
                let got = archived.next_word(&address(at), after.as_ref());
                let want = state.next_word(&address(at), after.as_ref());
                assert_eq!(got, want, "after {after:?} of account {at} at height {height}");
            }
            // The accounts here say nothing true of their storage.
            let (root, proof) = archived.prove(&address(at), &[], 1_000).unwrap().unwrap();
            proof.check(&root, &address(at)).unwrap();
            assert_eq!(proof.account, state.account(&address(at)).unwrap());
            let none = archived.prove(&address(at), &[], 0).unwrap().is_none();
            assert!(none || proof.account.is_none(), "too large");
            let hash = want.unwrap().map(|account| account.code_hash);
            let hash = hash.filter(|hash| state.code(hash).is_ok());
            assert!(hash.is_none_or(|hash| archived.code(&hash) == state.code(&hash)));
        }
        for below in 0..height.0 + 2 {
            let known = archived.ancestor(Height(below));
            assert_eq!(known.is_some(), below < height.0);
        }
    }
    let above = Height(states.len() as u64);
    assert!(Archived::of(&vault.lock().unwrap(), vault, above).is_none());
}

fn account() -> impl Strategy<Value = Option<Account>> {
    let account = (1u64..50, 0u8..4).prop_map(|(balance, with)| Account {
        balance: U256::from(balance),
        code_hash: if with == 0 { Account::default().code_hash } else { keccak256(code(with)) },
        ..Account::default()
    });
    prop::option::weighted(0.8, account)
}

fn changes() -> impl Strategy<Value = Changes> {
    let accounts = prop::collection::btree_map((0..ACCOUNTS).prop_map(address), account(), 0..3);
    let words = prop::collection::btree_map((0..SLOTS).prop_map(slot), 0u64..3, 1..3);
    let storage = prop::collection::btree_map((0..ACCOUNTS).prop_map(address), words, 0..3);
    let wiped = prop::collection::btree_set((0..ACCOUNTS).prop_map(address), 0..2);
    (accounts, storage, wiped, 0u8..6).prop_map(|(accounts, storage, wiped, luck)| {
        let codes = (1..4).map(|at| (keccak256(code(at)), code(at))).collect();
        let number = |words: BTreeMap<Slot, u64>| {
            words.into_iter().map(|(slot, word)| (slot, U256::from(word))).collect()
        };
        Changes {
            accounts,
            storage: storage.into_iter().map(|(owner, words)| (owner, number(words))).collect(),
            wiped: if luck == 0 { wiped } else { BTreeSet::new() },
            codes,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn the_state_after_every_block_is_what_it_was(
        blocks in prop::collection::vec((changes(), prop::bool::weighted(0.3)), 1..14),
    ) {
        let mut computer = Computer::new();
        let vault = computer.open(Keeps::States).unwrap();
        let mut state = Flat::default();
        state.apply(&genesis().build(&Sequential).unwrap().1);
        let mut states = vec![state.clone()];
        for (changes, is_flushed) in blocks {
            state.apply(&changes);
            states.push(state.clone());
            keep(&vault, Body::default(), Vec::new(), changes);
            if is_flushed {
                flush(&vault);
            }
        }
        check(&vault, &states);
        drop(vault);
        // The index is filled again from the log.
        computer.boot += 1;
        check(&computer.open(Keeps::States).unwrap(), &states);
    }
}

#[test]
fn a_vault_that_kept_only_the_last_states_becomes_an_archive_while_its_first_block_is_there() {
    let computer = Computer::new();
    let vault = computer.open(Keeps::Recent).unwrap();
    assert!(Archived::of(&vault.lock().unwrap(), &vault, Height(0)).is_none());
    let mut state = Flat::default();
    state.apply(&genesis().build(&Sequential).unwrap().1);
    let mut states = vec![state.clone()];
    for balance in 1..5 {
        let account = Account { balance: U256::from(balance), ..Account::default() };
        let accounts = BTreeMap::from([(address(2), Some(account))]);
        let changes = Changes { accounts, ..Changes::default() };
        state.apply(&changes);
        states.push(state.clone());
        keep(&vault, Body::default(), Vec::new(), changes);
    }
    flush(&vault);
    drop(vault);
    check(&computer.open(Keeps::States).unwrap(), &states);
}
