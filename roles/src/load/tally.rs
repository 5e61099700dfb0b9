//! What was sent, what came into blocks, and what never will.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// The state of a transaction of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Not sent, or sent and asked to come back later.
    Unsent,
    /// A node has taken it.
    Sent(Instant),
    /// It was sent and is in a block.
    Committed(Duration),
    /// A node has refused it for good.
    Refused,
}

/// A block of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) at: Instant,
    /// How many of the run's transactions are in it.
    pub(super) ours: usize,
}

/// What happened so far; every lane and the watcher of blocks write here, on one thread.
#[derive(Debug)]
pub(super) struct Tally {
    inner: RefCell<Inner>,
    /// A block came or a transaction was refused: there may be room.
    pub(super) changed: Notify,
}

#[derive(Debug)]
struct Inner {
    by_hash: HashMap<[u8; 32], u32>,
    fates: Vec<Fate>,
    /// Which lane each is in, and how many of each lane are sent and in no block.
    lanes: u32,
    senders: u32,
    waiting: Vec<usize>,
    settled: usize,
    blocks: Vec<Seen>,
    refusals: BTreeMap<u32, String>,
    delays: BTreeMap<String, usize>,
}

/// What is said at the end.
#[derive(Debug, Clone, Default)]
pub(super) struct Totals {
    pub(super) committed: usize,
    pub(super) blocks: Vec<Seen>,
    pub(super) latencies: Vec<Duration>,
    /// Reasons and how many.
    pub(super) refused: BTreeMap<String, usize>,
    /// Refusals after which it was tried again, and how many.
    pub(super) delayed: BTreeMap<String, usize>,
    /// Sent and never seen again, or never sent.
    pub(super) missing: usize,
}

/// Which lane the transaction of a number goes by: always that of its sender.
pub(super) const fn lane_of(number: u32, senders: u32, lanes: u32) -> u32 {
    number % senders % lanes
}

impl Tally {
    pub(super) fn new(hashes: &[[u8; 32]], senders: u32, lanes: u32) -> Self {
        let numbered = (0u32..).zip(hashes).map(|(number, hash)| (*hash, number));
        let inner = Inner {
            by_hash: numbered.collect(),
            fates: vec![Fate::Unsent; hashes.len()],
            lanes,
            senders,
            waiting: vec![0; lanes as usize],
            settled: 0,
            blocks: Vec::new(),
            refusals: BTreeMap::new(),
            delays: BTreeMap::new(),
        };
        Self { inner: RefCell::new(inner), changed: Notify::new() }
    }

    /// These go out now.
    pub(super) fn sent(&self, numbers: &[u32], now: Instant) {
        let mut inner = self.inner.borrow_mut();
        for number in numbers {
            if inner.fates[*number as usize] == Fate::Unsent {
                inner.fates[*number as usize] = Fate::Sent(now);
                let lane = inner.lane(*number);
                inner.waiting[lane] += 1;
            }
        }
    }

    /// This one has to come back later.
    pub(super) fn delayed(&self, number: u32, reason: &str) {
        let mut inner = self.inner.borrow_mut();
        if inner.leave(number, Fate::Unsent) {
            *inner.delays.entry(reason.to_owned()).or_default() += 1;
        }
    }

    /// This one never will.
    pub(super) fn refused(&self, number: u32, reason: &str) {
        let mut inner = self.inner.borrow_mut();
        if inner.leave(number, Fate::Refused) {
            inner.refusals.insert(number, reason.to_owned());
            inner.settled += 1;
            self.changed.notify_waiters();
        }
    }

