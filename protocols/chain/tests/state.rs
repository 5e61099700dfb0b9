//! The state against the library's roots, against a plain model, and while it is flushed.

use alloy_primitives::{B256, U256};
use alloy_trie::proof::verify_proof;
use alloy_trie::{Nibbles, TrieAccount};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use troupe_chain::Error;
use troupe_chain::state::{
    Account, Changes, Chunk, Code, EMPTY_CODE, Edit, Flat, FlatKey, ReadError, Rebuild, Slot,
    State, StateScan, StateView, prove_flat,
};
use troupe_chain::trie::EMPTY_ROOT;
use troupe_crypto::hash::keccak256;
use troupe_types::{Address, Bytes, Hash, Height};
use troupe_wire::Sequential;

/// What the state should be, without layers, tries or sharing.
#[derive(Debug, Clone, Default, PartialEq)]
struct Model {
    accounts: BTreeMap<Address, Account>,
    slots: BTreeMap<(Address, Slot), U256>,
}

impl Model {
    fn apply(&mut self, changes: &Changes) {
        self.slots.retain(|(address, _), _| !changes.wiped.contains(address));
        for (address, account) in &changes.accounts {
            match account {
                Some(account) => self.accounts.insert(*address, *account),
                None => {
                    self.slots.retain(|(owner, _), _| owner != address);
                    self.accounts.remove(address)
                }
            };
        }
        for (address, slots) in &changes.storage {
            for (slot, word) in slots.iter().filter(|_| self.accounts.contains_key(address)) {
                self.slots.insert((*address, *slot), *word);
            }
        }
        self.slots.retain(|_, word| !word.is_zero());
    }

    fn storage_root(&self, address: &Address) -> Hash {
        let slots = self.slots.iter().filter(|((owner, _), _)| owner == address);
        let slots = slots.map(|((_, slot), word)| (B256::new(slot.0), *word));
        Hash(alloy_trie::root::storage_root_unhashed(slots).0)
    }

    fn root(&self) -> Hash {
        let accounts = self.accounts.iter().map(|(address, account)| {
            let account = TrieAccount {
                nonce: account.nonce,
                balance: account.balance,
                storage_root: self.storage_root(address).0.into(),
                code_hash: account.code_hash.0.into(),
            };
            (address.0.into(), account)
        });
        Hash(alloy_trie::root::state_root_unhashed(accounts).0)
    }
}

fn address(n: u8) -> Address {
    Address([n; 20])
}

fn hash(n: u64) -> Hash {
    keccak256(n.to_be_bytes())
}

fn changes() -> impl Strategy<Value = Changes> {
    let account = prop_oneof![
        1 => Just(None),
        4 => (0u64..5, 0u64..1_000, any::<bool>()).prop_map(|(nonce, balance, code)| {
            let code_hash = if code { keccak256([nonce as u8]) } else { EMPTY_CODE };
            let balance = U256::from(balance);
            Some(Account { nonce, balance, code_hash, ..Account::default() })
        }),
    ];
    let accounts = proptest::collection::btree_map((0u8..12).prop_map(address), account, 0..8);
    let word = prop_oneof![Just(U256::ZERO), any::<u64>().prop_map(U256::from)];
    let slots = proptest::collection::btree_map((0u64..6).prop_map(hash), word, 0..5);
    let storage = proptest::collection::btree_map((0u8..12).prop_map(address), slots, 0..4);
    let wiped = proptest::collection::btree_set((0u8..12).prop_map(address), 0..3);
    (accounts, storage, wiped).prop_map(|(accounts, storage, wiped)| {
        let codes = (0u8..5).map(|n| (keccak256([n]), Code::from(vec![n]))).collect();
        Changes { accounts, wiped, storage, codes }
    })
}

/// A store that is written one edit at a time while others read it.
#[derive(Debug, Default)]
struct Store(Mutex<Flat>);

