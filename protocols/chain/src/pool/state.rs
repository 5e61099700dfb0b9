//! What a pool holds, and keeping its indices true.

use super::account::{Account, HeadKey, TailKey};
use super::fees::FeeIndex;
use super::{Limits, Sender};
use crate::Recovered;
use std::collections::{BTreeMap, BTreeSet};
use troupe_types::{Address, Hash, Millis};

/// The transactions that wait. See the [module](super).
#[derive(Debug, Clone)]
pub struct Pool {
    pub(super) limits: Limits,
    pub(super) base_fee: u64,
    pub(super) accounts: BTreeMap<Address, Account>,
    pub(super) by_hash: BTreeMap<Hash, (Address, u64)>,
    /// The first executable transaction of each sender that has one.
    pub(super) heads: FeeIndex<HeadKey>,
    /// The last transaction of each sender: where it is queued, and where it is executable.
    pub(super) queued_tails: FeeIndex<TailKey>,
    pub(super) executable_tails: FeeIndex<TailKey>,
    /// Senders with queued transactions, by when their last one came.
    pub(super) ages: BTreeSet<(Millis, Address)>,
    pub(super) executable: usize,
    pub(super) bytes: u64,
    pub(super) arrivals: u64,
}

impl Pool {
    /// Nothing waits, under a base fee in von per gas.
    #[must_use]
    pub const fn new(limits: Limits, base_fee: u64) -> Self {
        Self {
            limits,
            base_fee,
            accounts: BTreeMap::new(),
            by_hash: BTreeMap::new(),
            heads: FeeIndex::new(base_fee),
            queued_tails: FeeIndex::new(base_fee),
            executable_tails: FeeIndex::new(base_fee),
            ages: BTreeSet::new(),
            executable: 0,
            bytes: 0,
            arrivals: 0,
        }
    }

    /// Takes an account out of all indices, to be changed.
    pub(super) fn lift(&mut self, address: Address) -> Option<Account> {
        let account = self.accounts.remove(&address)?;
        if let Some((fees, key)) = account.head(address) {
            self.heads.remove(fees, key);
        }
        if let Some((fees, key)) = account.tail(address) {
            if account.has_queued() {
                self.queued_tails.remove(fees, key);
            } else {
                self.executable_tails.remove(fees, key);
            }
        }
        if account.has_queued() {
            self.ages.remove(&(account.touched, address));
        }
        self.executable -= account.executable;
        Some(account)
    }

    /// Puts a changed account back. One without transactions is forgotten.
    pub(super) fn place(&mut self, address: Address, mut account: Account) {
        if account.entries.is_empty() {
            return;
        }
        account.settle(&self.limits);
        if let Some((fees, key)) = account.head(address) {
            self.heads.insert(fees, key);
        }
        if let Some((fees, key)) = account.tail(address) {
            if account.has_queued() {
                self.queued_tails.insert(fees, key);
            } else {
                self.executable_tails.insert(fees, key);
            }
        }
        if account.has_queued() {
            self.ages.insert((account.touched, address));
        }
        self.executable += account.executable;
        self.accounts.insert(address, account);
    }

    /// Takes one transaction out of a lifted account.
    pub(super) fn take(&mut self, account: &mut Account, nonce: u64) -> Option<Recovered> {
        let entry = account.entries.remove(&nonce)?;
        self.by_hash.remove(&entry.transaction.hash());
        self.bytes -= entry.transaction.size().0;
        Some(entry.transaction)
    }

    /// The base fee of the next block, in von per gas. Costs what passes its turning point.
    pub fn set_base_fee(&mut self, base_fee: u64) {
        self.base_fee = base_fee;
        self.heads.set_base_fee(base_fee);
        self.queued_tails.set_base_fee(base_fee);
        self.executable_tails.set_base_fee(base_fee);
    }

    /// Looks at senders anew that a block has changed; others are not touched. Gone, and returned, are
    /// transactions that the block has sent, or others with their nonces, and what is no longer paid for.
    pub fn refresh(
        &mut self,
        changed: impl IntoIterator<Item = (Address, Sender)>,
    ) -> Vec<Recovered> {
        let mut gone = Vec::new();
        for (address, state) in changed {
            let known = self.accounts.get(&address);
            if known.is_none_or(|account| account.state == state) {
                continue;
            }
            let Some(mut account) = self.lift(address) else { continue };
            account.state = state;
            let stale: Vec<u64> = account
                .entries
                .iter()
                .filter(|(nonce, entry)| **nonce < state.nonce || entry.cost > state.balance)
                .map(|(nonce, _)| *nonce)
                .collect();
            for nonce in stale {
                gone.extend(self.take(&mut account, nonce));
            }
            // The slots that became free may leave more queued than is allowed, never less.
            account.settle(&self.limits);
            while account.queued() > self.limits.queued {
                let Some(last) = account.entries.keys().next_back().copied() else { break };
                gone.extend(self.take(&mut account, last));
            }
            self.place(address, account);
        }
        gone
    }

    /// When [`Pool::expire`] has something to do next.
    #[must_use]
    pub fn next_expiry(&self) -> Option<Millis> {
        self.ages.first().map(|(touched, _)| touched.plus(self.limits.lifetime))
    }

    /// Takes out the queued transactions of senders that have been silent for too long.
    pub fn expire(&mut self, now: Millis) -> Vec<Recovered> {
        let mut gone = Vec::new();
        while let Some((touched, address)) = self.ages.first().copied() {
            if touched.plus(self.limits.lifetime) > now {
                break;
            }
            let Some(mut account) = self.lift(address) else { break };
            while account.has_queued() {
                let Some(last) = account.entries.keys().next_back().copied() else { break };
                gone.extend(self.take(&mut account, last));
            }
            self.place(address, account);
        }
        gone
    }
}
