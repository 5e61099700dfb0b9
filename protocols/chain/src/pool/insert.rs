//! Letting a transaction in.

use super::account::{Account, Entry, Seat};
use super::fees::Fees;
use super::state::Keys;
use super::{Pool, Sender};
use crate::{Invalid, Recovered};
use troupe_types::Millis;

/// What letting a transaction in did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inserted {
    /// Whether it can go into a block as things are.
    pub is_executable: bool,
    /// The one whose place it took.
    pub replaced: Option<Recovered>,
    /// Those that had to go for it, and those of its sender that the state has overtaken.
    pub evicted: Vec<Recovered>,
}

impl Pool {
    /// Lets a transaction in that [`Rules::check_for_pool`](crate::transaction::Rules::check_for_pool)
    /// has let through, of a sender of whom the state says this.
    pub fn insert(
        &mut self,
        transaction: Recovered,
        state: Sender,
        now: Millis,
    ) -> Result<Inserted, Invalid> {
        let address = transaction.sender();
        let hash = transaction.hash();
        if self.by_hash.contains_key(&hash) {
            return Err(Invalid::AlreadyKnown);
        }
        let nonce = transaction.transaction().nonce();
        if nonce < state.nonce {
            return Err(Invalid::NonceTooLow { got: nonce, want: state.nonce });
        }
        let cost = transaction.transaction().cost();
        if cost > state.balance {
            return Err(Invalid::Funds { balance: state.balance, cost });
        }
        let fees =
            Fees::new(transaction.transaction().max_fee(), transaction.transaction().max_tip());
        let mut stale = Vec::new();
        let mut known = self.senders.get(&address).copied();
        if let Some(seat) = known {
            stale = self.refresh_one(seat, state);
            known = known.filter(|seat| self.account(*seat).is_some());
        }
        if let Some(account) = known.and_then(|seat| self.account(seat)) {
            self.admit(account, &transaction, fees)?;
        }
        let seat = known.unwrap_or_else(|| self.seat(address));
        let (mut account, keys) =
            self.lift(seat).unwrap_or_else(|| (Account::new(address, state, now), Keys::default()));
        account.touched = account.touched.max(now);
        let arrival = self.arrivals;
        self.arrivals += 1;
        let entry = Entry { transaction, nonce, cost, fees, arrival, least: fees };
        let mut inserted = self.enter(seat, account, keys, entry)?;
        inserted.evicted.extend(stale);
        Ok(inserted)
    }

    /// Puts it in its place, then makes room: of its own sender's for too many queued ones, then of
    /// anybody's.
    fn enter(
        &mut self,
        seat: Seat,
        mut account: Account,
        keys: Keys,
        entry: Entry,
    ) -> Result<Inserted, Invalid> {
        let (address, hash) = (account.address, entry.transaction.hash());
        let nonce = entry.nonce;
        self.by_hash.insert(hash, (seat, nonce));
        self.bytes += entry.transaction.size().0;
        let replaced = account.enter(entry).map(|old| self.drop_entry(old));
        let (mut evicted, mut refusal) = (Vec::new(), None);
        while account.queued() > self.limits.queued {
            if account.last_nonce() == Some(nonce) {
                refusal = Some(self.too_many(&account));
            }
            evicted.extend(self.take_last(&mut account));
        }
        self.place(seat, account, keys);
        while self.is_over() {
            let Some((gone, why)) = self.evict() else { break };
            if gone.hash() == hash {
                refusal = Some(why);
            } else {
                evicted.push(gone);
            }
        }
        if let Some(refusal) = refusal {
            return Err(refusal);
        }
        let account = self.account(seat).filter(|account| account.address == address);
        let is_executable = account.is_some_and(|account| account.executable_at(nonce).is_some());
        Ok(Inserted { is_executable, replaced, evicted })
    }

    /// What can be refused before anything changes.
    fn admit(&self, account: &Account, new: &Recovered, fees: Fees) -> Result<(), Invalid> {
        let nonce = new.transaction().nonce();
        if let Some(old) = account.get(nonce) {
            if !fees.outbid(old.fees, self.limits.bump) {
                return Err(Invalid::ReplacementUnderpriced);
            }
            // Nobody loses a transaction that is in for one that may not stay.
            let bytes = self.bytes - old.transaction.size().0 + new.size().0;
            if bytes > self.limits.bytes.0 {
                return Err(Invalid::PoolFull);
            }
            return Ok(());
        }
        let is_last = account.last_nonce().is_none_or(|last| last < nonce);
        let is_next = account.state.nonce.checked_add(account.entries.len() as u64) == Some(nonce);
        if is_last && !is_next && account.queued() >= self.limits.queued {
            return Err(self.too_many(account));
        }
        Ok(())
    }

    fn too_many(&self, account: &Account) -> Invalid {
        let limit = account.executable + self.limits.queued;
        Invalid::AccountLimit { got: account.entries.len(), limit }
    }
}
