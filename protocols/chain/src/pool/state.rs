//! What a pool holds, and keeping its indices true.

use super::account::{Account, HeadKey, Seat, TailKey};
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
    pub(super) senders: BTreeMap<Address, Seat>,
    /// By seat; `None` for one that is free.
    accounts: Vec<Option<Account>>,
    free: Vec<Seat>,
    pub(super) by_hash: BTreeMap<Hash, (Seat, u64)>,
    /// The first executable transaction of each sender that has one.
    pub(super) heads: FeeIndex<HeadKey>,
    /// The last transaction of each sender: where it is queued, and where it is executable.
    pub(super) queued_tails: FeeIndex<TailKey>,
    pub(super) executable_tails: FeeIndex<TailKey>,
    /// Senders with queued transactions, by when their last one came.
    pub(super) ages: BTreeSet<(Millis, Seat)>,
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
            senders: BTreeMap::new(),
            accounts: Vec::new(),
            free: Vec::new(),
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

    pub(super) fn account(&self, seat: Seat) -> Option<&Account> {
        self.accounts.get(seat as usize)?.as_ref()
    }

    pub(super) fn account_of(&self, address: &Address) -> Option<&Account> {
        self.account(*self.senders.get(address)?)
    }

    /// All senders, by address.
    pub(super) fn all(&self) -> impl Iterator<Item = (Seat, &Account)> {
        self.senders.values().filter_map(|seat| Some((*seat, self.account(*seat)?)))
    }

    /// A place for a sender who has none.
    pub(super) fn seat(&mut self, address: Address) -> Seat {
        let seat = self.free.pop().unwrap_or_else(|| {
            self.accounts.push(None);
            u32::try_from(self.accounts.len() - 1).expect("a sender takes more than a byte")
        });
        self.senders.insert(address, seat);
        seat
    }

    /// Takes an account out of all indices, to be changed.
    pub(super) fn lift(&mut self, seat: Seat) -> Option<Account> {
        let account = self.accounts.get_mut(seat as usize)?.take()?;
        if let Some((fees, key)) = account.head(seat) {
            self.heads.remove(fees, key);
        }
        if let Some((fees, key)) = account.tail(seat) {
            if account.has_queued() {
                self.queued_tails.remove(fees, key);
            } else {
                self.executable_tails.remove(fees, key);
            }
        }
        if account.has_queued() {
            self.ages.remove(&(account.touched, seat));
        }
        self.executable -= account.executable;
        Some(account)
    }

    /// Puts a changed account back. One without transactions loses its seat.
    pub(super) fn place(&mut self, seat: Seat, mut account: Account) {
        if account.entries.is_empty() {
            self.senders.remove(&account.address);
            self.free.push(seat);
            return;
        }
        account.settle(&self.limits);
        if let Some((fees, key)) = account.head(seat) {
            self.heads.insert(fees, key);
        }
        if let Some((fees, key)) = account.tail(seat) {
            if account.has_queued() {
                self.queued_tails.insert(fees, key);
            } else {
                self.executable_tails.insert(fees, key);
            }
        }
        if account.has_queued() {
            self.ages.insert((account.touched, seat));
        }
        self.executable += account.executable;
        if let Some(place) = self.accounts.get_mut(seat as usize) {
            *place = Some(account);
        }
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
            if let Some(seat) = self.senders.get(&address).copied() {
                gone.extend(self.refresh_one(seat, state));
            }
        }
        gone
    }

    pub(super) fn refresh_one(&mut self, seat: Seat, state: Sender) -> Vec<Recovered> {
        if self.account(seat).is_none_or(|account| account.state == state) {
            return Vec::new();
        }
        let Some(mut account) = self.lift(seat) else { return Vec::new() };
        account.state = state;
        let stale: Vec<u64> = account
            .entries
            .iter()
            .filter(|(nonce, entry)| **nonce < state.nonce || entry.cost > state.balance)
            .map(|(nonce, _)| *nonce)
            .collect();
        let mut gone = Vec::new();
        for nonce in stale {
            gone.extend(self.take(&mut account, nonce));
        }
        // The slots that became free may leave more queued than is allowed, never less.
        account.settle(&self.limits);
        while account.queued() > self.limits.queued {
            let Some(last) = account.entries.keys().next_back().copied() else { break };
            gone.extend(self.take(&mut account, last));
        }
        self.place(seat, account);
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
        while let Some((touched, seat)) = self.ages.first().copied() {
            if touched.plus(self.limits.lifetime) > now {
                break;
            }
            let Some(mut account) = self.lift(seat) else { break };
            while account.has_queued() {
                let Some(last) = account.entries.keys().next_back().copied() else { break };
                gone.extend(self.take(&mut account, last));
            }
            self.place(seat, account);
        }
        gone
    }
}
