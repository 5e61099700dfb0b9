//! Carrying what gossip says to other pools, and what they say to it.

use super::Mempool;
use crate::executor::Head;
use crate::mempool::intake::Incoming;
use std::collections::btree_map::Entry;
use troupe_chain::gossip::{Missing, Output, Source};
use troupe_chain::message::{Announce, Announced, Pull, Pulled, Push};
use troupe_runtime::{Cx, Error, Fault, Handle, Link, Node, Origin, Reply};
use troupe_types::{Incarnation, Millis, NodeId};
use troupe_wire::CallError;

/// How often it is looked who is there, and before the executor has said who validates.
const LOOK: Millis = Millis(500);
const FIRST_LOOK: Millis = Millis(50);
/// How long a pull may take before another one is asked who has it.
const PATIENCE: Millis = Millis::secs(1);

/// Links to one other pool.
pub(super) struct Links {
    push: Link<Push>,
    announce: Link<Announce>,
    pull: Link<Pull>,
}

impl Links {
    fn new(node: &Node, peer: NodeId) -> Result<Self, Error> {
        Ok(Self {
            push: node.remote(peer)?,
            announce: node.remote(peer)?,
            pull: node.remote(peer)?,
        })
    }
}

impl Mempool {
    /// Looks who is there and what waits for long, and again later.
    pub(super) fn look(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let head = self.head.clone();
        cx.ask(&head, Head, |mempool, head, cx| {
            if let Ok(head) = head {
                let sets = head.terms.iter().flat_map(|term| term.set.as_slice());
                mempool.validators = sets.map(|validator| validator.node).collect();
            }
            mempool.look_around(cx);
            let pause = if mempool.validators.is_empty() { FIRST_LOOK } else { LOOK };
            cx.after(pause, Self::look);
            Ok(())
        });
        Ok(())
    }

    fn look_around(&mut self, cx: &mut Cx<'_, Self>) {
        let Some(transport) = cx.node().transport() else { return };
        let peers = transport.peers();
        let connected: Vec<(NodeId, Incarnation)> =
            peers.iter().map(|peer| (peer.id, peer.incarnation)).collect();
        self.links.retain(|id, _| peers.iter().any(|peer| peer.id == *id));
        let (now, pool) = (cx.now().mono, &self.pool);
        let waiting = pool.executable().chain(pool.queued()).map(Announced::of);
        self.gossip.look(now, &self.validators, &connected, waiting);
        self.gossip.remind(now, |hash| pool.get(hash).map(Announced::of));
        self.wake(cx);
    }

    /// Says what is due, and comes back for what is not.
    pub(super) fn speak(&mut self, cx: &mut Cx<'_, Self>) {
        let now = cx.now().mono;
        self.gossip.flush(now);
        while let Some(output) = self.gossip.next_output() {
            self.act(output, cx);
        }
        let Some(at) = self.gossip.next_flush() else { return };
        if self.flush_at.is_some_and(|set| set <= at) {
            return;
        }
        self.flush_at = Some(at);
        cx.after(at.since(now), |mempool, cx| {
            mempool.flush_at = None;
            mempool.speak(cx);
            Ok(())
        });
    }

    /// What cannot be sent is lost: what waits for long is announced again.
    fn act(&mut self, output: Output, cx: &mut Cx<'_, Self>) {
        match output {
            Output::Push { to, push } => {
                for peer in to {
                    if let Some(link) = self.links(peer, cx).map(|links| links.push.clone()) {
                        let _ = cx.tell(&link, push.clone());
                    }
                }
            }
            Output::Announce { to, announce } => {
                if let Some(link) = self.links(to, cx).map(|links| links.announce.clone()) {
                    let _ = cx.tell(&link, announce);
                }
            }
            Output::Pull { to, pull } => self.pull(to, pull, cx),
        }
    }

    fn links(&mut self, peer: NodeId, cx: &Cx<'_, Self>) -> Option<&Links> {
        match self.links.entry(peer) {
            Entry::Occupied(known) => Some(known.into_mut()),
            // Without a network there is nobody to gossip with.
            Entry::Vacant(place) => Some(place.insert(Links::new(cx.node(), peer).ok()?)),
        }
    }

    fn pull(&mut self, to: NodeId, pull: Pull, cx: &mut Cx<'_, Self>) {
        let Some(link) = self.links(to, cx).map(|links| links.pull.clone()) else { return };
        let asked = pull.clone();
        cx.ask_within(&link, pull, PATIENCE, move |mempool, answer, cx| {
            let answer = answer.map_err(|why| match why {
                CallError::NotHere | CallError::Unsupported => Missing::NoPool,
                CallError::Busy | CallError::Closing => Missing::Refused,
                CallError::Expired | CallError::TimedOut | CallError::Crashed | CallError::Lost => {
                    Missing::Silent
                }
            });
            let envelopes = mempool.gossip.pulled(cx.now().mono, to, &asked, answer);
            mempool.take(to, envelopes);
            mempool.wake(cx);
            Ok(())
        });
    }

    /// Lets envelopes of a peer wait. What has no room was not worth more: it is announced again.
    fn take(&mut self, from: NodeId, envelopes: impl IntoIterator<Item = Vec<u8>>) {
        for envelope in envelopes {
            let source = Source::Peer(from);
            let _ = self.intake.push(Incoming { envelope, source, reply: None });
        }
    }

    /// The peer a message came from, if it is listened to.
    fn hear(&mut self, words: usize, cx: &Cx<'_, Self>) -> Option<NodeId> {
        let Origin::Peer(peer) = cx.origin() else { return None };
        let is_heard = self.gossip.hear(cx.now().mono, peer.id, peer.incarnation, words);
        is_heard.then_some(peer.id)
    }
}

impl Handle<Push> for Mempool {
    fn handle(
        &mut self,
        Push(envelopes): Push,
        _: Reply<Push>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        if let Some(from) = self.hear(envelopes.len(), cx) {
            self.take(from, envelopes.into_inner().into_iter().map(|it| it.into_inner()));
            self.begin(cx);
        }
        Ok(())
    }
}

impl Handle<Announce> for Mempool {
    fn handle(
        &mut self,
        announce: Announce,
        _: Reply<Announce>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        if let Some(from) = self.hear(announce.0.len(), cx) {
            let pool = &self.pool;
            self.gossip.announced(cx.now().mono, from, &announce, |hash| pool.contains(hash));
            self.speak(cx);
        }
        Ok(())
    }
}

impl Handle<Pull> for Mempool {
    fn handle(
        &mut self,
        Pull(hashes): Pull,
        reply: Reply<Pull>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        // Whoever asks too much is not answered.
        if self.hear(hashes.len(), cx).is_some() {
            let found = hashes.iter().filter_map(|hash| self.pool.get(hash));
            reply.send(Pulled::fill(found.map(|it| it.transaction().to_bytes())), cx);
        }
        Ok(())
    }
}
