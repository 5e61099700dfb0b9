//! Connections: dialed when needed, kept while both ends hear each other, lost with all they carried.

use super::Network;
use super::bulk::Flow;
use super::parcel::{Load, Parcel};
use super::state::{Asked, Home, Phase, State, Way, pair};
use crate::sim::wheel::{NANOS_PER_MILLI, Nanos};
use std::sync::Arc;
use troupe_types::Incarnation;
use troupe_wire::CallError;

// The spans are those of the real network.
/// How long a dial may take.
const DIAL: Nanos = 5_000 * NANOS_PER_MILLI;
/// The pause after the first failure; it doubles up to the longest one, and up to half of it is luck.
const FIRST_PAUSE: Nanos = 250 * NANOS_PER_MILLI;
const LONGEST_PAUSE: Nanos = 30_000 * NANOS_PER_MILLI;
/// A connection that stood so long was no failure.
const STABLE: Nanos = 5_000 * NANOS_PER_MILLI;

impl Network {
    /// Finds a way to a peer before `deadline`, and begins to make one where there is none.
    pub(crate) fn aim(
        &self,
        state: &mut State,
        from: usize,
        to: usize,
        deadline: Nanos,
    ) -> Result<(), CallError> {
        let now = self.wheel.nanos();
        let key = pair(from, to);
        match state.tie(from, to).phase {
            Phase::Up | Phase::Dialing => return Ok(()),
            Phase::Down => {}
        }
        let is_refused = |by: usize, peer: usize| {
            state.stations[by].scores.get(&peer).is_some_and(|score| score.is_refused(now))
        };
        let is_refused = is_refused(from, to) || is_refused(to, from);
        let tie = state.tie(from, to);
        if is_refused || tie.next_try > deadline {
            return Err(CallError::NotHere);
        }
        // From now until the outcome of the dial, messages wait.
        tie.phase = Phase::Dialing;
        tie.attempt += 1;
        let (attempt, at) = (tie.attempt, tie.next_try.max(now));
        let network = self.myself.clone();
        self.wheel.at(at, move || {
            if let Some(network) = network.upgrade() {
                network.dial(key, attempt);
            }
        });
        Ok(())
    }

    /// Dials: succeeds after a handshake when the way is free, and fails when it stays closed.
    fn dial(&self, key: (usize, usize), attempt: u64) {
        let mut state = self.lock();
        let tie = state.tie(key.0, key.1);
        if tie.phase != Phase::Dialing || tie.attempt != attempt {
            return;
        }
        self.shake_hands(&mut state, key, attempt);
        let network = self.myself.clone();
        let end = self.wheel.at(self.wheel.nanos() + DIAL, move || {
            if let Some(network) = network.upgrade() {
                network.fail(key, attempt);
            }
        });
        state.tie(key.0, key.1).dial_ends = Some(end);
    }

    fn shake_hands(&self, state: &mut State, key: (usize, usize), attempt: u64) {
        if !state.is_whole(key.0, key.1) {
            return;
        }
        let weather = state.weather;
        let there = weather.delay.draw(&mut state.luck);
        let back = weather.delay.draw(&mut state.luck);
        let network = self.myself.clone();
        self.wheel.at(self.wheel.nanos() + there + back, move || {
            if let Some(network) = network.upgrade() {
                network.establish(key, attempt);
            }
        });
    }

    fn establish(&self, key: (usize, usize), attempt: u64) {
        let mut state = self.lock();
        let is_whole = state.is_whole(key.0, key.1);
        let peers = [state.stations[key.0].peer(), state.stations[key.1].peer()];
        let now = self.wheel.nanos();
        let tie = state.tie(key.0, key.1);
        if tie.phase != Phase::Dialing || tie.attempt != attempt || !is_whole {
            return;
        }
        tie.phase = Phase::Up;
        tie.generation += 1;
        tie.up_since = now;
        tie.silent_since = None;
        tie.peers = Some(peers);
        if let Some(end) = tie.dial_ends.take() {
            self.wheel.cancel(end);
        }
        for parcel in std::mem::take(&mut tie.waiting) {
            self.launch(&mut state, parcel);
        }
    }

