//! `[network]` and `[metrics]`: where the process listens and whom it knows from the start.

use crate::name::{Address, Name, PeerAddress};
use crate::section::Section;
use crate::setting::{Field, Setting, Unit};
use crate::value::{Item, Table, Value};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use troupe_types::{NetworkId, NodeId};

/// How the process takes part in the network.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    /// The network it belongs to; peers of another one are refused.
    pub id: NetworkId,
    /// Where it listens for QUIC (UDP).
    pub listen: SocketAddr,
    /// What others are told to dial, where that differs from `listen`.
    pub advertise: Option<Address>,
    /// The most connected peers at a time.
    pub max_peers: u32,
    /// Processes that tell who else is there.
    pub bootstrap: Vec<PeerAddress>,
    /// Processes known without asking.
    pub peers: Vec<Peer>,
}

/// A process known from the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Its identity.
    pub node_id: NodeId,
    /// Where it listens.
    pub address: Address,
    /// What it may ask as: messages name the roles that may send them.
    pub role: Name,
}

/// Where metrics and health are served (HTTP).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metrics {
    /// Address of the listener.
    pub listen: SocketAddr,
}

const fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

const ID: Setting<u64> = Setting {
    key: "id",
    default: 1_120_260,
    range: Some((1, 1 << 53)),
    why: "Keeps networks apart: peers of another network are refused; at most 2^53, as JSON has it.",
};
const LISTEN: Setting<SocketAddr> = Setting {
    key: "listen",
    default: loopback(9_470),
    range: None,
    why: "UDP address of QUIC; loopback until somebody decides that others may connect; port 0 takes a free one.",
};
const ADVERTISE: Field = Field {
    key: "advertise",
    why: "What others are told to dial, where that differs from the listening address: behind NAT, in a container.",
};
const MAX_PEERS: Setting<u32> = Setting {
    key: "max_peers",
    default: 256,
    range: Some((1, 10_000)),
    why: "Every connection costs memory that a stranger could otherwise use up.",
};
const BOOTSTRAP: Field = Field {
    key: "bootstrap",
    why: "The processes that tell who else is there, each by identity and address.",
};
const NODE_ID: Field =
    Field { key: "node_id", why: "Another identity that answers at the address is refused." };
const ADDRESS: Field = Field { key: "address", why: "Where the peer listens." };
const ROLE: Field =
    Field { key: "role", why: "Messages name the roles that may send them; this is the peer's." };
const METRICS_LISTEN: Setting<SocketAddr> = Setting {
    key: "listen",
    default: loopback(9_464),
    range: None,
    why: "TCP address of metrics and health, unauthenticated: loopback unless a scraper comes from elsewhere.",
};

impl Network {
    pub(crate) fn read(section: &mut Section<'_>) -> Self {
        Self {
            id: NetworkId(section.get(&ID)),
            listen: section.get(&LISTEN),
            advertise: section.optional(&ADVERTISE),
            max_peers: section.get(&MAX_PEERS),
            bootstrap: section.values(&BOOTSTRAP),
            peers: section.tables("peer", Peer::read),
        }
    }

    pub(crate) fn write(&self, out: &mut Table) {
        out.set(&ID, &self.id.0);
        out.set(&LISTEN, &self.listen);
        if let Some(address) = &self.advertise {
            out.put(ADVERTISE.key, address.write());
        }
        out.set(&MAX_PEERS, &self.max_peers);
        out.set_list(&BOOTSTRAP, &self.bootstrap);
        if !self.peers.is_empty() {
            let peers = self.peers.iter().map(|peer| Item::new(Value::Table(peer.write())));
            out.put("peer", Value::List(peers.collect()));
        }
    }
}

impl Peer {
    fn read(section: &mut Section<'_>) -> Option<Self> {
        let node_id = section.need(&NODE_ID);
        let address = section.need(&ADDRESS);
        let role = section.need(&ROLE);
        Some(Self { node_id: node_id?, address: address?, role: role? })
    }

    fn write(&self) -> Table {
        let mut out = Table::default();
        out.put(NODE_ID.key, self.node_id.write());
        out.put(ADDRESS.key, self.address.write());
        out.put(ROLE.key, self.role.write());
        out
    }
}

impl Metrics {
    pub(crate) fn read(section: &mut Section<'_>) -> Self {
        Self { listen: section.get(&METRICS_LISTEN) }
    }

    pub(crate) fn write(self, out: &mut Table) {
        out.set(&METRICS_LISTEN, &self.listen);
    }
}
