//! Bulk streams: chunks in order, as many bytes as the receiver took, an end at both ends.

use super::Network;
use super::order::Order;
use super::parcel::{Load, Parcel};
use super::score::FOREIGN;
use super::state::{Phase, State};
use crate::bulk::{BulkEvent, BulkKind, FIRST_CREDIT, MAX_CHUNK};
use crate::link::Link;
use crate::sim::life::Life;
use crate::sim::wheel::{NANOS_PER_MILLI, Nanos};
use crate::transport::{BulkHeader, BulkSink};
use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::{Arc, MutexGuard};
use troupe_types::NodeId;
use troupe_wire::CallError;

/// How long a stream may wait for its session to be registered.
const PATIENCE: Nanos = 10_000 * NANOS_PER_MILLI;
/// How soon a busy actor is offered an event again.
const AGAIN: Nanos = NANOS_PER_MILLI;

/// What a stream consists of. The last two travel against its direction.
#[derive(Debug, Clone)]
pub(crate) enum Piece {
    Open,
    Chunk(Bytes),
    Finish,
    Reset,
    Credit(u64),
    Stop(CallError),
}

impl Piece {
    pub(crate) fn length(&self) -> usize {
        match self {
            Self::Chunk(bytes) => bytes.len(),
            Self::Open | Self::Finish | Self::Reset | Self::Credit(_) | Self::Stop(_) => 8,
        }
    }
}

/// One stream.
pub(crate) struct Flow {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) order: Order,
    header: BulkHeader,
    opened: Nanos,
    credit: u64,
    /// Whether the sender will send no more.
    is_closed: bool,
    sender: End,
    receiver: End,
}

/// One end of a stream: events on their way to its actor.
struct End {
    link: Option<Link<BulkEvent>>,
    events: VecDeque<BulkKind>,
    /// Nothing is added any more; the end is gone once its events are delivered.
    is_over: bool,
    is_waiting: bool,
}

impl End {
    fn new(link: Option<Link<BulkEvent>>) -> Self {
        Self { link, events: VecDeque::new(), is_over: false, is_waiting: false }
    }

    /// Adds the last event.
    fn close(&mut self, event: BulkKind) {
        if !self.is_over {
            self.events.push_back(event);
            self.is_over = true;
        }
    }

    /// Ends it with everything that was not delivered.
    fn abort(&mut self) {
        self.events.clear();
        self.is_over = true;
    }

    fn is_gone(&self) -> bool {
        self.is_over && self.events.is_empty()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Sender,
    Receiver,
}

impl Flow {
    fn end(&mut self, side: Side) -> &mut End {
        match side {
            Side::Sender => &mut self.sender,
            Side::Receiver => &mut self.receiver,
        }
    }
}

impl Network {
    pub(crate) fn open_flow(
        &self,
        (from, life): (usize, &Arc<Life>),
        to: NodeId,
        header: BulkHeader,
        events: Link<BulkEvent>,
    ) -> Result<Box<dyn BulkSink>, CallError> {
        let mut state = self.lock();
        let to = state.numbers.get(&to).copied().filter(|to| *to != from);
        let to = to.ok_or(CallError::NotHere)?;
        let now = self.wheel.nanos();
        self.aim(&mut state, from, to, now + PATIENCE)?;
        let id = state.fresh_id();
        let flow = Flow {
            from,
            to,
            order: Order::default(),
            header,
            opened: now,
            credit: FIRST_CREDIT,
            is_closed: false,
            sender: End::new(Some(events)),
            receiver: End::new(None),
        };
        state.flows.insert(id, flow);
        self.send_piece(&mut state, id, Piece::Open);
        let network = self.myself.upgrade().ok_or(CallError::Closing)?;
        Ok(Box::new(Sink { network, life: Arc::clone(life), id, is_finished: false }))
    }

    fn send_piece(&self, state: &mut State, id: u64, piece: Piece) {
        let Some(flow) = state.flows.get_mut(&id) else { return };
        let (from, to, place) = match &piece {
            Piece::Open | Piece::Chunk(_) | Piece::Finish => {
                (flow.from, flow.to, Some(flow.order.next()))
            }
            Piece::Reset => (flow.from, flow.to, None),
            Piece::Credit(_) | Piece::Stop(_) => (flow.to, flow.from, None),
        };
        let (load, expires) = (Load::Piece(id, piece), u64::MAX);
        let tie = state.tie(from, to);
        let generation = tie.generation;
        let parcel = Parcel { from, to, generation, place, is_copy: false, expires, load };
        match tie.phase {
            Phase::Up => self.dispatch(state, parcel),
            Phase::Dialing => tie.waiting.push(parcel),
            Phase::Down => {}
        }
    }

