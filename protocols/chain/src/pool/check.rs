//! What holds of every pool at every moment, for tests and simulations.

use super::Pool;
use super::fees::FeeIndex;
use super::state::Keys;

impl Pool {
    /// Names an invariant that does not hold.
    ///
    /// # Errors
    ///
    /// The invariant, in words.
    pub fn check(&self) -> Result<(), &'static str> {
        let mut fresh = Self::new(self.limits, self.base_fee);
        let mut transactions = 0;
        for (seat, account) in self.all() {
            let mut again = account.clone();
            again.settle();
            holds(again == *account, "what is executable follows from nonces and balance")?;
            holds(!account.entries.is_empty(), "a sender has a transaction")?;
            holds(account.queued() <= self.limits.queued, "a sender keeps to its queue")?;
            let nonces: Vec<u64> = account.entries.iter().map(|entry| entry.nonce).collect();
            holds(nonces.is_sorted_by(|one, next| one < next), "nonces ascend")?;
            for entry in &account.entries {
                let nonce = entry.nonce;
                holds(nonce == entry.transaction.transaction().nonce(), "a nonce is its own")?;
                transactions += 1;
                fresh.bytes += entry.transaction.size().0;
                let place = self.by_hash.get(&entry.transaction.hash());
                holds(place == Some(&(seat, nonce)), "a transaction is found by its hash")?;
                holds(nonce >= account.state.nonce, "no nonce is below the state's")?;
                holds(entry.cost <= account.state.balance, "each transaction is paid for")?;
            }
            fresh.place(seat, account.clone(), Keys::default());
        }
        holds(transactions == self.by_hash.len(), "a hash stands for a transaction")?;
        holds(fresh.bytes == self.bytes, "bytes are those of the transactions")?;
        holds(fresh.executable == self.executable, "the executable ones are counted")?;
        holds(fresh.ages == self.ages, "whoever has queued transactions has an age")?;
        holds(same(&fresh.heads, &self.heads), "first ones are in order")?;
        holds(same(&fresh.queued_tails, &self.queued_tails), "queued last ones are in order")?;
        holds(same(&fresh.surplus_tails, &self.surplus_tails), "surplus last ones are in order")?;
        let tails = same(&fresh.promised_tails, &self.promised_tails);
        holds(tails, "promised last ones are in order")?;
        holds(!self.is_over(), "the pool keeps to its limits")
    }
}

fn holds(condition: bool, invariant: &'static str) -> Result<(), &'static str> {
    if condition { Ok(()) } else { Err(invariant) }
}

fn same<K: Ord + Copy>(a: &FeeIndex<K>, b: &FeeIndex<K>) -> bool {
    a == b
}