impl StateView for Store {
    fn account(&self, address: &Address) -> Result<Option<Account>, ReadError> {
        self.0.lock().expect("no holder panics").account(address)
    }
    fn storage(&self, address: &Address, slot: &Slot) -> Result<U256, ReadError> {
        self.0.lock().expect("no holder panics").storage(address, slot)
    }
    fn next_word(
        &self,
        address: &Address,
        after: Option<&Slot>,
    ) -> Result<Option<(Slot, U256)>, ReadError> {
        self.0.lock().expect("no holder panics").next_word(address, after)
    }
    fn code(&self, hash: &Hash) -> Result<Code, ReadError> {
        self.0.lock().expect("no holder panics").code(hash)
    }
}

impl Store {
    fn write(&self, edit: Edit) {
        let mut change = Changes::default();
        match edit {
            Edit::Wipe(address) => {
                change.wiped.insert(address);
            }
            Edit::Put(FlatKey::Code(hash), code) => {
                change.codes.insert(hash, code.into());
            }
            Edit::Put(FlatKey::Account(address), bytes) => {
                change.accounts.insert(address, Some(Account::decode(&bytes).expect("an account")));
            }
            Edit::Put(FlatKey::Slot(address, slot), bytes) => {
                let word = U256::from_be_slice(&bytes);
                change.storage.entry(address).or_default().insert(slot, word);
            }
            Edit::Remove(FlatKey::Account(address)) => {
                change.accounts.insert(address, None);
            }
            Edit::Remove(FlatKey::Slot(address, slot)) => {
                change.storage.entry(address).or_default().insert(slot, U256::ZERO);
            }
            Edit::Remove(FlatKey::Code(_)) => panic!("codes stay"),
        }
        self.0.lock().expect("no holder panics").apply(&change);
    }
}

fn assert_same(view: &impl StateView, model: &Model) {
    for n in 0..12 {
        let (got, want) = (
            view.account(&address(n)).expect("a store that works"),
            model.accounts.get(&address(n)),
        );
        // Storage roots are in the state's accounts, not in the model's.
        let strip = |account: Account| Account { storage_root: EMPTY_ROOT, ..account };
        assert_eq!(got.map(strip), want.copied().map(strip), "account {n}");
        for slot in (0..6).map(hash) {
            let want = model.slots.get(&(address(n), slot)).copied().unwrap_or_default();
            assert_eq!(view.storage(&address(n), &slot), Ok(want), "account {n}");
        }
        let mut walked = Vec::new();
        while let Some(next) = view
            .next_word(&address(n), walked.last().map(|(slot, _)| slot))
            .expect("a store that works")
        {
            walked.push(next);
        }
        let slots = model.slots.iter().filter(|((of, _), _)| *of == address(n));
        let want: Vec<_> = slots.map(|((_, slot), word)| (*slot, *word)).collect();
        assert_eq!(walked, want, "the words of account {n} in order");
    }
}