    fn push_chunk(&self, id: u64, chunk: Bytes) -> Result<(), CallError> {
        let mut state = self.lock();
        let flow = state.flows.get_mut(&id).filter(|flow| !flow.sender.is_over);
        let flow = flow.ok_or(CallError::Lost)?;
        if chunk.len() > MAX_CHUNK {
            return Err(CallError::Unsupported);
        }
        let left = flow.credit.checked_sub(chunk.len() as u64).ok_or(CallError::Busy)?;
        flow.credit = left;
        let (from, to, header) = (flow.from, flow.to, flow.header);
        let mut chunk = Some(chunk);
        if let Some(mut adversary) = state.stations[from].adversary.take() {
            let to = state.stations[to].id;
            drop(state);
            chunk = chunk.and_then(|chunk| adversary.streams(to, header, chunk));
            state = self.lock();
            state.stations[from].adversary = Some(adversary);
        }
        if let Some(chunk) = chunk {
            self.send_piece(&mut state, id, Piece::Chunk(chunk));
        }
        Ok(())
    }

    /// The sender says that nothing more comes, or gives up.
    fn end_flow(&self, id: u64, piece: Piece) {
        let mut state = self.lock();
        let Some(flow) = state.flows.get_mut(&id) else { return };
        flow.is_closed = true;
        // One that finished still hears when the end does not arrive.
        if matches!(piece, Piece::Reset) {
            flow.sender.abort();
        }
        self.send_piece(&mut state, id, piece);
        state.drop_if_gone(id);
    }

    /// A piece arrived.
    pub(crate) fn take_piece(
        &self,
        mut state: MutexGuard<'_, State>,
        way: (usize, usize),
        id: u64,
        piece: Piece,
    ) {
        let Some(flow) = state.flows.get_mut(&id) else { return };
        let side = match piece {
            Piece::Open | Piece::Chunk(_) | Piece::Finish | Piece::Reset => Side::Receiver,
            Piece::Credit(_) | Piece::Stop(_) => Side::Sender,
        };
        let tag = u16::from(flow.header.lane);
        let mut seen = Bytes::new();
        match piece {
            Piece::Open => flow.receiver.events.push_back(BulkKind::Opened),
            Piece::Chunk(bytes) => {
                seen = bytes.clone();
                if !flow.receiver.is_over {
                    flow.receiver.events.push_back(BulkKind::Chunk(bytes));
                }
            }
            Piece::Finish => {
                flow.receiver.close(BulkKind::Finished);
                flow.sender.abort();
            }
            Piece::Reset => flow.lose_receiver(),
            Piece::Credit(bytes) => {
                flow.credit += bytes;
                if !flow.sender.is_over && !flow.is_closed {
                    flow.sender.events.push_back(BulkKind::Credit(bytes));
                }
            }
            Piece::Stop(why) => flow.sender.close(BulkKind::Lost(why)),
        }
        drop(state);
        self.auditor.crossed(self.wheel.nanos(), way, ("bulk", tag), &seen);
        self.pump(id, side);
    }

    /// Delivers the events of one end as far as its actor takes them.
    fn pump(&self, id: u64, side: Side) {
        loop {
            let mut state = self.lock();
            let Some(flow) = state.flows.get_mut(&id) else { return };
            let (session, lane, to) = (flow.header.session, flow.header.lane, flow.to);
            let opened = flow.opened;
            let far = if side == Side::Sender { flow.to } else { flow.from };
            let end = flow.end(side);
            if end.is_waiting || end.events.is_empty() {
                state.drop_if_gone(id);
                return;
            }
            let Some(link) = end.link.clone() else {
                match state.admit_flow(id) {
                    Ok(link) => {
                        if let Some(flow) = state.flows.get_mut(&id) {
                            flow.receiver.link = Some(link);
                        }
                        continue;
                    }
                    Err(CallError::NotHere) if self.wheel.nanos() < opened + PATIENCE => {
                        self.pump_again(&mut state, id, side);
                    }
                    Err(why) => {
                        self.refuse_flow(&mut state, id, why);
                        if why == CallError::Unsupported {
                            drop(state);
                            self.foreign(to, far);
                        }
                    }
                }
                return;
            };
            let Some(kind) = end.events.pop_front() else { return };
            let peer = state.stations[far].id;
            drop(state);
            let taken = match &kind {
                BulkKind::Chunk(bytes) => Some(bytes.len() as u64),
                _ => None,
            };
            let outcome = link.tell(BulkEvent { session, peer, lane, kind });
            let mut state = self.lock();
            match outcome {
                Ok(()) => {
                    if let Some(bytes) = taken {
                        self.send_piece(&mut state, id, Piece::Credit(bytes));
                    }
                }
                Err(refused) if refused.why == CallError::Busy => {
                    if let Some(flow) = state.flows.get_mut(&id) {
                        flow.end(side).events.push_front(refused.message.kind);
                    }
                    self.pump_again(&mut state, id, side);
                    return;
                }
                // The session's actor is gone.
                Err(_) if side == Side::Receiver => {
                    self.refuse_flow(&mut state, id, CallError::Closing);
                    return;
                }
                Err(_) => {
                    if let Some(flow) = state.flows.get_mut(&id) {
                        flow.sender.abort();
                    }
                }
            }
        }
    }

