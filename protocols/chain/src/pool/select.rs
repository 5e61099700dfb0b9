//! Filling a block.

use super::Pool;
use super::account::Entry;
use super::fees::Worth;
use crate::Recovered;
use core::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use troupe_types::{Address, Bytes, Gas};

/// The gas that the cheapest transaction uses.
const LEAST_GAS: u64 = 21_000;
/// Senders in a row whose next transaction does not fit, after which the block counts as full.
const PATIENCE: usize = 64;

/// How much of a block is to be filled.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The most gas, by the transactions' limits.
    pub gas: Gas,
    /// The most transactions; 0 for as many as fit.
    pub count: usize,
    /// The most bytes of envelopes; 0 for as many as fit.
    pub bytes: Bytes,
    /// The next nonces of senders with transactions in blocks that are not committed yet.
    pub next: BTreeMap<Address, u64>,
}

/// A sender's next transaction in the race: what is worth more first, then what came earlier.
type Racer = (Worth, Reverse<u64>, Address, u64);

impl Pool {
    /// The transactions for a block, in order: the best tip first, each sender's by nonce.
    ///
    /// Costs about log n for each that is taken, plus as much for each sender whose transactions are all
    /// in blocks already.
    #[must_use]
    pub fn best(&self, wanted: &Wanted) -> Vec<Recovered> {
        let most = |limit: usize| if limit == 0 { usize::MAX } else { limit };
        let count = most(wanted.count);
        let mut bytes = most(wanted.bytes.as_usize()) as u64;
        let mut gas = wanted.gas.0;
        let mut heads = self.heads.descending().peekable();
        let mut race: BinaryHeap<Racer> = BinaryHeap::new();
        let mut best = Vec::new();
        let mut misfits = 0;
        while best.len() < count && gas >= LEAST_GAS && misfits < PATIENCE {
            let head = heads.peek().map(|(worth, (arrival, address))| (*worth, *arrival, *address));
            let leader =
                race.peek().map(|(worth, arrival, address, _)| (*worth, *arrival, *address));
            let (sender, nonce) = if head > leader {
                heads.next();
                let Some((worth, _, address)) = head else { break };
                if matches!(worth, Worth::Below(_)) {
                    break;
                }
                let Some(account) = self.accounts.get(&address) else { continue };
                match wanted.next.get(&address).filter(|next| **next > account.state.nonce) {
                    // What is worth how much is only known now: it has to get in line.
                    Some(next) => {
                        race.extend(self.racer(address, *next));
                        continue;
                    }
                    None => (address, account.state.nonce),
                }
            } else {
                let Some((_, _, address, nonce)) = race.pop() else { break };
                (address, nonce)
            };
            let Some(entry) = self.entry(sender, nonce) else { continue };
            let needed = entry.transaction.transaction().gas_limit().0;
            let size = entry.transaction.size().0;
            if needed > gas || size > bytes {
                misfits += 1;
                continue;
            }
            misfits = 0;
            gas -= needed;
            bytes -= size;
            best.push(entry.transaction.clone());
            if let Some(next) = nonce.checked_add(1) {
                race.extend(self.racer(sender, next));
            }
        }
        best
    }

    fn entry(&self, sender: Address, nonce: u64) -> Option<&Entry> {
        self.accounts.get(&sender)?.executable_at(nonce)
    }

    fn racer(&self, sender: Address, nonce: u64) -> Option<Racer> {
        let entry = self.entry(sender, nonce)?;
        let worth = entry.fees.worth(self.base_fee);
        let pays = matches!(worth, Worth::Tip(_));
        pays.then_some((worth, Reverse(entry.arrival), sender, nonce))
    }
}