/// What random blocks do to a state: grow from any block, commit, drop, flush.
#[derive(Debug, Clone)]
enum Step {
    Grow(prop::sample::Index, Changes),
    Commit(prop::sample::Index),
    Discard(prop::sample::Index),
    Freeze,
    Flush,
    Look(prop::sample::Index),
    LookAway,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let at = any::<prop::sample::Index>;
    let step = prop_oneof![
        6 => (at(), changes()).prop_map(|(at, changes)| Step::Grow(at, changes)),
        3 => at().prop_map(Step::Commit),
        1 => at().prop_map(Step::Discard),
        1 => Just(Step::Freeze),
        2 => Just(Step::Flush),
        2 => at().prop_map(Step::Look),
        1 => Just(Step::LookAway),
    ];
    proptest::collection::vec(step, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn every_block_has_ethereums_root_and_every_view_stays_what_it_was(steps in steps()) {
        let store = Arc::new(Store::default());
        let genesis = hash(u64::MAX);
        let mut state = State::new(Arc::clone(&store) as _, Height(0), genesis);
        let mut models = BTreeMap::from([(genesis, Model::default())]);
        let mut views = Vec::new();
        for (n, step) in steps.into_iter().enumerate() {
            let known: Vec<Hash> = models.keys().copied().collect();
            match step {
                Step::Grow(at, changes) => {
                    let parent = known[at.index(known.len())];
                    let mut model = models[&parent].clone();
                    model.apply(&changes);
                    let sealed = state.seal(parent, changes, &Sequential).unwrap();
                    prop_assert_eq!(sealed.root(), model.root());
                    let block = hash(n as u64);
                    state.insert(block, sealed).unwrap();
                    models.insert(block, model);
                }
                Step::Commit(at) => {
                    let committed = state.layers().committed().1;
                    match state.commit(known[at.index(known.len())]) {
                        Ok(dropped) => {
                            models.remove(&committed);
                            models.retain(|block, _| !dropped.contains(block));
                        }
                        Err(Error::NotNext { .. } | Error::UnknownBlock { .. }) => {}
                        Err(other) => panic!("{other}"),
                    }
                }
                Step::Discard(at) => {
                    let block = known[at.index(known.len())];
                    let dropped = state.discard(block);
                    models.retain(|block, _| !dropped.contains(block));
                }
                Step::Freeze => {
                    state.layers_mut().freeze();
                }
                Step::Flush => {
                    if let Some((_, changes)) = state.layers().flush() {
                        for edit in changes.iter().flat_map(|layer| layer.edits()) {
                            store.write(edit);
                            // Half written, every view is whole.
                            for (view, model) in &views {
                                assert_same(view, model);
                            }
                        }
                        state.layers_mut().flushed();
                    }
                }
                Step::Look(at) => {
                    let block = known[at.index(known.len())];
                    views.push((state.view(block).unwrap(), models[&block].clone()));
                }
                Step::LookAway => views.clear(),
            }
            for (view, model) in &views {
                assert_same(view, model);
            }
        }
        for (block, model) in &models {
            let view = state.view(*block).unwrap();
            assert_same(&view, model);
            prop_assert_eq!(state.root(*block), Ok(model.root()));
            for address in model.accounts.keys() {
                // The flat form says what the trie commits to, whatever the block's maker said.
                let account = view.account(address).unwrap().expect("in the model");
                prop_assert_eq!(account.storage_root, model.storage_root(address));
            }
        }
        // What is left of the tries is what is held: nothing leaked.
        let committed = state.layers().committed().1;
        let blocks: Vec<Hash> = models.keys().copied().filter(|block| *block != committed).collect();
        for block in blocks {
            state.discard(block);
        }
        let model = &models[&committed];
        let (accounts, slots) = state.trie().counts();
        prop_assert_eq!((accounts.leaves, slots.leaves), (model.accounts.len(), model.slots.len()));
    }

    #[test]
    fn changes_round_trip_and_absorbing_is_applying_in_turn(first in changes(), second in changes()) {
        for changes in [&first, &second] {
            let mut changes = changes.clone();
            changes.storage.retain(|_, slots| !slots.is_empty());
            let bytes = changes.encode().unwrap();
            prop_assert_eq!(Changes::decode(&bytes), Ok(changes));
            for cut in 0..bytes.len() {
                prop_assert!(Changes::decode(&bytes[..cut]).is_err());
            }
        }
        let (mut in_turn, mut at_once) = (Flat::default(), Flat::default());
        in_turn.apply(&first);
        in_turn.apply(&second);
        let mut both = first;
        both.absorb(&second);
        at_once.apply(&both);
        prop_assert_eq!(&in_turn, &at_once);
        let by_edits = Store::default();
        for edit in both.edits() {
            by_edits.write(edit);
        }
        prop_assert_eq!(&*by_edits.0.lock().expect("no holder panics"), &at_once);
    }

    #[test]
    fn a_changed_byte_is_refused_or_other_changes_with_one_form(
        changes in changes(),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), 1u8..), 1..4),
    ) {
        let mut changes = changes;
        changes.storage.retain(|_, slots| !slots.is_empty());
        let mut bytes = changes.encode().unwrap();
        for (at, flip) in flips {
            let place = at.index(bytes.len());
            bytes[place] ^= flip;
        }
        if let Ok(other) = Changes::decode(&bytes) {
            prop_assert_eq!(other.encode().unwrap(), bytes);
        }
    }

    #[test]
    fn a_state_read_in_chunks_gives_the_same_tries(changes in changes(), limit in 1u64..400) {
        let mut state = State::new(Arc::new(Flat::default()), Height(0), hash(0));
        let sealed = state.seal(hash(0), changes, &Sequential).unwrap();
        let mut flat = Flat::default();
        flat.apply(&sealed.changes());
        let mut rebuild = Rebuild::new();
        let mut last = None;
        loop {
            let chunk = flat.scan(last.as_ref(), Bytes(limit)).unwrap();
            let Some((key, _)) = chunk.items.last() else { break };
            last = Some(*key);
            let read = Chunk::decode(&chunk.encode().unwrap()).unwrap();
            prop_assert_eq!(&read, &chunk);
            rebuild.feed(&read, &Sequential).unwrap();
        }
        prop_assert_eq!(rebuild.progress().accounts as usize, flat.accounts().len());
        let (_, _, root) = rebuild.finish(&Sequential).unwrap();
        prop_assert_eq!(root, sealed.root());
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(changes) = Changes::decode(&bytes) {
            prop_assert_eq!(changes.encode().unwrap(), bytes.clone());
        }
        if let Ok(chunk) = Chunk::decode(&bytes) {
            prop_assert_eq!(chunk.encode().unwrap(), bytes.clone());
        }
        if let Ok(key) = FlatKey::from_bytes(&bytes) {
            prop_assert_eq!(key.to_bytes(), bytes);
        }
    }

    #[test]
    fn keys_are_ordered_as_their_bytes(a in any::<([u8; 20], [u8; 32], u8)>(), b in any::<([u8; 20], [u8; 32], u8)>()) {
        let key = |(address, word, kind): ([u8; 20], [u8; 32], u8)| match kind % 3 {
            0 => FlatKey::Code(Hash(word)),
            1 => FlatKey::Account(Address(address)),
            _ => FlatKey::Slot(Address(address), Hash(word)),
        };
        for (x, y) in [(key(a), key(b)), (FlatKey::Account(Address(a.0)), key((a.0, b.1, b.2)))] {
            prop_assert_eq!(x.cmp(&y), x.to_bytes().cmp(&y.to_bytes()));
            prop_assert_eq!(FlatKey::from_bytes(&x.to_bytes()), Ok(x));
        }
    }
}

