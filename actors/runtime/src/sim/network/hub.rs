//! The network as a whole: its nodes, its weather, its numbers.

use super::state::{LaneWay, State, Station};
use crate::sim::adversary::Adversary;
use crate::sim::auditor::Auditor;
use crate::sim::weather::Weather;
use crate::sim::wheel::Wheel;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use troupe_types::{Bytes, NodeId};
use troupe_wire::Stream;

/// The network between all nodes of a world.
pub struct Network {
    pub(super) wheel: Arc<Wheel>,
    pub(super) auditor: Auditor,
    state: Mutex<State>,
    pub(super) myself: Weak<Self>,
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = self.lock();
        write!(f, "Network({} nodes, {} asks)", state.stations.len(), state.asks.len())
    }
}

/// What one node had to bear from others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Burden {
    /// Violations counted against each peer.
    pub violations: BTreeMap<usize, u64>,
    /// Tells on their way to it.
    pub messages: u64,
    /// Bytes of their bodies.
    pub bytes: Bytes,
}

impl Network {
    pub(crate) fn new(
        wheel: Arc<Wheel>,
        auditor: Auditor,
        weather: Weather,
        luck: Stream,
    ) -> Arc<Self> {
        Arc::new_cyclic(|myself| Self {
            wheel,
            auditor,
            state: Mutex::new(State::new(weather, luck)),
            myself: Weak::clone(myself),
        })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a node that does not run yet; nodes are numbered in this order.
    pub(crate) fn add(&self, id: NodeId, role: Option<String>) {
        let mut state = self.lock();
        let number = state.stations.len();
        state.numbers.insert(id, number);
        state.ties.make_room(number + 1);
        state.ways.make_room(number + 1);
        state.stations.push(Station::new(id, role));
    }

    pub(crate) fn corrupt(&self, node: usize, adversary: Box<dyn Adversary>) {
        self.lock().stations[node].adversary = Some(adversary);
    }

    pub(crate) fn set_weather(&self, weather: Weather) {
        self.lock().weather = weather;
    }

    /// What `node` had to bear from others.
    #[must_use]
    pub fn burden(&self, node: usize) -> Burden {
        let state = self.lock();
        let ways = state.ways.iter().filter(|((_, to), _)| *to == node);
        let under_way = |lane: &LaneWay| (lane.messages, lane.bytes);
        let tells = ways.flat_map(|(_, way)| way.lanes.iter().map(under_way));
        let (messages, bytes) = tells.fold((0, 0), |sum, tell| (sum.0 + tell.0, sum.1 + tell.1));
        let scores = &state.stations[node].scores;
        let violations = scores.iter().map(|(peer, score)| (*peer, score.violations)).collect();
        Burden { violations, messages, bytes: Bytes(bytes) }
    }

    /// Whether `node` does not speak to `peer` for now because of what the peer did.
    #[must_use]
    pub fn is_refused(&self, node: usize, peer: usize) -> bool {
        let state = self.lock();
        let score = state.stations[node].scores.get(&peer);
        score.is_some_and(|score| score.is_refused(self.wheel.nanos()))
    }

    /// Whether two nodes have a connection.
    #[must_use]
    pub fn is_connected(&self, one: usize, other: usize) -> bool {
        self.lock().line(one, other).is_some()
    }

    /// Asks whose outcome is still open, of all nodes.
    #[must_use]
    pub fn open_asks(&self) -> usize {
        self.lock().asks.len()
    }
}