    /// The time for a dial is over: whoever waited is told, and the next dial comes after a pause.
    fn fail(&self, key: (usize, usize), attempt: u64) {
        let mut state = self.lock();
        let tie = state.tie(key.0, key.1);
        if tie.phase != Phase::Dialing || tie.attempt != attempt {
            return;
        }
        tie.phase = Phase::Down;
        tie.failures = tie.failures.saturating_add(1);
        let waiting = std::mem::take(&mut tie.waiting);
        self.pause(&mut state, key);
        self.turn_away(&mut state, waiting);
        self.end_flows(&mut state, key, CallError::NotHere);
    }

    fn pause(&self, state: &mut State, key: (usize, usize)) {
        let doublings = state.tie(key.0, key.1).failures.saturating_sub(1).min(20);
        let longest = (FIRST_PAUSE << doublings).min(LONGEST_PAUSE);
        let pause = longest - state.luck.below(longest / 2 + 1);
        state.tie(key.0, key.1).next_try = self.wheel.nanos() + pause;
    }

    /// Parcels that never left: tells are dropped, askers hear that nothing ran.
    fn turn_away(&self, state: &mut State, parcels: Vec<Parcel>) {
        let mut asked: Vec<Asked> = Vec::new();
        for parcel in parcels {
            self.left_lane(state, &parcel);
            if let Load::Ask(id, _) = parcel.load {
                asked.extend(self.close_ask(state, id));
            }
        }
        self.settle(asked, CallError::NotHere);
    }

    fn settle(&self, asked: Vec<Asked>, why: CallError) {
        if asked.is_empty() {
            return;
        }
        self.later(move || {
            for asked in asked {
                (asked.answer)(Err(why));
            }
        });
    }

    /// Ends a connection: what was under way is lost, and whoever asked hears of it.
    pub(crate) fn sever(&self, state: &mut State, one: usize, other: usize) {
        let key = pair(one, other);
        if state.line(one, other).is_none() {
            return;
        }
        let now = self.wheel.nanos();
        let tie = state.tie(one, other);
        tie.phase = Phase::Down;
        tie.peers = None;
        tie.silent_since = None;
        tie.stalled.clear();
        let was_stable = now - tie.up_since >= STABLE;
        tie.failures = if was_stable { 1 } else { tie.failures.saturating_add(1) };
        self.pause(state, key);
        for way in [key, (key.1, key.0)] {
            if let Some(way) = state.ways.get_mut(way) {
                *way = Way::default();
            }
        }
        let is_concerned = |asked: &Asked| pair(asked.from, asked.to) == key;
        let (sent, unsent): (Vec<Asked>, Vec<Asked>) =
            take_asks(state, is_concerned).into_iter().partition(|asked| asked.is_sent);
        self.settle(sent, CallError::Lost);
        self.settle(unsent, CallError::NotHere);
        self.end_flows(state, key, CallError::Lost);
        self.auditor.turned(now, key.0, "lost a connection");
    }

    fn end_flows(&self, state: &mut State, key: (usize, usize), why: CallError) {
        self.sever_flows(state, why, |flow: &Flow| pair(flow.from, flow.to) == key);
    }

    /// `by` caught `peer` breaking the rules: the connection ends, and after too much of it there
    /// is none for a while.
    pub(crate) fn punish(&self, by: usize, peer: usize, weight: u64) {
        let mut state = self.lock();
        let now = self.wheel.nanos();
        state.stations[by].scores.entry(peer).or_default().count(weight, now);
        self.auditor.turned(now, by, "caught a violation");
        self.sever(&mut state, by, peer);
    }