#[test]
fn an_account_and_its_storage_are_proven_against_the_root() {
    let mut changes = Changes::default();
    for n in 0..50 {
        let account = Account { nonce: n.into(), ..Account::default() };
        changes.accounts.insert(address(n), Some(account));
        let slots = (0..u64::from(n)).map(|slot| (hash(slot), U256::from(slot + 1))).collect();
        if n > 0 {
            changes.storage.insert(address(n), slots);
        }
    }
    let mut state = State::new(Arc::new(Flat::default()), Height(0), hash(0));
    let sealed = state.seal(hash(0), changes, &Sequential).unwrap();
    let root = B256::new(sealed.root().0);
    state.insert(hash(1), sealed).unwrap();
    let proof = state.prove(hash(1), &address(40), &[hash(3), hash(1_000)]).unwrap();
    let account = proof.account.expect("it is there");
    let nodes = |nodes: &[Vec<u8>]| -> Vec<alloy_primitives::Bytes> {
        nodes.iter().cloned().map(Into::into).collect()
    };
    let path = |key: &[u8]| Nibbles::unpack(keccak256(key).0);
    let leaf = alloy_rlp::encode(TrieAccount {
        nonce: 40,
        balance: U256::ZERO,
        storage_root: account.storage_root.0.into(),
        code_hash: EMPTY_CODE.0.into(),
    });
    verify_proof(root, path(&[40; 20]), Some(leaf), &nodes(&proof.nodes)).unwrap();
    let storage_root = account.storage_root.0.into();
    for (slot, want) in proof.slots.iter().zip([Some(alloy_rlp::encode(U256::from(4))), None]) {
        verify_proof(storage_root, path(&slot.slot.0), want, &nodes(&slot.nodes)).unwrap();
    }
    // The same comes out of the flat state, without tries.
    let view = state.view(hash(1)).unwrap();
    let accounts: Vec<_> =
        (0..50).rev().map(|n| (address(n), view.account(&address(n)).unwrap().unwrap())).collect();
    for (who, words) in [(40, 40), (1, 1), (0, 0), (200, 0)] {
        let slots = [hash(3), hash(1_000), hash(0)];
        let words: Vec<_> = (0..words).map(|slot| (hash(slot), U256::from(slot + 1))).collect();
        let (flat_root, flat) = prove_flat(&accounts, &address(who), &words, &slots);
        assert_eq!(flat_root.0, root.0);
        assert_eq!(flat, state.prove(hash(1), &address(who), &slots).unwrap(), "{who}");
    }
    let nobody = state.prove(hash(1), &address(200), &[hash(1)]).unwrap();
    assert_eq!(nobody.account, None);
    verify_proof(root, path(&[200; 20]), None, &nodes(&nobody.nodes)).unwrap();

    // Whoever gets such a proof checks it, and sees every lie.
    let root = Hash(root.0);
    assert_eq!(proof.check(&root, &address(40)), Ok(()));
    assert_eq!(nobody.check(&root, &address(200)), Ok(()));
    assert!(proof.check(&root, &address(41)).is_err());
    assert!(nobody.check(&root, &address(40)).is_err());
    let mut lies = vec![proof; 5];
    lies[0].account = None;
    lies[1].account = Some(Account { nonce: 41, ..account });
    lies[2].slots[0].value = U256::from(5);
    lies[3].slots[1].value = U256::from(1);
    lies[4].nodes.pop();
    for lie in lies {
        assert!(lie.check(&root, &address(40)).is_err(), "{lie:?}");
    }
}

