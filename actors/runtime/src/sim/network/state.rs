//! What the network remembers about nodes, connections and messages under way.

use super::bulk::Flow;
use super::parcel::Parcel;
use crate::bulk::BulkTable;
use crate::inbound::Inbound;
use crate::sim::adversary::Adversary;
use crate::sim::life::Life;
use crate::sim::weather::Weather;
use crate::sim::wheel::Nanos;
use crate::transport::{Answer, Peer};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use troupe_types::{Incarnation, NodeId};
use troupe_wire::{Stream, Version};

pub(crate) struct State {
    pub(crate) weather: Weather,
    pub(crate) luck: Stream,
    pub(crate) stations: Vec<Station>,
    pub(crate) numbers: BTreeMap<NodeId, usize>,
    /// Connections, by the smaller and the larger number.
    pub(crate) ties: BTreeMap<(usize, usize), Tie>,
    /// Directions that carry messages, by sender and receiver.
    pub(crate) ways: BTreeMap<(usize, usize), Way>,
    /// Directions in which nothing passes.
    pub(crate) cuts: BTreeSet<(usize, usize)>,
    pub(crate) asks: BTreeMap<u64, Asked>,
    pub(crate) flows: BTreeMap<u64, Flow>,
    pub(crate) is_sweeping: bool,
    last_id: u64,
}

/// A node as others see it.
pub(crate) struct Station {
    pub(crate) id: NodeId,
    pub(crate) role: Option<String>,
    pub(crate) version: Version,
    /// The running process, if it runs.
    pub(crate) home: Option<Home>,
    pub(crate) incarnation: Incarnation,
    pub(crate) adversary: Option<Box<dyn Adversary>>,
    pub(crate) violations: BTreeMap<usize, u64>,
}

/// The doors of a running process.
#[derive(Clone)]
pub(crate) struct Home {
    pub(crate) life: Arc<Life>,
    pub(crate) inbound: Inbound,
    pub(crate) bulk: BulkTable,
}

/// The connection of two nodes; it is made when the first message needs it.
#[derive(Default)]
pub(crate) struct Tie {
    /// Counts connections; what belongs to an earlier one is lost.
    pub(crate) generation: u64,
    pub(crate) is_open: bool,
    /// When the handshake is done.
    pub(crate) ready: Nanos,
    /// Until when one side does not speak to the other.
    pub(crate) refused_until: Nanos,
    /// How often one side broke the rules; doubles the refusal.
    pub(crate) strikes: u32,
    /// Since when one end has not heard of the other.
    pub(crate) silent_since: Option<Nanos>,
    /// What is sent again and again until the way is free.
    pub(crate) stalled: Vec<Parcel>,
    /// Each end as the other sees it: the smaller number first.
    pub(crate) peers: Option<[Arc<Peer>; 2]>,
}

/// One direction between two nodes.
#[derive(Default)]
pub(crate) struct Way {
    /// Messages and bytes that were sent and have not arrived.
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
    /// Asks without an outcome.
    pub(crate) asks: u64,
    /// Tells travel in one ordered stream for each lane.
    pub(crate) lanes: [Order; 3],
}

/// The order of one stream: what comes early waits.
#[derive(Default)]
pub(crate) struct Order {
    sent: u64,
    arrived: u64,
    early: BTreeMap<u64, Parcel>,
}

/// An ask whose outcome is open.
pub(crate) struct Asked {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) generation: u64,
    pub(crate) service: &'static str,
    pub(crate) tag: u16,
    pub(crate) reply_limit: usize,
    pub(crate) expires: Nanos,
    pub(crate) answer: Answer,
}

impl Order {
    /// The place of the next parcel.
    pub(crate) fn next(&mut self) -> u64 {
        self.sent += 1;
        self.sent
    }

    /// Whether a parcel that arrives is the next one; an early one is kept.
    pub(crate) fn is_next(&mut self, place: u64, parcel: Parcel) -> Option<Parcel> {
        if place == self.arrived + 1 {
            self.arrived = place;
            return Some(parcel);
        }
        self.early.insert(place, parcel);
        None
    }

    /// The parcel that waited for the one just delivered.
    pub(crate) fn follower(&mut self) -> Option<Parcel> {
        if self.early.is_empty() {
            return None;
        }
        let next = self.early.remove(&(self.arrived + 1))?;
        self.arrived += 1;
        Some(next)
    }
}

impl Station {
    pub(crate) fn new(id: NodeId, role: Option<String>) -> Self {
        Self {
            id,
            role,
            version: Version(1),
            home: None,
            incarnation: Incarnation(0),
            adversary: None,
            violations: BTreeMap::new(),
        }
    }

    pub(crate) fn is_up(&self) -> bool {
        self.home.as_ref().is_some_and(|home| home.life.is_up())
    }

    pub(crate) fn is_running(&self) -> bool {
        self.home.as_ref().is_some_and(|home| !home.life.is_dead())
    }
}

pub(crate) fn pair(one: usize, other: usize) -> (usize, usize) {
    (one.min(other), one.max(other))
}

impl State {
    pub(crate) fn new(weather: Weather, luck: Stream) -> Self {
        Self {
            weather,
            luck,
            stations: Vec::new(),
            numbers: BTreeMap::new(),
            ties: BTreeMap::new(),
            ways: BTreeMap::new(),
            cuts: BTreeSet::new(),
            asks: BTreeMap::new(),
            flows: BTreeMap::new(),
            is_sweeping: false,
            last_id: 0,
        }
    }

    pub(crate) fn fresh_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Draws whether a message is taken away altogether.
    pub(crate) fn vanishes(&mut self) -> bool {
        let parts = self.weather.vanish;
        parts > 0 && self.luck.chance(parts, 1_000)
    }

    /// Draws whether a message arrives twice.
    pub(crate) fn comes_twice(&mut self) -> bool {
        let parts = self.weather.twice;
        parts > 0 && self.luck.chance(parts, 1_000)
    }

    pub(crate) fn tie(&self, one: usize, other: usize) -> Option<&Tie> {
        self.ties.get(&pair(one, other))
    }

    pub(crate) fn way(&mut self, from: usize, to: usize) -> &mut Way {
        self.ways.entry((from, to)).or_default()
    }

    /// Whether a packet from one to the other arrives at this moment.
    pub(crate) fn passes(&self, from: usize, to: usize) -> bool {
        let is_cut = !self.cuts.is_empty() && self.cuts.contains(&(from, to));
        !is_cut && self.stations[to].is_up()
    }

    /// Whether packets pass both ways, so that a connection can be made or kept.
    pub(crate) fn is_whole(&self, one: usize, other: usize) -> bool {
        self.passes(one, other) && self.passes(other, one)
    }

    /// `node` as `by` sees it over their connection.
    pub(crate) fn peer(&self, node: usize, by: usize) -> Option<Arc<Peer>> {
        let peers = self.tie(node, by)?.peers.as_ref()?;
        Some(Arc::clone(&peers[usize::from(node > by)]))
    }
}
