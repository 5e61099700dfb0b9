//! A contract takes the place of another: all its words go over, and its code goes.

use super::undo::Undo;
use super::{Journal, Word};
use crate::observe::Observer;
use crate::price::WARM;
use alloy_primitives::U256;
use troupe_chain::state::{EMPTY_CODE, Slot, StateView};
use troupe_types::Address;

impl<V: StateView, O: Observer> Journal<V, O> {
    /// Moves all words of an account to one that has none, in the order of their slots, each for what it costs
    /// to clear it here and to set it there. What is left of the gas; `None` if it did not suffice, and then
    /// the frame that asked has to be taken back.
    ///
    /// A word that an earlier transaction of the block has cleared is looked at, and costs that.
    pub(crate) fn move_words(&mut self, from: Address, to: Address, mut gas: u64) -> Option<u64> {
        // Nobody who was tried beside others knows which words there are.
        self.is_ordered_seen.set(true);
        // What is known of a word that never was anything depends on who has looked, and must not count.
        let is_word = |word: &Word| !word.now.is_zero() || !word.before.is_zero();
        let words = &self.known.get_mut().words;
        let mut upper = words.keys_where(|(of, _), word| *of == from && is_word(word));
        let mut lower = self.next_below(from, None);
        while let Some(slot) = upper.first().map(|(_, slot)| *slot).into_iter().chain(lower).min() {
            upper.remove(&(from, slot));
            gas = gas.checked_sub(self.move_word(from, to, slot, gas)?)?;
            if lower == Some(slot) {
                lower = self.next_below(from, lower);
            }
        }
        Some(gas)
    }

    /// Moves one word; what that costs, or `None` if it is more than there is.
    fn move_word(&mut self, from: Address, to: Address, slot: Slot, gas: u64) -> Option<u64> {
        let value = self.word((from, slot));
        if value.is_zero() {
            return Some(WARM);
        }
        let clearing = self.about_to_store(from, slot);
        let setting = self.about_to_store(to, slot);
        let price = clearing.price(U256::ZERO).checked_add(setting.price(value))?;
        if price > gas {
            return None;
        }
        self.transaction.refund += clearing.refund(U256::ZERO) + setting.refund(value);
        self.store(from, slot, U256::ZERO);
        self.store(to, slot, value);
        Some(price)
    }

    /// Takes the code off a contract that another one has succeeded, and whatever it still writes in this
    /// transaction. Its number stays, so that nothing is ever created there again.
    pub(crate) fn retire(&mut self, address: Address) {
        self.change(address, |account| account.code_hash = EMPTY_CODE);
        if self.transaction.retired.insert(address) {
            self.undo.push(Undo::Retired(address));
        }
    }
}
