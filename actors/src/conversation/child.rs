//! The child actor.

use super::Cast;
use std::collections::BTreeMap;
use troupe_mpc::{Error, Input, Output, Peer, Phase};
use troupe_runtime::{
    Actor, BulkEvent, BulkHeader, BulkKind, BulkSink, Cx, Driven, Drives, FIRST_CREDIT, Fault,
    Handle, Place, Pool, Reply,
};
use troupe_types::{Bytes, NodeId, SessionId};
use troupe_wire::{CallError, Machine, Message};

/// What crossed the network for a session so far, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Traffic {
    pub(crate) sent: u64,
    pub(crate) received: u64,
}

/// What the owner of a conversation hears of it.
#[derive(Debug)]
pub(crate) enum Event<T> {
    Progress { phase: Phase, done: u64, total: u64, traffic: Traffic },
    Ended { outcome: Result<T, Error>, traffic: Traffic },
}

type Listener<T> = Box<dyn FnMut(Event<T>)>;

/// One participant's side of a session.
pub(crate) struct Conversation<M: Machine, T> {
    session: SessionId,
    me: NodeId,
    cast: Cast,
    driven: Driven<M>,
    sinks: BTreeMap<Peer, Box<dyn BulkSink>>,
    traffic: Traffic,
    listener: Listener<T>,
    has_ended: bool,
}

/// Ends a conversation from outside.
pub(crate) struct Cancel;

impl Message for Cancel {
    type Reply = ();
    const NAME: &'static str = "cancel";
    const LANE: troupe_wire::Lane = troupe_wire::Lane::Control;
}

impl<M, T> Conversation<M, T>
where
    M: Machine<Input = Input, Output = Output<T>> + Send + 'static,
    T: Send + 'static,
{
    /// `most` bounds the bytes that wait for the machine: what the program moves, and some slack.
    pub(crate) fn new(
        session: SessionId,
        me: NodeId,
        cast: Cast,
        machine: M,
        most: Bytes,
        listener: impl FnMut(Event<T>) + 'static,
    ) -> Self {
        Self {
            session,
            me,
            cast,
            driven: Driven::new(machine, Place::Pooled(Pool::Jobs), most),
            sinks: BTreeMap::new(),
            traffic: Traffic::default(),
            listener: Box::new(listener),
            has_ended: false,
        }
    }

    fn feed(&mut self, input: Input, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let (weight, from) = match &input {
            Input::Bytes { from, bytes } => (Bytes::of(bytes.len()), Some(*from)),
            Input::Credit { .. } | Input::Lost { .. } | Input::Cancel => (Bytes::ZERO, None),
        };
        match cx.drive::<M>(self, (), input, weight)? {
            Ok(()) => Ok(()),
            // More than the whole program moves waits already: somebody floods us.
            Err(CallError::Busy) => {
                let who = from.map_or_else(|| "a peer".to_owned(), |peer| peer.to_string());
                Err(Fault::Restart(format!("{who} sent more than the program has")))
            }
            Err(why) => Err(Fault::Restart(format!("the machine is {why}"))),
        }
    }

    fn send(&mut self, to: Peer, bytes: bytes::Bytes, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let length = bytes.len() as u64;
        let sent = match self.sink(to, cx) {
            Ok(sink) => sink.send(bytes),
            Err(why) => Err(why),
        };
        match sent {
            Ok(()) => {
                self.traffic.sent += length;
                Ok(())
            }
            Err(why) => {
                tracing::debug!(session = %self.session.short(), %to, %why, "stream refused bytes");
                self.feed(Input::Lost { peer: to }, cx)
            }
        }
    }

    /// The stream to a participant, opened with its first bytes.
    fn sink(
        &mut self,
        to: Peer,
        cx: &mut Cx<'_, Self>,
    ) -> Result<&mut Box<dyn BulkSink>, CallError> {
        if !self.sinks.contains_key(&to) {
            let node = self.cast.node(to).ok_or(CallError::NotHere)?;
            let transport = cx.node().transport().ok_or(CallError::NotHere)?.clone();
            let header = BulkHeader { session: self.session, lane: 0 };
            let sink = transport.open_bulk(node, header, cx.myself())?;
            self.sinks.insert(to, sink);
        }
        self.sinks.get_mut(&to).ok_or(CallError::NotHere)
    }

    fn end(&mut self, outcome: Result<T, Error>, cx: &mut Cx<'_, Self>) {
        if self.has_ended {
            return;
        }
        self.has_ended = true;
        let sinks = std::mem::take(&mut self.sinks);
        if outcome.is_ok() {
            sinks.into_values().for_each(BulkSink::finish);
        }
        // Streams of a failed session are reset as they drop, so the others hear of it at once.
        (self.listener)(Event::Ended { outcome, traffic: self.traffic });
        cx.stop();
    }
}

impl<M, T> Actor for Conversation<M, T>
where
    M: Machine<Input = Input, Output = Output<T>> + Send + 'static,
    T: Send + 'static,
{
    const KIND: &'static str = "conversation";

    fn started(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        cx.begin::<M>(self, ())?;
        let others: Vec<Peer> = self.cast.others(self.me).map(|(peer, _)| peer).collect();
        for to in others {
            self.feed(Input::Credit { to, bytes: FIRST_CREDIT }, cx)?;
        }
        Ok(())
    }
}

impl<M, T> Drives<M> for Conversation<M, T>
where
    M: Machine<Input = Input, Output = Output<T>> + Send + 'static,
    T: Send + 'static,
{
    type Key = ();

    fn driven(&mut self, (): ()) -> Option<&mut Driven<M>> {
        Some(&mut self.driven)
    }

    fn perform(&mut self, (): (), output: Output<T>, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        match output {
            Output::Send { to, bytes } => self.send(to, bytes, cx)?,
            Output::Progress { phase, done, total } => {
                let traffic = self.traffic;
                (self.listener)(Event::Progress { phase, done, total, traffic });
            }
            Output::Finished(result) => self.end(Ok(result), cx),
            Output::Failed(error) => self.end(Err(error), cx),
        }
        Ok(())
    }
}

impl<M, T> Handle<BulkEvent> for Conversation<M, T>
where
    M: Machine<Input = Input, Output = Output<T>> + Send + 'static,
    T: Send + 'static,
{
    fn handle(
        &mut self,
        event: BulkEvent,
        _reply: Reply<BulkEvent>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        if self.has_ended {
            return Ok(());
        }
        // The bulk table let only the cast in.
        let Some(peer) = self.cast.part(event.peer) else { return Ok(()) };
        match event.kind {
            // A stream that ends too early is found by the deadline, which names its sender.
            BulkKind::Opened | BulkKind::Finished => Ok(()),
            BulkKind::Chunk(bytes) => {
                self.traffic.received += bytes.len() as u64;
                self.feed(Input::Bytes { from: peer, bytes }, cx)
            }
            BulkKind::Credit(bytes) => self.feed(Input::Credit { to: peer, bytes }, cx),
            BulkKind::Lost(why) => {
                tracing::debug!(session = %self.session.short(), %peer, %why, "stream lost");
                self.feed(Input::Lost { peer }, cx)
            }
        }
    }
}

impl<M, T> Handle<Cancel> for Conversation<M, T>
where
    M: Machine<Input = Input, Output = Output<T>> + Send + 'static,
    T: Send + 'static,
{
    fn handle(
        &mut self,
        Cancel: Cancel,
        _reply: Reply<Cancel>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.feed(Input::Cancel, cx)
    }
}
