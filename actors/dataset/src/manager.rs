//! All data sets of a process, and what every use of one has to pass.

use crate::matching::Matchings;
use crate::observe::Meters;
use crate::table::Table;
use crate::uses::{Use, Uses};
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_config::Policy;
use troupe_runtime::{Actor, Fault, Node, Origin, Registration};
use troupe_types::{Bytes, NodeId, SessionId, UnixMillis};

/// Uses that are served at a time.
pub(crate) const MOST: usize = 64;

/// A data set and who may do what with it.
pub(crate) struct Offer {
    pub(crate) table: Arc<Table>,
    pub(crate) policy: Policy,
}

/// What uses take up.
pub(crate) struct Room {
    pub(crate) uses: Uses,
    /// Memory beside the columns.
    pub(crate) left: Bytes,
}

/// All data sets of this process, as an actor.
pub struct Datasets {
    pub(crate) me: NodeId,
    offers: Arc<BTreeMap<String, Offer>>,
    pub(crate) room: Room,
    /// Computations that get shares.
    pub(crate) sharing: BTreeMap<SessionId, Option<Registration>>,
    pub(crate) matchings: Matchings,
    pub(crate) meters: Meters,
}

impl std::fmt::Debug for Datasets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Datasets({})", self.offers.len())
    }
}

impl Actor for Datasets {
    const KIND: &'static str = "dataset";
}

impl Datasets {
    pub(crate) fn new(
        me: NodeId,
        offers: Arc<BTreeMap<String, Offer>>,
        room: Room,
        meters: Meters,
        node: &Node,
    ) -> Result<Self, Fault> {
        meters.running.set(0);
        let matchings = Matchings::load(node)?;
        Ok(Self { me, offers, room, sharing: BTreeMap::new(), matchings, meters })
    }

    /// The data set, if this requester may know of it.
    pub(crate) fn offer(&self, name: &str, requester: NodeId) -> Result<&Offer, String> {
        let offer = self.offers.get(name).filter(|offer| offer.policy.admits(&requester));
        // A data set that is not for the asker looks like one that is not there.
        offer.ok_or_else(|| format!("no data set {name} for this requester"))
    }

    /// What holds for every use, whatever it is.
    pub(crate) fn may_use(&self, name: &str, offer: &Offer, now: UnixMillis) -> Result<(), String> {
        if offer.policy.is_over(now) {
            return Err(format!("the policy of {name} has expired"));
        }
        if let Some(most) = offer.policy.max_uses.filter(|most| self.room.uses.of(name) >= *most) {
            return Err(format!("{name} was used {most} times, as often as its policy allows"));
        }
        if self.sharing.len() + self.matchings.running() >= MOST {
            return Err(format!("{MOST} uses are served already"));
        }
        Ok(())
    }

    /// Notes a use; the bytes that have to be durable before anything leaves.
    pub(crate) fn note(&mut self, one: &Use) -> Result<Vec<u8>, String> {
        self.room.uses.note(one).ok_or_else(|| "this session was served before".to_owned())
    }
}

/// Whoever asks, as the transport authenticated it.
pub(crate) fn requester(origin: &Origin) -> Result<NodeId, String> {
    match origin {
        Origin::Peer(peer) => Ok(peer.id),
        Origin::Local => Err("no requester".to_owned()),
    }
}
