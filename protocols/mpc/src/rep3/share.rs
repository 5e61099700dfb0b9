//! What one party holds of a vector.

use crate::peer::{next, prev};

/// One party's two pieces of a vector of shares.
///
/// By itself it is uniformly random, whatever the vector is; that is why it is neither printed nor
/// zeroed, only not shown.
#[derive(Clone, Default)]
pub struct Share {
    /// The piece with the party's own index.
    pub own: Vec<u64>,
    /// The piece with the next party's index.
    pub next: Vec<u64>,
}

impl core::fmt::Debug for Share {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Share({} elements)", self.own.len())
    }
}

impl Share {
    /// Elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.own.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.own.is_empty()
    }

    /// Words of memory.
    pub(crate) fn capacity(&self) -> usize {
        self.own.capacity() + self.next.capacity()
    }

    /// Adds a vector of the same length, or one element to all.
    pub fn add(&mut self, other: &Self) {
        combine(&mut self.own, &other.own, u64::wrapping_add);
        combine(&mut self.next, &other.next, u64::wrapping_add);
    }

    /// Takes away a vector of the same length, or one element from all.
    pub fn sub(&mut self, other: &Self) {
        combine(&mut self.own, &other.own, u64::wrapping_sub);
        combine(&mut self.next, &other.next, u64::wrapping_sub);
    }

    /// Public numbers.
    pub(crate) fn public(party: u8, length: usize, value: impl Fn(usize) -> u64) -> Self {
        let mut share = Self { own: vec![0; length], next: vec![0; length] };
        for (at, word) in share.piece_0(party).iter_mut().enumerate() {
            *word = value(at);
        }
        share
    }

    /// Adds a public constant: to piece 0, which parties 0 and 2 hold.
    pub fn add_public(&mut self, party: u8, constant: i64) {
        for word in self.piece_0(party) {
            *word = word.wrapping_add(constant.cast_unsigned());
        }
    }

    /// What this party holds of piece 0, by which public values come in.
    pub(super) fn piece_0(&mut self, party: u8) -> &mut [u64] {
        if party == 0 {
            &mut self.own
        } else if next(party) == 0 {
            &mut self.next
        } else {
            debug_assert_eq!(prev(party), 0);
            &mut []
        }
    }

    /// Flips by a vector of bits of the same length.
    pub(crate) fn xor(&mut self, other: &Self) {
        combine(&mut self.own, &other.own, |left, right| left ^ right);
        combine(&mut self.next, &other.next, |left, right| left ^ right);
    }

    /// Flips all bits: those of piece 0.
    pub(crate) fn flip(&mut self, party: u8) {
        for word in self.piece_0(party) {
            *word = !*word;
        }
    }

    /// Multiplies by a public constant.
    pub fn mul_public(&mut self, constant: i64) {
        for word in self.own.iter_mut().chain(&mut self.next) {
            *word = word.wrapping_mul(constant.cast_unsigned());
        }
    }

    /// The sum of all elements, as a vector of one.
    #[must_use]
    pub fn sum(&self) -> Self {
        Self { own: vec![sum(&self.own)], next: vec![sum(&self.next)] }
    }
}

fn sum(words: &[u64]) -> u64 {
    words.iter().fold(0, |sum, word| sum.wrapping_add(*word))
}

fn combine(left: &mut [u64], right: &[u64], with: impl Fn(u64, u64) -> u64) {
    if let [one] = right {
        for word in left {
            *word = with(*word, *one);
        }
        return;
    }
    for (word, other) in left.iter_mut().zip(right) {
        *word = with(*word, *other);
    }
}
