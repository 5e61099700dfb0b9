//! What all bulk streams of a session have in common: chunks, a header of fixed length, a length known before, credit.
//!
//! What a frame is, and what ends it, is each protocol's own. That no stranger can make a machine keep more than was
//! agreed, and that nothing leaves without room at the peer, is here, once.

use bytes::Bytes;

/// The largest chunk of a bulk stream, given or taken: 256 KiB.
pub const CHUNK: usize = 256 << 10;

/// Bytes that no stream of the agreed length has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Overrun {
    /// A chunk over its limit.
    #[error("chunk of {got} bytes exceeds {limit}")]
    Chunk {
        /// Bytes given.
        got: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// More bytes than the stream has left.
    #[error("{got} bytes exceed the {limit} that are left")]
    Stream {
        /// Bytes given.
        got: u64,
        /// Bytes expected.
        limit: u64,
    },
}

/// The incoming end of a stream: gathers its header, counts what follows.
#[derive(Debug, Clone)]
pub struct Intake<const HEADER: usize> {
    head: [u8; HEADER],
    /// Bytes of the header that are here.
    filled: usize,
    received: u64,
    total: u64,
}

impl<const HEADER: usize> Intake<HEADER> {
    /// A stream of so many bytes, the header among them.
    #[must_use]
    pub const fn new(total: u64) -> Self {
        Self { head: [0; HEADER], filled: 0, received: 0, total }
    }

    /// Takes the next bytes, cut anywhere, and returns those behind the header; `check` sees the header once it is whole.
    ///
    /// Nothing of bytes that are refused is counted.
    pub fn accept<'a, E: From<Overrun>>(
        &mut self,
        bytes: &'a [u8],
        check: impl FnOnce(&[u8; HEADER]) -> Result<(), E>,
    ) -> Result<&'a [u8], E> {
        if bytes.len() > CHUNK {
            return Err(Overrun::Chunk { got: bytes.len(), limit: CHUNK }.into());
        }
        let missing = (HEADER - self.filled).min(bytes.len());
        let (head, rest) = bytes.split_at(missing);
        if missing > 0 {
            self.head[self.filled..self.filled + missing].copy_from_slice(head);
            self.filled += missing;
            if self.filled == HEADER {
                check(&self.head)?;
            }
        }
        let got = bytes.len() as u64;
        let limit = self.total - self.received;
        if got > limit {
            return Err(Overrun::Stream { got, limit }.into());
        }
        self.received += got;
        Ok(rest)
    }

    /// Bytes that have arrived, the header's among them.
    #[must_use]
    pub const fn received(&self) -> u64 {
        self.received
    }

    /// Bytes that will have arrived at the end.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// Whether everything has arrived.
    #[must_use]
    pub const fn has_all(&self) -> bool {
        self.received == self.total
    }
}

/// The outgoing end of a stream: lets through what the peer has room for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Valve {
    credit: u64,
    sent: u64,
}

impl Valve {
    /// Room at the peer for so many more bytes.
    pub const fn grant(&mut self, bytes: u64) {
        self.credit = self.credit.saturating_add(bytes);
    }

    /// Whether the peer has room.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.credit > 0
    }

    /// Cuts the next chunk off what waits; `None` where nothing waits or there is no room.
    pub fn pass(&mut self, waiting: &mut Bytes) -> Option<Bytes> {
        let room = usize::try_from(self.credit).unwrap_or(usize::MAX);
        let length = waiting.len().min(CHUNK).min(room);
        if length == 0 {
            return None;
        }
        self.credit -= length as u64;
        self.sent += length as u64;
        Some(waiting.split_to(length))
    }

    /// Bytes that have left.
    #[must_use]
    pub const fn sent(&self) -> u64 {
        self.sent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_stream_cut_anywhere_has_its_header_once_and_its_body_whole(
            body in proptest::collection::vec(any::<u8>(), 0..200),
            cuts in proptest::collection::vec(1usize..40, 1..9),
        ) {
            let stream = [&[7; 16], body.as_slice()].concat();
            let mut intake = Intake::<16>::new(stream.len() as u64);
            let (mut rest, mut heads, mut taken) = (stream.as_slice(), 0, Vec::new());
            for cut in cuts.iter().cycle() {
                if rest.is_empty() { break }
                let (now, later) = rest.split_at((*cut).min(rest.len()));
                let behind = intake.accept(now, |head| {
                    heads += 1;
                    assert_eq!(head, &[7; 16]);
                    Ok::<(), Overrun>(())
                });
                taken.extend_from_slice(behind.expect("an honest stream"));
                rest = later;
            }
            prop_assert_eq!((heads, taken), (1, body));
            prop_assert!(intake.has_all());
            let more = intake.accept(&[0], |_| Ok(()));
            prop_assert_eq!(more, Err(Overrun::Stream { got: 1, limit: 0 }));
        }

        #[test]
        fn nothing_leaves_without_room_and_no_chunk_is_over_its_limit(
            waits in 0usize..900_000,
            grants in proptest::collection::vec(0u64..400_000, 0..9),
        ) {
            let (mut valve, mut granted) = (Valve::default(), 0);
            let mut waiting = Bytes::from(vec![1; waits]);
            for grant in grants {
                valve.grant(grant);
                granted += grant;
                while let Some(chunk) = valve.pass(&mut waiting) {
                    prop_assert!(!chunk.is_empty() && chunk.len() <= CHUNK);
                }
                prop_assert_eq!(valve.sent(), granted.min(waits as u64));
                prop_assert_eq!(waiting.len() as u64, waits as u64 - valve.sent());
                prop_assert_eq!(valve.is_open(), granted > waits as u64);
            }
        }
    }

    #[test]
    fn a_refused_header_or_chunk_is_the_end() {
        let mut intake = Intake::<4>::new(8);
        let long = vec![0; CHUNK + 1];
        let refused = intake.accept(&long, |_| Ok(()));
        assert_eq!(refused, Err(Overrun::Chunk { got: CHUNK + 1, limit: CHUNK }));
        let wrong = Overrun::Chunk { got: 0, limit: 0 };
        assert_eq!(intake.accept(&[0; 5], |_| Err(wrong)), Err(wrong));
        assert_eq!(intake.received(), 0);
    }
}
