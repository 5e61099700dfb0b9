//! What still has to go to the peer.

use super::{Frame, Header, Mark, length};
use crate::Output;
use bytes::Bytes;
use std::collections::VecDeque;
use troupe_wire::bulk::Valve;

/// The outgoing stream: frames in, chunks within the peer's credit out. It holds one frame at most.
pub(crate) struct Outbox {
    /// What was made and has not left: the header, then one frame at a time.
    waiting: Bytes,
    /// Frames to be made.
    frames: VecDeque<Frame>,
    mark: Mark,
    valve: Valve,
    total: u64,
}

impl Outbox {
    /// A stream with these frames to come; its header waits already.
    pub(crate) fn new(header: &Header, frames: Vec<Frame>) -> Self {
        let waiting = Bytes::copy_from_slice(&header.encode());
        let total = length(&frames);
        let valve = Valve::default();
        Self { waiting, frames: frames.into(), mark: Mark::of(header), valve, total }
    }

    /// The frame to be made next, once all before it have left and the peer has room.
    pub(crate) fn wanted(&self) -> Option<Frame> {
        if !self.waiting.is_empty() || !self.valve.is_open() {
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
        self.valve.grant(bytes);
    }

    /// Sends what the credit covers.
    pub(crate) fn send(&mut self, out: &mut Vec<Output>) {
        while let Some(bytes) = self.valve.pass(&mut self.waiting) {
            out.push(Output::Send(bytes));
        }
    }

    /// Whether everything has left.
    pub(crate) fn is_done(&self) -> bool {
        self.valve.sent() == self.total
    }

    pub(crate) fn sent(&self) -> u64 {
        self.valve.sent()
    }

    /// The last mark.
    pub(crate) fn mark(&self) -> Mark {
        self.mark
    }
}
