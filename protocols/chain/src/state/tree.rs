//! The state as tries: one of accounts, and one of words for each contract.

use super::{Account, Changes, Slot};
use crate::trie::{Change, Counts, EMPTY_ROOT, Edit, Forest, Key, NodeId, Value};
use alloy_primitives::U256;
use alloy_rlp::Encodable;
use std::collections::{BTreeMap, BTreeSet};
use troupe_crypto::hash::keccak256;
use troupe_types::{Address, Hash};
use troupe_wire::Fork;

use super::EMPTY_CODE;
use crate::rlp::push_list_header;

/// Keys from which it pays to hash them in portions.
const MANY_KEYS: usize = 256;

/// The tries of any number of versions of a state, each grown from another.
#[derive(Debug)]
pub struct StateTrie {
    pub(crate) accounts: Forest<Leaf>,
    pub(crate) slots: Forest<Word>,
    versions: BTreeMap<u32, Version>,
    next: u32,
}

/// One version. Has to be given back by [`StateTrie::release`], or its memory is not used again.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct Root(u32);

#[derive(Debug)]
struct Version {
    root: NodeId,
    /// What it was grown from, while that is there.
    parent: Option<u32>,
    /// What tells it from its parent.
    edits: Option<Edits>,
    is_released: bool,
}

#[derive(Debug)]
struct Edits {
    accounts: Edit,
    slots: Edit,
}

/// An account as the trie holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leaf {
    nonce: u64,
    balance: U256,
    /// Most accounts have neither code nor storage.
    contract: Option<Box<Contract>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Contract {
    code_hash: Hash,
    storage_root: Hash,
    /// Where the trie with that root is.
    storage: NodeId,
}

/// A word of storage, not zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word(pub(crate) U256);

impl Value for Word {
    fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode(out);
    }
}

impl Value for Leaf {
    fn encode(&self, out: &mut Vec<u8>) {
        let (code_hash, storage_root) = match &self.contract {
            Some(contract) => (contract.code_hash, contract.storage_root),
            None => (EMPTY_CODE, EMPTY_ROOT),
        };
        push_list_header(self.nonce.length() + self.balance.length() + 66, out);
        self.nonce.encode(out);
        self.balance.encode(out);
        storage_root.0.encode(out);
        code_hash.0.encode(out);
    }

    fn follow(&mut self, before: &Self) -> bool {
        match (&self.contract, &before.contract) {
            // What ends an account's storage says so by a contract without any.
            (None, Some(contract)) if !contract.storage.is_empty() => {
                let contract = Contract { code_hash: EMPTY_CODE, ..(**contract).clone() };
                self.contract = Some(Box::new(contract));
                true
            }
            _ => false,
        }
    }
}

impl Leaf {
    /// Of an account that is said to have neither code nor storage; if it has storage after all, it
    /// [keeps](Value::follow) it.
    fn plain(account: &Account) -> Self {
        Self { nonce: account.nonce, balance: account.balance, contract: None }
    }

    /// With the storage that belongs to the account, and if it is none.
    fn contract(account: &Account, storage: NodeId) -> Self {
        let Account { nonce, balance, code_hash, storage_root } = *account;
        let contract = Some(Box::new(Contract { code_hash, storage_root, storage }));
        Self { nonce, balance, contract }
    }

    /// In the form that takes least memory.
    pub(crate) fn of(account: &Account, storage: NodeId) -> Self {
        if account.is_plain() { Self::plain(account) } else { Self::contract(account, storage) }
    }

    pub(crate) fn account(&self) -> Account {
        let mut account =
            Account { nonce: self.nonce, balance: self.balance, ..Account::default() };
        if let Some(contract) = &self.contract {
            account.code_hash = contract.code_hash;
            account.storage_root = contract.storage_root;
        }
        account
    }

    pub(crate) fn storage(&self) -> NodeId {
        self.contract.as_ref().map_or(NodeId::EMPTY, |contract| contract.storage)
    }
}

