//! What the network remembers about nodes, connections and messages under way.

use super::bulk::Flow;
use super::grid::Grid;
use super::order::Order;
use super::parcel::Parcel;
use super::score::Score;
use crate::bulk::BulkTable;
use crate::inbound::Inbound;
use crate::sim::adversary::Adversary;
use crate::sim::life::Life;
use crate::sim::weather::Weather;
use crate::sim::wheel::{Key, Nanos};
use crate::transport::{Answer, Peer};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use troupe_types::{Incarnation, NodeId};
use troupe_wire::{Stream, Version};

pub(crate) struct State {
    pub(crate) weather: Weather,
    pub(crate) luck: Stream,
    pub(crate) stations: Vec<Station>,
    pub(crate) numbers: BTreeMap<NodeId, usize>,
    /// Connections, by the smaller and the larger number.
    pub(crate) ties: Grid<Tie>,
    /// Directions that carry messages, by sender and receiver.
    pub(crate) ways: Grid<Way>,
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
    /// What this node holds against others.
    pub(crate) scores: BTreeMap<usize, Score>,
}

/// The doors of a running process.
#[derive(Clone)]
pub(crate) struct Home {
    pub(crate) life: Arc<Life>,
    pub(crate) inbound: Inbound,
    pub(crate) bulk: BulkTable,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Phase {
    #[default]
    Down,
    Dialing,
    Up,
}

/// The connection of two nodes; it is made when the first message needs it.
#[derive(Default)]
pub(crate) struct Tie {
    pub(crate) phase: Phase,
    /// Counts connections; what belongs to an earlier one is lost.
    pub(crate) generation: u64,
    /// Counts dials.
    pub(crate) attempt: u64,
    /// Dials and short connections that failed in a row.
    pub(crate) failures: u32,
    pub(crate) next_try: Nanos,
    /// When the dial under way is given up.
    pub(crate) dial_ends: Option<Key>,
    pub(crate) up_since: Nanos,
    /// Since when one end has not heard of the other.
    pub(crate) silent_since: Option<Nanos>,
    /// What waits for the connection.
    pub(crate) waiting: Vec<Parcel>,
    /// What was sent and is sent again and again until the way is free.
    pub(crate) stalled: Vec<Parcel>,
    /// Each end as the other sees it: the smaller number first.
    pub(crate) peers: Option<[Arc<Peer>; 2]>,
}

/// One direction between two nodes.
#[derive(Default)]
pub(crate) struct Way {
    /// Tells travel in one ordered stream for each lane.
    pub(crate) lanes: [LaneWay; 3],
    /// Asks that were sent and have no outcome.
    pub(crate) asks: u64,
    /// Asks that wait for a stream.
    pub(crate) queue: VecDeque<Parcel>,
    /// All asks that were not sent yet, and their bytes.
    pub(crate) unsent: u64,
    pub(crate) unsent_bytes: u64,
}

/// The tells of one lane that did not arrive yet.
#[derive(Default)]
pub(crate) struct LaneWay {
    pub(crate) order: Order,
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
}

/// An ask whose outcome is open.
pub(crate) struct Asked {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) service: &'static str,
    pub(crate) tag: u16,
    pub(crate) length: u64,
    pub(crate) reply_limit: usize,
    pub(crate) expires: Nanos,
    /// Whether it left: then it may have run.
    pub(crate) is_sent: bool,
    pub(crate) answer: Answer,
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
            scores: BTreeMap::new(),
        }
    }

    pub(crate) fn is_up(&self) -> bool {
        self.home.as_ref().is_some_and(|home| home.life.is_up())
    }

    /// The node as the other end of a connection sees it.
    pub(crate) fn peer(&self) -> Arc<Peer> {
        Arc::new(Peer {
            id: self.id,
            incarnation: self.incarnation,
            role: self.role.clone(),
            version: self.version,
        })
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
            ties: Grid::default(),
            ways: Grid::default(),
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

    pub(crate) fn tie(&mut self, one: usize, other: usize) -> &mut Tie {
        self.ties.entry(pair(one, other))
    }

    pub(crate) fn way(&mut self, from: usize, to: usize) -> &mut Way {
        self.ways.entry((from, to))
    }

    /// The connection that stands between two nodes.
    pub(crate) fn line(&self, one: usize, other: usize) -> Option<&Tie> {
        self.ties.get(pair(one, other)).filter(|tie| tie.phase == Phase::Up)
    }

    /// Whether a connection is still the one of this generation.
    pub(crate) fn is_current(&self, one: usize, other: usize, generation: u64) -> bool {
        self.line(one, other).is_some_and(|tie| tie.generation == generation)
    }

    /// Whether a packet from one to the other arrives at this moment.
    pub(crate) fn passes(&self, from: usize, to: usize) -> bool {
        let is_cut = !self.cuts.is_empty() && self.cuts.contains(&(from, to));
        !is_cut && self.stations[to].is_up()
    }

    /// Whether packets pass both ways, so that a connection can be made and kept.
    pub(crate) fn is_whole(&self, one: usize, other: usize) -> bool {
        self.passes(one, other) && self.passes(other, one)
    }

    /// `node` as `by` sees it over their connection.
    pub(crate) fn peer(&self, node: usize, by: usize) -> Option<Arc<Peer>> {
        let peers = self.line(node, by)?.peers.as_ref()?;
        Some(Arc::clone(&peers[usize::from(node > by)]))
    }
}
