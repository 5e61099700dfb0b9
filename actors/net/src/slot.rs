//! One peer as this process knows it: where it is, whether it is connected, what waits for it.

use crate::DialError;
use crate::config::{Dial, Entry};
use crate::frame::lane_number;
use crate::limits::Limits;
use crate::line::Line;
use crate::outbox::Outbox;
use crate::waiting::Waiting;
use std::collections::BTreeSet;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use troupe_runtime::BulkHeader;
use troupe_types::{Millis, NodeId};
use troupe_wire::{CallError, Lane};

/// Everything about one peer.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) id: NodeId,
    outboxes: [Outbox; 3],
    pub(crate) waiting: Waiting,
    /// Held by the reader of a lane's tells: those of a new line wait for those of the old one.
    turns: [tokio::sync::Mutex<()>; 3],
    /// Bulk streams of the peer that are open here.
    pub(crate) bulk: Mutex<BTreeSet<BulkHeader>>,
    /// Bulk streams to the peer, open or about to be.
    pub(crate) bulk_out: AtomicU32,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) entry: Option<Entry>,
    /// An address that somebody told us, and when.
    pub(crate) contact: Option<(String, u64)>,
    pub(crate) phase: Phase,
    /// Failed dials and short lines in a row.
    pub(crate) failures: u32,
    /// Failed dials ever, so that who waits can tell that one happened.
    attempts: u64,
    pub(crate) next_try: Millis,
    pub(crate) last_error: Option<DialError>,
}

/// Whether there is a line.
#[derive(Debug, Clone, Default)]
pub(crate) enum Phase {
    /// There is none and nobody wants one.
    #[default]
    Down,
    /// One is wanted once the pause is over.
    Pausing,
    /// The peer is being dialed.
    Dialing,
    /// There is one.
    Up(Arc<Line>),
}

/// What can be done to reach a peer before a deadline.
#[derive(Debug)]
pub(crate) enum Aim {
    /// There is a line.
    Up(Arc<Line>),
    /// A dial is under way.
    Wait,
    /// Somebody has to dial; the caller does.
    Dial,
    /// There is no way before the deadline.
    Never,
}

/// How long a line must have stood for the peer to be dialed at once after its loss.
const STABLE: Millis = Millis::secs(5);

impl State {
    pub(crate) fn addresses(&self) -> impl Iterator<Item = &str> {
        let own = self.entry.as_ref().and_then(|entry| entry.address.as_deref());
        let told = self.contact.as_ref().map(|(address, _)| address.as_str());
        own.into_iter().chain(told.filter(move |told| Some(*told) != own))
    }

    fn is_kept(&self) -> bool {
        let has_address = self.addresses().next().is_some();
        has_address && self.entry.as_ref().is_some_and(|entry| entry.dial == Dial::Keep)
    }

    /// Whether forgetting the peer loses nothing.
    pub(crate) fn is_forgotten(&self) -> bool {
        self.entry.is_none() && self.contact.is_none() && matches!(self.phase, Phase::Down)
    }

    pub(crate) fn line(&self) -> Option<&Arc<Line>> {
        match &self.phase {
            Phase::Up(line) => Some(line),
            Phase::Down | Phase::Pausing | Phase::Dialing => None,
        }
    }
}

impl Slot {
    pub(crate) fn new(id: NodeId, limits: &Limits) -> Self {
        let outbox = || Outbox::new(limits.lane);
        Self {
            id,
            outboxes: [outbox(), outbox(), outbox()],
            waiting: Waiting::new(limits.waiting),
            turns: Default::default(),
            bulk: Mutex::default(),
            bulk_out: AtomicU32::new(0),
            state: Mutex::default(),
            changed: Notify::new(),
        }
    }

    pub(crate) fn outbox(&self, lane: Lane) -> &Outbox {
        &self.outboxes[usize::from(lane_number(lane))]
    }

    /// The right to deliver this lane's tells; given in the order of asking.
    pub(crate) async fn turn(&self, lane: Lane) -> tokio::sync::MutexGuard<'_, ()> {
        self.turns[usize::from(lane_number(lane))].lock().await
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn line(&self) -> Option<Arc<Line>> {
        self.state().line().cloned()
    }

