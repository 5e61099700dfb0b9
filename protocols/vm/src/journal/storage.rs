//! Words of storage.

use super::undo::Undo;
use super::{Journal, Transaction, Word};
use crate::observe::Observer;
use crate::price::Writing;
use alloy_primitives::U256;
use troupe_chain::state::{Slot, StateView};
use troupe_chain::trie::EMPTY_ROOT;
use troupe_types::Address;

impl<V: StateView, O: Observer> Journal<V, O> {
    pub(super) fn word(&self, key: (Address, Slot)) -> U256 {
        if let Some(word) = self.known.borrow().words.get(&key) {
            return word.now;
        }
        let (address, slot) = &key;
        self.account(address);
        let before = self.known.borrow().accounts.get(address).and_then(|entry| entry.before);
        let value = match before {
            Some(account) if account.storage_root != EMPTY_ROOT => {
                self.read(|view| view.storage(address, slot))
            }
            _ => U256::ZERO,
        };
        let word = Word { before: value, now: value, original: value, written: 0, touched: 0 };
        self.known.borrow_mut().words.insert(key, word);
        value
    }

    /// Touches a slot: its word, and whether it is the first time in this transaction.
    fn reach(&mut self, key: (Address, Slot)) -> (Word, bool) {
        let number = self.transaction.number;
        let now = self.word(key);
        let Some(word) = self.known.get_mut().words.get_mut(&key) else {
            let word = Word { before: now, now, original: now, written: 0, touched: number };
            return (word, false);
        };
        let is_cold = word.touched != number;
        word.touched = number;
        let word = *word;
        if is_cold {
            self.undo.push(Undo::TouchedWord(key));
            if O::EVENTS
                && let Some(observer) = &mut self.observer
            {
                observer.touch(key.0, Some(key.1));
            }
        }
        (word, is_cold)
    }

    /// Touches a slot; whether it is the first time in this transaction.
    pub(crate) fn touch_slot(&mut self, address: Address, slot: Slot) -> bool {
        self.reach((address, slot)).1
    }

    /// Reads a word; the flag says whether the slot was cold.
    pub(crate) fn load(&mut self, address: Address, slot: Slot) -> (U256, bool) {
        let (word, is_cold) = self.reach((address, slot));
        (word.now, is_cold)
    }

    /// Looks at a word that is about to be written.
    pub(crate) fn about_to_store(&mut self, address: Address, slot: Slot) -> Writing {
        let number = self.transaction.number;
        let (word, is_cold) = self.reach((address, slot));
        let original = if word.written == number { word.original } else { word.now };
        Writing { original, now: word.now, is_cold }
    }

    /// The word of an account that comes after a slot, or the first one. Only of accounts whose words are all
    /// written by [`Journal::put`].
    pub(crate) fn next_word(
        &mut self,
        address: Address,
        after: Option<Slot>,
    ) -> Option<(Slot, U256)> {
        self.is_ordered_seen.set(true);
        let (mut after, mut lower) = (after, self.next_below(address, after));
        loop {
            let first = (address, after.unwrap_or_default());
            let mut upper = self.ordered.range(first..).map(|(of, slot)| (*of, *slot));
            let upper = upper.find(|(_, slot)| after.is_none_or(|after| *slot > after));
            let upper = upper.filter(|(of, _)| *of == address).map(|(_, slot)| slot);
            let slot = upper.into_iter().chain(lower).min()?;
            let word = self.word((address, slot));
            if !word.is_zero() {
                return Some((slot, word));
            }
            if lower == Some(slot) {
                lower = self.next_below(address, lower);
            }
            after = Some(slot);
        }
    }

    /// The slot after one, or the first one, of those that an account had before the block.
    pub(super) fn next_below(&self, address: Address, after: Option<Slot>) -> Option<Slot> {
        self.account(&address);
        let before = self.known.borrow().accounts.get(&address).and_then(|entry| entry.before);
        if before.is_none_or(|before| before.storage_root == EMPTY_ROOT) {
            return None;
        }
        self.read(|view| view.next_word(&address, after.as_ref())).map(|(slot, _)| slot)
    }

    /// Writes a word of a contract of the node. Whoever has storage counts as a contract, or it would be taken
    /// for an account that does not exist.
    // EIP-161: a contract begins with nonce 1
    pub(crate) fn put(&mut self, address: Address, slot: Slot, value: U256) {
        if self.account(&address).nonce == 0 {
            self.change(address, |account| account.nonce = 1);
        }
        self.ordered.insert((address, slot));
        self.store(address, slot, value);
    }

    /// Writes a word.
    pub(crate) fn store(&mut self, address: Address, slot: Slot, value: U256) {
        let key = (address, slot);
        let number = self.transaction.number;
        let before = self.word(key);
        if before == value {
            return;
        }
        if O::EVENTS
            && let Some(observer) = &mut self.observer
        {
            observer.store(address, slot, before, value);
        }
        let Transaction { created, retired, .. } = &self.transaction;
        if created.contains(&address) || retired.contains(&address) {
            self.transaction.written.push(key);
        }
        self.undo.push(Undo::Word(key, before));
        if let Some(word) = self.known.get_mut().words.get_mut(&key) {
            if word.written != number {
                word.original = word.now;
                word.written = number;
            }
            word.now = value;
        }
    }

    pub(crate) fn load_transient(&self, address: Address, slot: Slot) -> U256 {
        self.transaction.transient.get(&(address, slot)).copied().unwrap_or_default()
    }

    pub(crate) fn store_transient(&mut self, address: Address, slot: Slot, value: U256) {
        let key = (address, slot);
        let before = self.transaction.transient.insert(key, value).unwrap_or_default();
        self.undo.push(Undo::Transient(key, before));
    }

    /// Writes a word between transactions, on the chain's own behalf.
    pub(crate) fn write(&mut self, address: Address, slot: Slot, value: U256) {
        self.put(address, slot, value);
        self.end_transaction();
    }
}
