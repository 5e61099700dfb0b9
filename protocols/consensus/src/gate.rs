//! What waits for its signatures to be checked, capped for each peer.

use crate::message::Propose;
use crate::{Block, Certificate, Evidence, Place, Statement, ViewChange, ViewChangeCertificate};
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_types::NodeId;

/// How many messages of one peer may be under way.
pub(crate) const PER_PEER: usize = 64;

/// Something to go on with once its claims are known to be true.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "few are held at a time")]
pub(crate) enum Pending {
    Propose(Propose, Arc<Block>),
    Certificate(Certificate),
    Block(Arc<Block>, Certificate),
    GiveUp(ViewChange),
    Changed(ViewChangeCertificate),
    Evidence(Evidence),
    Votes(Statement),
    Sum(Place, Box<ViewChangeCertificate>),
    /// A signature that may be of this node's own key.
    Twin(Place, u16),
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Gate {
    next: u64,
    under_way: BTreeMap<u64, (Option<NodeId>, Pending)>,
    load: BTreeMap<NodeId, usize>,
}

impl Gate {
    /// Whether a peer may have one more under way.
    pub(crate) fn has_room(&self, peer: &NodeId) -> bool {
        self.load.get(peer).is_none_or(|load| *load < PER_PEER)
    }

    /// Takes something in, for a peer or on the own account; the id of its task.
    pub(crate) fn put(&mut self, from: Option<NodeId>, pending: Pending) -> u64 {
        let id = self.next;
        self.next += 1;
        if let Some(peer) = from {
            *self.load.entry(peer).or_default() += 1;
        }
        self.under_way.insert(id, (from, pending));
        id
    }

    /// Gives it back; `None` for a task that is not under way (any more).
    pub(crate) fn take(&mut self, id: u64) -> Option<(Option<NodeId>, Pending)> {
        let (from, pending) = self.under_way.remove(&id)?;
        if let Some(peer) = from
            && let Some(load) = self.load.get_mut(&peer)
        {
            *load = load.saturating_sub(1);
            if *load == 0 {
                self.load.remove(&peer);
            }
        }
        Some((from, pending))
    }

    /// How many are under way.
    pub(crate) fn len(&self) -> usize {
        self.under_way.len()
    }

    /// Whether a certificate of this statement is being checked.
    pub(crate) fn has_certificate(&self, statement: &Statement) -> bool {
        self.under_way.values().any(|(_, pending)| match pending {
            Pending::Certificate(other) | Pending::Block(_, other) => {
                other.statement() == *statement
            }
            Pending::Propose(..)
            | Pending::GiveUp(_)
            | Pending::Changed(_)
            | Pending::Evidence(_)
            | Pending::Votes(_)
            | Pending::Sum(..)
            | Pending::Twin(..) => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Signature, Signers};
    use troupe_types::{Hash, Height};

    #[test]
    fn a_peer_has_room_again_when_its_messages_are_through() {
        let certificate = Certificate {
            place: Place::new(1, 0),
            height: Height(1),
            index: 0,
            hash: Hash([1; 32]),
            signers: Signers::NONE,
            signature: Signature([0; 96]),
        };
        let (peer, other) = (NodeId([1; 32]), NodeId([2; 32]));
        let mut gate = Gate::default();
        let ids: Vec<u64> = (0..PER_PEER)
            .map(|_| gate.put(Some(peer), Pending::Certificate(certificate)))
            .collect();
        assert!(!gate.has_room(&peer));
        assert!(gate.has_room(&other));
        assert!(gate.take(ids[0]).is_some());
        assert!(gate.take(ids[0]).is_none(), "a task is answered once");
        assert!(gate.has_room(&peer));
    }
}
