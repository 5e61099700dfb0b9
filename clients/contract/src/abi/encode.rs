//! Writing: a head of fixed size, and behind it what is dynamic.

use super::Abi;
use alloc::vec;
use alloc::vec::Vec;

/// Bytes being written.
#[derive(Debug)]
pub struct Encoder {
    bytes: Vec<u8>,
    /// Where the head that is open begins: offsets count from here.
    base: usize,
    /// Where its next value goes.
    next: usize,
}

/// The head that was open before another one.
#[derive(Debug)]
pub(super) struct Outer {
    base: usize,
    next: usize,
}

impl Encoder {
    /// Opens a head of so many bytes.
    pub fn new(head: usize) -> Self {
        Self { bytes: vec![0; head], base: 0, next: 0 }
    }

    /// An encoder whose bytes begin with a selector.
    pub fn with_selector(selector: [u8; 4], head: usize) -> Self {
        let mut bytes = Vec::with_capacity(4 + head);
        bytes.extend_from_slice(&selector);
        bytes.resize(4 + head, 0);
        Self { bytes, base: 4, next: 4 }
    }

    /// Writes the next value of the open head.
    pub fn put<T: Abi>(&mut self, value: &T) {
        if T::IS_DYNAMIC {
            self.length(self.bytes.len() - self.base);
        }
        value.encode(self);
    }

    /// Everything written.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// Writes 32 bytes of the head.
    pub(super) fn word(&mut self, word: &[u8; 32]) {
        self.bytes[self.next..self.next + 32].copy_from_slice(word);
        self.next += 32;
    }

    /// Writes a small number as 32 bytes.
    pub(super) fn length(&mut self, length: usize) {
        let mut word = [0; 32];
        word[28..].copy_from_slice(&(length as u32).to_be_bytes());
        self.word(&word);
    }

    /// Opens a head at the end.
    pub(super) fn open(&mut self, head: usize) -> Outer {
        let outer = Outer { base: self.base, next: self.next };
        self.base = self.bytes.len();
        self.next = self.base;
        self.bytes.resize(self.base + head, 0);
        outer
    }

    /// Goes back to the head before.
    pub(super) fn close(&mut self, outer: &Outer) {
        self.base = outer.base;
        self.next = outer.next;
    }

    /// Writes length and bytes at the end, filled up to whole words.
    pub(super) fn blob(&mut self, bytes: &[u8]) {
        let outer = self.open(32 + bytes.len().next_multiple_of(32));
        self.length(bytes.len());
        self.bytes[self.next..self.next + bytes.len()].copy_from_slice(bytes);
        self.close(&outer);
    }
}
