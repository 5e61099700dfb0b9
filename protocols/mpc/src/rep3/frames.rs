//! The two frames of a round, read from the front.

use crate::stream::Outbox;

/// The two frames of the next round, being written.
pub(super) struct Sinks<'a> {
    pub(super) next: &'a mut Outbox,
    pub(super) prev: &'a mut Outbox,
}

/// What the neighbours sent, operation after operation in the schedule's order.
pub(super) struct Frames {
    next: Vec<u64>,
    prev: Vec<u64>,
    next_at: usize,
    prev_at: usize,
}

impl Frames {
    pub(super) fn new(next: Vec<u64>, prev: Vec<u64>) -> Self {
        Self { next, prev, next_at: 0, prev_at: 0 }
    }

    /// Words from the next party; moved out where they are its whole frame.
    pub(super) fn take_next(&mut self, words: usize) -> Vec<u64> {
        if self.next_at == 0 && self.next.len() == words {
            return core::mem::take(&mut self.next);
        }
        self.read_next(words).to_vec()
    }

    pub(super) fn read_next(&mut self, words: usize) -> &[u64] {
        let start = self.next_at;
        self.next_at += words;
        &self.next[start..self.next_at]
    }

    pub(super) fn read_prev(&mut self, words: usize) -> &[u64] {
        let start = self.prev_at;
        self.prev_at += words;
        &self.prev[start..self.prev_at]
    }

    pub(super) fn read_both(&mut self, next: usize, prev: usize) -> (&[u64], &[u64]) {
        let (from_next, from_prev) = (self.next_at, self.prev_at);
        self.next_at += next;
        self.prev_at += prev;
        (&self.next[from_next..self.next_at], &self.prev[from_prev..self.prev_at])
    }
}
