//! A vault finds blocks by what is in them.
#![expect(clippy::unwrap_used, reason = "a panic is a failed test")]

mod plain;

use alloy_primitives::{Log, LogData, TxKind, U256};
use plain::{Computer, flush, keep};
use proptest::prelude::*;
use std::sync::{Arc, Mutex};
use troupe_chain::block::{Body, Receipt};
use troupe_chain::search::{Kind, Mark, Order, Search};
use troupe_chain::state::{Account, Changes};
use troupe_chain::transaction::{Transaction, TxLegacy, Unsigned};
use troupe_crypto::ecdsa::SecretKey;
use troupe_types::{Address, Gas, Hash, Height};
use troupe_vault::{Keeps, Marks, Vault};

/// What one block has: logs of contracts with a topic each, whom a transaction goes to, who changes.
type Has = (Vec<(u8, u8)>, Option<u8>, Option<u8>);

fn address(at: u8) -> Address {
    Address([at; 20])
}

fn log((emitter, topic): (u8, u8)) -> Log {
    let topics = vec![[9; 32].into(), [topic; 32].into()];
    Log { address: [emitter; 20].into(), data: LogData::new_unchecked(topics, Vec::new().into()) }
}

fn add(vault: &Mutex<Vault>, (logs, to, changed): &Has) {
    let kind = troupe_chain::transaction::Kind::Legacy;
    let receipt = Receipt {
        kind,
        is_success: true,
        cumulative_gas: Gas(21_000),
        logs: logs.iter().copied().map(log).collect(),
        effective_price: 1,
        contract: None,
    };
    let to = to.map_or(TxKind::Create, |to| TxKind::Call([to; 20].into()));
    let fields = TxLegacy { chain_id: Some(1), gas_limit: 100_000, to, ..TxLegacy::default() };
    let secret = SecretKey::from_bytes(&[7; 32]).unwrap();
    let transaction = Transaction::sign(Unsigned::Legacy(fields), &secret).unwrap();
    let body = Body { transactions: vec![Arc::new(transaction)], evidence: Vec::new() };
    let account = Account { balance: U256::from(1), ..Account::default() };
    let accounts = changed.iter().map(|at| (address(*at), Some(account)));
    let changes = Changes { accounts: accounts.collect(), ..Changes::default() };
    keep(vault, body, vec![receipt], changes);
}

fn search(vault: &Mutex<Vault>, kind: Kind, every: Vec<Vec<Mark>>, order: Order) -> Vec<Height> {
    let marks = Marks::of(&vault.lock().unwrap(), kind).unwrap();
    let (lowest, highest) = (Height(0), Height(1_000));
    let search = Search { kind, every, lowest, highest, order, most: 1_000, steps: 10_000 };
    marks.search(&search).unwrap().heights
}

/// What a vault that wrote everything down finds is what is there, from both ends.
fn check(vault: &Mutex<Vault>, blocks: &[Has]) {
    let heights = |has: &dyn Fn(&Has) -> bool| -> Vec<Height> {
        let all = (1..).map(Height).zip(blocks);
        all.filter(|(_, block)| has(block)).map(|(height, _)| height).collect()
    };
    let agree = |kind, every: Vec<Vec<Mark>>, want: Vec<Height>| {
        assert_eq!(search(vault, kind, every.clone(), Order::Ascending), want);
        let mut got = search(vault, kind, every, Order::Descending);
        got.reverse();
        assert_eq!(got, want);
    };
    let emitter = |at: u8| Mark::emitter(&address(at));
    let topic = |at: u8| Mark::topic(1, &Hash([at; 32]));
    for at in 0..4 {
        let of = |logs: &[(u8, u8)]| logs.iter().any(|(emitter, _)| *emitter == at);
        agree(Kind::Logs, vec![vec![emitter(at)]], heights(&|(logs, ..)| of(logs)));
        let both = vec![vec![emitter(at)], vec![topic(0), topic(1)]];
        let want = heights(&|(logs, ..)| of(logs) && logs.iter().any(|(_, topic)| *topic < 2));
        agree(Kind::Logs, both, want);
        let concerned = vec![vec![Mark::account(&address(at))]];
        let want = heights(&|(_, to, changed)| *to == Some(at) || *changed == Some(at));
        // The chain begins with an account.
        let first = (at == 0).then_some(Height(0));
        agree(Kind::Accounts, concerned, first.into_iter().chain(want).collect());
    }
    agree(Kind::Logs, vec![vec![Mark([0x55; 8])]], Vec::new());
}

fn blocks() -> impl Strategy<Value = Vec<(Has, bool)>> {
    let logs = prop::collection::vec((0u8..4, 0u8..4), 0..4);
    let has = (logs, prop::option::of(0u8..4), prop::option::of(0u8..4));
    prop::collection::vec((has, prop::bool::weighted(0.3)), 1..20)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn blocks_are_found_by_what_is_in_them(blocks in blocks()) {
        let mut computer = Computer::new();
        let vault = computer.open(Keeps::States).unwrap();
        let has: Vec<Has> = blocks.iter().map(|(has, _)| has.clone()).collect();
        for ((has, is_flushed), height) in blocks.iter().zip(1..) {
            add(&vault, has);
            if *is_flushed {
                flush(&vault);
            } else {
                // What is not in the index yet is there for whoever looks at it.
                let none = vec![vec![Mark([0x55; 8])]];
                let found = search(&vault, Kind::Logs, none, Order::Descending);
                prop_assert_eq!(found.first(), Some(&Height(height)));
            }
        }
        flush(&vault);
        check(&vault, &has);
        drop(vault);
        // The index is filled again from the log.
        computer.boot += 1;
        let vault = computer.open(Keeps::States).unwrap();
        flush(&vault);
        check(&vault, &has);
    }
}

#[test]
fn a_vault_has_marks_of_what_it_keeps_and_makes_them_when_it_begins_to_keep_it() {
    let computer = Computer::new();
    let vault = computer.open(Keeps::Recent).unwrap();
    add(&vault, &(vec![(1, 2)], Some(3), None));
    flush(&vault);
    assert!(Marks::of(&vault.lock().unwrap(), Kind::Logs).is_none());
    assert!(Marks::of(&vault.lock().unwrap(), Kind::Accounts).is_none());
    drop(vault);
    let vault = computer.open(Keeps::Blocks).unwrap();
    flush(&vault);
    let every = vec![vec![Mark::topic(1, &Hash([2; 32]))]];
    assert_eq!(search(&vault, Kind::Logs, every, Order::Ascending), [Height(1)]);
    assert!(Marks::of(&vault.lock().unwrap(), Kind::Accounts).is_none());
    drop(vault);
    let vault = computer.open(Keeps::States).unwrap();
    flush(&vault);
    let every = vec![vec![Mark::account(&address(3))]];
    assert_eq!(search(&vault, Kind::Accounts, every, Order::Ascending), [Height(1)]);
}
