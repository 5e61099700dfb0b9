//! Bytes between two peers: a header, then frames whose lengths the program fixes.
//!
//! A frame is 64-bit words, little-endian, and ends with a mark: a hash of the stream's header plus
//! the frame's number. A chunk that was lost, repeated or inserted shifts what follows, so the next
//! mark is not where it should be and the frame is refused before anybody works with it; so is a
//! frame that was taken from another session, other terms, another program, sender or place. (The words at that place
//! are shares: they look like the mark with probability 2^-64.) Words changed *inside* a frame are
//! not noticed here; that is the transport's task.

mod header;
mod inbox;
mod outbox;
mod tally;

pub(crate) use header::{HEADER, Header};
pub(crate) use inbox::Inbox;
pub(crate) use outbox::Outbox;
pub(crate) use tally::Tally;

/// Bytes in a word.
pub(crate) const WORD: usize = 8;

/// Bytes in a stream with these frames.
pub(crate) fn length(frames: &[u64]) -> u64 {
    let words: u64 = frames.iter().map(|words| words + 1).sum();
    HEADER as u64 + words * WORD as u64
}

/// Gives words as they travel, in blocks that are worth hashing.
pub(crate) fn blocks(words: &[u64], mut take: impl FnMut(&[u8])) {
    let mut bytes = [0; 1 << 14];
    for words in words.chunks(bytes.len() / WORD) {
        for (bytes, word) in bytes.as_chunks_mut::<WORD>().0.iter_mut().zip(words) {
            *bytes = word.to_le_bytes();
        }
        take(&bytes[..words.len() * WORD]);
    }
}