    /// Looks for a way to the peer; after [`Aim::Dial`] the caller starts the dialer.
    pub(crate) fn aim(&self, now: Millis, deadline: Millis) -> Aim {
        let mut state = self.state();
        let is_too_late = state.next_try > now && state.next_try > deadline;
        match &state.phase {
            Phase::Up(line) => Aim::Up(Arc::clone(line)),
            Phase::Dialing => Aim::Wait,
            Phase::Down | Phase::Pausing if is_too_late => Aim::Never,
            Phase::Pausing => Aim::Wait,
            Phase::Down if state.addresses().next().is_none() => Aim::Never,
            Phase::Down => {
                state.phase = Phase::Pausing;
                Aim::Dial
            }
        }
    }

    /// Whether the peer is to be dialed although nobody sends to it; the caller starts the dialer.
    pub(crate) fn keep(&self) -> bool {
        let mut state = self.state();
        let is_wanted = state.is_kept() && matches!(state.phase, Phase::Down);
        if is_wanted {
            state.phase = Phase::Pausing;
        }
        is_wanted
    }

    /// Begins a dial: the addresses to try. `None` ends the dialer: there is a line, or no address.
    pub(crate) fn begin(&self) -> Option<Vec<String>> {
        let mut state = self.state();
        if !matches!(state.phase, Phase::Pausing) {
            return None;
        }
        let addresses: Vec<String> = state.addresses().map(str::to_owned).collect();
        state.phase = if addresses.is_empty() { Phase::Down } else { Phase::Dialing };
        drop(state);
        self.changed.notify_waiters();
        (!addresses.is_empty()).then_some(addresses)
    }

    /// A dial has failed; true when the dialer shall go on after a pause. Who waited is told.
    pub(crate) fn failed(
        &self,
        error: &DialError,
        now: Millis,
        pause: impl FnOnce(u32) -> Millis,
    ) -> bool {
        let mut state = self.state();
        if !matches!(state.phase, Phase::Dialing) {
            return false;
        }
        state.failures = state.failures.saturating_add(1);
        state.attempts += 1;
        state.next_try = now.plus(pause(state.failures));
        state.last_error = Some(error.clone());
        let goes_on = state.is_kept();
        state.phase = if goes_on { Phase::Pausing } else { Phase::Down };
        drop(state);
        self.changed.notify_waiters();
        goes_on
    }

    /// A line was established and chosen; returns the one it replaces.
    pub(crate) fn up(&self, line: &Arc<Line>) -> Option<Arc<Line>> {
        let mut state = self.state();
        let old = std::mem::replace(&mut state.phase, Phase::Up(Arc::clone(line)));
        state.last_error = None;
        drop(state);
        self.changed.notify_waiters();
        match old {
            Phase::Up(old) => Some(old),
            Phase::Down | Phase::Pausing | Phase::Dialing => None,
        }
    }

    /// A line has ended. False when it was not this peer's current one.
    pub(crate) fn down(
        &self,
        line: &Arc<Line>,
        why: DialError,
        now: Millis,
        pause: impl FnOnce(u32) -> Millis,
    ) -> bool {
        let mut state = self.state();
        if !state.line().is_some_and(|current| Arc::ptr_eq(current, line)) {
            return false;
        }
        state.phase = Phase::Down;
        let was_stable = now.since(line.since) >= STABLE;
        state.failures = if was_stable { 1 } else { state.failures.saturating_add(1) };
        state.next_try = now.plus(pause(state.failures));
        state.last_error = Some(why);
        drop(state);
        self.changed.notify_waiters();
        true
    }

