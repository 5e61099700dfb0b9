//! From a sender's wish to its arrival: admitted, delayed, ordered, delivered, answered.

use super::Network;
use super::parcel::{Load, Parcel};
use super::state::{Asked, State};
use crate::inbound::Arrival;
use crate::sim::adversary::{Sent, Wants};
use crate::sim::life::Life;
use crate::sim::wheel::NANOS_PER_MILLI;
use crate::transport::{Answer, Request};
use bytes::Bytes;
use std::sync::{Arc, MutexGuard};
use troupe_types::{Millis, NodeId};
use troupe_wire::CallError;

/// Between two nodes, in one direction, at most so much is under way; more is refused as `Busy`.
const MAX_MESSAGES: u64 = 1_024;
const MAX_BYTES: u64 = 8 << 20;
/// And so many asks may be open.
const MAX_ASKS: u64 = 1_024;
/// How often asks that were not answered in time are looked for.
const SWEEP: u64 = 500 * NANOS_PER_MILLI;

impl Network {
    /// Does something once everything that runs now has returned: no callback runs under a lock.
    pub(crate) fn later(&self, act: impl FnOnce() + Send + 'static) {
        self.wheel.at(self.wheel.nanos(), act);
    }

    fn millis(&self) -> Millis {
        Millis(self.wheel.nanos() / NANOS_PER_MILLI)
    }

    /// A node sends. An ask always gets its outcome through `answer`.
    pub(crate) fn send(
        &self,
        from: usize,
        to: NodeId,
        request: Request,
        answer: Option<Answer>,
    ) -> Result<(), CallError> {
        let mut state = self.lock();
        let Some(mut adversary) = state.stations[from].adversary.take() else {
            return self.post(&mut state, from, to, request, answer);
        };
        drop(state);
        let wants = if answer.is_some() { Wants::Answer } else { Wants::Nothing };
        let mut out = Vec::new();
        let sent = Sent { after: Millis::ZERO, to, request: request.clone(), wants };
        adversary.sends(self.millis(), sent, &mut out);
        let mut state = self.lock();
        state.stations[from].adversary = Some(adversary);
        let unsent = self.act(&mut state, from, out, answer);
        if let Some(answer) = unsent {
            // The asker waits for a question that never left.
            if let Some(to) = state.numbers.get(&to).copied() {
                self.open_ask(&mut state, from, to, 0, &request, answer);
            }
        }
        Ok(())
    }

    /// Sends what an adversary wants sent; gives `answer` back when nothing took it.
    fn act(
        &self,
        state: &mut State,
        from: usize,
        out: Vec<Sent>,
        mut answer: Option<Answer>,
    ) -> Option<Answer> {
        let life = state.stations[from].home.as_ref().map(|home| Arc::clone(&home.life));
        for Sent { after, to, request, wants } in out {
            let answer = match wants {
                Wants::Nothing => None,
                Wants::Answer => answer.take().or_else(|| Some(self.heard(from, to))),
            };
            if after == Millis::ZERO {
                // What an adversary is refused is its own loss.
                let _ = self.post(state, from, to, request, answer);
                continue;
            }
            let (network, life) = (self.myself.clone(), life.clone());
            let at = self.wheel.nanos().saturating_add(after.0.saturating_mul(NANOS_PER_MILLI));
            self.wheel.at(at, move || {
                let is_alive = life.is_some_and(|life| !life.is_dead());
                if let Some(network) = network.upgrade().filter(|_| is_alive) {
                    let _ = network.post(&mut network.lock(), from, to, request, answer);
                }
            });
        }
        answer
    }

    /// Takes an outcome to the adversary at `node`.
    fn heard(&self, node: usize, from: NodeId) -> Answer {
        let network = self.myself.clone();
        Box::new(move |outcome| {
            let Some(network) = network.upgrade() else { return };
            let adversary = network.lock().stations[node].adversary.take();
            if let Some(mut adversary) = adversary {
                adversary.hears(from, outcome);
                network.lock().stations[node].adversary = Some(adversary);
            }
        })
    }