    /// A block came with these transactions, of which some may be others'.
    pub(super) fn block<'a>(
        &self,
        hashes: impl Iterator<Item = &'a [u8; 32]>,
        now: Instant,
    ) -> usize {
        let mut inner = self.inner.borrow_mut();
        let mut ours = 0;
        for hash in hashes {
            let Some(number) = inner.by_hash.get(hash).copied() else { continue };
            let sent = match inner.fates[number as usize] {
                Fate::Sent(sent) => sent,
                // The answer to the request that carried it is on its way, or was lost.
                Fate::Unsent => now,
                // An earlier try went through whose answer was lost.
                Fate::Refused => {
                    inner.refusals.remove(&number);
                    inner.settled -= 1;
                    now
                }
                Fate::Committed(_) => continue,
            };
            let committed = Fate::Committed(now.saturating_duration_since(sent));
            inner.leave(number, committed);
            inner.fates[number as usize] = committed;
            inner.settled += 1;
            ours += 1;
        }
        if ours > 0 {
            inner.blocks.push(Seen { at: now, ours });
            self.changed.notify_waiters();
        }
        ours
    }

    /// How many of a lane are sent and in no block.
    pub(super) fn waiting(&self, lane: u32) -> usize {
        self.inner.borrow().waiting[lane as usize]
    }

    /// Whether it is in a block.
    pub(super) fn is_committed(&self, number: u32) -> bool {
        matches!(self.inner.borrow().fates[number as usize], Fate::Committed(_))
    }

    /// How many are in blocks or refused.
    pub(super) fn settled(&self) -> usize {
        self.inner.borrow().settled
    }

    /// Whether nothing more can happen.
    pub(super) fn is_over(&self) -> bool {
        let inner = self.inner.borrow();
        inner.settled == inner.fates.len()
    }

    pub(super) fn totals(&self) -> Totals {
        let inner = self.inner.borrow();
        let mut totals = Totals {
            blocks: inner.blocks.clone(),
            delayed: inner.delays.clone(),
            missing: inner.fates.len() - inner.settled,
            ..Totals::default()
        };
        for fate in &inner.fates {
            if let Fate::Committed(latency) = fate {
                totals.committed += 1;
                totals.latencies.push(*latency);
            }
        }
        for reason in inner.refusals.values() {
            *totals.refused.entry(reason.clone()).or_default() += 1;
        }
        totals
    }
}

impl Inner {
    fn lane(&self, number: u32) -> usize {
        lane_of(number, self.senders, self.lanes) as usize
    }

    /// It waits no longer, if it did.
    fn leave(&mut self, number: u32, fate: Fate) -> bool {
        let is_waiting = matches!(self.fates[number as usize], Fate::Sent(_));
        if is_waiting {
            let lane = self.lane(number);
            self.waiting[lane] -= 1;
            self.fates[number as usize] = fate;
        }
        is_waiting
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(number: u8) -> [u8; 32] {
        [number; 32]
    }

    fn tally() -> Tally {
        // Three senders on two lanes: 0 and 2 by the first, 1 by the second.
        Tally::new(&[hash(0), hash(1), hash(2), hash(3)], 3, 2)
    }

    #[test]
    fn what_is_sent_waits_until_a_block_has_it() {
        let (tally, begin) = (tally(), Instant::now());
        let later = begin + Duration::from_millis(5);
        tally.sent(&[0, 1, 2, 3], begin);
        assert_eq!((tally.waiting(0), tally.waiting(1)), (3, 1));
        assert_eq!(tally.block([hash(0), hash(1), hash(9), hash(0)].iter(), later), 2);
        assert_eq!((tally.waiting(0), tally.waiting(1), tally.is_over()), (2, 0, false));
        assert_eq!(tally.block([hash(2), hash(3)].iter(), later), 2);
        assert!(tally.is_over());
        let totals = tally.totals();
        assert_eq!((totals.committed, totals.missing), (4, 0));
        assert_eq!(totals.latencies, [Duration::from_millis(5); 4]);
        assert_eq!(totals.blocks, [Seen { at: later, ours: 2 }; 2]);
    }

    #[test]
    fn a_refused_one_waits_no_longer_and_a_delayed_one_counts_from_its_next_try() {
        let (tally, begin) = (tally(), Instant::now());
        let later = begin + Duration::from_millis(5);
        tally.sent(&[0, 2], begin);
        tally.delayed(0, "txpool is full");
        tally.refused(2, "nonce too low");
        assert_eq!(tally.waiting(0), 0);
        tally.sent(&[0], later);
        tally.block([hash(0)].iter(), later);
        let totals = tally.totals();
        assert_eq!(
            (totals.committed, totals.missing, totals.latencies),
            (1, 2, vec![Duration::ZERO])
        );
        assert_eq!(totals.refused, BTreeMap::from([("nonce too low".to_owned(), 1)]));
        assert_eq!(totals.delayed, BTreeMap::from([("txpool is full".to_owned(), 1)]));
    }

    #[test]
    fn one_that_was_refused_and_is_in_a_block_was_not_refused() {
        let (tally, now) = (tally(), Instant::now());
        tally.sent(&[0], now);
        tally.refused(0, "nonce too low");
        tally.block([hash(0)].iter(), now);
        let totals = tally.totals();
        assert_eq!((totals.committed, totals.refused.len(), totals.missing), (1, 0, 3));
        assert_eq!(tally.settled(), 1);
    }
}
