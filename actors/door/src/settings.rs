//! What bounds a client.

use troupe_types::{Bytes, Millis};

/// What bounds a client. The defaults are promises to clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The largest request.
    pub request: Bytes,
    /// The largest message of a response.
    pub response: Bytes,
    /// The most connections; what comes above them is closed at once.
    pub connections: u32,
    /// The most requests and streams of one connection at a time.
    pub per_connection: u32,
    /// The most requests at a time that are no streams, of all clients together.
    pub requests: u32,
    /// The most streams at a time, of all clients together.
    pub streams: u32,
    /// How long a client may take to begin a connection.
    pub begin_time: Millis,
    /// How long a request may take that is no stream.
    pub request_time: Millis,
    /// How long a client may leave a response unread.
    pub write_time: Millis,
    /// How often a connection is asked whether anybody is there.
    pub ping: Millis,
    /// How often somebody who watches the health is looked after.
    pub look: Millis,
    /// How long requests may take to end when the server stops.
    pub drain: Millis,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            request: Bytes::mib(1),
            response: Bytes::mib(16),
            connections: 64,
            per_connection: 100,
            requests: 128,
            streams: 256,
            begin_time: Millis::secs(10),
            request_time: Millis::secs(30),
            write_time: Millis::secs(20),
            ping: Millis::secs(30),
            look: Millis(250),
            drain: Millis::secs(5),
        }
    }
}
