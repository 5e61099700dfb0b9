//! The state while transactions work on it: what was read, what became of it, and how to go back.

mod backend;
mod contracts;
mod storage;
mod succession;
mod touched;
mod undo;

use crate::env::Env;
use crate::error::Error;
use crate::observe::Observer;
use crate::program::Program;
use crate::table::Table;
use alloy_primitives::{Log, U256};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
pub(crate) use touched::{Touch, Touched};
use troupe_chain::state::{Account, Changes, ReadError, Slot, StateView};
use troupe_types::{Address, Hash};
use undo::{Checkpoint, Undo};

/// The state of a block in the making. It owns all that it needs, so that it can move into a contract's
/// machine and out of it again.
pub(crate) struct Journal<V, O> {
    /// `None` only while the journal is somewhere else.
    view: Option<V>,
    observer: Option<O>,
    pub(crate) env: Env,
    /// What is known of the state; reading fills it.
    known: RefCell<Known>,
    /// Whether anything but fees depends on the coinbase's account.
    is_coinbase_seen: Cell<bool>,
    /// Slots that contracts of the node wrote in this block, whatever stands there now: what is gone through
    /// in order.
    ordered: BTreeSet<(Address, Slot)>,
    /// Whether slots were gone through in order.
    is_ordered_seen: Cell<bool>,
    undo: Vec<Undo>,
    checkpoints: Vec<Checkpoint>,
    pub(crate) transaction: Transaction,
    /// The first thing that went wrong underneath. Nothing counts after it.
    failed: RefCell<Option<Error>>,
}

#[derive(Default)]
struct Known {
    accounts: Table<Address, Entry>,
    words: Table<(Address, Slot), Word>,
    programs: Table<Hash, Arc<Program>>,
}

/// An account before the block and now; the empty account stands for none (EIP-161).
#[derive(Clone, Copy)]
struct Entry {
    before: Option<Account>,
    now: Account,
    /// The last transaction that touched it.
    touched: u64,
}

/// A word of storage.
#[derive(Clone, Copy)]
struct Word {
    before: U256,
    now: U256,
    /// Before the transaction that wrote it last.
    original: U256,
    written: u64,
    /// The last transaction that touched it.
    touched: u64,
}

/// What is forgotten at the end of a transaction.
#[derive(Default)]
pub(crate) struct Transaction {
    /// 1 for the first of a block.
    number: u64,
    /// Its hash; nothing of what is none.
    pub(crate) hash: Hash,
    pub(crate) origin: Address,
    pub(crate) gas_price: U256,
    /// What is given back for cleared words.
    pub(crate) refund: i64,
    transient: BTreeMap<(Address, Slot), U256>,
    created: BTreeSet<Address>,
    /// Modules that were loaded, whatever became of the call.
    pub(crate) modules: BTreeSet<Hash>,
    deleted: BTreeSet<Address>,
    /// Contracts that another one has succeeded.
    retired: BTreeSet<Address>,
    logs: Vec<Log>,
    /// Words written of accounts created and of contracts succeeded.
    written: Vec<(Address, Slot)>,
}

impl<V, O> Journal<V, O> {
    fn over(view: Option<V>, observer: Option<O>, env: Env) -> Self {
        let (seed, known) = (env.seed, Known::default());
        let tables = Known {
            accounts: Table::new(seed),
            words: Table::new(seed),
            programs: Table::new(seed),
        };
        Self {
            known: RefCell::new(if view.is_some() { tables } else { known }),
            view,
            observer,
            env,
            is_coinbase_seen: Cell::new(false),
            ordered: BTreeSet::new(),
            is_ordered_seen: Cell::new(false),
            undo: Vec::new(),
            checkpoints: Vec::new(),
            transaction: Transaction { number: 1, ..Transaction::default() },
            failed: RefCell::new(None),
        }
    }

    /// All of it, to be moved elsewhere. What stays behind knows nothing.
    pub(crate) fn take(&mut self) -> Self {
        let env = self.env.clone();
        std::mem::replace(self, Self::over(None, None, env))
    }

    /// The first thing that went wrong underneath is kept.
    pub(crate) fn fail(&self, error: impl Into<Error>) {
        self.failed.borrow_mut().get_or_insert(error.into());
    }

    /// Whether everything that was read could be read.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match &*self.failed.borrow() {
            Some(error) => Err(error.clone()),
            None => Ok(()),
        }
    }

    /// The value, or its default and the error is kept.
    fn latch<T: Default>(&self, read: Result<T, ReadError>) -> T {
        read.unwrap_or_else(|error| {
            self.fail(error);
            T::default()
        })
    }

    pub(crate) const fn observer(&mut self) -> Option<&mut O> {
        self.observer.as_mut()
    }
}

