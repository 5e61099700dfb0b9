//! Vectors of integers modulo 2^128: two words an element, the lower one first.

use super::keys::{Keys, Lanes};
use super::ring::{Ring, halves, joined};
use super::{Share, TILE};
use crate::stream::Outbox;
use core::ops::Range;

/// Words of an element.
const WORDS: usize = u128::WORDS;

/// Changes every element.
fn change(words: &mut [u64], with: impl Fn(u128) -> u128) {
    for pair in words.as_chunks_mut::<WORDS>().0 {
        *pair = halves(with(joined(*pair)));
    }
}

fn combine(left: &mut [u64], right: &[u64], with: impl Fn(u128, u128) -> u128) {
    if let [low, high] = *right {
        let one = joined([low, high]);
        return change(left, |word| with(word, one));
    }
    combine_all(left, right, with);
}

/// The same where one element is one element.
fn combine_all(left: &mut [u64], right: &[u64], with: impl Fn(u128, u128) -> u128) {
    for (word, other) in left.as_chunks_mut::<WORDS>().0.iter_mut().zip(u128::all(right)) {
        *word = halves(with(joined(*word), other));
    }
}

fn sum(words: &[u64]) -> u128 {
    u128::all(words).fold(0, u128::wrapping_add)
}

/// Takes wide numbers from others, one by one.
pub(crate) fn sub_wide(left: &mut [u64], right: &[u64]) {
    combine_all(left, right, u128::wrapping_sub);
}

impl Share {
    /// Adds a vector of the same length, or one element to all.
    pub(super) fn add_wide(&mut self, other: &Self) {
        combine(&mut self.own, &other.own, u128::wrapping_add);
        combine(&mut self.next, &other.next, u128::wrapping_add);
    }

    /// Takes away a vector of the same length, or one element from all.
    pub(super) fn sub_wide(&mut self, other: &Self) {
        combine(&mut self.own, &other.own, u128::wrapping_sub);
        combine(&mut self.next, &other.next, u128::wrapping_sub);
    }

    /// Adds a public constant.
    pub(super) fn add_public_wide(&mut self, party: u8, constant: i64) {
        let constant = i128::from(constant).cast_unsigned();
        change(self.piece_0(party), |word| word.wrapping_add(constant));
    }

    /// Multiplies by a public constant.
    pub(super) fn mul_public_wide(&mut self, constant: i64) {
        let constant = i128::from(constant).cast_unsigned();
        for words in [&mut self.own, &mut self.next] {
            change(words, |word| word.wrapping_mul(constant));
        }
    }

    /// The sums of every so many elements.
    pub(super) fn sum_blocks_wide(&self, block: usize) -> Self {
        let sums = |words: &[u64]| {
            words.chunks(block.saturating_mul(WORDS)).flat_map(|block| halves(sum(block))).collect()
        };
        Self { own: sums(&self.own), next: sums(&self.next) }
    }

    /// Adds to every element those before it in its block.
    pub(super) fn run_wide(&mut self, block: usize) {
        for words in [&mut self.own, &mut self.next] {
            for block in words.chunks_mut(block.saturating_mul(WORDS)) {
                let mut sum = 0u128;
                for pair in block.as_chunks_mut::<WORDS>().0 {
                    sum = sum.wrapping_add(joined(*pair));
                    *pair = halves(sum);
                }
            }
        }
    }

    /// Modulo 2^64: the lower words are shares of it.
    pub(super) fn narrowed(&self) -> Self {
        let low = |words: &[u64]| words.iter().step_by(WORDS).copied().collect();
        Self { own: low(&self.own), next: low(&self.next) }
    }
}

impl Keys {
    /// [`Keys::mask`] for elements of two words; `from` counts words.
    pub(super) fn mask_wide(&self, lanes: &Lanes, from: usize, words: &mut [u64]) {
        let (mut own, mut next) = ([0; TILE], [0; TILE]);
        for (index, words) in words.chunks_mut(TILE).enumerate() {
            let (own, next) = (&mut own[..words.len()], &mut next[..words.len()]);
            self.own(lanes, from + index * TILE, own);
            self.next(lanes, from + index * TILE, next);
            combine_all(words, own, u128::wrapping_add);
            combine_all(words, next, u128::wrapping_sub);
        }
    }
}

/// Our piece of the sums of products over blocks, masked, which the party before us gets.
pub(super) fn reshare(
    x: &Share,
    y: &Share,
    block: usize,
    keys: &mut Keys,
    to_prev: &mut Outbox,
) -> (Lanes, Vec<u64>) {
    let lanes = keys.lanes();
    let mut own = vec![0; (x.len() / WORDS).div_ceil(block) * WORDS];
    for (index, tile) in own.chunks_mut(TILE).enumerate() {
        products(x, y, block, index * TILE / WORDS, tile);
        keys.mask_wide(&lanes, index * TILE, tile);
        to_prev.write(tile);
    }
    (lanes, own)
}

/// Our piece of the sums of products over blocks, those from one on.
fn products(x: &Share, y: &Share, block: usize, from: usize, out: &mut [u64]) {
    let end = x.len() / WORDS;
    for (offset, sum) in out.as_chunks_mut::<WORDS>().0.iter_mut().enumerate() {
        let start = (from + offset) * block;
        *sum = halves(dot(x, y, start * WORDS..start.saturating_add(block).min(end) * WORDS));
    }
}

/// `x_i y_i + x_i y_{i+1} + x_{i+1} y_i`, in two products, summed up.
fn dot(x: &Share, y: &Share, words: Range<usize>) -> u128 {
    let left = u128::all(&x.own[words.clone()]).zip(u128::all(&x.next[words.clone()]));
    let right = u128::all(&y.own[words.clone()]).zip(u128::all(&y.next[words]));
    left.zip(right).fold(0, |sum, ((x, x_next), (y, y_next))| {
        let crossed = x.wrapping_mul(y.wrapping_add(y_next));
        sum.wrapping_add(crossed).wrapping_add(x_next.wrapping_mul(y))
    })
}
