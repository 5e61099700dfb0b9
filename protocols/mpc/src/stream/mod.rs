//! Bytes between two peers: a header, then frames whose lengths the program fixes.
//!
//! A frame is 64-bit words, little-endian, and ends with a mark that carries its number. A chunk
//! that was lost, repeated or inserted shifts what follows, so the next mark is not where it should
//! be and the frame is refused before anybody works with it. (The words at that place are shares:
//! they look like the mark with probability 2^-64.) Changed words are not noticed here; that is
//! the transport's task.

mod header;
mod inbox;
mod outbox;

pub(crate) use header::{HEADER, Header};
pub(crate) use inbox::Inbox;
pub(crate) use outbox::Outbox;

/// Bytes in a word.
pub(crate) const WORD: usize = 8;

/// The mark behind frame `index`.
pub(crate) fn mark(index: u64) -> u64 {
    const FRAME_END: u64 = 0x5f64_6e65_5f65_6d66;
    FRAME_END ^ (index << 32)
}

/// Bytes in a stream with these frames.
pub(crate) fn length(frames: &[u64]) -> u64 {
    let words: u64 = frames.iter().map(|words| words + 1).sum();
    HEADER as u64 + words * WORD as u64
}
