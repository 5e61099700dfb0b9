//! The child actor.

use super::Cast;
use crate::actor::{Actor, Handle};
use crate::bulk::{BulkEvent, BulkKind, FIRST_CREDIT};
use crate::cx::Cx;
use crate::driven::{Driven, Drives, Place};
use crate::fault::Fault;
use crate::pool::Pool;
use crate::reply::Reply;
use crate::transport::{BulkHeader, BulkSink};
use std::collections::BTreeMap;
use std::fmt;
use troupe_types::{Bytes, NodeId, SessionId};
use troupe_wire::{CallError, Heard, Lane, Message, Said, Talks};

/// What crossed the network for a conversation so far, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// From here.
    pub sent: u64,
    /// To here.
    pub received: u64,
}

/// What the owner of a conversation hears of it.
#[derive(Debug)]
pub enum Event<N, T, E, Q> {
    /// How far it has come.
    News {
        /// As the machine says it.
        news: N,
        /// What has moved.
        traffic: Traffic,
    },
    /// It waits for an answer, which it is [told](Told).
    Asks(Q),
    /// It is over; nothing follows.
    Ended {
        /// What came of it.
        outcome: Result<T, E>,
        /// What has moved.
        traffic: Traffic,
    },
}

/// What is heard of a machine of this kind.
type EventOf<M> =
    Event<<M as Talks>::News, <M as Talks>::Outcome, <M as Talks>::Failure, <M as Talks>::Question>;
type Listener<M> = Box<dyn FnMut(EventOf<M>)>;

/// One participant's side of a conversation.
pub struct Conversation<M: Talks> {
    session: SessionId,
    me: NodeId,
    cast: Cast<M::Peer>,
    driven: Driven<M>,
    sinks: BTreeMap<M::Peer, Box<dyn BulkSink>>,
    traffic: Traffic,
    listener: Listener<M>,
    stage: Stage,
}

/// How far a conversation's life has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It listens, and says nothing before it is told to.
    Waiting,
    Talking,
    Over,
}

/// Lets a conversation that [waits](Conversation::waiting) speak.
#[derive(Debug)]
pub struct Proceed;

/// Answers what a conversation [asks](Event::Asks).
#[derive(Debug)]
pub struct Told<A>(pub A);

/// Ends a conversation from outside.
#[derive(Debug)]
pub struct Cancel;

impl Message for Proceed {
    type Reply = ();
    const NAME: &'static str = "proceed";
    const LANE: Lane = Lane::Control;
}

impl<A: Send + 'static> Message for Told<A> {
    type Reply = ();
    const NAME: &'static str = "told";
    const LANE: Lane = Lane::Control;
}

impl Message for Cancel {
    type Reply = ();
    const NAME: &'static str = "cancel";
    const LANE: Lane = Lane::Control;
}

impl<M: Talks> fmt::Debug for Conversation<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Conversation({}, {:?})", self.session.short(), self.stage)
    }
}

impl<M> Conversation<M>
where
    M: Talks<Input: Send, Output: Send> + Send + 'static,
{
    /// `most` bounds the bytes that wait for the machine: what the protocol moves, and some slack.
    pub fn new(
        session: SessionId,
        me: NodeId,
        cast: Cast<M::Peer>,
        machine: M,
        most: Bytes,
        listener: impl FnMut(EventOf<M>) + 'static,
    ) -> Self {
        Self {
            session,
            me,
            cast,
            driven: Driven::new(machine, Place::Pooled(Pool::Jobs), most).judged(M::is_light),
            sinks: BTreeMap::new(),
            traffic: Traffic::default(),
            listener: Box::new(listener),
            stage: Stage::Talking,
        }
    }

    /// It sends nothing until it is told to [`Proceed`].
    #[must_use]
    pub fn waiting(mut self) -> Self {
        self.stage = Stage::Waiting;
        self
    }

    fn feed(&mut self, heard: Heard<M::Peer>, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let (weight, from) = match &heard {
            Heard::Bytes { from, bytes } => (Bytes::of(bytes.len()), Some(*from)),
            Heard::Credit { .. } | Heard::Lost { .. } | Heard::Cancel => (Bytes::ZERO, None),
        };
        self.drive(M::hear(heard), weight, from, cx)
    }

    fn drive(
        &mut self,
        input: M::Input,
        weight: Bytes,
        from: Option<M::Peer>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        match cx.drive::<M>(self, (), input, weight)? {
            Ok(()) => Ok(()),
            // More than the whole protocol moves waits already: somebody floods us.
            Err(CallError::Busy) => {
                let who = from.map_or_else(|| "a peer".to_owned(), |peer| peer.to_string());
                Err(Fault::Restart(format!("{who} sent more than was agreed")))
            }
            Err(why) => Err(Fault::Restart(format!("the machine is {why}"))),
        }
    }

    /// Everybody has room for the first bytes.
    fn speak(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let others: Vec<M::Peer> = self.cast.others(self.me).map(|(peer, _)| peer).collect();
        for to in others {
            self.feed(Heard::Credit { to, bytes: FIRST_CREDIT }, cx)?;
        }
        Ok(())
    }

    fn send(
        &mut self,
        to: M::Peer,
        bytes: bytes::Bytes,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
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
                self.feed(Heard::Lost { peer: to }, cx)
            }
        }
    }

    /// The stream to a participant, opened with its first bytes.
    fn sink(
        &mut self,
        to: M::Peer,
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

    fn end(&mut self, outcome: Result<M::Outcome, M::Failure>, cx: &mut Cx<'_, Self>) {
        if self.stage == Stage::Over {
            return;
        }
        self.stage = Stage::Over;
        let sinks = std::mem::take(&mut self.sinks);
        if outcome.is_ok() {
            sinks.into_values().for_each(BulkSink::finish);
        }
        // Streams of a failed session are reset as they drop, so the others hear of it at once.
        (self.listener)(Event::Ended { outcome, traffic: self.traffic });
        cx.stop();
    }
}

