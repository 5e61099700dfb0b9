//! One sender's transactions.

use super::Limits;
use super::fees::Fees;
use crate::Recovered;
use alloy_primitives::U256;
use core::cmp::Reverse;
use std::collections::BTreeMap;
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
    pub(super) entries: BTreeMap<u64, Entry>,
    /// How many of them are executable: the first ones.
    pub(super) executable: usize,
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

impl Account {
    pub(super) const fn new(address: Address, state: Sender, touched: Millis) -> Self {
        Self { address, state, entries: BTreeMap::new(), executable: 0, touched }
    }

    /// Counts anew what is executable and what the least fees are.
    pub(super) fn settle(&mut self, limits: &Limits) {
        let mut next = Some(self.state.nonce);
        let mut spent = U256::ZERO;
        let mut least: Option<Fees> = None;
        self.executable = 0;
        for (nonce, entry) in &mut self.entries {
            let so_far = least.map_or(entry.fees, |least| least.least(entry.fees));
            entry.least = so_far;
            least = Some(so_far);
            spent = spent.saturating_add(entry.cost);
            let follows = next == Some(*nonce);
            if follows && self.executable < limits.executable && spent <= self.state.balance {
                self.executable += 1;
                next = nonce.checked_add(1);
            } else {
                next = None;
            }
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
        let first = self.entries.values().next().filter(|_| self.executable > 0)?;
        Some((first.fees, (Reverse(first.arrival), seat)))
    }

    /// The last one, and its place.
    pub(super) fn tail(&self, seat: Seat) -> Option<(Fees, TailKey)> {
        let last = self.entries.values().next_back()?;
        let count = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        Some((last.least, (Reverse(count), Reverse(last.arrival), seat)))
    }

    /// An executable one by its nonce.
    pub(super) fn executable_at(&self, nonce: u64) -> Option<&Entry> {
        let end = self.state.nonce.saturating_add(self.executable as u64);
        if nonce < end { self.entries.get(&nonce) } else { None }
    }
}
