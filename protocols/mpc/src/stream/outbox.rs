//! What still has to go to one peer.

use super::{Header, Tally, WORD};
use crate::recall::{Keeper, Recall};
use crate::{CHUNK, Output, Peer};
use bytes::Bytes;
use std::collections::VecDeque;
use troupe_types::Hash;
use troupe_wire::bulk::Valve;

/// One outgoing stream: frames in, chunks within the peer's credit out.
///
/// A frame is [begun](Outbox::begin), [written](Outbox::write) in pieces and [ended](Outbox::end).
pub(crate) struct Outbox {
    queue: VecDeque<Bytes>,
    /// The chunk being filled; small frames share one.
    open: Vec<u8>,
    /// What ends the current frame.
    mark: u64,
    /// Bytes that the current frame still wants, its mark included.
    left: usize,
    valve: Valve,
    waiting: u64,
    total: u64,
    /// Of what is sealed.
    tally: Tally,
    /// Frames that have ended, and who keeps those that follow.
    frame: u32,
    keeper: Option<Keeper>,
}

impl Outbox {
    /// A stream with these frames to come; its header waits already.
    pub(crate) fn new(header: &Header, layout: &[u64]) -> Self {
        let open = header.encode().to_vec();
        let waiting = open.len() as u64;
        let total = super::length(layout);
        let (queue, mark) = (VecDeque::new(), header.mark());
        let (valve, tally) = (Valve::default(), Tally::default());
        let (frame, keeper) = (0, None);
        Self { queue, open, mark, left: 0, valve, waiting, total, tally, frame, keeper }
    }

    /// The same, with a tally of the header and the first frames.
    pub(crate) fn tallied(header: &Header, layout: &[u64], frames: usize) -> Self {
        let tally = Tally::new(super::length(&layout[..frames.min(layout.len())]));
        Self { tally, ..Self::new(header, layout) }
    }

    /// The hash of what is tallied, once it is written.
    pub(crate) fn digest(&mut self) -> Hash {
        self.seal();
        self.tally.digest()
    }

    /// Keeps the frames that are not written yet.
    pub(crate) fn recall(&mut self, recall: &Recall, to: Peer) {
        self.keeper = Keeper::new(recall, to, self.frame);
    }

    /// Begins the next frame, of so many words.
    pub(crate) fn begin(&mut self, words: usize) {
        debug_assert_eq!(self.left, 0, "the frame before has not ended");
        self.left = (words + 1) * WORD;
        self.open.reserve_exact(self.left.min(CHUNK - self.open.len()));
    }

    /// Appends words to the frame.
    pub(crate) fn write(&mut self, mut words: &[u64]) {
        // The mark is not kept: it says nothing.
        let is_kept = self.left > WORD;
        while !words.is_empty() {
            let room = (CHUNK - self.open.len()) / WORD;
            if room == 0 {
                self.seal();
                self.open.reserve_exact(self.left.min(CHUNK));
                continue;
            }
            let (now, later) = words.split_at(room.min(words.len()));
            let start = self.open.len();
            let bytes = now.len() * WORD;
            self.open.resize(start + bytes, 0);
            for (place, word) in self.open[start..].as_chunks_mut::<WORD>().0.iter_mut().zip(now) {
                *place = word.to_le_bytes();
            }
            if let Some(keeper) = self.keeper.as_mut().filter(|_| is_kept) {
                keeper.take(&self.open[start..]);
            }
            self.left -= bytes;
            self.waiting += bytes as u64;
            words = later;
        }
    }

    /// Ends the frame with its mark.
    pub(crate) fn end(&mut self) {
        debug_assert_eq!(self.left, WORD, "a frame of another length than announced");
        self.write(&[self.mark]);
        self.mark = self.mark.wrapping_add(1);
        self.frame = self.frame.saturating_add(1);
        if let Some(keeper) = &mut self.keeper {
            keeper.end();
        }
    }

    /// A whole frame at once.
    pub(crate) fn frame(&mut self, words: &[u64]) {
        self.begin(words.len());
        self.write(words);
        self.end();
    }

    /// Room for so many more bytes.
    pub(crate) fn grant(&mut self, bytes: u64) {
        self.valve.grant(bytes);
    }

    /// Whether the peer has room.
    pub(crate) fn has_credit(&self) -> bool {
        self.valve.is_open()
    }

    /// Sends what the credit covers.
    pub(crate) fn send<T>(&mut self, to: Peer, out: &mut Vec<Output<T>>) {
        if !self.valve.is_open() || self.waiting == 0 {
            return;
        }
        self.seal();
        while let Some(chunk) = self.queue.front_mut() {
            let Some(bytes) = self.valve.pass(chunk) else { return };
            if chunk.is_empty() {
                self.queue.pop_front();
            }
            self.waiting -= bytes.len() as u64;
            out.push(Output::Send { to, bytes });
        }
    }

    /// The peer is gone: nothing waits for it.
    pub(crate) fn give_up(&mut self) {
        self.queue.clear();
        self.open.clear();
        self.waiting = 0;
    }

    /// Bytes that wait for credit.
    pub(crate) fn waiting(&self) -> u64 {
        self.waiting
    }

    /// Bytes that have left.
    pub(crate) fn sent(&self) -> u64 {
        self.valve.sent()
    }

    /// Bytes that will have left at the end.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// Whether the whole stream has left.
    pub(crate) fn is_complete(&self) -> bool {
        self.valve.sent() == self.total
    }

    fn seal(&mut self) {
        if !self.open.is_empty() {
            self.tally.take(&self.open);
            self.queue.push_back(core::mem::take(&mut self.open).into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Place;
    use proptest::prelude::*;
    use troupe_types::{Hash, SessionId};

    proptest! {
        #[test]
        fn nothing_leaves_without_credit_and_no_chunk_is_over_its_limit(
            grants in proptest::collection::vec(0u64..400_000, 1..20),
            words in 0usize..100_000,
        ) {
            let to = Peer::Party(0);
            let header = Header {
                place: Place { session: SessionId([0; 16]), terms: Hash([0; 32]) },
                program: Hash([0; 32]),
                from: Peer::Party(1),
                to,
            };
            let mut outbox = Outbox::new(&header, &[words as u64]);
            outbox.frame(&vec![7; words]);
            let total = super::super::length(&[words as u64]);
            prop_assert_eq!(outbox.waiting(), total);
            let mut granted = 0;
            for grant in grants {
                outbox.grant(grant);
                granted += grant;
                let mut out: Vec<Output> = Vec::new();
                outbox.send(to, &mut out);
                for output in out {
                    let Output::Send { bytes, .. } = output else { continue };
                    prop_assert!(!bytes.is_empty() && bytes.len() <= CHUNK);
                }
                prop_assert_eq!(outbox.sent(), granted.min(total));
                prop_assert_eq!(outbox.waiting(), total - granted.min(total));
            }
        }
    }
}