    fn pump_again(&self, state: &mut State, id: u64, side: Side) {
        let Some(flow) = state.flows.get_mut(&id) else { return };
        flow.end(side).is_waiting = true;
        let network = self.myself.clone();
        self.wheel.at(self.wheel.nanos() + AGAIN, move || {
            let Some(network) = network.upgrade() else { return };
            if let Some(flow) = network.lock().flows.get_mut(&id) {
                flow.end(side).is_waiting = false;
            }
            network.pump(id, side);
        });
    }

    /// `peer` opened a stream of a session in which it has no part.
    fn foreign(&self, by: usize, peer: usize) {
        let is_refused = {
            let now = self.wheel.nanos();
            let mut state = self.lock();
            state.stations[by].scores.entry(peer).or_default().count(FOREIGN, now)
        };
        if is_refused {
            self.sever(&mut self.lock(), by, peer);
        }
    }

    /// The receiver does not take the stream, or no more of it.
    fn refuse_flow(&self, state: &mut State, id: u64, why: CallError) {
        if let Some(flow) = state.flows.get_mut(&id) {
            flow.receiver.abort();
        }
        self.send_piece(state, id, Piece::Stop(why));
        state.drop_if_gone(id);
    }

    pub(crate) fn sever_flows(
        &self,
        state: &mut State,
        why: CallError,
        is_concerned: impl Fn(&Flow) -> bool,
    ) {
        let concerned = state.flows.iter_mut().filter(|(_, flow)| is_concerned(flow));
        for (id, flow) in concerned {
            flow.sender.close(BulkKind::Lost(why));
            flow.lose_receiver();
            let (network, id) = (self.myself.clone(), *id);
            self.later(move || {
                if let Some(network) = network.upgrade() {
                    network.pump(id, Side::Sender);
                    network.pump(id, Side::Receiver);
                }
            });
        }
    }

    /// The actors at a node that ended hear nothing any more.
    pub(crate) fn bury_flows(&self, state: &mut State, node: usize) {
        for flow in state.flows.values_mut() {
            if flow.from == node {
                flow.sender.abort();
            }
            if flow.to == node {
                flow.receiver.abort();
            }
        }
        state.flows.retain(|_, flow| !(flow.sender.is_gone() && flow.receiver.is_gone()));
    }
}

impl Flow {
    /// What the receiver did not take is lost with the stream.
    fn lose_receiver(&mut self) {
        if self.receiver.is_gone() {
            return;
        }
        self.receiver.events.clear();
        self.receiver.is_over = false;
        // Nobody misses a stream that was never admitted.
        match self.receiver.link {
            Some(_) => self.receiver.close(BulkKind::Lost(CallError::Lost)),
            None => self.receiver.abort(),
        }
    }
}

impl State {
    fn admit_flow(&self, id: u64) -> Result<Link<BulkEvent>, CallError> {
        let flow = self.flows.get(&id).ok_or(CallError::Lost)?;
        let home = self.stations[flow.to].home.as_ref().ok_or(CallError::Lost)?;
        let peer = self.peer(flow.from, flow.to).ok_or(CallError::Lost)?;
        home.bulk.admit(flow.header.session, &peer)
    }

    fn drop_if_gone(&mut self, id: u64) {
        let is_gone = |flow: &Flow| flow.sender.is_gone() && flow.receiver.is_gone();
        if self.flows.get(&id).is_some_and(is_gone) {
            self.flows.remove(&id);
        }
    }
}

/// The sending end in an actor's hands.
struct Sink {
    network: Arc<Network>,
    life: Arc<Life>,
    id: u64,
    is_finished: bool,
}

impl std::fmt::Debug for Sink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sink({})", self.id)
    }
}

impl BulkSink for Sink {
    fn send(&mut self, chunk: Bytes) -> Result<(), CallError> {
        if self.life.is_dead() {
            return Err(CallError::Lost);
        }
        self.network.push_chunk(self.id, chunk)
    }

    fn finish(mut self: Box<Self>) {
        self.is_finished = true;
        if !self.life.is_dead() {
            self.network.end_flow(self.id, Piece::Finish);
        }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        if !self.is_finished && !self.life.is_dead() {
            self.network.end_flow(self.id, Piece::Reset);
        }
    }
}
