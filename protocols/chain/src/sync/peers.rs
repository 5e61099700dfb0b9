//! Who can be asked.

use super::Fault;
use std::collections::BTreeMap;
use troupe_types::{Height, Millis, NodeId};

/// The most peers that are kept in mind.
const MAX_PEERS: usize = 256;
/// Questions that a peer has to answer at once at most.
const MAX_ASKED: usize = 2;
/// Faults after which a peer is put aside.
const PATIENCE: u32 = 3;
/// For how long.
const ASIDE: Millis = Millis::secs(30);
/// For how long a peer is put aside whose blocks do not verify.
const LONG_ASIDE: Millis = Millis::secs(3_600);

#[derive(Debug, Clone, Copy, Default)]
struct Peer {
    first: Height,
    height: Height,
    asked: usize,
    faults: u32,
    aside_until: Millis,
    /// Which question it was asked last, so that turns are taken.
    turn: u64,
}

impl Peer {
    fn is_able(&self, height: Height, now: Millis) -> bool {
        self.aside_until <= now && (self.first..=self.height).contains(&height)
    }
}

#[derive(Debug, Default)]
pub(super) struct Peers(BTreeMap<NodeId, Peer>);

impl Peers {
    /// What a peer says of itself. A stranger is not kept in mind when there are too many.
    pub(super) fn learn(&mut self, id: NodeId, first: Height, height: Height) {
        if self.0.len() >= MAX_PEERS && !self.0.contains_key(&id) {
            return;
        }
        let peer = self.0.entry(id).or_default();
        (peer.first, peer.height) = (first, height);
    }

    pub(super) fn forget(&mut self, id: &NodeId) {
        self.0.remove(id);
    }

    pub(super) fn ids(&self) -> Vec<NodeId> {
        self.0.keys().copied().collect()
    }

    /// The highest block that somebody claims who is not aside.
    pub(super) fn target(&self, now: Millis) -> Height {
        let present = self.0.values().filter(|peer| peer.aside_until <= now);
        present.map(|peer| peer.height).max().unwrap_or_default()
    }

    /// Whether a peer claims a block and is not aside.
    pub(super) fn is_able(&self, id: &NodeId, height: Height, now: Millis) -> bool {
        self.0.get(id).is_some_and(|peer| peer.is_able(height, now))
    }

    /// Whom to ask for a block: who has least to answer, then fewest faults, then whose turn it is.
    pub(super) fn choose(&self, height: Height, now: Millis) -> Option<NodeId> {
        let able =
            self.0.iter().filter(|(_, peer)| peer.asked < MAX_ASKED && peer.is_able(height, now));
        able.min_by_key(|(id, peer)| (peer.asked, peer.faults, peer.turn, **id)).map(|(id, _)| *id)
    }

    pub(super) fn asked(&mut self, id: &NodeId, question: u64) {
        if let Some(peer) = self.0.get_mut(id) {
            peer.asked += 1;
            peer.turn = question;
        }
    }

    pub(super) fn answered(&mut self, id: &NodeId) {
        if let Some(peer) = self.0.get_mut(id) {
            peer.asked = peer.asked.saturating_sub(1);
        }
    }

    /// It gave good blocks.
    pub(super) fn praise(&mut self, id: &NodeId) {
        if let Some(peer) = self.0.get_mut(id) {
            peer.faults = 0;
        }
    }

    pub(super) fn blame(&mut self, id: &NodeId, fault: Fault, now: Millis) {
        let Some(peer) = self.0.get_mut(id) else { return };
        peer.faults = peer.faults.saturating_add(1);
        let aside = match fault {
            Fault::Proof | Fault::Chain => LONG_ASIDE,
            Fault::Malformed | Fault::Unlinked => ASIDE,
            Fault::Silent | Fault::Empty if peer.faults >= PATIENCE => ASIDE,
            Fault::Silent | Fault::Empty => return,
        };
        peer.faults = 0;
        peer.aside_until = now.plus(aside);
    }

    /// It does not have this block, whatever it said.
    pub(super) fn lacks(&mut self, id: &NodeId, height: Height) {
        if let Some(peer) = self.0.get_mut(id) {
            peer.height = peer.height.min(Height(height.0.saturating_sub(1)));
        }
    }
}
