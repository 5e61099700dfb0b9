//! Seeing blocks as soon as they are final, where consensus does not bring them.
//!
//! A node that is no validator has a question open at a few peers: how far are you, once you are above
//! this? The answer comes with the block, one way of the network after it is durable there. Asking
//! every moment would cost more messages and be later by half the pause. A few, and not one, because
//! any of them may be slow, behind or lying; and all are still asked now and then.

use super::Syncing;
use std::collections::BTreeMap;
use troupe_chain::message::{Follow, Position};
use troupe_chain::sync::Input;
use troupe_crypto::Scheme;
use troupe_runtime::{Cx, Fault};
use troupe_types::{Height, Millis, NodeId};
use troupe_wire::CallError;

/// How many are followed at once.
const FOLLOWED: usize = 3;
/// How long one that said nothing new is not followed.
const PAUSE: Millis = Millis::secs(5);

/// Peers with a question open, and those that are left alone for a while.
#[derive(Debug, Default)]
pub(super) struct Followed {
    open: BTreeMap<NodeId, Height>,
    not_before: BTreeMap<NodeId, Millis>,
}

impl Followed {
    /// Who is to be asked, so that enough are: each node has an order of its own, or all would ask the same.
    fn choose(
        &mut self,
        known: impl Iterator<Item = NodeId>,
        me: NodeId,
        now: Millis,
    ) -> Vec<NodeId> {
        self.not_before.retain(|_, at| *at > now);
        let mut able: Vec<NodeId> = known
            .filter(|id| !self.open.contains_key(id) && !self.not_before.contains_key(id))
            .collect();
        able.sort_unstable_by_key(|id| {
            let mut distance = id.0;
            distance.iter_mut().zip(me.0).for_each(|(byte, mine)| *byte ^= mine);
            distance
        });
        able.truncate(FOLLOWED.saturating_sub(self.open.len()));
        able
    }
}

impl<S: Scheme> Syncing<S> {
    /// Follows as many as it should.
    pub(super) fn follow(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        if self.is_validator() {
            return Ok(());
        }
        let chosen = self.followed.choose(self.contacts.known(), self.parts.me, cx.now().mono);
        for peer in chosen {
            self.follow_one(peer, cx)?;
        }
        Ok(())
    }

    fn follow_one(&mut self, peer: NodeId, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        let Ok(link) = self.parts.node.remote::<Follow>(peer) else { return Ok(()) };
        let above = *self.parts.shared.watch.committed().borrow();
        self.followed.open.insert(peer, above);
        cx.ask(&link, Follow { above }, move |sync, position, cx| {
            sync.followed.open.remove(&peer);
            sync.led(peer, above, position, cx)
        });
        Ok(())
    }

    /// Somebody who is followed has answered, or not.
    fn led(
        &mut self,
        peer: NodeId,
        above: Height,
        position: Result<Position, CallError>,
        cx: &mut Cx<'_, Self>,
    ) -> Result<(), Fault> {
        let pause = |sync: &mut Self, cx: &Cx<'_, Self>| {
            sync.followed.not_before.insert(peer, cx.now().mono.plus(PAUSE));
        };
        match position {
            Ok(position) if position.height > above => {
                // It is asked again once this block is here.
                self.heard(peer, position, cx)?;
                self.small(Input::Urged, cx)
            }
            Ok(position) => {
                pause(self, cx);
                self.heard(peer, position, cx)
            }
            Err(_) => {
                pause(self, cx);
                Ok(())
            }
        }
    }
}
