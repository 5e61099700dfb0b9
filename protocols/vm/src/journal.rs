//! The state while transactions work on it: what was read, what became of it, and how to go back.

mod backend;
mod touched;
mod undo;

use crate::env::Env;
use alloy_primitives::{Log, U256};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
pub(crate) use touched::{Touch, Touched};
use troupe_chain::state::{Account, Changes, Code, EMPTY_CODE, ReadError, Slot, StateView};
use troupe_chain::trie::EMPTY_ROOT;
use troupe_types::{Address, Hash};
use undo::{Checkpoint, Undo};

/// The state of a block in the making.
pub(crate) struct Journal<V> {
    view: V,
    pub(crate) env: Env,
    /// Whoever may begin a call although it has code. The interpreter asks for the size of the caller's
    /// code before it begins, and refuses: right for transactions (EIP-3607), not for questions.
    pub(crate) excused: Option<Address>,
    /// What is known of the state; reading fills it.
    known: RefCell<Known>,
    /// Whether anything but fees depends on the coinbase's account.
    is_coinbase_seen: Cell<bool>,
    undo: Vec<Undo>,
    checkpoints: Vec<Checkpoint>,
    transaction: Transaction,
    /// The first thing that went wrong underneath. Nothing counts after it.
    failed: RefCell<Option<ReadError>>,
}

#[derive(Default)]
struct Known {
    accounts: BTreeMap<Address, Entry>,
    words: BTreeMap<(Address, Slot), Word>,
    codes: BTreeMap<Hash, Code>,
}

/// An account before the block and now; the empty account stands for none (EIP-161).
#[derive(Clone, Copy)]
struct Entry {
    before: Option<Account>,
    now: Account,
}

/// A word of storage.
#[derive(Clone, Copy)]
struct Word {
    before_block: U256,
    before_transaction: U256,
    now: U256,
}

/// What is forgotten at the end of a transaction.
#[derive(Default)]
struct Transaction {
    accessed: BTreeSet<(Address, Option<Slot>)>,
    transient: BTreeMap<(Address, Slot), U256>,
    created: BTreeSet<Address>,
    deleted: BTreeSet<Address>,
    logs: Vec<Log>,
    /// Words written, some of them twice.
    written: Vec<(Address, Slot)>,
}

impl<V: StateView> Journal<V> {
    pub(crate) fn new(view: V, env: Env) -> Self {
        Self {
            view,
            env,
            excused: None,
            known: RefCell::default(),
            is_coinbase_seen: Cell::new(false),
            undo: Vec::new(),
            checkpoints: Vec::new(),
            transaction: Transaction::default(),
            failed: RefCell::new(None),
        }
    }

    /// The state that the block began with.
    pub(crate) const fn view(&self) -> &V {
        &self.view
    }

    /// What an account is now.
    pub(crate) fn account(&self, address: &Address) -> Account {
        if *address == self.env.coinbase {
            self.is_coinbase_seen.set(true);
        }
        self.peek(address)
    }

    /// The same, for whoever tells nobody.
    fn peek(&self, address: &Address) -> Account {
        if let Some(entry) = self.known.borrow().accounts.get(address) {
            return entry.now;
        }
        let before = self.latch(self.view.account(address));
        let now = before.unwrap_or_default();
        self.known.borrow_mut().accounts.insert(*address, Entry { before, now });
        now
    }

    /// Changes an account; taken back when the frame that does it fails.
    fn change(&mut self, address: Address, change: impl FnOnce(&mut Account)) {
        let before = self.peek(&address);
        self.undo.push(Undo::Account(address, before));
        if let Some(entry) = self.known.get_mut().accounts.get_mut(&address) {
            change(&mut entry.now);
        }
    }

    /// Adds to a balance. What all have together is below 2^256, so it never saturates.
    pub(crate) fn add_balance(&mut self, address: Address, value: U256) {
        if !value.is_zero() {
            self.change(address, |account| account.balance = account.balance.saturating_add(value));
        }
    }

