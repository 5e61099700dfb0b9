//! What is public of a result.

use bincode::{Decode, Encode};
use sha2::{Digest, Sha256};
use troupe_wire::Text;

/// Bytes of a name.
pub const NAME: usize = 64;

/// How the three pieces of a result come to values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[repr(u8)]
pub enum Kind {
    /// A word each, added up modulo 2^64.
    Number = 0,
    /// A bit each, 64 in a word.
    Bits = 1,
    /// Two words each, the lower first, added up modulo 2^128.
    Wide = 2,
}

/// A result, without its values.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Shape {
    /// What it is called.
    pub name: Text<NAME>,
    /// How it is written.
    pub kind: Kind,
    /// How many values it has.
    pub length: u32,
    /// Fraction bits of each.
    pub fraction: u8,
    /// What each is divided by.
    pub divisor: u64,
}

impl Shape {
    /// Words of each of its pieces.
    #[must_use]
    pub const fn words(&self) -> u64 {
        let length = self.length as u64;
        match self.kind {
            Kind::Number => length,
            Kind::Bits => length.div_ceil(64),
            Kind::Wide => 2 * length,
        }
    }

    pub(crate) fn absorb(&self, hash: &mut Sha256) {
        // A name is at most 64 bytes.
        hash.update([u8::try_from(self.name.len()).unwrap_or(u8::MAX - 1), self.kind as u8]);
        hash.update(self.name.as_bytes());
        hash.update([self.fraction]);
        hash.update(self.length.to_le_bytes());
        hash.update(self.divisor.to_le_bytes());
    }
}
