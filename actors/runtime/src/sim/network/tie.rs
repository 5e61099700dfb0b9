//! Connections: made when needed, kept while both ends hear each other, lost with all they carried.

use super::Network;
use super::bulk::Flow;
use super::parcel::{Load, Parcel};
use super::state::{Home, Order, State, Station, Way, pair};
use crate::sim::wheel::NANOS_PER_MILLI;
use crate::transport::Peer;
use std::sync::Arc;
use troupe_types::Incarnation;
use troupe_wire::{CallError, Lane};

/// Names an ordered stream between two nodes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum StreamName {
    Lane(Lane),
    Flow(u64),
}

impl Parcel {
    pub(crate) fn stream(&self) -> StreamName {
        match &self.load {
            Load::Tell(request) | Load::Ask(_, request) => StreamName::Lane(request.lane),
            Load::Answer(id, _) | Load::Piece(id, _) => StreamName::Flow(*id),
        }
    }
}

impl State {
    /// Whether a connection is still the one of this generation.
    pub(crate) fn is_current(&self, one: usize, other: usize, generation: u64) -> bool {
        self.tie(one, other).is_some_and(|tie| tie.is_open && tie.generation == generation)
    }

    /// Keeps a parcel until the way is free.
    pub(crate) fn stall(&mut self, parcel: Parcel) {
        if let Some(tie) = self.ties.get_mut(&pair(parcel.from, parcel.to)) {
            tie.stalled.push(parcel);
        }
    }

    /// The ordered stream that a parcel belongs to.
    pub(crate) fn stream(&mut self, parcel: &Parcel) -> Option<&mut Order> {
        self.stream_named(parcel.from, parcel.to, parcel.stream())
    }

    pub(crate) fn stream_named(
        &mut self,
        from: usize,
        to: usize,
        name: StreamName,
    ) -> Option<&mut Order> {
        match name {
            StreamName::Lane(lane) => Some(&mut self.way(from, to).lanes[lane as usize]),
            StreamName::Flow(id) => self.flows.get_mut(&id).map(|flow| &mut flow.order),
        }
    }
}

/// One node as the other end of a connection sees it.
fn seen(station: &Station) -> Arc<Peer> {
    Arc::new(Peer {
        id: station.id,
        incarnation: station.incarnation,
        role: station.role.clone(),
        version: station.version,
    })
}

impl Network {
    /// The connection between two nodes, made now if need be; `NotHere` when it cannot be made.
    pub(crate) fn connect(
        &self,
        state: &mut State,
        from: usize,
        to: usize,
    ) -> Result<u64, CallError> {
        let now = self.wheel.nanos();
        let key = pair(from, to);
        let tie = state.ties.entry(key).or_default();
        if tie.is_open {
            return Ok(tie.generation);
        }
        if now < tie.refused_until || !state.is_whole(from, to) {
            return Err(CallError::NotHere);
        }
        let weather = state.weather;
        let there = weather.delay.draw(&mut state.luck);
        let back = weather.delay.draw(&mut state.luck);
        let peers = [seen(&state.stations[key.0]), seen(&state.stations[key.1])];
        let tie = state.ties.entry(key).or_default();
        tie.generation += 1;
        tie.is_open = true;
        tie.ready = now + there + back;
        tie.silent_since = None;
        tie.peers = Some(peers);
        Ok(tie.generation)
    }

    /// Ends a connection: what was under way is lost, and whoever asked hears of it.
    pub(crate) fn sever(&self, state: &mut State, one: usize, other: usize) {
        let key = pair(one, other);
        let Some(tie) = state.ties.get_mut(&key).filter(|tie| tie.is_open) else { return };
        tie.is_open = false;
        tie.peers = None;
        tie.silent_since = None;
        tie.stalled.clear();
        for way in [key, (key.1, key.0)] {
            state.ways.insert(way, Way::default());
        }
        let lost: Vec<u64> = state
            .asks
            .iter()
            .filter(|(_, asked)| pair(asked.from, asked.to) == key)
            .map(|(id, _)| *id)
            .collect();
        let lost: Vec<_> = lost.into_iter().filter_map(|id| state.asks.remove(&id)).collect();
        self.auditor.turned(self.wheel.nanos(), key.0, "lost a connection");
        self.later(move || {
            for asked in lost {
                (asked.answer)(Err(CallError::Lost));
            }
        });
        self.sever_flows(state, |flow: &Flow| pair(flow.from, flow.to) == key);
    }

    /// `by` caught `peer` breaking the rules: the connection ends and is not made again for a while.
    pub(crate) fn punish(&self, by: usize, peer: usize) {
        const MOST_DOUBLINGS: u32 = 10;
        let mut state = self.lock();
        let now = self.wheel.nanos();
        *state.stations[by].violations.entry(peer).or_default() += 1;
        self.auditor.turned(now, by, "caught a violation");
        let penalty = state.weather.penalty.0 * NANOS_PER_MILLI;
        if let Some(tie) = state.ties.get_mut(&pair(by, peer)) {
            let span = penalty << tie.strikes.min(MOST_DOUBLINGS);
            tie.strikes += 1;
            tie.refused_until = now + span;
        }
        self.sever(&mut state, by, peer);
    }

    /// Looks at every connection after something changed: what is whole again sends what stalled,
    /// what fell silent ends when it stays so.
    pub(crate) fn review(&self, state: &mut State) {
        let now = self.wheel.nanos();
        let open: Vec<(usize, usize)> =
            state.ties.iter().filter(|(_, tie)| tie.is_open).map(|(key, _)| *key).collect();
        for key in open {
            let is_whole = state.is_whole(key.0, key.1);
            let idle = state.weather.idle;
            let Some(tie) = state.ties.get_mut(&key) else { continue };
            if is_whole {
                tie.silent_since = None;
            } else if tie.silent_since.is_none() {
                tie.silent_since = Some(now);
                let (network, generation) = (self.myself.clone(), tie.generation);
                self.wheel.at(now + idle.0 * NANOS_PER_MILLI, move || {
                    if let Some(network) = network.upgrade() {
                        network.give_up(key, generation, now);
                    }
                });
            }
            // One direction may be free while the connection is not whole.
            let stalled = std::mem::take(&mut tie.stalled);
            for parcel in stalled {
                if state.passes(parcel.from, parcel.to) {
                    self.dispatch(state, parcel);
                } else {
                    state.stall(parcel);
                }
            }
        }
    }

    /// The idle time is over: ends the connection if it was silent all the while.
    fn give_up(&self, key: (usize, usize), generation: u64, since: u64) {
        let mut state = self.lock();
        let is_silent = state
            .ties
            .get(&key)
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
        for peer in 0..state.stations.len() {
            self.sever(&mut state, node, peer);
        }
        drop(state);
        let network = self.myself.clone();
        self.later(move || {
            if let Some(network) = network.upgrade() {
                network.prompt(node, &life);
            }
        });
    }

    /// A process ended: its own asks have no asker any more; its peers hear nothing and notice later.
    pub(crate) fn bury(&self, node: usize) {
        let mut state = self.lock();
        let home = state.stations[node].home.take();
        let own: Vec<u64> =
            state.asks.iter().filter(|(_, asked)| asked.from == node).map(|(id, _)| *id).collect();
        let own: Vec<_> = own.into_iter().filter_map(|id| state.asks.remove(&id)).collect();
        self.bury_flows(&mut state, node);
        self.review(&mut state);
        drop(state);
        drop((home, own));
    }

    /// A process was paused or goes on.
    pub(crate) fn changed(&self) {
        self.review(&mut self.lock());
    }
}
