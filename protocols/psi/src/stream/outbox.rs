//! What still has to go to the peer.

use super::{Frame, Header, Mark, length};
use crate::{CHUNK, Output};
use bytes::Bytes;
use std::collections::VecDeque;

/// The outgoing stream: frames in, chunks within the peer's credit out. It holds one frame at most.
pub(crate) struct Outbox {
    /// What was made and has not left: the header, then one frame at a time.
    waiting: Bytes,
    /// Frames to be made.
    frames: VecDeque<Frame>,
    mark: Mark,
    credit: u64,
    sent: u64,
    total: u64,
}

impl Outbox {
    /// A stream with these frames to come; its header waits already.
    pub(crate) fn new(header: &Header, frames: Vec<Frame>) -> Self {
        let waiting = Bytes::copy_from_slice(&header.encode());
        let total = length(&frames);
        Self { waiting, frames: frames.into(), mark: Mark::of(header), credit: 0, sent: 0, total }
    }

    /// The frame to be made next, once all before it have left and the peer has room.
    pub(crate) fn wanted(&self) -> Option<Frame> {
        if !self.waiting.is_empty() || self.credit == 0 {
            return None;
        }
        self.frames.front().copied()
    }

    /// Takes the frame that was [wanted](Self::wanted).
    pub(crate) fn put(&mut self, mut bytes: Vec<u8>) {
        let frame = self.frames.pop_front();
        debug_assert_eq!(frame.map(|frame| frame.bytes), Some(bytes.len()), "not what was wanted");
        self.mark = self.mark.after(&bytes);
        bytes.extend_from_slice(&self.mark.0);
        self.waiting = bytes.into();
    }

    /// Room for so many more bytes.
    pub(crate) fn grant(&mut self, bytes: u64) {
        self.credit = self.credit.saturating_add(bytes);
    }

    /// Sends what the credit covers.
    pub(crate) fn send(&mut self, out: &mut Vec<Output>) {
        while !self.waiting.is_empty() && self.credit > 0 {
            let allowed = usize::try_from(self.credit).unwrap_or(usize::MAX);
            let bytes = self.waiting.split_to(allowed.min(self.waiting.len()).min(CHUNK));
            let length = bytes.len() as u64;
            self.credit -= length;
            self.sent += length;
            out.push(Output::Send(bytes));
        }
    }

    /// Whether everything has left.
    pub(crate) fn is_done(&self) -> bool {
        self.sent == self.total
    }

    pub(crate) fn sent(&self) -> u64 {
        self.sent
    }

    /// The last mark.
    pub(crate) fn mark(&self) -> Mark {
        self.mark
    }
}
