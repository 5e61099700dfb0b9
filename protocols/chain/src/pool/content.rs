//! Looking into a pool.

use super::Pool;
use crate::Recovered;
use troupe_types::{Address, Bytes, Hash};

/// How full a pool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Status {
    /// Transactions that can go into a block as things are.
    pub executable: usize,
    /// Transactions that wait for others or for money.
    pub queued: usize,
    /// Senders of them.
    pub senders: usize,
    /// Bytes of their envelopes.
    pub bytes: Bytes,
}

impl Pool {
    /// How full it is.
    #[must_use]
    pub fn status(&self) -> Status {
        Status {
            executable: self.executable,
            queued: self.by_hash.len() - self.executable,
            senders: self.senders.len(),
            bytes: Bytes(self.bytes),
        }
    }

    /// A transaction by its hash.
    #[must_use]
    pub fn get(&self, hash: &Hash) -> Option<&Recovered> {
        let (seat, nonce) = self.by_hash.get(hash)?;
        let entry = self.account(*seat)?.get(*nonce)?;
        Some(&entry.transaction)
    }

    /// Whether it has a transaction.
    #[must_use]
    pub fn contains(&self, hash: &Hash) -> bool {
        self.by_hash.contains_key(hash)
    }

    /// The nonce after a sender's executable transactions, as `eth_getTransactionCount` gives it for
    /// "pending"; `None` for a sender who has none in the pool.
    #[must_use]
    pub fn next_nonce(&self, sender: &Address) -> Option<u64> {
        let account = self.account_of(sender)?;
        account.state.nonce.checked_add(account.executable as u64)
    }

    /// All executable transactions, by sender and nonce.
    pub fn executable(&self) -> impl Iterator<Item = &Recovered> {
        self.all().flat_map(|(_, account)| {
            account.entries.iter().take(account.executable).map(|entry| &entry.transaction)
        })
    }

    /// All queued transactions, by sender and nonce.
    pub fn queued(&self) -> impl Iterator<Item = &Recovered> {
        self.all().flat_map(|(_, account)| {
            account.entries.iter().skip(account.executable).map(|entry| &entry.transaction)
        })
    }

    /// A sender's transactions by nonce: the executable ones, then the queued ones.
    #[must_use]
    pub fn of(&self, sender: &Address) -> (Vec<&Recovered>, Vec<&Recovered>) {
        let Some(account) = self.account_of(sender) else { return (Vec::new(), Vec::new()) };
        let mut all = account.entries.iter().map(|entry| &entry.transaction);
        (all.by_ref().take(account.executable).collect(), all.collect())
    }
}
