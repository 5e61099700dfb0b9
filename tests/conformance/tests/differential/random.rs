//! Numbers that follow from a seed.

use alloy_primitives::U256;

/// A stream of numbers. Steele, Lea, Flood 2014 (SplitMix)
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        // Neighbouring seeds would give one stream, a number apart.
        Self(Self(seed).next())
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below `end`, which is not zero.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// Once in `of` times.
    pub(crate) fn once_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next() as u8).collect()
    }

    /// A word: mostly small, or at an edge of some kind.
    pub(crate) fn word(&mut self) -> U256 {
        let power = U256::from(1) << self.below(256);
        match self.below(12) {
            0..=3 => U256::from(self.below(4)),
            4 | 5 => U256::from(self.below(300)),
            6 => power,
            7 => power - U256::from(1),
            8 => U256::ZERO.wrapping_sub(power),
            9 => U256::ZERO.wrapping_sub(U256::from(self.below(4))),
            10 => U256::from(self.next()),
            _ => U256::from_limbs([self.next(), self.next(), self.next(), self.next()]),
        }
    }
}