impl StateTrie {
    /// The state without accounts.
    pub fn new() -> (Self, Root) {
        Self::of(Forest::new(), Forest::new(), NodeId::EMPTY)
    }

    /// A state with one version.
    pub(super) fn of(accounts: Forest<Leaf>, slots: Forest<Word>, root: NodeId) -> (Self, Root) {
        let first = Version { root, parent: None, edits: None, is_released: false };
        let versions = BTreeMap::from([(0, first)]);
        (Self { accounts, slots, versions, next: 1 }, Root(0))
    }

    pub(crate) fn node(&self, root: &Root) -> NodeId {
        self.versions.get(&root.0).map_or(NodeId::EMPTY, |version| version.root)
    }

    /// The version that changes make of another, which stays. Gives its root hash, and writes the
    /// storage roots that come out into the changes.
    pub fn grow(&mut self, from: &Root, changes: &mut Changes, fork: &impl Fork) -> (Root, Hash) {
        changes.close();
        let others = changes.storage.keys().chain(&changes.wiped);
        let others = others.filter(|address| !changes.accounts.contains_key(*address));
        let others: BTreeSet<Address> = others.copied().collect();
        let touched: Vec<Address> = changes.accounts.keys().copied().chain(others).collect();
        let keys = hash_keys(&touched, |address| &address.0, fork);
        let node = self.node(from);
        let mut edits = Edits { accounts: self.accounts.edit(), slots: self.slots.edit() };
        let mut leaves = Vec::with_capacity(touched.len());
        for (address, key) in touched.iter().zip(&keys) {
            let value = match changes.plain(address) {
                Some(account) => Some(Some(Leaf::plain(&account))),
                None => {
                    let old = self.accounts.get(node, key).cloned();
                    let old = Old { leaf: old.as_ref(), edit: &mut edits.slots };
                    leaf(&mut self.slots, old, address, changes, fork)
                }
            };
            leaves.extend(value.map(|value| Change { key: *key, value }));
        }
        let root = self.accounts.update(&mut edits.accounts, node, leaves);
        for key in edits.accounts.take_followed() {
            // Said to be plain, and is not.
            let places = touched.iter().zip(&keys).find(|(_, other)| **other == key);
            let account = self.accounts.get(root, &key).map(Leaf::account);
            if let Some((address, _)) = places {
                changes.accounts.insert(*address, account);
            }
        }
        let hash = self.accounts.hash(root, fork);
        let (parent, edits) = (Some(from.0), Some(edits));
        let id = self.next;
        self.next = self.next.checked_add(1).expect("fewer versions than 2^32");
        self.versions.insert(id, Version { root, parent, edits, is_released: false });
        (Root(id), hash)
    }

    /// Gives a version up. Its memory is free again when nothing that is not given up was grown from it;
    /// or, for the oldest one, when one thing was.
    pub fn release(&mut self, root: Root) {
        if let Some(version) = self.versions.get_mut(&root.0) {
            version.is_released = true;
        }
        self.tidy(root.0);
    }

    fn tidy(&mut self, id: u32) {
        let Some(version) = self.versions.get(&id).filter(|version| version.is_released) else {
            return;
        };
        let parent = version.parent;
        let mut offspring = self.versions.iter().filter(|(_, other)| other.parent == Some(id));
        match (offspring.next().map(|(child, _)| *child), offspring.next(), parent) {
            (None, _, Some(parent)) => {
                let gone = self.versions.remove(&id);
                if let Some(edits) = gone.and_then(|gone| gone.edits) {
                    self.accounts.undo(edits.accounts);
                    self.slots.undo(edits.slots);
                }
                self.tidy(parent);
            }
            (Some(child), None, None) => {
                self.versions.remove(&id);
                if let Some(heir) = self.versions.get_mut(&child) {
                    heir.parent = None;
                    if let Some(edits) = heir.edits.take() {
                        self.accounts.settle(edits.accounts);
                        self.slots.settle(edits.slots);
                    }
                }
                self.tidy(child);
            }
            // Others need it, or it is all there is.
            (Some(_), _, _) | (None, _, None) => {}
        }
    }

