//! What one transaction read and left behind, to be used again where the same was there to read.

use super::{Entry, Journal, Known, Word};
use crate::error::Error;
use crate::observe::Observer;
use crate::program::Program;
use alloy_primitives::U256;
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_chain::state::{Account, Slot, StateView};
use troupe_types::{Address, Hash};

/// A value as it was seen and as it was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Touch<T> {
    pub(crate) seen: T,
    pub(crate) left: T,
}

/// All that a transaction saw of a state, and all that it left there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Touched {
    pub(crate) accounts: BTreeMap<Address, Touch<Account>>,
    pub(crate) words: BTreeMap<(Address, Slot), Touch<U256>>,
    /// Code that it made.
    pub(crate) programs: BTreeMap<Hash, Arc<Program>>,
    /// What the coinbase got. Its account is in none of the lists.
    earned: U256,
}

impl<V: StateView, O: Observer> Journal<V, O> {
    /// What the only transaction of this journal touched, after its end; `None` where it looked at the
    /// coinbase's account, which every transaction before it changes, or for the next of some words, of which
    /// another may come in between.
    pub(crate) fn touched(self) -> Result<Option<Touched>, Error> {
        self.check()?;
        if self.is_coinbase_seen.get() || self.is_ordered_seen.get() || !self.ordered.is_empty() {
            return Ok(None);
        }
        let coinbase = self.env.coinbase;
        let Known { accounts, words, mut programs } = self.known.into_inner();
        let mut touched = Touched::default();
        for (address, Entry { before, now, .. }) in accounts.into_sorted() {
            let seen = before.unwrap_or_default();
            if address == coinbase {
                touched.earned = now.balance.saturating_sub(seen.balance);
                continue;
            }
            if seen.code_hash != now.code_hash
                && let Some(program) = programs.remove(&now.code_hash)
            {
                touched.programs.insert(now.code_hash, program);
            }
            touched.accounts.insert(address, Touch { seen, left: now });
        }
        for (key, Word { before, now, .. }) in words.into_sorted() {
            touched.words.insert(key, Touch { seen: before, left: now });
        }
        Ok(Some(touched))
    }

    /// Whether everything is here as it was there: then the same transaction does the same here.
    pub(crate) fn is_as_seen(&self, touched: &Touched) -> bool {
        let mut accounts = touched.accounts.iter();
        let mut words = touched.words.iter();
        accounts.all(|(address, touch)| self.peek(address) == touch.seen)
            && words.all(|(key, touch)| self.word(*key) == touch.seen)
    }

    /// Does between transactions what one did that saw the same as is here.
    pub(crate) fn adopt(&mut self, touched: Touched) {
        let Touched { accounts, words, programs, earned } = touched;
        for (address, Touch { seen, left }) in accounts {
            if seen != left {
                self.change(address, |account| *account = left);
            }
        }
        for ((address, slot), Touch { seen, left }) in words {
            if seen != left {
                self.store(address, slot, left);
            }
        }
        for (hash, program) in programs {
            self.known.get_mut().programs.insert(hash, program);
        }
        self.add_balance(self.env.coinbase, earned);
        self.end_transaction();
    }
}
