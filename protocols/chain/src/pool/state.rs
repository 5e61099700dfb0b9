//! What a pool holds, and keeping its indices true.

use super::account::{Account, Class, Entry, HeadKey, Seat, TailKey};
use super::fees::{FeeIndex, Fees};
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
    /// The last transaction of each sender, by what it is.
    pub(super) queued_tails: FeeIndex<TailKey>,
    pub(super) surplus_tails: FeeIndex<TailKey>,
    pub(super) promised_tails: FeeIndex<TailKey>,
    /// Senders with queued transactions, by when their last one came.
    pub(super) ages: BTreeSet<(Millis, Seat)>,
    pub(super) executable: usize,
    pub(super) bytes: u64,
    pub(super) arrivals: u64,
}

/// Where the indices have an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Keys {
    head: Option<(Fees, HeadKey)>,
    tail: Option<(Class, Fees, TailKey)>,
    age: Option<(Millis, Seat)>,
    executable: usize,
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
            surplus_tails: FeeIndex::new(base_fee),
            promised_tails: FeeIndex::new(base_fee),
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

    /// Takes an account out, to be changed, with where the indices have it.
    pub(super) fn lift(&mut self, seat: Seat) -> Option<(Account, Keys)> {
        let account = self.accounts.get_mut(seat as usize)?.take()?;
        let keys = self.keys(seat, &account);
        Some((account, keys))
    }

    fn keys(&self, seat: Seat, account: &Account) -> Keys {
        Keys {
            head: account.head(seat),
            tail: account.tail(seat, self.limits.executable),
            age: account.has_queued().then_some((account.touched, seat)),
            executable: account.executable,
        }
    }

    fn tails(&mut self, class: Class) -> &mut FeeIndex<TailKey> {
        match class {
            Class::Queued => &mut self.queued_tails,
            Class::Surplus => &mut self.surplus_tails,
            Class::Promised => &mut self.promised_tails,
        }
    }

    /// Puts a changed account back; the indices change where it did. One without transactions loses its
    /// seat.
    pub(super) fn place(&mut self, seat: Seat, account: Account, old: Keys) {
        let new = self.keys(seat, &account);
        if old.head != new.head {
            if let Some((fees, key)) = old.head {
                self.heads.remove(fees, key);
            }
            if let Some((fees, key)) = new.head {
                self.heads.insert(fees, key);
            }
        }
        if old.tail != new.tail {
            if let Some((class, fees, key)) = old.tail {
                self.tails(class).remove(fees, key);
            }
            if let Some((class, fees, key)) = new.tail {
                self.tails(class).insert(fees, key);
            }
        }
        if old.age != new.age {
            old.age.iter().for_each(|age| {
                self.ages.remove(age);
            });
            self.ages.extend(new.age);
        }
        self.executable = self.executable - old.executable + new.executable;
        if account.entries.is_empty() {
            self.senders.remove(&account.address);
            self.free.push(seat);
        } else if let Some(place) = self.accounts.get_mut(seat as usize) {
            *place = Some(account);
        }
    }

    /// A transaction has left its account.
    pub(super) fn drop_entry(&mut self, entry: Entry) -> Recovered {
        self.by_hash.remove(&entry.transaction.hash());
        self.bytes -= entry.transaction.size().0;
        entry.transaction
    }

    /// Takes the last transaction out of a lifted account.
    pub(super) fn take_last(&mut self, account: &mut Account) -> Option<Recovered> {
        let entry = account.pop()?;
        Some(self.drop_entry(entry))
    }

    /// The base fee of the next block, in von per gas. Costs what passes its turning point.
    pub fn set_base_fee(&mut self, base_fee: u64) {
        self.base_fee = base_fee;
        self.heads.set_base_fee(base_fee);
        self.queued_tails.set_base_fee(base_fee);
        self.surplus_tails.set_base_fee(base_fee);
        self.promised_tails.set_base_fee(base_fee);
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
        let Some((mut account, keys)) = self.lift(seat) else { return Vec::new() };
        let stale = account.refresh(state);
        let mut gone: Vec<Recovered> =
            stale.into_iter().map(|entry| self.drop_entry(entry)).collect();
        // Money that is gone may leave more queued than is allowed.
        while account.queued() > self.limits.queued {
            gone.extend(self.take_last(&mut account));
        }
        self.place(seat, account, keys);
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
            let Some((mut account, keys)) = self.lift(seat) else { break };
            while account.has_queued() {
                gone.extend(self.take_last(&mut account));
            }
            self.place(seat, account, keys);
        }
        gone
    }
}
