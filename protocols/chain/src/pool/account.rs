//! One sender's transactions.

use super::fees::Fees;
use crate::Recovered;
use alloy_primitives::U256;
use core::cmp::Reverse;
use std::collections::VecDeque;
use troupe_types::{Address, Millis};

/// What the state says of a sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sender {
    /// The nonce of its next transaction.
    pub nonce: u64,
    /// What it has, in von.
    pub balance: U256,
}

/// A transaction in the pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) transaction: Recovered,
    pub(super) nonce: u64,
    pub(super) cost: U256,
    pub(super) fees: Fees,
    /// Which one it was to come.
    pub(super) arrival: u64,
    /// The worst fees from the sender's first transaction up to this one.
    pub(super) least: Fees,
}

/// A sender with at least one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) address: Address,
    pub(super) state: Sender,
    /// By nonce; none below the state's.
    pub(super) entries: VecDeque<Entry>,
    /// How many of them are executable: the first ones.
    pub(super) executable: usize,
    /// What those cost together.
    spent: U256,
    /// When its last transaction came.
    pub(super) touched: Millis,
}

/// A sender, by its place in the pool: a key of few bytes.
pub(super) type Seat = u32;
/// Where a sender's first transaction stands among all: of equal ones the earliest comes first.
pub(super) type HeadKey = (Reverse<u64>, Seat);
/// Where a sender's last transaction stands: of equal ones that goes first whose sender has most,
/// then the latest.
pub(super) type TailKey = (Reverse<u32>, Reverse<u64>, Seat);

/// What a sender's last transaction is, in the order in which they give way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// It waits for another, or for money.
    Queued,
    /// It is executable, and beyond what its sender is promised.
    Surplus,
    /// It is executable, and within that.
    Promised,
}

impl Account {
    pub(super) const fn new(address: Address, state: Sender, touched: Millis) -> Self {
        Self { address, state, entries: VecDeque::new(), executable: 0, spent: U256::ZERO, touched }
    }

    /// Where a nonce is, or where it would be.
    fn place(&self, nonce: u64) -> Result<usize, usize> {
        // As long as nothing is missing before it, the distance to the first one says it.
        let first = self.entries.front().map_or(nonce, |first| first.nonce);
        let guess = nonce.checked_sub(first).and_then(|guess| usize::try_from(guess).ok());
        if let Some(guess) = guess
            && self.entries.get(guess).is_some_and(|entry| entry.nonce == nonce)
        {
            return Ok(guess);
        }
        self.entries.binary_search_by_key(&nonce, |entry| entry.nonce)
    }

    pub(super) fn get(&self, nonce: u64) -> Option<&Entry> {
        self.entries.get(self.place(nonce).ok()?)
    }

    pub(super) fn last_nonce(&self) -> Option<u64> {
        self.entries.back().map(|entry| entry.nonce)
    }

    /// Puts one in its place; gives back the one whose place it was.
    pub(super) fn enter(&mut self, entry: Entry) -> Option<Entry> {
        let (at, replaced) = match self.place(entry.nonce) {
            Ok(at) => (at, Some(core::mem::replace(&mut self.entries[at], entry))),
            Err(at) => {
                self.entries.insert(at, entry);
                (at, None)
            }
        };
        self.weigh_from(at);
        match &replaced {
            // Where one that was executable became another, its cost did too.
            Some(old) if at < self.executable => {
                let new = self.entries[at].cost;
                self.spent = self.spent.saturating_sub(old.cost).saturating_add(new);
                if self.spent > self.state.balance {
                    self.recount();
                }
            }
            _ => {}
        }
        self.advance();
        replaced
    }

    /// Takes the last one out.
    pub(super) fn pop(&mut self) -> Option<Entry> {
        let last = self.entries.pop_back()?;
        if self.entries.len() < self.executable {
            self.executable = self.entries.len();
            self.spent = self.spent.saturating_sub(last.cost);
        }
        Some(last)
    }

    /// The state says something else of the sender. Returns what has become stale or is no longer paid for.
    pub(super) fn refresh(&mut self, state: Sender) -> Vec<Entry> {
        let old = core::mem::replace(&mut self.state, state);
        let mut gone = Vec::new();
        while let Some(first) = self.entries.pop_front_if(|first| first.nonce < state.nonce) {
            gone.push(first);
        }
        let has_unpaid = || self.entries.iter().any(|entry| entry.cost > state.balance);
        if state.balance < old.balance && has_unpaid() {
            let (kept, unpaid) = core::mem::take(&mut self.entries)
                .into_iter()
                .partition(|entry| entry.cost <= state.balance);
            self.entries = kept;
            gone.extend(unpaid);
        }
        self.settle();
        gone
    }

    /// Counts anew what is executable and what the least fees are.
    pub(super) fn settle(&mut self) {
        let mut so_far: Option<Fees> = None;
        for entry in &mut self.entries {
            let least = so_far.map_or(entry.fees, |least| least.least(entry.fees));
            entry.least = least;
            so_far = Some(least);
        }
        self.recount();
    }

    /// Finds the least fees from one on, as far as they change.
    fn weigh_from(&mut self, at: usize) {
        let mut so_far = at.checked_sub(1).map(|before| self.entries[before].least);
        for (place, entry) in self.entries.iter_mut().enumerate().skip(at) {
            let least = so_far.map_or(entry.fees, |least| least.least(entry.fees));
            if place > at && least == entry.least {
                return;
            }
            entry.least = least;
            so_far = Some(least);
        }
    }

    fn recount(&mut self) {
        (self.executable, self.spent) = (0, U256::ZERO);
        self.advance();
    }

    /// Counts those that have become executable.
    fn advance(&mut self) {
        while let Some(next) = self.entries.get(self.executable) {
            let follows = self.state.nonce.checked_add(self.executable as u64) == Some(next.nonce);
            let spent = self.spent.saturating_add(next.cost);
            if !follows || spent > self.state.balance {
                return;
            }
            self.spent = spent;
            self.executable += 1;
        }
    }

    pub(super) fn queued(&self) -> usize {
        self.entries.len() - self.executable
    }

    pub(super) fn has_queued(&self) -> bool {
        self.queued() > 0
    }

    /// The first executable one, and its place.
    pub(super) fn head(&self, seat: Seat) -> Option<(Fees, HeadKey)> {
        let first = self.entries.front().filter(|_| self.executable > 0)?;
        Some((first.fees, (Reverse(first.arrival), seat)))
    }

    /// The last one, what it is, and its place.
    pub(super) fn tail(&self, seat: Seat, promised: usize) -> Option<(Class, Fees, TailKey)> {
        let last = self.entries.back()?;
        let class = match self.executable {
            executable if executable < self.entries.len() => Class::Queued,
            executable if executable > promised => Class::Surplus,
            _ => Class::Promised,
        };
        let count = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        Some((class, last.least, (Reverse(count), Reverse(last.arrival), seat)))
    }

    /// An executable one by its nonce.
    pub(super) fn executable_at(&self, nonce: u64) -> Option<&Entry> {
        let at = usize::try_from(nonce.checked_sub(self.state.nonce)?).ok()?;
        if at < self.executable { self.entries.get(at) } else { None }
    }
}
