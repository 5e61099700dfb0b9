//! What a block changed.

use super::{Account, Code, FlatKey, Slot, above};
use alloy_primitives::U256;
use std::collections::{BTreeMap, BTreeSet};
use troupe_types::{Address, Hash};

/// The difference between two states, by last values only.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// Accounts with what they became; `None` for those that are gone.
    pub accounts: BTreeMap<Address, Option<Account>>,
    /// Accounts whose storage was emptied before what `storage` has was written.
    pub wiped: BTreeSet<Address>,
    /// Words of storage with what they became; zero for those that are gone.
    pub storage: BTreeMap<Address, BTreeMap<Slot, U256>>,
    /// New code by its hash. Code is never removed: others may have the same.
    pub codes: BTreeMap<Hash, Code>,
}

/// One step of writing changes into a flat store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Everything in an account's storage goes: all keys that begin so.
    Wipe(Address),
    /// A key gets a value.
    Put(FlatKey, Vec<u8>),
    /// A key goes.
    Remove(FlatKey),
}

impl Changes {
    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
            && self.wiped.is_empty()
            && self.storage.is_empty()
            && self.codes.is_empty()
    }

    /// How many values it has.
    #[must_use]
    pub fn count(&self) -> usize {
        let words: usize = self.storage.values().map(BTreeMap::len).sum();
        self.accounts.len() + self.wiped.len() + words + self.codes.len()
    }

    /// What became of an account, if anything did.
    #[must_use]
    pub fn account(&self, address: &Address) -> Option<Option<Account>> {
        self.accounts.get(address).copied()
    }

    /// What became of a word of storage, if anything did.
    #[must_use]
    pub fn slot(&self, address: &Address, slot: &Slot) -> Option<U256> {
        let written = self.storage.get(address).and_then(|slots| slots.get(slot)).copied();
        written.or_else(|| self.wiped.contains(address).then_some(U256::ZERO))
    }

    /// The first slot above one that something was written under.
    #[must_use]
    pub fn next_slot(&self, address: &Address, after: Option<&Slot>) -> Option<Slot> {
        self.storage.get(address)?.range(above(after)).next().map(|(slot, _)| *slot)
    }

    /// What became of an account, if it is said to be plain and nothing is said of its storage.
    pub(super) fn plain(&self, address: &Address) -> Option<Account> {
        let account = self.account(address)??;
        let is_plain = account.is_plain()
            && !self.wiped.contains(address)
            && !self.storage.contains_key(address);
        is_plain.then_some(account)
    }

    /// An account that is gone leaves no storage behind.
    pub(super) fn close(&mut self) {
        for (address, account) in &self.accounts {
            if account.is_none() {
                self.storage.remove(address);
                self.wiped.insert(*address);
            }
        }
        self.storage.retain(|_, slots| !slots.is_empty());
    }

    /// Becomes the difference that `self` and then `newer` make.
    pub fn absorb(&mut self, newer: &Self) {
        for address in &newer.wiped {
            self.storage.remove(address);
            self.wiped.insert(*address);
        }
        self.accounts.extend(&newer.accounts);
        for (address, slots) in &newer.storage {
            self.storage.entry(*address).or_default().extend(slots);
        }
        let codes = newer.codes.iter().map(|(hash, code)| (*hash, code.clone()));
        self.codes.extend(codes);
    }

    /// The steps that write it into a flat store, in the store's key order but for what is wiped,
    /// which comes first.
    pub fn edits(&self) -> impl Iterator<Item = Edit> {
        let wipes = self.wiped.iter().map(|address| Edit::Wipe(*address));
        let codes =
            self.codes.iter().map(|(hash, code)| Edit::Put(FlatKey::Code(*hash), code.to_vec()));
        let mut places: BTreeSet<Address> = self.accounts.keys().copied().collect();
        places.extend(self.storage.keys());
        let accounts = places.into_iter().flat_map(|address| {
            let account = self.account(&address).map(|account| {
                let key = FlatKey::Account(address);
                account.map_or(Edit::Remove(key), |account| {
                    let mut bytes = Vec::new();
                    account.encode(&mut bytes);
                    Edit::Put(key, bytes)
                })
            });
            let slots = self.storage.get(&address).into_iter().flatten();
            let slots = slots.map(move |(slot, value)| {
                let key = FlatKey::Slot(address, *slot);
                if value.is_zero() {
                    return Edit::Remove(key);
                }
                Edit::Put(key, value.to_be_bytes_trimmed_vec())
            });
            account.into_iter().chain(slots)
        });
        wipes.chain(codes).chain(accounts)
    }
}
