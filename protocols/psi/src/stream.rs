//! Bytes between the two sides: a header, then frames whose lengths the agreement fixes.
//!
//! First come a side's points, then its answers to the other's, [`BATCH`] in a frame. Behind every frame stands a mark:
//! SHA-256 over the mark before it and the frame, the first time over the header. So a mark says what the whole stream
//! was up to it, and bytes that were changed, lost, repeated or inserted are noticed before a frame is used. Marks
//! have no key: they hold against accidents; the transport holds against strangers.

mod header;
mod inbox;
mod outbox;

use crate::agreement::{Agreement, Side};
use crate::token;
use sha2::{Digest, Sha256};

pub(crate) use header::{HEADER, Header};
pub(crate) use inbox::Inbox;
pub(crate) use outbox::Outbox;

/// Points or answers in a frame; fewer in the last.
pub const BATCH: u32 = 4096;
/// Bytes of a point.
pub(crate) const POINT: usize = 32;
/// Bytes of a mark.
pub(crate) const MARK: usize = 32;

/// What a frame carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Points,
    Answers,
}

/// One frame to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) kind: Kind,
    /// Bytes without the mark.
    pub(crate) bytes: usize,
}

/// A hash of a stream so far.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark(pub(crate) [u8; MARK]);

impl Mark {
    pub(crate) fn of(header: &Header) -> Self {
        let digest = Sha256::new_with_prefix(b"troupe psi stream 1").chain_update(header.encode());
        Self(digest.finalize().into())
    }

    pub(crate) fn after(self, frame: &[u8]) -> Self {
        Self(Sha256::new_with_prefix(self.0).chain_update(frame).finalize().into())
    }
}

impl Agreement {
    /// The frames of one side's stream.
    pub(crate) fn frames(&self, side: Side) -> Vec<Frame> {
        let mut frames = Vec::new();
        let mut batches = |kind, items: u32, width: usize| {
            let mut left = items;
            while left > 0 {
                let batch = left.min(BATCH);
                frames.push(Frame { kind, bytes: batch as usize * width });
                left -= batch;
            }
        };
        batches(Kind::Points, self.size(side), POINT);
        if self.mode.informs(side.other()) {
            batches(Kind::Answers, self.size(side.other()), token::length(self.sizes));
        }
        frames
    }
}

/// Bytes in a stream with these frames.
pub(crate) fn length(frames: &[Frame]) -> u64 {
    let bytes: u64 = frames.iter().map(|frame| (frame.bytes + MARK) as u64).sum();
    HEADER as u64 + bytes
}

/// Bytes of a stream up to the end of its points, the header among them.
pub(crate) fn length_of_points(frames: &[Frame]) -> u64 {
    let points = frames.iter().take_while(|frame| frame.kind == Kind::Points);
    HEADER as u64 + points.map(|frame| (frame.bytes + MARK) as u64).sum::<u64>()
}