    /// Lets the adversary at `node` act of its own accord, as long as that process lives.
    pub(crate) fn prompt(&self, node: usize, life: &Arc<Life>) {
        if life.is_dead() {
            return;
        }
        let Some(mut adversary) = self.lock().stations[node].adversary.take() else { return };
        let mut out = Vec::new();
        let next = if life.is_up() {
            adversary.acts(self.millis(), &mut out)
        } else {
            Some(self.millis().plus(Millis(1)))
        };
        let mut state = self.lock();
        state.stations[node].adversary = Some(adversary);
        self.act(&mut state, node, out, None);
        let Some(next) = next else { return };
        let (network, life) = (self.myself.clone(), Arc::clone(life));
        // It cannot stop time by asking for the present again.
        let at = next.0.max(self.millis().0 + 1).saturating_mul(NANOS_PER_MILLI);
        self.wheel.at(at, move || {
            if let Some(network) = network.upgrade() {
                network.prompt(node, &life);
            }
        });
    }

    fn post(
        &self,
        state: &mut State,
        from: usize,
        to: NodeId,
        request: Request,
        answer: Option<Answer>,
    ) -> Result<(), CallError> {
        let admitted = self.admit(state, from, to, &request, answer.is_some());
        let (to, generation) = match admitted {
            Ok(admitted) => admitted,
            Err(why) => {
                let Some(answer) = answer else { return Err(why) };
                self.later(move || answer(Err(why)));
                return Ok(());
            }
        };
        let vanishes = state.vanishes();
        let (length, lane) = (request.body.len() as u64, request.lane as usize);
        let (place, load) = match answer {
            Some(answer) => {
                let id = self.open_ask(state, from, to, generation, &request, answer);
                (None, Load::Ask(id, request))
            }
            None if vanishes => return Ok(()),
            None => (Some(state.way(from, to).lanes[lane].next()), Load::Tell(request)),
        };
        if vanishes {
            return Ok(());
        }
        let way = state.way(from, to);
        way.messages += 1;
        way.bytes += length;
        let parcel = Parcel { from, to, generation, place, is_copy: false, load };
        if state.comes_twice() {
            let copy = Parcel { place: None, is_copy: true, ..parcel.clone() };
            self.dispatch(state, copy);
        }
        self.dispatch(state, parcel);
        Ok(())
    }

    /// Whether a message may leave: the receiver's number and the connection's.
    fn admit(
        &self,
        state: &mut State,
        from: usize,
        to: NodeId,
        request: &Request,
        is_ask: bool,
    ) -> Result<(usize, u64), CallError> {
        let to = state.numbers.get(&to).copied().filter(|to| *to != from);
        let to = to.ok_or(CallError::NotHere)?;
        let generation = self.connect(state, from, to)?;
        if state.peer(to, from).is_none_or(|peer| request.since > peer.version) {
            return Err(CallError::Unsupported);
        }
        let way = state.way(from, to);
        let is_full = way.messages >= MAX_MESSAGES
            || way.bytes + request.body.len() as u64 > MAX_BYTES
            || (is_ask && way.asks >= MAX_ASKS);
        if is_full { Err(CallError::Busy) } else { Ok((to, generation)) }
    }

    fn open_ask(
        &self,
        state: &mut State,
        from: usize,
        to: usize,
        generation: u64,
        request: &Request,
        answer: Answer,
    ) -> u64 {
        let id = state.fresh_id();
        let span = request.within.0.saturating_mul(NANOS_PER_MILLI);
        let asked = Asked {
            from,
            to,
            generation,
            service: request.service,
            tag: request.tag,
            reply_limit: request.reply_limit,
            expires: self.wheel.nanos().saturating_add(span),
            answer,
        };
        state.asks.insert(id, asked);
        state.way(from, to).asks += 1;
        self.sweep_later(state);
        id
    }

    /// Takes an ask whose outcome is known.
    fn close_ask(state: &mut State, id: u64) -> Option<Asked> {
        let asked = state.asks.remove(&id)?;
        let way = state.way(asked.from, asked.to);
        way.asks = way.asks.saturating_sub(1);
        Some(asked)
    }