    /// Waits for a line. `NotHere` when the dial under way fails or nobody dials.
    pub(crate) async fn reached(&self) -> Result<Arc<Line>, CallError> {
        let before = self.state().attempts;
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            {
                let state = self.state();
                match &state.phase {
                    Phase::Up(line) => return Ok(Arc::clone(line)),
                    Phase::Down => return Err(CallError::NotHere),
                    Phase::Pausing | Phase::Dialing if state.attempts != before => {
                        return Err(CallError::NotHere);
                    }
                    Phase::Pausing | Phase::Dialing => {}
                }
            }
            changed.await;
        }
    }

    /// Waits until no dial of ours is under way.
    pub(crate) async fn dialed(&self) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if !matches!(self.state().phase, Phase::Dialing) {
                return;
            }
            changed.await;
        }
    }

    /// Waits until there is a line.
    pub(crate) async fn connected(&self) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if self.line().is_some() {
                return;
            }
            changed.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    fn slot(address: Option<&str>, dial: Dial) -> Arc<Slot> {
        let slot = Slot::new(NodeId([1; 32]), &Limits::default());
        slot.state().entry = Some(Entry {
            id: slot.id,
            address: address.map(str::to_owned),
            role: "data".to_owned(),
            dial,
        });
        Arc::new(slot)
    }

    const SOON: Millis = Millis(1_000);

    #[test]
    fn the_first_who_wants_a_peer_dials_and_others_wait() {
        let slot = slot(Some("h:1"), Dial::OnDemand);
        assert!(matches!(slot.aim(Millis(0), SOON), Aim::Dial));
        assert!(matches!(slot.aim(Millis(0), SOON), Aim::Wait));
        assert_eq!(slot.begin(), Some(vec!["h:1".to_owned()]));
        assert_eq!(slot.begin(), None);
        assert!(matches!(slot.aim(Millis(0), SOON), Aim::Wait));
    }

    #[test]
    fn a_failed_dial_tells_all_who_wait_and_sets_a_pause() {
        let slot = slot(Some("h:1"), Dial::OnDemand);
        assert!(matches!(slot.aim(Millis(0), SOON), Aim::Dial));
        let mut waiting = Box::pin(slot.reached());
        assert!(waiting.as_mut().now_or_never().is_none());
        slot.begin();
        assert!(waiting.as_mut().now_or_never().is_none());
        assert!(!slot.failed(&DialError::TimedOut, Millis(10), |failures| {
            assert_eq!(failures, 1);
            Millis(500)
        }));
        assert_eq!(waiting.now_or_never().unwrap().unwrap_err(), CallError::NotHere);
        assert!(matches!(slot.aim(Millis(20), Millis(100)), Aim::Never));
        assert!(matches!(slot.aim(Millis(20), SOON), Aim::Dial));
    }

    #[test]
    fn a_kept_peer_is_dialed_again_and_who_waited_is_told_all_the_same() {
        let slot = slot(Some("h:1"), Dial::Keep);
        assert!(slot.keep());
        assert!(!slot.keep());
        slot.begin();
        let waiting = slot.reached();
        tokio::pin!(waiting);
        assert!(waiting.as_mut().now_or_never().is_none());
        assert!(slot.failed(&DialError::TimedOut, Millis(0), |_| Millis(9)));
        assert_eq!(waiting.now_or_never().unwrap().unwrap_err(), CallError::NotHere);
        assert!(slot.begin().is_some());
    }

    #[test]
    fn a_peer_without_an_address_cannot_be_dialed() {
        let slot = slot(None, Dial::Keep);
        assert!(matches!(slot.aim(Millis(0), SOON), Aim::Never));
        assert!(!slot.keep());
        slot.state().contact = Some(("told:2".to_owned(), 1));
        assert!(slot.keep());
        assert_eq!(slot.begin(), Some(vec!["told:2".to_owned()]));
    }

    #[test]
    fn its_own_address_is_tried_before_one_that_was_told() {
        let slot = slot(Some("h:1"), Dial::Keep);
        slot.state().contact = Some(("told:2".to_owned(), 1));
        assert_eq!(slot.state().addresses().collect::<Vec<_>>(), ["h:1", "told:2"]);
        slot.state().contact = Some(("h:1".to_owned(), 1));
        assert_eq!(slot.state().addresses().collect::<Vec<_>>(), ["h:1"]);
    }
}