    fn word(&self, key: (Address, Slot)) -> Word {
        if let Some(word) = self.known.borrow().words.get(&key) {
            return *word;
        }
        let (address, slot) = &key;
        self.account(address);
        let entry = self.known.borrow().accounts.get(address).and_then(|entry| entry.before);
        let value = match entry {
            Some(account) if account.storage_root != EMPTY_ROOT => {
                self.latch(self.view.storage(address, slot))
            }
            _ => U256::ZERO,
        };
        let word = Word { before_block: value, before_transaction: value, now: value };
        self.known.borrow_mut().words.insert(key, word);
        word
    }

    fn set_word(&mut self, key: (Address, Slot), value: U256) {
        let before = self.word(key).now;
        self.undo.push(Undo::Word(key, before));
        self.transaction.written.push(key);
        if let Some(word) = self.known.get_mut().words.get_mut(&key) {
            word.now = value;
        }
    }

    /// Writes a word between transactions, on the chain's own behalf. Whoever has storage counts as a
    /// contract, or it would be taken for an account that does not exist.
    // EIP-161: a contract begins with nonce 1
    pub(crate) fn write(&mut self, address: Address, slot: Slot, value: U256) {
        if self.account(&address).nonce == 0 {
            self.change(address, |account| account.nonce = 1);
        }
        self.set_word((address, slot), value);
        self.end_transaction();
    }

    /// An account's code.
    pub(crate) fn code_of(&self, address: &Address) -> Code {
        let hash = self.account(address).code_hash;
        if hash == EMPTY_CODE {
            return Code::new();
        }
        if let Some(code) = self.known.borrow().codes.get(&hash) {
            return code.clone();
        }
        let code = self.latch(self.view.code(&hash));
        self.known.borrow_mut().codes.insert(hash, code.clone());
        code
    }

    /// The value, or its default and the error is kept.
    fn latch<T: Default>(&self, read: Result<T, ReadError>) -> T {
        match read {
            Ok(value) => value,
            Err(error) => {
                self.failed.borrow_mut().get_or_insert(error);
                T::default()
            }
        }
    }

    /// Whether everything that was read could be read.
    pub(crate) fn check(&self) -> Result<(), ReadError> {
        match &*self.failed.borrow() {
            Some(error) => Err(error.clone()),
            None => Ok(()),
        }
    }

    /// Ends a transaction; what it logged.
    pub(crate) fn end_transaction(&mut self) -> Vec<Log> {
        let done = std::mem::take(&mut self.transaction);
        self.undo.clear();
        self.checkpoints.clear();
        let known = self.known.get_mut();
        for address in done.deleted {
            // EIP-6780: it was made in this transaction, so all its storage is among the words.
            if let Some(entry) = known.accounts.get_mut(&address) {
                entry.now = Account::default();
            }
            let all = (address, Hash([0; 32]))..=(address, Hash([0xff; 32]));
            for (_, word) in known.words.range_mut(all) {
                word.now = U256::ZERO;
                word.before_transaction = U256::ZERO;
            }
        }
        for key in done.written {
            if let Some(word) = known.words.get_mut(&key) {
                word.before_transaction = word.now;
            }
        }
        done.logs
    }

    /// The difference that all transactions made.
    pub(crate) fn finish(self) -> Result<Changes, ReadError> {
        self.check()?;
        let Known { accounts, words, mut codes } = self.known.into_inner();
        let mut changes = Changes::default();
        for (address, Entry { before, now }) in accounts {
            if before.unwrap_or_default() == now {
                continue;
            }
            if before.is_none_or(|before| before.code_hash != now.code_hash)
                && let Some(code) = codes.remove(&now.code_hash)
            {
                changes.codes.insert(now.code_hash, code);
            }
            changes.accounts.insert(address, (!now.is_empty()).then_some(now));
        }
        for ((address, slot), word) in words {
            if word.now != word.before_block {
                changes.storage.entry(address).or_default().insert(slot, word.now);
            }
        }
        Ok(changes)
    }
}