#[test]
fn a_flush_waits_for_the_views_that_lack_it_and_for_no_other() {
    let mut state = State::new(Arc::new(Store::default()), Height(0), hash(0));
    let grow = |state: &mut State, parent: u64, block: u64| {
        let mut changes = Changes::default();
        let account = Account { nonce: block, ..Account::default() };
        changes.accounts.insert(address(1), Some(account));
        let sealed = state.seal(hash(parent), changes, &Sequential).unwrap();
        state.insert(hash(block), sealed).unwrap();
    };
    grow(&mut state, 0, 1);
    let old = state.view(hash(0)).unwrap();
    state.commit(hash(1)).unwrap();
    assert!(state.layers_mut().freeze());
    assert!(!state.layers_mut().freeze(), "one at a time");
    let new = state.view(hash(1)).unwrap();
    assert!(state.layers().flush().is_none(), "the old view would see the base move");
    // Without what it waits for, nothing is forgotten.
    state.layers_mut().flushed();
    assert_eq!(new.account(&address(1)).unwrap().map(|account| account.nonce), Some(1));
    drop(old);
    let (height, changes) = state.layers().flush().expect("only the new view is left");
    assert_eq!((height, changes.len(), changes[0].accounts.len()), (Height(1), 1, 1));
    state.layers_mut().flushed();
    assert!(!state.layers_mut().freeze(), "nothing was committed since");
}

#[test]
fn a_pin_holds_the_base_still_where_it_was_flushed_to() {
    let mut state = State::new(Arc::new(Store::default()), Height(0), hash(0));
    let grow = |state: &mut State, block: u64| {
        let mut changes = Changes::default();
        let account = Account { nonce: block, ..Account::default() };
        changes.accounts.insert(address(1), Some(account));
        let sealed = state.seal(hash(block - 1), changes, &Sequential).unwrap();
        state.insert(hash(block), sealed).unwrap();
        state.commit(hash(block)).unwrap();
    };
    grow(&mut state, 1);
    assert!(state.layers_mut().freeze());
    assert!(state.layers().pin().is_none(), "the base may be half written");
    state.layers_mut().flushed();
    let (height, block, pin) = state.layers().pin().expect("nothing is set aside");
    assert_eq!((height, block), (Height(1), hash(1)));
    grow(&mut state, 2);
    assert_eq!(state.layers().pin().map(|(height, ..)| height), Some(Height(1)));
    assert!(state.layers_mut().freeze());
    assert!(state.layers().flush().is_none(), "somebody reads the base");
    drop(pin);
    assert_eq!(state.layers().flush().map(|(height, _)| height), Some(Height(2)));
}

