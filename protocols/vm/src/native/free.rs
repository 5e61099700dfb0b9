//! Work on the state that has no price: of contracts that charge for all of it at once, and of the chain itself.

use super::{NativeHost, RecordKey, Refusal};
use crate::error::Error;
use crate::executor::Executor;
use crate::observe::Observer;
use alloy_primitives::{B256, Bytes, U256};
use troupe_chain::state::{Slot, StateView};
use troupe_types::Address;

/// The records of one account, and the balances of all. Nothing has a price or gives gas back, so it is for code whose work is
/// bounded, and was paid for or is the chain's own.
///
/// What cannot be read gives nothing, and the block that it happens in does not count. In a call that may change nothing
/// whatever would have changed something stays as it is: the contract has to refuse before.
#[derive(Debug)]
pub struct Free<'a> {
    host: NativeHost<'a>,
}

impl NativeHost<'_> {
    /// Work on the records of an account without a price.
    pub fn free(&mut self, address: Address) -> Free<'_> {
        let Self { state, is_static, .. } = self;
        let (gas, is_static, is_free, follow) = (u64::MAX, *is_static, true, None);
        Free { host: NativeHost { state: &mut **state, address, gas, is_static, is_free, follow } }
    }
}

impl<V: StateView + Send + 'static, O: Observer> Executor<V, O> {
    /// Work on the records of an account on the chain's own behalf, between transactions: no gas, no receipt.
    pub fn work<T>(&mut self, address: Address, work: impl FnOnce(&mut Free<'_>) -> T) -> T {
        let (gas, is_static, is_free, follow) = (u64::MAX, false, true, None);
        let state = &mut self.journal;
        let mut free =
            Free { host: NativeHost { state, address, gas, is_static, is_free, follow } };
        let result = work(&mut free);
        // It was no transaction, and nobody is told of it.
        let _ = self.journal.end_transaction();
        result
    }
}

impl Free<'_> {
    /// The block around it.
    #[must_use]
    pub fn env(&self) -> &crate::env::Env {
        self.host.env()
    }

    fn done<T>(&mut self, done: Result<T, Refusal>) -> Option<T> {
        match done {
            Ok(value) => Some(value),
            Err(Refusal::WriteProtection) => None,
            Err(Refusal::TooLong { .. }) => self.broken("a record that is too long"),
            Err(Refusal::OutOfGas | Refusal::Reverted(_)) => self.broken("work that has a price"),
        }
    }

    fn broken<T>(&mut self, what: &'static str) -> Option<T> {
        self.fail(what);
        None
    }

    /// Says that the records contradict each other: the block does not count.
    pub fn fail(&mut self, what: &'static str) {
        self.host.state.fail(Error::Records { what });
    }

    /// A record.
    pub fn record(&mut self, key: &RecordKey) -> Option<Vec<u8>> {
        let read = self.host.record(key);
        self.done(read).flatten()
    }

    /// Puts a record in the place of the one before, if there was one.
    pub fn put_record(&mut self, key: &RecordKey, value: &[u8]) {
        let put = self.host.put_record(key, value);
        let _ = self.done(put);
    }

    /// Removes a record.
    pub fn remove_record(&mut self, key: &RecordKey) {
        let removed = self.host.remove_record(key);
        let _ = self.done(removed);
    }

    /// The record of a table that comes after a key, or the first one.
    pub fn next_record(
        &mut self,
        table: u8,
        after: Option<&RecordKey>,
    ) -> Option<(RecordKey, Vec<u8>)> {
        let next = self.host.next_record(table, after);
        self.done(next).flatten()
    }

    /// A word of the account's storage, for accounts that have no records.
    pub fn word(&mut self, slot: Slot) -> U256 {
        let read = self.host.load(slot);
        self.done(read).unwrap_or_default()
    }

    /// Writes a word of the account's storage.
    pub fn put_word(&mut self, slot: Slot, value: U256) {
        let put = self.host.store(slot, value);
        let _ = self.done(put);
    }

    /// What an account has, in von.
    pub fn balance(&mut self, of: Address) -> U256 {
        self.host.state.balance(of).0
    }

    /// Moves an amount between accounts; runs no code.
    pub fn pay(&mut self, from: Address, to: Address, value: U256) {
        if value.is_zero() || self.host.is_static {
            return;
        }
        match self.balance(from) < value {
            true => self.fail("an account pays what it has not"),
            false => self.host.state.pay(from, to, value),
        }
    }

    /// Makes an amount out of nothing.
    pub fn mint(&mut self, to: Address, value: U256) {
        if !value.is_zero() && !self.host.is_static {
            self.host.state.mint(to, value);
        }
    }

    /// Logs as a contract, under at most four topics.
    pub fn log(&mut self, contract: Address, topics: &[B256], data: Bytes) {
        let before = std::mem::replace(&mut self.host.address, contract);
        let logged = self.host.log(topics, data);
        self.host.address = before;
        let _ = self.done(logged);
    }
}
