//! What bounds a client.

use std::net::{Ipv4Addr, SocketAddr};
use troupe_types::{Bytes, Gas, Millis};

/// What bounds a client. The defaults are promises to clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Names that requests may be addressed to, besides `localhost`, `127.0.0.1` and `[::1]`; without port.
    pub hosts: Vec<String>,
    /// The largest request, or message of a WebSocket.
    pub request: Bytes,
    /// The largest response, a batch's taken together.
    pub response: Bytes,
    /// The most requests in a batch.
    pub batch: u32,
    /// The most connections; what comes above them is told to come back later.
    pub connections: u32,
    /// How long a client may take for the header of a request, and stay silent between two.
    pub header_time: Millis,
    /// How long a request over HTTP may take, from its header to the response's.
    pub request_time: Millis,
    /// How long a client may leave an answer unread that does not fit the system's buffers.
    pub write_time: Millis,
    /// The most subscriptions of a connection.
    pub subscriptions: u32,
    /// The most messages that wait for a WebSocket's client.
    pub queue: u32,
    /// How often a silent WebSocket is asked whether it is there.
    pub ping: Millis,
    /// How long connections may take to end when the server stops.
    pub drain: Millis,
    /// The most gas of a call or an estimate.
    pub call_gas: Gas,
    /// How long a call, an estimate, a trace or a simulation may take once its turn has come.
    pub call_time: Millis,
    /// The most blocks that one search for logs looks at.
    pub log_blocks: u64,
    /// The most logs of one answer.
    pub logs: usize,
    /// The most bytes of data and topics in the logs of one answer.
    pub log_bytes: Bytes,
    /// The most filters that are open at once, of all clients together.
    pub filters: usize,
    /// How long a filter stays that nobody asks for changes.
    pub filter_time: Millis,
    /// The most blocks of a fee history.
    pub fee_blocks: u64,
    /// The most slots of one proof.
    pub proved_slots: usize,
    /// The most words of storage that are read at once.
    pub stored_values: usize,
    /// The most transactions of one look into the pool.
    pub pool_content: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8545)),
            hosts: Vec::new(),
            request: Bytes::mib(1),
            response: Bytes::mib(16),
            batch: 100,
            connections: 256,
            header_time: Millis::secs(10),
            request_time: Millis::secs(30),
            write_time: Millis::secs(20),
            subscriptions: 32,
            queue: 64,
            ping: Millis::secs(30),
            drain: Millis::secs(5),
            call_gas: Gas(50_000_000),
            call_time: Millis::secs(5),
            log_blocks: 10_000,
            logs: 10_000,
            log_bytes: Bytes::mib(6),
            filters: 1_024,
            filter_time: Millis::secs(300),
            fee_blocks: 128,
            proved_slots: 100,
            stored_values: 1_024,
            pool_content: 4_096,
        }
    }
}
