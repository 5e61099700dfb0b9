//! Who watches the town from outside: what it sees outlives every process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use troupe_runtime::Actor;
use troupe_runtime::Cx;
use troupe_wire::{CallError, Certainty};

#[derive(Debug, Clone, Default)]
pub(crate) struct Watch(Arc<Mutex<Seen>>);

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// What broke an invariant, in words.
    pub(crate) complaints: Vec<String>,
    pub(crate) beats_told: u64,
    pub(crate) beats_heard: u64,
    /// The last beat heard, by hearer, sender and the sender's start.
    last_beat: BTreeMap<(usize, u32, u64), u64>,
    pub(crate) falls: u64,
    pub(crate) sums: u64,
    pub(crate) comparisons: u64,
    last_number: u64,
    /// Numbers by the ledger that promised to keep them.
    pub(crate) promised: BTreeMap<usize, BTreeSet<u64>>,
    /// Numbers that a ledger may have kept.
    pub(crate) open: BTreeMap<usize, BTreeSet<u64>>,
    /// Numbers that no ledger can have kept.
    pub(crate) not_run: BTreeSet<u64>,
    /// The largest total that each ledger told.
    pub(crate) largest_total: BTreeMap<usize, u64>,
}

impl Watch {
    pub(crate) fn see(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().expect("one thread")
    }

    /// No message runs after its deadline.
    pub(crate) fn on_time<A: Actor>(&self, cx: &Cx<'_, A>, message: &str) {
        if cx.now().mono > cx.deadline() {
            let late = format!("{message} ran at {} by {}", cx.now().mono, cx.deadline());
            self.see().complaints.push(late);
        }
    }

    /// Beats of one sender and start come in order and at most once.
    pub(crate) fn heard(&self, hearer: usize, sender: u32, start: u64, number: u64) {
        let mut seen = self.see();
        seen.beats_heard += 1;
        let last = seen.last_beat.insert((hearer, sender, start), number);
        if let Some(last) = last.filter(|last| *last >= number) {
            let what = format!("{hearer} heard beat {number} of {sender} after {last}");
            seen.complaints.push(what);
        }
    }

    /// A number that no ledger has seen, about to be entered into one. Whether it is there stays
    /// open until an outcome is known; whoever dies before it hears one leaves it open for good.
    pub(crate) fn number_for(&self, ledger: usize) -> u64 {
        let mut seen = self.see();
        seen.last_number += 1;
        let number = seen.last_number;
        seen.open.entry(ledger).or_default().insert(number);
        number
    }

    /// What the asker of a ledger was told.
    pub(crate) fn entered(&self, ledger: usize, number: u64, outcome: Result<u64, CallError>) {
        let mut seen = self.see();
        match outcome {
            Ok(total) => {
                seen.open.entry(ledger).or_default().remove(&number);
                seen.promised.entry(ledger).or_default().insert(number);
                let largest = seen.largest_total.entry(ledger).or_default();
                *largest = total.max(*largest);
            }
            Err(why) => match why.certainty() {
                Certainty::NotRun => {
                    seen.open.entry(ledger).or_default().remove(&number);
                    seen.not_run.insert(number);
                }
                Certainty::Unknown => {}
            },
        }
    }
}
