//! Randomness as streams named by their purpose.
//!
//! Two purposes never share a stream, so that a new draw in one place moves nothing elsewhere. In a
//! simulation every stream grows from the run's seed; in production from fresh entropy of the
//! operating system, handed in by the runtime. A stream is never stored and never cloned: masks
//! that repeat over different inputs leak both.

use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRng, RngCore, SeedableRng};
use sha2::{Digest, Sha256};

/// Thirty-two bytes from which streams grow.
#[derive(Clone, PartialEq, Eq)]
pub struct Seed([u8; 32]);

/// A cryptographic random stream (ChaCha20).
pub struct Stream(ChaCha20Rng);

impl Seed {
    /// A seed from entropy or from an earlier derivation.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A seed that a person can type, for simulations.
    #[must_use]
    pub fn from_number(number: u64) -> Self {
        Self(
            Sha256::new_with_prefix(b"troupe seed")
                .chain_update(number.to_le_bytes())
                .finalize()
                .into(),
        )
    }

    /// The seed of a part: a node, an incarnation.
    #[must_use]
    pub fn child(&self, name: &str, index: u64) -> Self {
        let digest = Sha256::new_with_prefix(self.0)
            .chain_update((name.len() as u64).to_le_bytes())
            .chain_update(name)
            .chain_update(index.to_le_bytes());
        Self(digest.finalize().into())
    }

    /// The stream for a purpose.
    #[must_use]
    pub fn stream(&self, purpose: &str) -> Stream {
        Stream(ChaCha20Rng::from_seed(self.child(purpose, 0).0))
    }
}

impl core::fmt::Debug for Seed {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Seed(..)")
    }
}

impl core::fmt::Debug for Stream {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Stream(..)")
    }
}

impl Stream {
    /// So many random bytes.
    #[must_use]
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// A number in `0..bound`, without bias; 0 where `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        // Lemire's method with rejection.
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.0.next_u64()) * u128::from(bound);
            if (product as u64) >= threshold {
                return (product >> 64) as u64;
            }
        }
    }

    /// True in `parts` of `whole` draws on average.
    pub fn chance(&mut self, parts: u64, whole: u64) -> bool {
        self.below(whole) < parts
    }
}

impl RngCore for Stream {
    fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }
    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }
    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        self.0.try_fill_bytes(bytes)
    }
}

impl CryptoRng for Stream {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_draw_stays_below_its_bound(seed in any::<u64>(), bound in 1u64..) {
            let mut stream = Seed::from_number(seed).stream("test");
            for _ in 0..16 {
                prop_assert!(stream.below(bound) < bound);
            }
        }
    }

    #[test]
    fn streams_of_different_purposes_are_unrelated_and_repeat_from_the_seed() {
        let seed = Seed::from_number(7);
        let first: [u8; 16] = seed.stream("shares").array();
        assert_eq!(first, seed.stream("shares").array());
        assert_ne!(first, seed.stream("delays").array());
        assert_ne!(first, seed.child("node", 1).stream("shares").array());
        assert_ne!(seed.child("ab", 0), seed.child("a", 0));
    }

    #[test]
    fn secrets_do_not_print() {
        let seed = Seed::new([0xab; 32]);
        assert!(!format!("{seed:?} {:?}", seed.stream("x")).contains("171"));
    }
}
