//! The state as tries: one of accounts, and one of words for each contract.

use super::{Account, Changes, Slot};
use crate::trie::{Change, Counts, EMPTY_ROOT, Forest, Key, NodeId, Value};
use alloy_primitives::U256;
use alloy_rlp::Encodable;
use std::collections::BTreeSet;
use troupe_crypto::hash::keccak256;
use troupe_types::{Address, Hash};
use troupe_wire::Fork;

use super::EMPTY_CODE;
use crate::rlp::push_list_header;

/// Keys from which it pays to hash them in portions.
const MANY_KEYS: usize = 256;

/// The tries of any number of versions of a state.
#[derive(Debug, Default)]
pub struct StateTrie {
    pub(super) accounts: Forest<Leaf>,
    pub(super) slots: Forest<Word>,
}

/// One version. Has to be given back by [`StateTrie::release`], or its memory is not used again.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct Root(pub(super) NodeId);

/// An account as the trie holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leaf {
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
pub(super) struct Word(pub(super) U256);

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

    fn into_orphan(self) -> Option<NodeId> {
        self.contract.map(|contract| contract.storage).filter(|storage| !storage.is_empty())
    }
}

impl Leaf {
    pub(super) fn new(account: &Account, storage: NodeId) -> Self {
        let Account { nonce, balance, code_hash, storage_root } = *account;
        let contract =
            (!account.is_plain()).then(|| Box::new(Contract { code_hash, storage_root, storage }));
        Self { nonce, balance, contract }
    }

    pub(super) fn account(&self) -> Account {
        let mut account =
            Account { nonce: self.nonce, balance: self.balance, ..Account::default() };
        if let Some(contract) = &self.contract {
            account.code_hash = contract.code_hash;
            account.storage_root = contract.storage_root;
        }
        account
    }

    pub(super) fn storage(&self) -> NodeId {
        self.contract.as_ref().map_or(NodeId::EMPTY, |contract| contract.storage)
    }
}

impl StateTrie {
    /// No accounts yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The state without accounts.
    pub const fn empty() -> Root {
        Root(NodeId::EMPTY)
    }

    /// The version that changes make of another, which stays. Gives its root hash, and writes the
    /// storage roots that come out into the changes.
    pub fn grow(&mut self, from: &Root, changes: &mut Changes, fork: &impl Fork) -> (Root, Hash) {
        changes.close();
        let touched: BTreeSet<Address> = changes
            .accounts
            .keys()
            .chain(changes.storage.keys())
            .chain(&changes.wiped)
            .copied()
            .collect();
        let touched: Vec<Address> = touched.into_iter().collect();
        let keys = hash_keys(&touched, |address| &address.0, fork);
        let mut leaves = Vec::with_capacity(touched.len());
        for (address, key) in touched.into_iter().zip(keys) {
            if let Some(value) = self.leaf(from, &address, &key, changes, fork) {
                leaves.push(Change { key, value });
            }
        }
        self.accounts.retain(from.0);
        let root = self.accounts.update(from.0, leaves);
        self.forget();
        let hash = self.accounts.hash(root, fork);
        (Root(root), hash)
    }

    /// What an account's leaf becomes: `Some(None)` when it goes, `None` when there is nothing to say.
    #[expect(
        clippy::option_option,
        reason = "a change that is none, one that removes, one that sets"
    )]
    fn leaf(
        &mut self,
        from: &Root,
        address: &Address,
        key: &Key,
        changes: &mut Changes,
        fork: &impl Fork,
    ) -> Option<Option<Leaf>> {
        let old = self.accounts.get(from.0, key);
        let old_storage = old.map_or(NodeId::EMPTY, Leaf::storage);
        let mut account = match changes.account(address) {
            Some(None) => return Some(None),
            Some(Some(account)) => account,
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
        let mut storage = old_storage;
        self.slots.retain(storage);
        if changes.wiped.contains(address) {
            self.slots.release(storage);
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
            let words = words.collect();
            storage = self.slots.update(storage, words);
            account.storage_root = self.slots.hash(storage, fork);
        }
        changes.accounts.insert(*address, Some(account));
        Some(Some(Leaf::new(&account, storage)))
    }

    /// Gives a version up.
    pub fn release(&mut self, root: Root) {
        self.accounts.release(root.0);
        self.forget();
    }

    /// Releases the storage of accounts that are gone.
    pub(super) fn forget(&mut self) {
        for storage in self.accounts.take_orphans() {
            self.slots.release(storage);
        }
    }

    /// An account in a version.
    #[must_use]
    pub fn account(&self, root: &Root, address: &Address) -> Option<Account> {
        self.accounts.get(root.0, &keccak256(address.0).0).map(Leaf::account)
    }

    /// A word of an account's storage in a version; zero where none was written.
    #[must_use]
    pub fn storage(&self, root: &Root, address: &Address, slot: &Slot) -> U256 {
        let leaf = self.accounts.get(root.0, &keccak256(address.0).0);
        let storage = leaf.map_or(NodeId::EMPTY, Leaf::storage);
        self.slots.get(storage, &keccak256(slot.0).0).map_or(U256::ZERO, |word| word.0)
    }

    /// The nodes of all versions: of accounts, and of storage.
    #[must_use]
    pub fn counts(&self) -> (Counts, Counts) {
        (self.accounts.counts(), self.slots.counts())
    }
}

/// The hashed keys, in order.
pub(super) fn hash_keys<T: Sync>(
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
