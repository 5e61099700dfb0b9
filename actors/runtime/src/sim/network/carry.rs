//! Messages under way: delayed, ordered, delivered, answered.

use super::Network;
use super::order::Order;
use super::parcel::{Load, Parcel};
use super::score::BROKEN;
use super::state::State;
use crate::inbound::Arrival;
use crate::transport::{Answer, Request};
use bytes::Bytes;
use std::sync::{Arc, MutexGuard};
use troupe_wire::CallError;

/// Names an ordered stream between two nodes.
#[derive(Debug, Clone, Copy)]
enum StreamName {
    Lane(usize),
    Flow(u64),
}

impl Parcel {
    fn stream(&self) -> StreamName {
        match &self.load {
            Load::Tell(request) | Load::Ask(_, request) => StreamName::Lane(request.lane as usize),
            Load::Answer(id, _) | Load::Piece(id, _) => StreamName::Flow(*id),
        }
    }
}

impl State {
    fn order(&mut self, from: usize, to: usize, name: StreamName) -> Option<&mut Order> {
        match name {
            StreamName::Lane(lane) => Some(&mut self.way(from, to).lanes[lane].order),
            StreamName::Flow(id) => self.flows.get_mut(&id).map(|flow| &mut flow.order),
        }
    }
}

impl Network {
    /// Sends a parcel on its way, or ends the connection that carries nothing any more.
    pub(crate) fn dispatch(&self, state: &mut State, parcel: Parcel) {
        let weather = state.weather;
        let Some(span) = weather.draw(parcel.load.length(), &mut state.luck) else {
            self.sever(state, parcel.from, parcel.to);
            return;
        };
        let network = self.myself.clone();
        self.wheel.at(self.wheel.nanos() + span, move || {
            if let Some(network) = network.upgrade() {
                network.arrive(parcel);
            }
        });
    }

    fn arrive(&self, parcel: Parcel) {
        let (from, to, generation) = (parcel.from, parcel.to, parcel.generation);
        let mut state = self.lock();
        if !state.is_current(from, to, generation) {
            return;
        }
        if !state.passes(from, to) {
            state.tie(from, to).stalled.push(parcel);
            return;
        }
        let Some(place) = parcel.place else {
            self.deliver(state, parcel);
            return;
        };
        let name = parcel.stream();
        let mut next = state.order(from, to, name).and_then(|order| order.arrive(place, parcel));
        while let Some(parcel) = next {
            self.deliver(state, parcel);
            state = self.lock();
            // What was delivered may have ended the connection.
            if !state.is_current(from, to, generation) {
                return;
            }
            next = state.order(from, to, name).and_then(Order::follower);
        }
    }

    fn deliver(&self, mut state: MutexGuard<'_, State>, parcel: Parcel) {
        self.left_lane(&mut state, &parcel);
        let Parcel { from, to, load, .. } = parcel;
        match load {
            Load::Tell(request) => self.hand_over(state, from, to, &request, None),
            Load::Ask(id, request) => {
                let Some(home) = &state.stations[to].home else { return };
                let (network, life) = (self.myself.clone(), Arc::clone(&home.life));
                let generation = parcel.generation;
                let answer: Answer = Box::new(move |outcome| {
                    if let Some(network) = network.upgrade().filter(|_| !life.is_dead()) {
                        network.answered(id, generation, outcome);
                    }
                });
                self.hand_over(state, from, to, &request, Some(answer));
            }
            Load::Answer(id, outcome) => self.hand_back(state, id, outcome),
            Load::Piece(flow, piece) => self.take_piece(state, (from, to), flow, piece),
        }
    }

    fn hand_over(
        &self,
        state: MutexGuard<'_, State>,
        from: usize,
        to: usize,
        request: &Request,
        answer: Option<Answer>,
    ) {
        let inbound = state.stations[to].home.as_ref().map(|home| home.inbound.clone());
        let (Some(inbound), Some(peer)) = (inbound, state.peer(from, to)) else { return };
        drop(state);
        let Request { service, tag, within, ref body, .. } = *request;
        self.auditor.crossed(self.wheel.nanos(), (from, to), (service, tag), body);
        let arrival = Arrival { service, tag, within, body };
        if inbound.arrive(&peer, &arrival, answer).is_err() {
            self.punish(to, from, BROKEN);
        }
    }

    /// The receiver of an ask has its outcome.
    fn answered(&self, id: u64, generation: u64, outcome: Result<Bytes, CallError>) {
        let mut state = self.lock();
        let Some(asked) = state.asks.get(&id) else { return };
        let (from, to) = (asked.to, asked.from);
        let (service, tag) = (asked.service, asked.tag);
        let mut outcome = Some(outcome);
        if let Some(mut adversary) = state.stations[from].adversary.take() {
            drop(state);
            outcome = outcome.and_then(|outcome| adversary.answers(service, tag, outcome));
            state = self.lock();
            state.stations[from].adversary = Some(adversary);
        }
        let Some(outcome) = outcome else { return };
        if state.vanishes() {
            return;
        }
        let load = Load::Answer(id, outcome);
        let parcel =
            Parcel { from, to, generation, place: None, is_copy: false, expires: u64::MAX, load };
        self.dispatch(&mut state, parcel);
    }

    /// The answer arrived at the asker.
    fn hand_back(
        &self,
        mut state: MutexGuard<'_, State>,
        id: u64,
        outcome: Result<Bytes, CallError>,
    ) {
        let Some(asked) = self.close_ask(&mut state, id) else { return };
        drop(state);
        let failed = [1];
        let body = outcome.as_ref().map_or(&failed[..], |body| body);
        let way = (asked.to, asked.from);
        self.auditor.crossed(self.wheel.nanos(), way, (asked.service, asked.tag), body);
        let is_too_long = body.len() > asked.reply_limit;
        (asked.answer)(if is_too_long { Err(CallError::Lost) } else { outcome });
        if is_too_long {
            self.punish(asked.from, asked.to, BROKEN);
        }
    }
}
