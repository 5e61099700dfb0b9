//! What is said, and how much of it at once.

use super::peer::Peer;
use super::{Gossip, Output};
use crate::message::{MAX_FETCHED, MAX_PUSHED, MAX_WHOLE, Push};
use std::collections::VecDeque;
use troupe_types::{Millis, NodeId};
use troupe_wire::{Blob, List};

/// The least time between two pushes: under load so much travels together.
const PUSH_PACE: Millis = Millis(20);
/// The least time between two announcements to a peer.
const ANNOUNCE_PACE: Millis = Millis(50);
/// So many bytes are pushed at once, pace or not.
const FULL: usize = 128 << 10;

/// What is about to be said.
#[derive(Debug, Clone, Default)]
pub(super) struct Sending {
    batch: VecDeque<Blob<MAX_WHOLE>>,
    bytes: usize,
    next_push: Millis,
    next_announce: Millis,
    /// When there is something to say.
    push_at: Option<Millis>,
    announce_at: Option<Millis>,
}

impl Sending {
    /// Puts an envelope into the next push. False where it is none or too large.
    pub(super) fn push(&mut self, now: Millis, envelope: Option<Vec<u8>>) -> bool {
        let Some(envelope) = envelope.and_then(|envelope| Blob::new(envelope).ok()) else {
            return false;
        };
        self.bytes += envelope.len();
        self.batch.push_back(envelope);
        let at = if self.bytes >= FULL { now } else { self.next_push.max(now) };
        self.push_at = Some(self.push_at.unwrap_or(at).at_most(at));
        true
    }

    pub(super) fn announce(&mut self, now: Millis) {
        self.announce_at.get_or_insert(self.next_announce.max(now));
    }

    /// As much of the batch as fits a message.
    fn take(&mut self) -> Option<Push> {
        let mut room = MAX_FETCHED;
        let mut taken = Vec::new();
        while let Some(envelope) = self.batch.front() {
            // A length takes at most five bytes.
            let needed = envelope.len() + 5;
            if needed > room || taken.len() == MAX_PUSHED {
                break;
            }
            room -= needed;
            taken.extend(self.batch.pop_front());
        }
        List::new(taken).ok().filter(|taken| !taken.is_empty()).map(Push)
    }
}

impl Gossip {
    /// When [`Gossip::flush`] has something to do next.
    #[must_use]
    pub fn next_flush(&self) -> Option<Millis> {
        let (push, announce) = (self.sending.push_at, self.sending.announce_at);
        match (push, announce) {
            (Some(push), Some(announce)) => Some(push.at_most(announce)),
            (at, None) | (None, at) => at,
        }
    }

    /// Says what is due.
    pub fn flush(&mut self, now: Millis) {
        if self.sending.push_at.is_some_and(|at| at <= now) {
            self.flush_pushes(now);
        }
        if self.sending.announce_at.is_some_and(|at| at <= now) {
            self.flush_news(now);
        }
    }

    fn flush_pushes(&mut self, now: Millis) {
        let is_told = |peer: &Peer| peer.is_validator() && peer.hears();
        let to: Vec<NodeId> =
            self.peers.iter().filter(|(_, peer)| is_told(peer)).map(|(id, _)| *id).collect();
        while let Some(push) = self.sending.take() {
            if !to.is_empty() {
                self.out.push_back(Output::Push { to: to.clone(), push });
            }
        }
        self.sending.bytes = 0;
        self.sending.push_at = None;
        self.sending.next_push = now.plus(PUSH_PACE);
    }

    fn flush_news(&mut self, now: Millis) {
        self.sending.announce_at = None;
        self.sending.next_announce = now.plus(ANNOUNCE_PACE);
        let mut is_more = false;
        for (id, peer) in self.peers.iter_mut().filter(|(_, peer)| peer.hears()) {
            if let Some(announce) = peer.announce() {
                self.out.push_back(Output::Announce { to: *id, announce });
            }
            is_more |= peer.has_news();
        }
        if is_more {
            self.sending.announce(now);
        }
    }
}