impl<M> Actor for Conversation<M>
where
    M: Talks<Input: Send, Output: Send> + Send + 'static,
{
    const KIND: &'static str = "conversation";

    fn started(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        cx.begin::<M>(self, ())?;
        match self.stage {
            Stage::Talking => self.speak(cx),
            Stage::Waiting | Stage::Over => Ok(()),
        }
    }
}

impl<M> Drives<M> for Conversation<M>
where
    M: Talks<Input: Send, Output: Send> + Send + 'static,
{
    type Key = ();

    fn driven(&mut self, (): ()) -> Option<&mut Driven<M>> {
        Some(&mut self.driven)
    }

    fn perform(&mut self, (): (), output: M::Output, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        match M::say(output) {
            Said::Send { to, bytes } => self.send(to, bytes, cx)?,
            Said::News(news) => (self.listener)(Event::News { news, traffic: self.traffic }),
            Said::Asks(question) => (self.listener)(Event::Asks(question)),
            Said::Ended(outcome) => self.end(outcome, cx),
        }
        Ok(())
    }
}

impl<M> Handle<BulkEvent> for Conversation<M>
where
    M: Talks<Input: Send, Output: Send> + Send + 'static,
{
    fn handle(
        &mut self,
        event: BulkEvent,
        _reply: Reply<BulkEvent>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        if self.stage == Stage::Over {
            return Ok(());
        }
        // The bulk table let only the cast in.
        let Some(peer) = self.cast.part(event.peer) else { return Ok(()) };
        match event.kind {
            // A stream that ends too early is found by the deadline, which names its sender.
            BulkKind::Opened | BulkKind::Finished => Ok(()),
            BulkKind::Chunk(bytes) => {
                self.traffic.received += bytes.len() as u64;
                self.feed(Heard::Bytes { from: peer, bytes }, cx)
            }
            BulkKind::Credit(bytes) => self.feed(Heard::Credit { to: peer, bytes }, cx),
            BulkKind::Lost(why) => {
                tracing::debug!(session = %self.session.short(), %peer, %why, "stream lost");
                self.feed(Heard::Lost { peer }, cx)
            }
        }
    }
}

impl<M> Handle<Cancel> for Conversation<M>
where
    M: Talks<Input: Send, Output: Send> + Send + 'static,
{
    fn handle(
        &mut self,
        Cancel: Cancel,
        _reply: Reply<Cancel>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.feed(Heard::Cancel, cx)
    }
}

impl<M> Handle<Told<M::Answer>> for Conversation<M>
where
    M: Talks<Input: Send, Output: Send> + Send + 'static,
{
    fn handle(
        &mut self,
        Told(answer): Told<M::Answer>,
        _reply: Reply<Told<M::Answer>>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        self.drive(M::told(answer), Bytes::ZERO, None, cx)
    }
}

impl<M> Handle<Proceed> for Conversation<M>
where
    M: Talks<Input: Send, Output: Send> + Send + 'static,
{
    fn handle(
        &mut self,
        Proceed: Proceed,
        _reply: Reply<Proceed>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        if self.stage != Stage::Waiting {
            return Ok(());
        }
        self.stage = Stage::Talking;
        self.speak(cx)
    }
}
