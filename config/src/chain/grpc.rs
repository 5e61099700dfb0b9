//! `[actor.grpc] settings`: where clients of gRPC are answered, and what they may take.

use super::rpc::{CALL_GAS, LOG_BLOCKS, REQUEST_TIME};
use crate::section::Section;
use crate::setting::{Choice, Setting, Word};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use troupe_types::{Bytes, Gas, Millis};

/// What a `grpc` actor serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrpcSettings {
    /// Where it listens for HTTP/2 (TCP).
    pub listen: SocketAddr,
    /// The most connections.
    pub connections: u32,
    /// The most streams at a time, of all clients together.
    pub streams: u32,
    /// How long a request may take that is no stream.
    pub request_time: Millis,
    /// The most gas of a call or an estimate.
    pub call_gas: Gas,
    /// The most blocks that one search for logs looks at.
    pub log_blocks: u64,
    /// Whether the node tells of itself, its peers and its actors.
    pub node: NodeService,
}

/// Whether the node tells of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeService {
    /// To whoever reaches the port.
    Told,
    /// To nobody.
    Hidden,
}

impl Choice for NodeService {
    const WANT: &'static str = "a word such as \"hidden\"";
    const ALL: &'static [(&'static str, Self)] = &[("told", Self::Told), ("hidden", Self::Hidden)];
}

const LISTEN: Setting<SocketAddr> = Setting {
    key: "listen",
    default: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9_145),
    range: None,
    why: "TCP address of gRPC, unauthenticated: loopback unless a proxy stands before it.",
};
const CONNECTIONS: Setting<u32> = Setting {
    key: "connections",
    default: 64,
    range: Some((1, 65_536)),
    why: "Each connection costs memory and carries many requests; what comes above is closed.",
};
const STREAMS: Setting<u32> = Setting {
    key: "streams",
    default: 256,
    range: Some((1, 65_536)),
    why: "Each stream follows the chain and holds one message of it.",
};
const NODE: Setting<Word<NodeService>> = Setting {
    key: "node",
    default: Word(NodeService::Told),
    range: None,
    why: "Peers and actors are told to whoever reaches the port; hidden where strangers do.",
};

/// What is held for one connection: requests that are being read, within its window.
const WINDOW: Bytes = Bytes::mib(1);

impl GrpcSettings {
    /// Reads the settings table of a `grpc` actor.
    pub fn read(section: &mut Section<'_>) -> Self {
        Self {
            listen: section.get(&LISTEN),
            connections: section.get(&CONNECTIONS),
            streams: section.get(&STREAMS),
            request_time: section.get(&REQUEST_TIME),
            call_gas: Gas(section.get(&CALL_GAS)),
            log_blocks: section.get(&LOG_BLOCKS),
            node: section.get(&NODE).0,
        }
    }

    /// What requests that are being read may hold in memory.
    #[must_use]
    pub const fn memory(&self) -> Bytes {
        Bytes(WINDOW.0.saturating_mul(self.connections as u64))
    }
}
