//! `[actor.rpc] settings`: where Ethereum's clients are answered, and what they may take.

use crate::section::Section;
use crate::setting::{Field, Setting};
use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use troupe_types::{Bytes, Gas, Millis};

/// What an `rpc` actor serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RpcSettings {
    /// Where it listens for HTTP and WebSockets (TCP).
    pub listen: SocketAddr,
    /// Names that requests may be addressed to, besides those of this machine; without port.
    pub hosts: Vec<String>,
    /// The most connections.
    pub connections: u32,
    /// How long a request over HTTP may take.
    pub request_time: Millis,
    /// The most gas of a call or an estimate.
    pub call_gas: Gas,
    /// The most blocks that one search for logs looks at.
    pub log_blocks: u64,
}

const LISTEN: Setting<SocketAddr> = Setting {
    key: "listen",
    default: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8_545),
    range: None,
    why: "TCP address of HTTP and WebSocket, unauthenticated: loopback unless a proxy stands before it.",
};
const HOSTS: Field = Field {
    key: "hosts",
    why: "Names that requests may be addressed to, so that no web page reaches a node by a name of its own.",
};
const CONNECTIONS: Setting<u32> = Setting {
    key: "connections",
    default: 256,
    range: Some((1, 65_536)),
    why: "Each connection costs memory; what comes above is told to come back later.",
};
pub(super) const REQUEST_TIME: Setting<Millis> = Setting {
    key: "request_time",
    default: Millis::secs(30),
    range: Some((Millis::secs(1), Millis::secs(600))),
    why: "Nobody waits longer for an answer, and work for nobody is not done.",
};
pub(super) const CALL_GAS: Setting<u64> = Setting {
    key: "call_gas",
    default: 50_000_000,
    range: Some((21_000, 1_000_000_000)),
    why: "A call is free for its caller and costs the node time.",
};
pub(super) const LOG_BLOCKS: Setting<u64> = Setting {
    key: "log_blocks",
    default: 10_000,
    range: Some((1, 10_000_000)),
    why: "A search for logs looks at every block of its range.",
};

/// The largest request; a promise to clients.
const REQUEST: Bytes = Bytes::mib(1);

impl RpcSettings {
    /// Reads the settings table of an `rpc` actor.
    pub fn read(section: &mut Section<'_>) -> Self {
        Self {
            listen: section.get(&LISTEN),
            hosts: section
                .values::<Cow<'static, str>>(&HOSTS)
                .into_iter()
                .map(Cow::into_owned)
                .collect(),
            connections: section.get(&CONNECTIONS),
            request_time: section.get(&REQUEST_TIME),
            call_gas: Gas(section.get(&CALL_GAS)),
            log_blocks: section.get(&LOG_BLOCKS),
        }
    }

    /// What requests that are being read may hold in memory.
    #[must_use]
    pub const fn memory(&self) -> Bytes {
        Bytes(REQUEST.0.saturating_mul(self.connections as u64))
    }
}
