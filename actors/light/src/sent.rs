//! What was sent from here and may not be in a block yet.

use std::collections::BTreeMap;
use troupe_chain::Recovered;
use troupe_types::{Address, Hash, Millis};

/// So many are remembered.
const MOST: usize = 1_024;
/// For so long.
const LIFETIME: Millis = Millis::secs(600);

/// Transactions that were sent from here.
#[derive(Debug, Default)]
pub(crate) struct Sent(BTreeMap<Hash, (Recovered, Millis)>);

impl Sent {
    /// Remembers one; the oldest goes where there is no room.
    pub(crate) fn add(&mut self, transaction: Recovered, now: Millis) {
        self.0.retain(|_, (_, until)| *until > now);
        if self.0.len() >= MOST {
            let oldest = self.0.iter().min_by_key(|(_, (_, until))| *until).map(|(hash, _)| *hash);
            oldest.map(|hash| self.0.remove(&hash));
        }
        self.0.insert(transaction.hash(), (transaction, now.plus(LIFETIME)));
    }

    /// One of them.
    pub(crate) fn get(&self, hash: &Hash) -> Option<Recovered> {
        self.0.get(hash).map(|(transaction, _)| transaction.clone())
    }

    /// The nonce after those of a sender that follow one another from `nonce` on; `None` where it has none.
    pub(crate) fn next_nonce(&self, sender: Address, nonce: u64) -> Option<u64> {
        let of_sender = self.0.values().filter(|(one, _)| one.sender() == sender);
        let mut nonces: Vec<u64> = of_sender.map(|(one, _)| one.transaction().nonce()).collect();
        nonces.sort_unstable();
        let next =
            nonces.into_iter().fold(nonce, |next, one| if one == next { next + 1 } else { next });
        (next > nonce).then_some(next)
    }
}
