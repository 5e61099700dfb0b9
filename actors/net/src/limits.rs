//! How much peers may make us do and hold, and how long we wait for them.

use crate::Error;
use crate::backoff::Backoff;
use crate::door::DoorLimits;
use troupe_runtime::Queue;
use troupe_types::{Bytes, Millis};

/// Limits of a network; [`Limits::default`] suits a process with a few hundred peers.
///
/// A peer's bytes that were received and not yet read are at most [`Limits::memory_by_peer`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Peers connected at once.
    pub peers: u32,
    /// Of these, peers that no manifest and no directory lists.
    pub strangers: u32,
    /// Asks under way to one peer, and from one peer. Every one is a stream.
    pub asks: u32,
    /// Asks to one peer that wait for a place or for the connection, and the bytes they hold.
    pub waiting: Queue,
    /// Tells to one peer that wait to be sent, on each lane.
    pub lane: Queue,
    /// Bulk streams to one peer, and from one peer.
    pub bulk: u32,
    /// Bytes received on one stream and not yet read.
    pub stream_window: Bytes,
    /// Bytes received from one peer on all streams but bulk and not yet read.
    pub window: Bytes,
    /// Time for the handshake and the hello together.
    pub hello: Millis,
    /// Time that a bulk stream waits for its session to be declared here.
    pub admission: Millis,
    /// How often a quiet connection shows that it lives.
    pub keep_alive: Millis,
    /// How long a silent peer is believed to live.
    pub idle: Millis,
    /// Handshakes under way at once that others began.
    pub handshakes: u32,
    /// Of these, from one source address.
    pub handshakes_by_source: u32,
    /// Handshakes a second from one source address.
    pub handshake_rate_by_source: u32,
    /// The pause after the first failed dial; it doubles with every further one.
    pub first_pause: Millis,
    /// The longest pause between two dials.
    pub longest_pause: Millis,
    /// How long a peer is refused after too many violations.
    pub cool_down: Millis,
    /// Entries of the address book.
    pub entries: u32,
}

/// Every peer may also open this many streams for tells.
pub(crate) const LANES: u32 = 3;

impl Default for Limits {
    fn default() -> Self {
        Self {
            peers: 512,
            strangers: 128,
            asks: 96,
            waiting: Queue { messages: 1_024, bytes: Bytes::mib(8) },
            lane: Queue { messages: 4_096, bytes: Bytes::mib(4) },
            bulk: 64,
            stream_window: Bytes::kib(768),
            window: Bytes::mib(4),
            hello: Millis::secs(5),
            admission: Millis::secs(10),
            keep_alive: Millis::secs(1),
            idle: Millis::secs(3),
            handshakes: 256,
            handshakes_by_source: 64,
            handshake_rate_by_source: 64,
            first_pause: Millis(250),
            longest_pause: Millis::secs(30),
            cool_down: Millis::secs(60),
            entries: 4_096,
        }
    }
}

impl Limits {
    /// The most bytes of one peer that may have been received and not yet read: `window`, and
    /// `stream_window` for each bulk stream.
    #[must_use]
    pub fn memory_by_peer(&self) -> Bytes {
        Bytes(self.window.0 + u64::from(self.bulk) * self.stream_window.0)
    }

    /// Says which limit is outside its range.
    pub fn check(&self) -> Result<(), Error> {
        // quinn registers every allowed stream of a peer in advance: more than a hundred cost
        // memory for each connection, used or not.
        let ranges = [
            ("peers", u64::from(self.peers), 1, 65_536),
            ("strangers", u64::from(self.strangers), 0, u64::from(self.peers)),
            ("asks", u64::from(self.asks), 1, 96),
            ("waiting messages", u64::from(self.waiting.messages), 1, 1 << 20),
            ("waiting bytes", self.waiting.bytes.0, 1 << 20, 1 << 32),
            ("lane messages", u64::from(self.lane.messages), 1, 1 << 20),
            ("lane bytes", self.lane.bytes.0, 1 << 20, 1 << 32),
            ("bulk", u64::from(self.bulk), 0, 96),
            // The largest message must fit into the window of its stream.
            ("stream_window", self.stream_window.0, 600 << 10, 1 << 30),
            ("window", self.window.0, self.stream_window.0, 1 << 32),
            ("hello", self.hello.0, 100, 60_000),
            ("admission", self.admission.0, 100, 600_000),
            ("keep_alive", self.keep_alive.0, 10, 60_000),
            ("idle", self.idle.0, self.keep_alive.0.saturating_mul(2), 600_000),
            ("handshakes", u64::from(self.handshakes), 2, 65_536),
            ("handshakes_by_source", u64::from(self.handshakes_by_source), 1, 65_536),
            ("handshake_rate_by_source", u64::from(self.handshake_rate_by_source), 1, 1 << 20),
            ("first_pause", self.first_pause.0, 1, 60_000),
            ("longest_pause", self.longest_pause.0, self.first_pause.0, 3_600_000),
            ("cool_down", self.cool_down.0, 0, 86_400_000),
            ("entries", u64::from(self.entries), 0, 1 << 20),
        ];
        for (field, got, min, max) in ranges {
            if !(min..=max).contains(&got) {
                return Err(Error::Limit { field, got, min, max });
            }
        }
        Ok(())
    }

    pub(crate) fn backoff(&self) -> Backoff {
        Backoff { first: self.first_pause, cap: self.longest_pause }
    }

    pub(crate) fn door(&self) -> DoorLimits {
        DoorLimits {
            open: self.handshakes,
            open_by_source: self.handshakes_by_source,
            rate_by_source: self.handshake_rate_by_source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_within_their_ranges() {
        Limits::default().check().unwrap();
        assert_eq!(Limits::default().memory_by_peer(), Bytes::mib(52));
    }

    #[test]
    fn a_limit_outside_its_range_is_named() {
        let too_many = Limits { asks: 97, ..Limits::default() };
        assert_eq!(too_many.check().unwrap_err().to_string(), "asks of 97 is not between 1 and 96");
        let too_short = Limits { idle: Millis(1_999), ..Limits::default() };
        assert!(too_short.check().unwrap_err().to_string().starts_with("idle of 1999"));
        let too_narrow = Limits { stream_window: Bytes::kib(256), ..Limits::default() };
        assert!(too_narrow.check().is_err());
    }
}
