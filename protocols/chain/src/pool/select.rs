//! Filling a block.

use super::Pool;
use super::account::{Entry, Seat};
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
type Racer = (Worth, Reverse<u64>, Seat, u64);

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
        // Whoever is in a block already goes on from there, whatever its first one is worth.
        let behind = wanted.next.iter().filter_map(|(address, next)| {
            let seat = self.senders.get(address)?;
            let is_ahead = *next > self.account(*seat)?.state.nonce;
            is_ahead.then_some((*seat, *next))
        });
        let behind: BTreeMap<Seat, u64> = behind.collect();
        let mut race: BinaryHeap<Racer> =
            behind.iter().filter_map(|(seat, next)| self.racer(*seat, *next)).collect();
        let mut best = Vec::new();
        let mut misfits = 0;
        while best.len() < count && gas >= LEAST_GAS && misfits < PATIENCE {
            let head = heads.peek().map(|(worth, (arrival, seat))| (*worth, *arrival, *seat));
            let leader = race.peek().map(|(worth, arrival, seat, _)| (*worth, *arrival, *seat));
            let (seat, nonce) = if head > leader {
                heads.next();
                let Some((worth, _, seat)) = head else { break };
                if matches!(worth, Worth::Below(_)) {
                    break;
                }
                let Some(account) = self.account(seat) else { continue };
                if behind.contains_key(&seat) {
                    continue;
                }
                (seat, account.state.nonce)
            } else {
                let Some((_, _, seat, nonce)) = race.pop() else { break };
                (seat, nonce)
            };
            let Some(entry) = self.entry(seat, nonce) else { continue };
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
                race.extend(self.racer(seat, next));
            }
        }
        best
    }

    fn entry(&self, seat: Seat, nonce: u64) -> Option<&Entry> {
        self.account(seat)?.executable_at(nonce)
    }

    fn racer(&self, seat: Seat, nonce: u64) -> Option<Racer> {
        let entry = self.entry(seat, nonce)?;
        let worth = entry.fees.worth(self.base_fee);
        let pays = matches!(worth, Worth::Tip(_));
        pays.then_some((worth, Reverse(entry.arrival), seat, nonce))
    }
}