    /// An account in a version.
    #[must_use]
    pub fn account(&self, root: &Root, address: &Address) -> Option<Account> {
        self.accounts.get(self.node(root), &keccak256(address.0).0).map(Leaf::account)
    }

    /// A word of an account's storage in a version; zero where none was written.
    #[must_use]
    pub fn storage(&self, root: &Root, address: &Address, slot: &Slot) -> U256 {
        let leaf = self.accounts.get(self.node(root), &keccak256(address.0).0);
        let storage = leaf.map_or(NodeId::EMPTY, Leaf::storage);
        self.slots.get(storage, &keccak256(slot.0).0).map_or(U256::ZERO, |word| word.0)
    }

    /// The nodes of all versions: of accounts, and of storage.
    #[must_use]
    pub fn counts(&self) -> (Counts, Counts) {
        (self.accounts.counts(), self.slots.counts())
    }
}

/// What an account was, and the edit of what its storage becomes.
struct Old<'a> {
    leaf: Option<&'a Leaf>,
    edit: &'a mut Edit,
}

/// What an account's leaf becomes: `Some(None)` when it goes, `None` when there is nothing to say.
#[expect(clippy::option_option, reason = "a change that is none, one that removes, one that sets")]
fn leaf(
    forest: &mut Forest<Word>,
    Old { leaf: old, edit }: Old<'_>,
    address: &Address,
    changes: &mut Changes,
    fork: &impl Fork,
) -> Option<Option<Leaf>> {
    let mut storage = old.map_or(NodeId::EMPTY, Leaf::storage);
    let mut account = match changes.account(address) {
        Some(None) => {
            forest.leave(edit, storage);
            return Some(None);
        }
        Some(Some(account)) => account,
        // Storage alone changed, of an account that there has to be.
        None => match old {
            Some(leaf) => leaf.account(),
            // Storage that no account has is none.
            None => {
                changes.storage.remove(address);
                return None;
            }
        },
    };
    account.storage_root = old.map_or(EMPTY_ROOT, |leaf| leaf.account().storage_root);
    if changes.wiped.contains(address) {
        forest.leave(edit, storage);
        storage = NodeId::EMPTY;
        account.storage_root = EMPTY_ROOT;
    }
    if let Some(slots) = changes.storage.get(address) {
        let places: Vec<Slot> = slots.keys().copied().collect();
        let keys = hash_keys(&places, |slot| &slot.0, fork);
        let words = keys
            .into_iter()
            .zip(slots.values())
            .map(|(key, word)| Change { key, value: (!word.is_zero()).then_some(Word(*word)) });
        storage = forest.update(edit, storage, words.collect());
        account.storage_root = forest.hash(storage, fork);
    }
    if changes.account(address) != Some(Some(account)) {
        changes.accounts.insert(*address, Some(account));
    }
    let had_storage = old.is_some_and(|leaf| !leaf.storage().is_empty());
    let value =
        if had_storage { Leaf::contract(&account, storage) } else { Leaf::of(&account, storage) };
    Some(Some(value))
}

/// The hashed keys, in order.
pub(crate) fn hash_keys<T: Sync>(
    items: &[T],
    bytes: impl Fn(&T) -> &[u8] + Sync,
    fork: &impl Fork,
) -> Vec<Key> {
    let hash = |portion: &[T]| -> Vec<Key> {
        portion.iter().map(|item| keccak256(bytes(item)).0).collect()
    };
    if items.len() < MANY_KEYS {
        return hash(items);
    }
    fork.map(items.chunks(MANY_KEYS).collect(), hash).concat()
}
