//! The chain's state over a store: read as if it were in memory, and whole after a loss of power.

use alloy_primitives::U256;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_chain::state::{
    Account, Changes, Flat, ReadError, Rebuild, State, StateScan, StateView,
};
use troupe_crypto::hash::keccak256;
use troupe_runtime::sim::{Disk, Tear};
use troupe_storage::index::MemoryShelf;
use troupe_storage::{Boot, Commit, Entry, Settings, Store};
use troupe_types::{Address, Bytes, Hash, Height};
use troupe_wire::{Seed, Sequential};

fn open(disk: &Disk, shelf: &MemoryShelf, boot: u8) -> Store {
    let settings = Settings::new(Hash([1; 32]), 5, Boot([boot; 16]));
    Store::open(disk.mount(), Box::new(shelf.clone()), settings, &mut |_| {}).expect("opens").0
}

/// What one transaction may do.
#[derive(Debug, Clone)]
enum Deed {
    Pay(u8, u64),
    Write(u8, u8, u64),
    Deploy(u8, Vec<u8>),
    End(u8),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => (0_u8..6, 1_u64..9).prop_map(|(who, von)| Deed::Pay(who, von)),
        4 => (0_u8..6, 0_u8..4, 0_u64..3).prop_map(|(who, slot, word)| Deed::Write(who, slot, word)),
        1 => (0_u8..6, prop::collection::vec(any::<u8>(), 1..30)).prop_map(|(who, code)| Deed::Deploy(who, code)),
        1 => (0_u8..6).prop_map(Deed::End),
    ]
}

/// The changes that deeds make over a state.
fn changes(flat: &Flat, deeds: &[Deed]) -> Changes {
    let mut changes = Changes::default();
    for deed in deeds {
        let (Deed::Pay(who, _) | Deed::Write(who, ..) | Deed::Deploy(who, _) | Deed::End(who)) =
            deed;
        let address = Address([*who; 20]);
        let before = changes.account(&address).unwrap_or(flat.accounts().get(&address).copied());
        let mut account = before.unwrap_or(Account { nonce: 1, ..Account::default() });
        match deed {
            Deed::Pay(_, von) => account.balance += U256::from(*von),
            Deed::Write(_, slot, word) => {
                let slots: &mut BTreeMap<_, _> = changes.storage.entry(address).or_default();
                slots.insert(Hash([*slot; 32]), U256::from(*word));
            }
            Deed::Deploy(_, code) => {
                account.code_hash = keccak256(code);
                changes.codes.insert(account.code_hash, code.clone().into());
            }
            Deed::End(_) => {
                changes.storage.remove(&address);
                changes.wiped.insert(address);
                changes.accounts.insert(address, None);
                continue;
            }
        }
        changes.accounts.insert(address, Some(account));
    }
    changes
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]
    #[test]
    fn a_store_reads_as_the_state_in_memory_and_the_tries_from_it_have_the_root(
        blocks in prop::collection::vec(prop::collection::vec(deed(), 0..12), 1..8),
    ) {
        let (disk, shelf) = (Disk::new(&Seed::from_number(1)), MemoryShelf::default());
        let mut store = open(&disk, &shelf, 1);
        let mut flat = Flat::default();
        let genesis = Hash([9; 32]);
        let mut state = State::new(Arc::new(Flat::default()), Height::ZERO, genesis);
        let mut parent = genesis;
        for (height, deeds) in (1_u64..).zip(&blocks) {
            let sealed = state.seal(parent, changes(&flat, deeds), &Sequential).expect("seals");
            let (changes, root, hash) = (sealed.changes(), sealed.root(), Hash([height as u8; 32]));
            state.insert(hash, sealed).expect("inserted");
            state.commit(hash).expect("the next one");
            let edits = changes.edits().map(Into::into).collect();
            let commit = Commit { height: Height(height), hash, root, edits, ..Commit::default() };
            store.append(&[Entry::Commit(&commit)]).expect("written");
            flat.apply(&changes);
            parent = hash;
        }
        drop(store);
        disk.lose_power(Tear::Nothing);
        shelf.lose(|key| key.len() % 2 == 0);

        let mut store = open(&disk, &shelf, 2);
        let tip = *store.committed().expect("blocks");
        store.flush(tip.height).expect("flushed");
        let reader = store.reader();
        let mut rebuild = Rebuild::new();
        let (mut last, mut items) = (None, Vec::new());
        loop {
            let chunk = StateScan::scan(&reader, last.as_ref(), Bytes(100)).expect("reads");
            let Some((key, _)) = chunk.items.last() else { break };
            last = Some(*key);
            rebuild.feed(&chunk, &Sequential).expect("a state");
            items.extend(chunk.items);
        }
        prop_assert_eq!(items, flat.scan(None, Bytes::mib(9)).expect("in memory").items);
        prop_assert_eq!(rebuild.finish(&Sequential).expect("a state").2, tip.root);
        for who in 0..6 {
            let address = Address([who; 20]);
            prop_assert_eq!(reader.account(&address), flat.account(&address));
            for slot in 0..4 {
                let slot = Hash([slot; 32]);
                prop_assert_eq!(reader.storage(&address, &slot), flat.storage(&address, &slot));
            }
        }
    }
}

#[test]
fn a_store_that_holds_no_state_says_so_instead_of_zero() {
    let (disk, shelf) = (Disk::new(&Seed::from_number(1)), MemoryShelf::default());
    let mut store = open(&disk, &shelf, 1);
    let address = Address([1; 20]);
    let key = troupe_chain::state::FlatKey::Account(address).to_bytes();
    let slot = troupe_chain::state::FlatKey::Slot(address, Hash([2; 32])).to_bytes();
    let put = |key: Vec<u8>, value| troupe_storage::Edit::Put(key, value);
    let edits = vec![put(key, vec![1, 2, 3]), put(slot, vec![7; 33]), put(vec![9], vec![])];
    store.append(&[Entry::Commit(&Commit { edits, ..Commit::default() })]).expect("written");
    store.flush(Height(0)).expect("flushed");
    let reader = store.reader();
    assert_eq!(reader.account(&address), Err(ReadError::Corrupt { what: "account" }));
    let word = reader.storage(&address, &Hash([2; 32]));
    assert_eq!(word, Err(ReadError::Corrupt { what: "word of storage" }));
    let hash = Hash([3; 32]);
    assert_eq!(reader.code(&hash), Err(ReadError::MissingCode { hash }));
    let scanned = StateScan::scan(&reader, None, Bytes::mib(1));
    assert_eq!(scanned, Err(ReadError::Corrupt { what: "key of the state" }));
}
