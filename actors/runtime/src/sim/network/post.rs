//! Messages before they leave: admitted, queued within bounds, given up when it is too late.

use super::Network;
use super::parcel::{Load, Parcel};
use super::state::{Asked, Phase, State};
use crate::sim::wheel::{NANOS_PER_MILLI, Nanos};
use crate::transport::{Answer, Request};
use troupe_types::NodeId;
use troupe_wire::CallError;

// The bounds are those of the real network.
/// Asks under way from one node to another; every one is a stream.
const ASKS: u64 = 96;
/// Asks that wait for a stream or for the connection, and their bytes.
const WAITING: (u64, u64) = (1_024, 8 << 20);
/// Tells of one lane that are under way, and their bytes.
const LANE: (u64, u64) = (4_096, 4 << 20);
/// How often asks that were not answered in time are looked for. Askers have timers of their own.
const SWEEP: Nanos = 500 * NANOS_PER_MILLI;

impl Network {
    pub(crate) fn post(
        &self,
        state: &mut State,
        from: usize,
        to: NodeId,
        request: Request,
        answer: Option<Answer>,
    ) -> Result<(), CallError> {
        let to = match self.admit(state, from, to, &request, answer.is_some()) {
            Ok(to) => to,
            Err(why) => {
                let Some(answer) = answer else { return Err(why) };
                self.later(move || answer(Err(why)));
                return Ok(());
            }
        };
        let expires = self.expiry(&request);
        let load = match answer {
            Some(answer) => Load::Ask(self.open_ask(state, from, to, &request, answer), request),
            None => {
                let lane = &mut state.way(from, to).lanes[request.lane as usize];
                lane.messages += 1;
                lane.bytes += request.body.len() as u64;
                Load::Tell(request)
            }
        };
        let parcel = Parcel { from, to, generation: 0, place: None, is_copy: false, expires, load };
        match state.tie(from, to).phase {
            Phase::Up => self.launch(state, parcel),
            Phase::Down | Phase::Dialing => state.tie(from, to).waiting.push(parcel),
        }
        Ok(())
    }

    fn expiry(&self, request: &Request) -> Nanos {
        let span = request.within.0.saturating_mul(NANOS_PER_MILLI);
        self.wheel.nanos().saturating_add(span)
    }

    /// Whether a message is taken: its receiver's number.
    fn admit(
        &self,
        state: &mut State,
        from: usize,
        to: NodeId,
        request: &Request,
        is_ask: bool,
    ) -> Result<usize, CallError> {
        if request.within.0 == 0 {
            return Err(CallError::Expired);
        }
        let to = state.numbers.get(&to).copied().filter(|to| *to != from);
        let to = to.ok_or(CallError::NotHere)?;
        self.aim(state, from, to, self.expiry(request))?;
        if state.peer(to, from).is_some_and(|peer| request.since > peer.version) {
            return Err(CallError::Unsupported);
        }
        let length = request.body.len() as u64;
        let way = state.way(from, to);
        let lane = &way.lanes[request.lane as usize];
        let is_full = if is_ask {
            way.unsent >= WAITING.0 || way.unsent_bytes + length > WAITING.1
        } else {
            lane.messages >= LANE.0 || lane.bytes + length > LANE.1
        };
        if is_full { Err(CallError::Busy) } else { Ok(to) }
    }

    /// Lets a message leave over the connection that stands.
    pub(crate) fn launch(&self, state: &mut State, mut parcel: Parcel) {
        let (from, to) = (parcel.from, parcel.to);
        let left = parcel.expires.saturating_sub(self.wheel.nanos()).div_ceil(NANOS_PER_MILLI);
        parcel.generation = state.tie(from, to).generation;
        match &mut parcel.load {
            Load::Tell(request) => {
                request.within.0 = left;
                let lane = request.lane as usize;
                if left == 0 || state.vanishes() {
                    return self.left_lane(state, &parcel);
                }
                parcel.place = Some(state.way(from, to).lanes[lane].order.next());
            }
            Load::Ask(id, request) => {
                request.within.0 = left;
                let id = *id;
                if state.way(from, to).asks >= ASKS {
                    state.way(from, to).queue.push_back(parcel);
                    return;
                }
                let Some(asked) = state.asks.get_mut(&id) else { return };
                asked.is_sent = true;
                let length = asked.length;
                let way = state.way(from, to);
                way.asks += 1;
                way.unsent -= 1;
                way.unsent_bytes -= length;
                if state.vanishes() {
                    return;
                }
            }
            Load::Answer(..) | Load::Piece(..) => {}
        }
        let is_message = matches!(parcel.load, Load::Tell(_) | Load::Ask(..));
        if is_message && state.comes_twice() {
            let copy = Parcel { place: None, is_copy: true, ..parcel.clone() };
            self.dispatch(state, copy);
        }
        self.dispatch(state, parcel);
    }

    /// A tell is not under way any more.
    pub(crate) fn left_lane(&self, state: &mut State, parcel: &Parcel) {
        if let (Load::Tell(request), false) = (&parcel.load, parcel.is_copy) {
            let length = request.body.len() as u64;
            let lane = &mut state.way(parcel.from, parcel.to).lanes[request.lane as usize];
            lane.messages = lane.messages.saturating_sub(1);
            lane.bytes = lane.bytes.saturating_sub(length);
        }
    }

    pub(crate) fn open_ask(
        &self,
        state: &mut State,
        from: usize,
        to: usize,
        request: &Request,
        answer: Answer,
    ) -> u64 {
        let id = state.fresh_id();
        let length = request.body.len() as u64;
        let asked = Asked {
            from,
            to,
            service: request.service,
            tag: request.tag,
            length,
            reply_limit: request.reply_limit,
            expires: self.expiry(request),
            is_sent: false,
            answer,
        };
        state.asks.insert(id, asked);
        let way = state.way(from, to);
        way.unsent += 1;
        way.unsent_bytes += length;
        self.sweep_later(state);
        id
    }

    /// Takes an ask whose outcome is known, and lets the next one have its stream.
    pub(crate) fn close_ask(&self, state: &mut State, id: u64) -> Option<Asked> {
        let asked = state.asks.remove(&id)?;
        let (from, to) = (asked.from, asked.to);
        let way = state.way(from, to);
        if asked.is_sent {
            way.asks = way.asks.saturating_sub(1);
        } else {
            way.unsent = way.unsent.saturating_sub(1);
            way.unsent_bytes = way.unsent_bytes.saturating_sub(asked.length);
        }
        while state.way(from, to).asks < ASKS {
            let Some(next) = state.way(from, to).queue.pop_front() else { break };
            // One that was given up meanwhile is not in the book any more and goes nowhere.
            self.launch(state, next);
        }
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
            over.into_iter().filter_map(|id| self.close_ask(&mut state, id)).collect();
        if !state.asks.is_empty() {
            self.sweep_later(&mut state);
        }
        drop(state);
        for asked in over {
            let why = if asked.is_sent { CallError::TimedOut } else { CallError::Expired };
            (asked.answer)(Err(why));
        }
    }
}
