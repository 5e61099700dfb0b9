//! Ways from a root, in half bytes.

use super::Key;
use super::key::{NIBBLES, nibble, with_nibble};
use crate::Error;

/// Some half bytes that keys begin with. Paths are ordered as the keys below them are; one comes right before
/// those that it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Path {
    /// Zero beyond the length.
    key: Key,
    length: u8,
}

impl Path {
    /// The first half bytes of a key, at most 64.
    pub(super) fn of(key: &Key, length: usize) -> Self {
        let mut path = Self::default();
        for at in 0..length.min(NIBBLES) {
            path = path.with(nibble(key, at));
        }
        path
    }

    /// One half byte longer.
    #[must_use]
    pub(super) fn with(self, half: u8) -> Self {
        let at = usize::from(self.length);
        if at >= NIBBLES {
            return self;
        }
        Self { key: with_nibble(&self.key, at, half & 0x0f), length: self.length + 1 }
    }

    /// How many half bytes it has.
    #[must_use]
    pub const fn length(&self) -> usize {
        self.length as usize
    }

    pub(super) fn nibble(&self, at: usize) -> u8 {
        nibble(&self.key, at)
    }

    /// Whether a key begins with it.
    #[must_use]
    pub fn begins(&self, key: &Key) -> bool {
        (0..self.length()).all(|at| self.nibble(at) == nibble(key, at))
    }

    /// Each half byte as a byte.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        (0..self.length()).map(|at| self.nibble(at)).collect()
    }

    /// Reads the path that `bytes` are.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let reason = "no half bytes of a key";
        if bytes.len() > NIBBLES || bytes.iter().any(|byte| *byte > 0x0f) {
            return Err(Error::Malformed { what: "path", reason });
        }
        Ok(bytes.iter().fold(Self::default(), |path, half| path.with(*half)))
    }
}