    /// Keeps one look-out for asks that were not answered in time.
    fn sweep_later(&self, state: &mut State) {
        if std::mem::replace(&mut state.is_sweeping, true) {
            return;
        }
        let network = self.myself.clone();
        self.wheel.at(self.wheel.nanos() + SWEEP, move || {
            if let Some(network) = network.upgrade() {
                network.sweep();
            }
        });
    }

    fn sweep(&self) {
        let mut state = self.lock();
        state.is_sweeping = false;
        let now = self.wheel.nanos();
        let is_over = |(id, asked): (&u64, &Asked)| (asked.expires <= now).then_some(*id);
        let over: Vec<u64> = state.asks.iter().filter_map(is_over).collect();
        let over: Vec<Asked> =
            over.into_iter().filter_map(|id| Self::close_ask(&mut state, id)).collect();
        if !state.asks.is_empty() {
            self.sweep_later(&mut state);
        }
        drop(state);
        for asked in over {
            (asked.answer)(Err(CallError::TimedOut));
        }
    }

    /// Sends a parcel on its way, or ends the connection that carries nothing any more.
    pub(crate) fn dispatch(&self, state: &mut State, parcel: Parcel) {
        let (from, to) = (parcel.from, parcel.to);
        let weather = state.weather;
        let Some(span) = weather.draw(parcel.load.length(), &mut state.luck) else {
            self.sever(state, from, to);
            return;
        };
        let ready = state.tie(from, to).map_or(0, |tie| tie.ready);
        let network = self.myself.clone();
        self.wheel.at(self.wheel.nanos().max(ready) + span, move || {
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
            state.stall(parcel);
            return;
        }
        let Some(place) = parcel.place else {
            self.deliver(state, parcel);
            return;
        };
        let Some(stream) = state.stream(&parcel) else { return };
        let name = parcel.stream();
        let mut next = stream.is_next(place, parcel);
        while let Some(parcel) = next {
            self.deliver(state, parcel);
            state = self.lock();
            if !state.is_current(from, to, generation) {
                return;
            }
            next = state.stream_named(from, to, name).and_then(super::state::Order::follower);
        }
    }

    fn deliver(&self, mut state: MutexGuard<'_, State>, parcel: Parcel) {
        let Parcel { from, to, load, .. } = parcel;
        if load.is_message() && !parcel.is_copy {
            let length = load.length() as u64;
            let way = state.way(from, to);
            way.messages = way.messages.saturating_sub(1);
            way.bytes = way.bytes.saturating_sub(length);
        }
        match load {
            Load::Tell(request) => self.hand_over(state, from, to, &request, None),
            Load::Ask(id, request) => {
                let Some(home) = &state.stations[to].home else { return };
                let (network, life) = (self.myself.clone(), Arc::clone(&home.life));
                let answer: Answer = Box::new(move |outcome| {
                    if let Some(network) = network.upgrade().filter(|_| !life.is_dead()) {
                        network.answered(id, outcome);
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
            self.punish(to, from);
        }
    }

    /// The receiver of an ask has its outcome.
    fn answered(&self, id: u64, outcome: Result<Bytes, CallError>) {
        let mut state = self.lock();
        let Some(asked) = state.asks.get(&id) else { return };
        let (from, to, generation) = (asked.to, asked.from, asked.generation);
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
        let parcel = Parcel { from, to, generation, place: None, is_copy: false, load };
        self.dispatch(&mut state, parcel);
    }

    /// The answer arrived at the asker.
    fn hand_back(
        &self,
        mut state: MutexGuard<'_, State>,
        id: u64,
        outcome: Result<Bytes, CallError>,
    ) {
        let Some(asked) = Self::close_ask(&mut state, id) else { return };
        drop(state);
        let failed = [1];
        let body = outcome.as_ref().map_or(&failed[..], |body| body);
        let way = (asked.to, asked.from);
        self.auditor.crossed(self.wheel.nanos(), way, (asked.service, asked.tag), body);
        let is_too_long = body.len() > asked.reply_limit;
        (asked.answer)(if is_too_long { Err(CallError::Lost) } else { outcome });
        if is_too_long {
            self.punish(asked.from, asked.to);
        }
    }
}