impl<V: StateView, O: Observer> Journal<V, O> {
    pub(crate) fn new(view: V, observer: O, env: Env) -> Self {
        Self::over(Some(view), Some(observer), env)
    }

    /// Whether whoever looks on wants no more; then nothing counts.
    pub(crate) fn is_over(&mut self) -> bool {
        let is_over = self.observer.as_mut().is_some_and(Observer::is_over);
        if is_over {
            self.fail(Error::Stopped);
        }
        is_over
    }

    fn read<T: Default>(&self, read: impl FnOnce(&V) -> Result<T, ReadError>) -> T {
        match &self.view {
            Some(view) => self.latch(read(view)),
            None => {
                self.fail(Error::Interpreter { reason: "the journal is elsewhere".to_owned() });
                T::default()
            }
        }
    }

    /// The state that the block began with.
    pub(crate) const fn view(&self) -> Option<&V> {
        self.view.as_ref()
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
        let before = self.read(|view| view.account(address));
        let now = before.unwrap_or_default();
        self.known.borrow_mut().accounts.insert(*address, Entry { before, now, touched: 0 });
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

    /// Takes from a balance, which was checked to suffice.
    pub(crate) fn take_balance(&mut self, address: Address, value: U256) {
        if !value.is_zero() {
            self.change(address, |account| account.balance = account.balance.saturating_sub(value));
        }
    }

    /// Moves value. Whoever gives it was checked to have it.
    pub(crate) fn pay(&mut self, from: Address, to: Address, value: U256) {
        self.take_balance(from, value);
        self.add_balance(to, value);
    }

    /// Counts a transaction or a creation. `false` where there is no next number (EIP-2681).
    pub(crate) fn count(&mut self, address: Address) -> bool {
        let Some(next) = self.account(&address).nonce.checked_add(1) else { return false };
        self.change(address, |account| account.nonce = next);
        true
    }

    /// Touches an account; whether it is the first time in this transaction. The coinbase (EIP-3651) and the
    /// precompiled contracts are never cold.
    pub(crate) fn touch(&mut self, address: Address) -> bool {
        self.account(&address);
        let number = self.transaction.number;
        let Some(entry) = self.known.get_mut().accounts.get_mut(&address) else { return false };
        if entry.touched == number {
            return false;
        }
        entry.touched = number;
        self.undo.push(Undo::Touched(address));
        if O::EVENTS
            && let Some(observer) = &mut self.observer
        {
            observer.touch(address, None);
        }
        address != self.env.coinbase && !self.env.precompiles().contains(&address)
    }

    pub(crate) fn log(&mut self, log: Log) {
        if O::EVENTS
            && let Some(observer) = &mut self.observer
        {
            observer.log(&log);
        }
        self.transaction.logs.push(log);
    }

    /// Ends a transaction; what it logged.
    pub(crate) fn end_transaction(&mut self) -> Vec<Log> {
        let number = self.transaction.number.saturating_add(1);
        let next = Transaction { number, ..Transaction::default() };
        let done = std::mem::replace(&mut self.transaction, next);
        self.undo.clear();
        self.checkpoints.clear();
        let known = self.known.get_mut();
        for address in &done.deleted {
            if let Some(entry) = known.accounts.get_mut(address) {
                entry.now = Account::default();
            }
        }
        // What was deleted was created in this transaction, so all its storage was written in it. A contract
        // that was succeeded had none left, and what it wrote after that goes with it.
        for key in done.written {
            if (done.deleted.contains(&key.0) || done.retired.contains(&key.0))
                && let Some(word) = known.words.get_mut(&key)
            {
                word.now = U256::ZERO;
            }
        }
        done.logs
    }

    /// The difference that all transactions made, and who looked.
    pub(crate) fn finish(self) -> Result<(Changes, Option<O>), Error> {
        self.check()?;
        let Known { accounts, words, mut programs } = self.known.into_inner();
        let mut changes = Changes::default();
        for (address, Entry { before, now, .. }) in accounts.into_sorted() {
            if before.unwrap_or_default() == now {
                continue;
            }
            if before.is_none_or(|before| before.code_hash != now.code_hash)
                && let Some(program) = programs.remove(&now.code_hash)
            {
                changes.codes.insert(now.code_hash, program.code().clone());
            }
            changes.accounts.insert(address, (!now.is_empty()).then_some(now));
        }
        for ((address, slot), word) in words.into_sorted() {
            if word.now != word.before {
                changes.storage.entry(address).or_default().insert(slot, word.now);
            }
        }
        Ok((changes, self.observer))
    }
}
