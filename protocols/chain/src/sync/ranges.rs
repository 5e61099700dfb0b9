//! Blocks that are on their way, in ranges.

use super::{Fault, frames};
use crate::block::Stored;
use crate::message::MAX_FETCHED;
use troupe_types::{Hash, Height, Millis, NodeId};

/// A question that waits for its answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) id: u64,
    pub(super) peer: NodeId,
    pub(super) due: Millis,
}

/// Consecutive blocks.
#[derive(Debug)]
pub(super) struct Range {
    pub(super) from: Height,
    /// How many it will have.
    pub(super) count: u64,
    /// Those that are here, encoded.
    pub(super) blocks: Vec<Vec<u8>>,
    /// Bytes of them.
    pub(super) bytes: usize,
    /// Who sent them.
    pub(super) source: Option<NodeId>,
    pub(super) asked: Option<Asked>,
    /// The hash of the last of them.
    last: Option<Hash>,
    /// The beginning of the next frame.
    partial: Vec<u8>,
}

impl Range {
    pub(super) fn new(from: Height, count: u64) -> Self {
        let (blocks, partial) = (Vec::new(), Vec::new());
        Self { from, count, blocks, bytes: 0, source: None, asked: None, last: None, partial }
    }

    /// The block that is wanted next.
    pub(super) const fn next(&self) -> Height {
        Height(self.from.0.saturating_add(self.blocks.len() as u64))
    }

    /// The block after the last.
    pub(super) const fn end(&self) -> Height {
        Height(self.from.0.saturating_add(self.count))
    }

    pub(super) const fn left(&self) -> u64 {
        self.count - self.blocks.len() as u64
    }

    pub(super) const fn is_complete(&self) -> bool {
        self.left() == 0
    }

    /// Bytes of the next frame that are here.
    pub(super) fn offset(&self) -> u32 {
        u32::try_from(self.partial.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn held(&self) -> usize {
        self.bytes + self.partial.len()
    }

    /// Takes an answer. After a fault the blocks before it are kept.
    pub(super) fn accept(&mut self, peer: NodeId, bytes: &[u8]) -> Result<(), Fault> {
        self.source = Some(peer);
        self.partial.extend_from_slice(bytes);
        while !self.is_complete() {
            let taken = frames::take(&mut self.partial).map_err(|()| Fault::Malformed)?;
            let Some(block) = taken else { return self.check_cut(bytes) };
            let header = Stored::decode_header(&block).map_err(|_| Fault::Malformed)?;
            let is_child = self.last.is_none_or(|last| last == header.parent);
            if header.height != self.next() || !is_child {
                return Err(Fault::Unlinked);
            }
            self.last = Some(header.hash());
            self.bytes += block.len();
            self.blocks.push(block);
        }
        if self.partial.is_empty() { Ok(()) } else { Err(Fault::Malformed) }
    }

    /// A frame is cut only where the answer was full, or a peer could drip a block for ever.
    fn check_cut(&self, answer: &[u8]) -> Result<(), Fault> {
        let is_cut = !self.partial.is_empty() && answer.len() < MAX_FETCHED;
        if is_cut { Err(Fault::Malformed) } else { Ok(()) }
    }

    /// Lets go of the first blocks of a complete range.
    pub(super) fn skip(&mut self, blocks: usize) {
        let skipped = blocks.min(self.blocks.len());
        let gone: usize = self.blocks.drain(..skipped).map(|block| block.len()).sum();
        self.bytes = self.bytes.saturating_sub(gone);
        self.from = Height(self.from.0.saturating_add(skipped as u64));
        self.count = self.count.saturating_sub(skipped as u64);
    }

    /// Cuts off what is not here; `None` when everything is. What another peer sends next begins
    /// with a whole frame.
    pub(super) fn split(&mut self) -> Option<Self> {
        self.partial = Vec::new();
        let left = self.left();
        if left == 0 {
            return None;
        }
        let rest = Self::new(self.next(), left);
        self.count -= left;
        Some(rest)
    }
}
