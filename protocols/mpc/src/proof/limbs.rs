//! Numbers in limbs, of which many add up in words.

use crate::rep3::ring::{Long, Total, halves};

/// A number that adds up modulo a power of two, in limbs of words: those of many numbers add up in words as well.
pub(crate) trait Wrapping: Copy + Default {
    const LIMBS: usize;

    fn plus(self, other: Self) -> Self;

    /// One of its limbs, from the lowest.
    fn limb(self, at: usize) -> u64;

    /// A sum of many limbs at that place, as a number.
    fn of_limb(sum: u64, at: usize) -> Self;
}

/// Bits of a limb where there are several.
const LIMB: usize = 32;

impl Wrapping for u64 {
    // What is carried out of it is lost anyway.
    const LIMBS: usize = 1;

    #[inline]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    #[inline]
    fn limb(self, _: usize) -> u64 {
        self
    }

    #[inline]
    fn of_limb(sum: u64, _: usize) -> Self {
        sum
    }
}

impl Wrapping for u128 {
    const LIMBS: usize = 4;

    #[inline]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    #[inline]
    fn limb(self, at: usize) -> u64 {
        half(halves(self)[at / 2], at)
    }

    #[inline]
    fn of_limb(sum: u64, at: usize) -> Self {
        Self::from(sum) << (at * LIMB)
    }
}

impl Wrapping for Long {
    const LIMBS: usize = 8;

    #[inline]
    fn plus(self, other: Self) -> Self {
        Total::plus(self, other)
    }

    #[inline]
    fn limb(self, at: usize) -> u64 {
        half(self.word(at / 2), at)
    }

    #[inline]
    fn of_limb(sum: u64, at: usize) -> Self {
        Self::of_word(sum, at * LIMB)
    }
}

/// The limb of a word that stands at an even place, or at an odd one.
#[inline]
const fn half(word: u64, at: usize) -> u64 {
    if at.is_multiple_of(2) { word & (u64::MAX >> LIMB) } else { word >> LIMB }
}
