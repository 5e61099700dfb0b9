//! What has arrived from the peer.

use super::{Frame, HEADER, Header, MARK, Mark, length};
use crate::{CHUNK, Refusal};
use std::collections::VecDeque;

/// The incoming stream: bytes in, whole frames that match their marks out.
///
/// Beside the frames that wait to be taken it holds the one that is being filled, and never reserves more than that.
pub(crate) struct Inbox {
    header: Header,
    head: Vec<u8>,
    frames: Vec<Frame>,
    /// The frame that is being filled.
    at: usize,
    /// Its bytes, and those of its mark.
    filling: Vec<u8>,
    mark: Mark,
    waiting: VecDeque<(Frame, Vec<u8>)>,
    received: u64,
    total: u64,
}

impl Inbox {
    pub(crate) fn new(header: Header, frames: Vec<Frame>) -> Self {
        let total = length(&frames);
        Self {
            mark: Mark::of(&header),
            header,
            head: Vec::with_capacity(HEADER),
            frames,
            at: 0,
            filling: Vec::new(),
            waiting: VecDeque::new(),
            received: 0,
            total,
        }
    }

    /// Takes the next bytes of the stream, or says what is wrong with them.
    pub(crate) fn accept(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        if bytes.len() > CHUNK {
            return Err(Refusal::ChunkTooLong { got: bytes.len(), limit: CHUNK });
        }
        let mut rest = self.take_header(bytes)?;
        let got = bytes.len() as u64;
        let limit = self.total - self.received;
        if got > limit {
            return Err(Refusal::Excess { got, limit });
        }
        self.received += got;
        while let (false, Some(&frame)) = (rest.is_empty(), self.frames.get(self.at)) {
            let whole = frame.bytes + MARK;
            if self.filling.is_empty() {
                self.filling.reserve_exact(whole);
            }
            let missing = whole - self.filling.len();
            let (now, later) = rest.split_at(missing.min(rest.len()));
            self.filling.extend_from_slice(now);
            rest = later;
            if self.filling.len() == whole {
                self.close(frame)?;
            }
        }
        Ok(())
    }

    /// The next whole frame.
    pub(crate) fn pop(&mut self) -> Option<(Frame, Vec<u8>)> {
        self.waiting.pop_front()
    }

    /// Whether everything has arrived and was taken.
    pub(crate) fn is_done(&self) -> bool {
        self.has_all() && self.waiting.is_empty()
    }

    /// Whether everything has arrived.
    pub(crate) fn has_all(&self) -> bool {
        self.received == self.total
    }

    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// The last mark.
    pub(crate) fn mark(&self) -> Mark {
        self.mark
    }

    fn take_header<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8], Refusal> {
        if self.head.len() == HEADER {
            return Ok(bytes);
        }
        let missing = (HEADER - self.head.len()).min(bytes.len());
        let (head, rest) = bytes.split_at(missing);
        self.head.extend_from_slice(head);
        if let Ok(header) = <[u8; HEADER]>::try_from(self.head.as_slice()) {
            self.header.check(&header)?;
        }
        Ok(rest)
    }

    fn close(&mut self, frame: Frame) -> Result<(), Refusal> {
        let mut bytes = core::mem::take(&mut self.filling);
        let mark = self.mark.after(&bytes[..frame.bytes]);
        if bytes[frame.bytes..] != mark.0 {
            return Err(Refusal::Transcript { frame: self.at });
        }
        bytes.truncate(frame.bytes);
        self.mark = mark;
        self.at += 1;
        self.waiting.push_back((frame, bytes));
        Ok(())
    }
}
