//! Letting a transaction in.

use super::account::{Account, Entry};
use super::fees::Fees;
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
    /// Those that had to go for it.
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
        let mut evicted = self.refresh([(address, state)]);
        let fees = Fees {
            cap: transaction.transaction().max_fee(),
            tip: transaction.transaction().max_tip(),
        };
        self.admit(&transaction, nonce, fees)?;

        let mut account = self.lift(address).unwrap_or_else(|| Account::new(state, now));
        account.touched = account.touched.max(now);
        let replaced = self.take(&mut account, nonce);
        let arrival = self.arrivals;
        self.arrivals += 1;
        self.by_hash.insert(hash, (address, nonce));
        self.bytes += transaction.size().0;
        account.entries.insert(nonce, Entry { transaction, cost, fees, arrival, least: fees });
        account.settle(&self.limits);
        let mut refusal = None;
        while account.queued() > self.limits.queued {
            let Some(last) = account.entries.keys().next_back().copied() else { break };
            if last == nonce {
                refusal = Some(self.too_many(&account));
            }
            evicted.extend(self.take(&mut account, last));
        }
        self.place(address, account);
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
        let account = self.accounts.get(&address);
        let is_executable = account.is_some_and(|account| account.executable_at(nonce).is_some());
        Ok(Inserted { is_executable, replaced, evicted })
    }

    /// What can be refused before anything changes.
    fn admit(&self, transaction: &Recovered, nonce: u64, fees: Fees) -> Result<(), Invalid> {
        let Some(account) = self.accounts.get(&transaction.sender()) else { return Ok(()) };
        if let Some(old) = account.entries.get(&nonce) {
            if !fees.outbid(old.fees, self.limits.bump) {
                return Err(Invalid::ReplacementUnderpriced);
            }
            // Nobody loses a transaction that is in for one that may not stay.
            let bytes = self.bytes - old.transaction.size().0 + transaction.size().0;
            if bytes > self.limits.bytes.0 {
                return Err(Invalid::PoolFull);
            }
            return Ok(());
        }
        let is_last = account.entries.keys().next_back().is_none_or(|last| *last < nonce);
        let is_next = account.state.nonce.checked_add(account.entries.len() as u64) == Some(nonce);
        let has_slot = is_next && account.executable < self.limits.executable;
        if is_last && !has_slot && account.queued() >= self.limits.queued {
            return Err(self.too_many(account));
        }
        Ok(())
    }

    fn too_many(&self, account: &Account) -> Invalid {
        let limit = self.limits.executable + self.limits.queued;
        Invalid::AccountLimit { got: account.entries.len(), limit }
    }
}
