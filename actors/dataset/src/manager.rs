//! All data sets of a process, and what every use of one has to pass.

use crate::hand::Hands;
use crate::joint::Joint;
use crate::matching::Matchings;
use crate::message::Source;
use crate::observe::Meters;
use crate::settle::Market;
use crate::table::Table;
use crate::uses::{Use, Uses};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use troupe_config::{Column, Dataset, Holds, Policy};
use troupe_runtime::{Actor, Cx, Fault, Node, Origin, Registration};
use troupe_types::{Bytes, NodeId, SessionId, UnixMillis};

/// Uses that are served at a time.
pub(crate) const MOST: usize = 64;

/// A data set and who may do what with it.
pub(crate) struct Offer {
    pub(crate) table: Arc<Table>,
    pub(crate) holds: Holds,
    /// As they were declared.
    pub(crate) columns: Vec<Column>,
    pub(crate) policy: Policy,
    /// What a computation costs on a chain, in von.
    pub(crate) price: u128,
    pub(crate) source: Source,
}

impl Offer {
    /// What was declared, with what was read.
    pub(crate) fn new(dataset: Dataset, table: Table, source: Source) -> Self {
        let Dataset { holds, columns, policy, price, .. } = dataset;
        Self { table: Arc::new(table), holds, columns, policy, price: price.0, source }
    }
}

/// What uses take up.
pub(crate) struct Room {
    pub(crate) uses: Uses,
    /// Memory beside the columns.
    pub(crate) left: Bytes,
}

/// What does not change while a process runs.
#[derive(Clone)]
pub(crate) struct Shop {
    pub(crate) me: NodeId,
    pub(crate) base: PathBuf,
    /// Where a chain settles what is computed: who tells where those are that it elects.
    pub(crate) directories: Option<Vec<NodeId>>,
    pub(crate) meters: Meters,
}

/// All data sets of this process, as an actor.
pub struct Datasets {
    pub(crate) me: NodeId,
    /// Where relative paths start from.
    pub(crate) base: PathBuf,
    offers: BTreeMap<String, Arc<Offer>>,
    pub(crate) room: Room,
    /// Computations that get shares.
    pub(crate) sharing: BTreeMap<SessionId, Option<Registration>>,
    pub(crate) matchings: Matchings,
    /// Tasks whose rows are matched with another owner's.
    pub(crate) joints: BTreeMap<SessionId, Joint>,
    /// Where a chain settles what is computed.
    pub(crate) market: Option<Market>,
    /// Tasks that those are still to hear of who were elected for them.
    pub(crate) hands: Hands,
    /// The numbers that the chain's registry gives the data sets.
    pub(crate) listed: BTreeMap<String, u64>,
    /// How often they were handed in to be listed.
    pub(crate) listings: u64,
    pub(crate) meters: Meters,
}

impl std::fmt::Debug for Datasets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Datasets({})", self.offers.len())
    }
}

impl Actor for Datasets {
    const KIND: &'static str = "dataset";

    fn started(&mut self, cx: &mut Cx<'_, Self>) -> Result<(), Fault> {
        self.list(cx);
        Ok(())
    }
}

impl Datasets {
    pub(crate) fn new(
        shop: &Shop,
        offers: BTreeMap<String, Arc<Offer>>,
        room: Room,
        node: &Node,
    ) -> Result<Self, Fault> {
        let Shop { me, base, directories, meters } = shop.clone();
        meters.running.set(0);
        let matchings = Matchings::load(node)?;
        let market = directories.is_some().then(|| Market::of(node));
        let hands = Hands::new(directories.unwrap_or_default());
        let (sharing, listed) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self {
            me,
            base,
            offers,
            room,
            sharing,
            matchings,
            joints: BTreeMap::new(),
            market,
            hands,
            listed,
            listings: 0,
            meters,
        })
    }

    /// All data sets, by name.
    pub(crate) fn offers(&self) -> impl Iterator<Item = (&str, &Offer)> {
        self.offers.iter().map(|(name, offer)| (name.as_str(), &**offer))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.offers.contains_key(name)
    }

    pub(crate) fn count(&self) -> usize {
        self.offers.len()
    }

    pub(crate) fn source(&self, name: &str) -> Option<Source> {
        self.offers.get(name).map(|offer| offer.source)
    }

    pub(crate) fn insert(&mut self, name: String, offer: Offer) {
        self.offers.insert(name, Arc::new(offer));
    }

    /// Takes a data set away; counts of its keys go with it.
    pub(crate) fn remove(&mut self, name: &str) -> Option<Arc<Offer>> {
        self.matchings.counted.retain(|(dataset, _), _| dataset != name);
        self.offers.remove(name)
    }

    /// The data set, if this requester may know of it.
    pub(crate) fn offer(&self, name: &str, requester: NodeId) -> Result<&Offer, String> {
        let offer = self.offers.get(name).filter(|offer| offer.policy.admits(&requester));
        // A data set that is not for the asker looks like one that is not there.
        offer.map(|offer| &**offer).ok_or_else(|| format!("no data set {name} for this requester"))
    }

    /// What holds for every use, whatever it is.
    pub(crate) fn may_use(&self, name: &str, offer: &Offer, now: UnixMillis) -> Result<(), String> {
        if offer.policy.is_over(now) {
            return Err(format!("the policy of {name} has expired"));
        }
        self.is_left(name, offer)?;
        let running = self.sharing.len() + self.matchings.running() + self.joints.len();
        if running >= MOST {
            return Err(format!("{MOST} uses are served already"));
        }
        Ok(())
    }

    /// Whether it was not used as often as it may be.
    fn is_left(&self, name: &str, offer: &Offer) -> Result<(), String> {
        match offer.policy.max_uses.filter(|most| self.room.uses.of(name) >= *most) {
            Some(most) => {
                Err(format!("{name} was used {most} times, as often as its policy allows"))
            }
            None => Ok(()),
        }
    }

    /// Notes a use; the bytes that have to be durable before anything leaves. Others may have been noted since this one was
    /// allowed.
    pub(crate) fn note(&mut self, one: &Use) -> Result<Vec<u8>, String> {
        self.is_left(&one.dataset, self.offer(&one.dataset, one.requester)?)?;
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
