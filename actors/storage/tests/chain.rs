//! A chain's state in a store: after a loss of power it is what it was, to the root.

use alloy_primitives::U256;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_chain::state::{
    self, Account, Changes, Chunk, Flat, FlatKey, Rebuild, State, StateScan,
};
use troupe_crypto::hash::keccak256;
use troupe_runtime::sim::{Disk, Tear};
use troupe_storage::index::MemoryShelf;
use troupe_storage::{Boot, Commit, Edit, Entry, Settings, Store};
use troupe_types::{Address, Bytes, Hash, Height};
use troupe_wire::{Seed, Sequential};

fn open(disk: &Disk, shelf: &MemoryShelf, boot: u8) -> Store {
    let settings = Settings::new(Hash([1; 32]), 5, Boot([boot; 16]));
    Store::open(disk.mount(), Box::new(shelf.clone()), settings, &mut |_| {}).expect("opens").0
}

/// A step of the chain's as one of the store's.
fn edit(edit: state::Edit) -> Edit {
    match edit {
        state::Edit::Wipe(address) => Edit::Wipe(FlatKey::storage_prefix(&address)),
        state::Edit::Put(key, value) => Edit::Put(key.to_bytes(), value),
        state::Edit::Remove(key) => Edit::Remove(key.to_bytes()),
    }
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
    fn a_state_is_as_it_was_and_the_tries_from_it_have_the_root(
        blocks in prop::collection::vec(prop::collection::vec(deed(), 0..12), 1..8),
    ) {
        let (disk, shelf) = (Disk::new(&Seed::from_number(1)), MemoryShelf::default());
        let mut store = open(&disk, &shelf, 1);
        let mut flat = Flat::default();
        let genesis = Hash([9; 32]);
        let mut tries = State::new(Arc::new(Flat::default()), Height::ZERO, genesis);
        let mut parent = genesis;
        for (height, deeds) in (1_u64..).zip(&blocks) {
            let sealed = tries.seal(parent, changes(&flat, deeds), &Sequential).expect("seals");
            let (changes, root, hash) = (sealed.changes(), sealed.root(), Hash([height as u8; 32]));
            tries.insert(hash, sealed).expect("inserted");
            tries.commit(hash).expect("the next one");
            let edits = changes.edits().map(edit).collect();
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
            let read = reader.scan(last.as_deref(), 100).expect("reads");
            let Some((key, _)) = read.last() else { break };
            last = Some(key.clone());
            let key = |key: &[u8]| FlatKey::from_bytes(key).expect("a key of the state");
            let chunk = Chunk { items: read.into_iter().map(|(k, v)| (key(&k), v)).collect() };
            rebuild.feed(&chunk, &Sequential).expect("a state");
            items.extend(chunk.items);
        }
        prop_assert_eq!(items, flat.scan(None, Bytes::mib(9)).expect("in memory").items);
        prop_assert_eq!(rebuild.finish(&Sequential).expect("a state").2, tip.root);
    }
}