#[test]
fn a_rebuild_refuses_what_does_not_fit_together() {
    let account = |storage_root| {
        let mut bytes = Vec::new();
        Account { nonce: 1, storage_root, ..Account::default() }.encode(&mut bytes);
        bytes
    };
    let run = |items: Vec<(FlatKey, Vec<u8>)>| {
        let mut rebuild = Rebuild::new();
        rebuild.feed(&Chunk { items }, &Sequential)?;
        rebuild.finish(&Sequential).map(|(_, _, root)| root)
    };
    let (one, two) = (FlatKey::Account(address(1)), FlatKey::Account(address(2)));
    let slot = FlatKey::Slot(address(1), hash(1));
    assert!(run(vec![(one, account(EMPTY_ROOT)), (two, account(EMPTY_ROOT))]).is_ok());
    let refused = |items| run(items).unwrap_err().to_string();
    assert_eq!(
        refused(vec![(two, account(EMPTY_ROOT)), (one, account(EMPTY_ROOT))]),
        "malformed flat state: out of order"
    );
    assert_eq!(refused(vec![(slot, vec![1])]), "malformed flat state: storage without its account");
    let wrong = refused(vec![(one, account(EMPTY_ROOT)), (slot, vec![1])]);
    assert!(wrong.starts_with("storage root is 56e81f17"), "{wrong}");
    let wrong = refused(vec![(FlatKey::Code(hash(1)), vec![1])]);
    assert!(wrong.starts_with("code is "), "{wrong}");
}

#[test]
fn a_store_that_fails_is_an_error_and_never_an_empty_account() {
    #[derive(Debug)]
    struct Broken;
    impl StateView for Broken {
        fn account(&self, _: &Address) -> Result<Option<Account>, ReadError> {
            Err(ReadError::Store { reason: "disk on fire".to_owned() })
        }
        fn storage(&self, _: &Address, _: &Slot) -> Result<U256, ReadError> {
            Err(ReadError::Corrupt { what: "word" })
        }
        fn next_word(
            &self,
            _: &Address,
            _: Option<&Slot>,
        ) -> Result<Option<(Slot, U256)>, ReadError> {
            Err(ReadError::Corrupt { what: "word" })
        }
        fn code(&self, hash: &Hash) -> Result<Code, ReadError> {
            Err(ReadError::MissingCode { hash: *hash })
        }
    }
    let state = State::new(Arc::new(Broken), Height(0), hash(0));
    let view = state.view(hash(0)).unwrap();
    assert!(view.account(&address(1)).is_err());
    assert!(view.storage(&address(1), &hash(1)).is_err());
    assert!(view.next_word(&address(1), None).is_err());
    assert!(view.code(&hash(1)).is_err());
}

#[test]
fn the_tries_of_the_last_blocks_are_kept_as_long_as_asked() {
    let state = State::new(Arc::new(Flat::default()), Height(0), hash(0));
    let mut state = state.with_history(2);
    for n in 1..5 {
        let mut changes = Changes::default();
        changes.accounts.insert(address(n as u8), Some(Account { nonce: n, ..Account::default() }));
        let sealed = state.seal(hash(n - 1), changes, &Sequential).unwrap();
        state.insert(hash(n), sealed).unwrap();
        state.commit(hash(n)).unwrap();
    }
    assert!(state.prove(hash(4), &address(1), &[]).is_ok());
    assert!(state.prove(hash(3), &address(1), &[]).is_ok());
    assert_eq!(state.prove(hash(2), &address(1), &[]), Err(Error::UnknownBlock { got: hash(2) }));
    // A trie that is kept for proofs is nothing to build on.
    assert!(state.seal(hash(3), Changes::default(), &Sequential).is_err());
}
