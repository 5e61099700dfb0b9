//! What the argument needs of a field.

use crate::prg::{KEY, Lane, Prg};

/// A finite field whose elements are words.
pub(crate) trait Field: Copy {
    fn one(&self) -> u64;
    fn add(&self, a: u64, b: u64) -> u64;
    fn sub(&self, a: u64, b: u64) -> u64;
    fn mul(&self, a: u64, b: u64) -> u64;

    /// How often products may be added to sums before these are settled.
    const MOST: u32;

    /// Adds products, element by element, to sums that are not reduced.
    fn accumulate(&self, sums: &mut [u128], a: &[u64], b: &[u64]);

    /// Makes sums small enough for [`Field::MOST`] more products, and for [`Field::reduce`].
    fn settle(&self, sums: &mut [u128]);

    /// An element from a sum that is settled.
    fn reduce(&self, sum: u128) -> u64;

    /// The sum of products.
    fn dot(&self, a: &[u64], b: &[u64]) -> u64;

    /// An element from a word with more of them than needed: `None` for the rest.
    fn element(&self, word: u64) -> Option<u64>;

    /// A uniform element.
    fn draw(&self, coins: &mut Coins) -> u64 {
        loop {
            if let Some(element) = self.element(coins.word()) {
                return element;
            }
        }
    }

    /// Uniform elements.
    fn draw_all(&self, coins: &mut Coins, count: usize) -> Vec<u64> {
        (0..count).map(|_| self.draw(coins)).collect()
    }
}

/// Words from a seed, one after the other.
pub(crate) struct Coins {
    prg: Prg,
    lane: Lane,
    position: usize,
    buffer: [u64; BUFFER],
}

const BUFFER: usize = 128;

impl Coins {
    pub(crate) fn new(seed: &[u8; KEY]) -> Self {
        let mut prg = Prg::from_seed(seed);
        let lane = prg.lane();
        Self { prg, lane, position: 0, buffer: [0; BUFFER] }
    }

    pub(crate) fn word(&mut self) -> u64 {
        let at = self.position % BUFFER;
        if at == 0 {
            self.prg.fill(&self.lane, self.position, &mut self.buffer);
        }
        self.position += 1;
        self.buffer[at]
    }
}