    /// Looks at every connection after something changed: what is whole again sends what stalled,
    /// what fell silent ends when it stays so.
    pub(crate) fn review(&self, state: &mut State) {
        let now = self.wheel.nanos();
        let idle = state.weather.idle.0 * NANOS_PER_MILLI;
        let keys: Vec<(usize, usize)> = state.ties.iter().map(|(key, _)| key).collect();
        for key in keys {
            let is_whole = state.is_whole(key.0, key.1);
            let tie = state.tie(key.0, key.1);
            match tie.phase {
                Phase::Down => continue,
                Phase::Dialing => {
                    let (attempt, is_due) = (tie.attempt, tie.next_try <= now);
                    if is_due {
                        self.shake_hands(state, key, attempt);
                    }
                    continue;
                }
                Phase::Up => {}
            }
            if is_whole {
                tie.silent_since = None;
            } else if tie.silent_since.is_none() {
                tie.silent_since = Some(now);
                let (network, generation) = (self.myself.clone(), tie.generation);
                self.wheel.at(now + idle, move || {
                    if let Some(network) = network.upgrade() {
                        network.give_up(key, generation, now);
                    }
                });
            }
            // One direction may be free while the connection is not whole.
            for parcel in std::mem::take(&mut tie.stalled) {
                if state.passes(parcel.from, parcel.to) {
                    self.dispatch(state, parcel);
                } else {
                    state.tie(key.0, key.1).stalled.push(parcel);
                }
            }
        }
    }

    /// The idle time is over: ends the connection if it was silent all the while.
    fn give_up(&self, key: (usize, usize), generation: u64, since: Nanos) {
        let mut state = self.lock();
        let is_silent = state
            .line(key.0, key.1)
            .is_some_and(|tie| tie.generation == generation && tie.silent_since == Some(since));
        if is_silent {
            self.sever(&mut state, key.0, key.1);
        }
    }

    /// A process started: its peers notice that what they have is of an earlier one.
    pub(crate) fn boot(&self, node: usize, incarnation: Incarnation, home: Home) {
        let mut state = self.lock();
        let life = Arc::clone(&home.life);
        state.stations[node].home = Some(home);
        state.stations[node].incarnation = incarnation;
        for peer in (0..state.stations.len()).filter(|peer| *peer != node) {
            if state.ties.get(pair(node, peer)).is_some() {
                self.sever(&mut state, node, peer);
                // It dials them itself, so nobody waits for a pause.
                state.tie(node, peer).next_try = self.wheel.nanos();
            }
        }
        self.review(&mut state);
        if state.stations[node].adversary.is_some() {
            let network = self.myself.clone();
            self.later(move || {
                if let Some(network) = network.upgrade() {
                    network.prompt(node, &life);
                }
            });
        }
    }

    /// A process ended: its own asks have no asker any more; its peers hear nothing and notice later.
    pub(crate) fn bury(&self, node: usize) {
        let mut state = self.lock();
        let home = state.stations[node].home.take();
        let own = take_asks(&mut state, |asked| asked.from == node);
        let State { ties, ways, .. } = &mut *state;
        for ((_, to), way) in ways.iter_mut().filter(|((from, _), _)| *from == node) {
            (way.asks, way.unsent, way.unsent_bytes) = (0, 0, 0);
            way.queue.clear();
            let Some(tie) = ties.get_mut(pair(node, to)) else { continue };
            tie.waiting.retain(|parcel| parcel.from != node);
            // On a connection that stands, what was sent before the end still arrives.
            if tie.phase != Phase::Up {
                *way = Way::default();
            }
        }
        self.bury_flows(&mut state, node);
        self.review(&mut state);
        drop(state);
        // What they hold may reach for the network when it is dropped.
        drop((home, own));
    }

    /// A process was paused or goes on.
    pub(crate) fn changed(&self) {
        self.review(&mut self.lock());
    }
}

/// Takes asks out of the book.
fn take_asks(state: &mut State, is_concerned: impl Fn(&Asked) -> bool) -> Vec<Asked> {
    let concerned = state.asks.iter().filter(|(_, asked)| is_concerned(asked));
    let ids: Vec<u64> = concerned.map(|(id, _)| *id).collect();
    ids.into_iter().filter_map(|id| state.asks.remove(&id)).collect()
}
