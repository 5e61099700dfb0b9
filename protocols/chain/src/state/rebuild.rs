//! The tries from a flat state.

use super::tree::{Leaf, Word, hash_keys};
use super::{Account, Chunk, EMPTY_CODE, FlatKey, Root, Slot, StateTrie};
use crate::Error;
use crate::trie::{Change, Edit, Forest, NodeId, Value};
use alloy_primitives::U256;
use std::collections::BTreeSet;
use troupe_crypto::hash::keccak256;
use troupe_types::{Address, Bytes, Hash};
use troupe_wire::Fork;

/// Items that are put into a trie together.
const BATCH: usize = 1 << 14;

/// Builds the tries of a flat state that comes in chunks, in key order.
///
/// Every code and every storage is compared with what the account says of it; the root that comes
/// out is for the caller to compare.
#[derive(Debug)]
pub struct Rebuild {
    accounts: Planted<Leaf>,
    slots: Planted<Word>,
    root: NodeId,
    /// Accounts whose storage is complete, not yet in the trie.
    ready: Vec<(Address, Leaf)>,
    open: Option<Open>,
    codes: BTreeSet<Hash>,
    last: Option<FlatKey>,
    progress: Progress,
}

/// Nodes that are all made by one edit.
#[derive(Debug)]
struct Planted<V> {
    forest: Forest<V>,
    edit: Edit,
}

/// The account whose storage comes in.
#[derive(Debug)]
struct Open {
    address: Address,
    account: Account,
    storage: NodeId,
    words: Vec<(Slot, Word)>,
}

/// How far a rebuild has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Accounts taken.
    pub accounts: u64,
    /// Words of storage taken.
    pub slots: u64,
    /// Codes taken.
    pub codes: u64,
    /// Bytes of keys and values taken.
    pub bytes: Bytes,
}

impl Default for Rebuild {
    fn default() -> Self {
        Self::new()
    }
}

impl Rebuild {
    /// Nothing taken yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            accounts: Planted::new(),
            slots: Planted::new(),
            root: NodeId::EMPTY,
            ready: Vec::new(),
            open: None,
            codes: BTreeSet::new(),
            last: None,
            progress: Progress::default(),
        }
    }

    /// How far it has come.
    #[must_use]
    pub const fn progress(&self) -> Progress {
        self.progress
    }

    /// Takes the next chunk.
    pub fn feed(&mut self, chunk: &Chunk, fork: &impl Fork) -> Result<(), Error> {
        for (key, value) in &chunk.items {
            if self.last.is_some_and(|last| last >= *key) {
                return Err(refuse("out of order"));
            }
            self.last = Some(*key);
            self.progress.bytes.0 += (FlatKey::MAX + value.len()) as u64;
            match key {
                FlatKey::Code(hash) => self.take_code(*hash, value)?,
                FlatKey::Account(address) => self.take_account(*address, value, fork)?,
                FlatKey::Slot(address, slot) => self.take_slot(*address, *slot, value, fork)?,
            }
        }
        Ok(())
    }

    fn take_code(&mut self, got: Hash, code: &[u8]) -> Result<(), Error> {
        let want = keccak256(code);
        if got != want {
            return Err(Error::Mismatch { what: "code", got, want });
        }
        self.progress.codes += 1;
        self.codes.insert(got);
        Ok(())
    }

    fn take_account(
        &mut self,
        address: Address,
        value: &[u8],
        fork: &impl Fork,
    ) -> Result<(), Error> {
        self.close(fork)?;
        let account = Account::decode(value)?;
        if account.code_hash != EMPTY_CODE && !self.codes.contains(&account.code_hash) {
            return Err(refuse("an account without its code"));
        }
        self.progress.accounts += 1;
        self.open = Some(Open { address, account, storage: NodeId::EMPTY, words: Vec::new() });
        Ok(())
    }

    fn take_slot(
        &mut self,
        address: Address,
        slot: Slot,
        value: &[u8],
        fork: &impl Fork,
    ) -> Result<(), Error> {
        let owner = self.open.as_mut().filter(|open| open.address == address);
        let owner = owner.ok_or(refuse("storage without its account"))?;
        if value.is_empty() || value.len() > 32 || value[0] == 0 {
            return Err(refuse("a word of another form"));
        }
        owner.words.push((slot, Word(U256::from_be_slice(value))));
        self.progress.slots += 1;
        if owner.words.len() >= BATCH {
            owner.plant(&mut self.slots, fork);
        }
        Ok(())
    }

    /// The storage of the open account is complete.
    fn close(&mut self, fork: &impl Fork) -> Result<(), Error> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        open.plant(&mut self.slots, fork);
        let want = self.slots.forest.hash(open.storage, fork);
        let got = open.account.storage_root;
        if got != want {
            return Err(Error::Mismatch { what: "storage root", got, want });
        }
        let leaf = Leaf::of(&open.account, open.storage);
        self.ready.push((open.address, leaf));
        if self.ready.len() >= BATCH {
            self.plant(fork);
        }
        Ok(())
    }

    fn plant(&mut self, fork: &impl Fork) {
        let ready = core::mem::take(&mut self.ready);
        let keys = hash_keys(&ready, |(address, _)| &address.0, fork);
        let leaves = keys.into_iter().zip(ready);
        let leaves = leaves.map(|(key, (_, leaf))| Change { key, value: Some(leaf) }).collect();
        self.root = self.accounts.update(self.root, leaves);
    }

    /// The tries, the root and its hash, after the last chunk.
    pub fn finish(mut self, fork: &impl Fork) -> Result<(StateTrie, Root, Hash), Error> {
        self.close(fork)?;
        self.plant(fork);
        let hash = self.accounts.forest.hash(self.root, fork);
        let (trie, root) = StateTrie::of(self.accounts.finish(), self.slots.finish(), self.root);
        Ok((trie, root, hash))
    }
}

impl Open {
    fn plant(&mut self, slots: &mut Planted<Word>, fork: &impl Fork) {
        let words = core::mem::take(&mut self.words);
        let keys = hash_keys(&words, |(slot, _)| &slot.0, fork);
        let words = keys.into_iter().zip(words);
        let words = words.map(|(key, (_, word))| Change { key, value: Some(word) }).collect();
        self.storage = slots.update(self.storage, words);
    }
}

impl<V: Value> Planted<V> {
    fn new() -> Self {
        let mut forest = Forest::new();
        let edit = forest.edit();
        Self { forest, edit }
    }

    fn update(&mut self, root: NodeId, changes: Vec<Change<V>>) -> NodeId {
        self.forest.update(&mut self.edit, root, changes)
    }

    fn finish(self) -> Forest<V> {
        let Self { mut forest, edit } = self;
        forest.settle(edit);
        forest
    }
}

fn refuse(reason: &'static str) -> Error {
    Error::Malformed { what: "flat state", reason }
}
