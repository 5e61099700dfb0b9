//! A network in memory that treats messages as QUIC connections do: encoded by the real codec,
//! delivered by the real checks, ordered within a stream and not between streams, held up by a cut
//! and lost with a connection.

mod bulk;
mod carry;
mod cut;
mod parcel;
mod port;
mod state;
mod tie;

pub(crate) use port::Port;
pub(crate) use state::Home;

use crate::sim::adversary::Adversary;
use crate::sim::auditor::Auditor;
use crate::sim::weather::Weather;
use crate::sim::wheel::Wheel;
use state::{State, Station};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use troupe_types::NodeId;
use troupe_wire::Stream;

/// The network between all nodes of a world.
pub struct Network {
    wheel: Arc<Wheel>,
    auditor: Auditor,
    state: Mutex<State>,
    myself: Weak<Self>,
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
    /// Bytes on their way to it, or waiting for it in the network.
    pub bytes: u64,
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

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a node that does not run yet; nodes are numbered in this order.
    pub(crate) fn add(&self, id: NodeId, role: Option<String>) {
        let mut state = self.lock();
        let number = state.stations.len();
        state.numbers.insert(id, number);
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
        let violations = state.stations.get(node).map(|station| station.violations.clone());
        let ways = state.ways.iter().filter(|((_, to), _)| *to == node);
        Burden {
            violations: violations.unwrap_or_default(),
            bytes: ways.map(|(_, way)| way.bytes).sum(),
        }
    }

    /// Whether two nodes have a connection.
    #[must_use]
    pub fn is_connected(&self, one: usize, other: usize) -> bool {
        self.lock().tie(one, other).is_some_and(|tie| tie.is_open)
    }

    /// Asks whose outcome is still open, of all nodes.
    #[must_use]
    pub fn open_asks(&self) -> usize {
        self.lock().asks.len()
    }
}
