//! Random halves of many relations, 64 at once.

use super::field::{Coins, Field};
use super::prime::Prime;
use crate::prg::KEY;
use crate::rep3::ring::{Long, Total};

/// How many sums are made.
pub(crate) const SUMS: usize = 64;

/// Which relation is in which sums: a word for each relation.
pub(crate) struct Choices {
    coins: Coins,
}

impl Choices {
    pub(crate) fn new(seed: &[u8; KEY]) -> Self {
        Self { coins: Coins::new(seed) }
    }

    /// The sums that the next relation is in.
    pub(crate) fn next_one(&mut self) -> u64 {
        self.coins.word()
    }

    /// For each sum, which of the next eight relations are in it.
    pub(crate) fn next_eight(&mut self) -> [u8; SUMS] {
        let words: [u64; 8] = core::array::from_fn(|_| self.coins.word());
        let mut chosen = [0; SUMS];
        for (index, eight) in chosen.as_chunks_mut::<8>().0.iter_mut().enumerate() {
            let bytes = words.map(|word| word.to_le_bytes()[index]);
            *eight = transpose(u64::from_le_bytes(bytes)).to_le_bytes();
        }
        chosen
    }
}

/// Transposes an 8 by 8 square of bits (Warren, Hacker's Delight, 7-3).
fn transpose(mut square: u64) -> u64 {
    let steps: [(u32, u64); 3] =
        [(7, 0x00aa_00aa_00aa_00aa), (14, 0x0000_cccc_0000_cccc), (28, 0x0000_0000_f0f0_f0f0)];
    for (shift, mask) in steps {
        let swap = (square ^ square >> shift) & mask;
        square ^= swap ^ swap << shift;
    }
    square
}

/// A number that adds up modulo a power of two.
pub(crate) trait Wrapping: Copy + Default {
    fn plus(self, other: Self) -> Self;
}

impl Wrapping for u64 {
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
}

impl Wrapping for u128 {
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
}

impl Wrapping for Long {
    fn plus(self, other: Self) -> Self {
        Total::plus(self, other)
    }
}

/// Adds to every sum those of eight values that are chosen for it, by tables of the sums of four.
pub(crate) fn add_subsets<T: Wrapping>(sums: &mut [T; SUMS], values: &[T; 8], chosen: &[u8; SUMS]) {
    let table = |four: &[T]| {
        let mut table = [T::default(); 16];
        for (index, value) in four.iter().enumerate() {
            let (without, with) = table.split_at_mut(1 << index);
            for (with, without) in with.iter_mut().zip(without) {
                *with = without.plus(*value);
            }
        }
        table
    };
    let (low, high) = (table(&values[..4]), table(&values[4..]));
    for (sum, chosen) in sums.iter_mut().zip(chosen) {
        let both = low[usize::from(chosen & 15)].plus(high[usize::from(chosen >> 4)]);
        *sum = sum.plus(both);
    }
}

/// The 64 sums of several values of each relation, which come one after the other.
pub(crate) struct Halves<T, const N: usize> {
    choices: Choices,
    sums: [[T; SUMS]; N],
    group: [[T; 8]; N],
    filled: usize,
}

impl<T: Wrapping, const N: usize> Halves<T, N> {
    pub(crate) fn new(choices: Choices) -> Self {
        Self { choices, sums: [[T::default(); SUMS]; N], group: [[T::default(); 8]; N], filled: 0 }
    }

    /// The values of the next relation.
    #[inline]
    pub(crate) fn push(&mut self, values: [T; N]) {
        for (group, value) in self.group.iter_mut().zip(values) {
            group[self.filled] = value;
        }
        self.filled += 1;
        if self.filled == 8 {
            self.add();
        }
    }

    /// Relations that follow are chosen by others.
    pub(crate) fn turn_to(&mut self, choices: Choices) {
        self.add();
        self.choices = choices;
    }

    pub(crate) fn finish(mut self) -> [[T; SUMS]; N] {
        self.add();
        self.sums
    }

    fn add(&mut self) {
        if self.filled == 0 {
            return;
        }
        let chosen = self.choices.next_eight();
        for (sums, group) in self.sums.iter_mut().zip(&mut self.group) {
            group[self.filled..].fill(T::default());
            add_subsets(sums, group, &chosen);
        }
        self.filled = 0;
    }
}

/// The weights of the 64 sums: from a relation's choices to its weight.
pub(crate) struct Lift {
    pub(crate) field: Prime,
    /// As elements.
    pub(crate) weights: Vec<u64>,
    /// For every byte of a relation's choices, the sum of the plain weights.
    tables: Vec<[u64; 256]>,
}

impl Lift {
    pub(crate) fn draw(field: Prime, coins: &mut Coins) -> Self {
        let plain = field.draw_all(coins, SUMS);
        let tables = plain.as_chunks::<8>().0.iter().map(|weights| {
            let mut table = [0; 256];
            for (index, weight) in weights.iter().enumerate() {
                let (without, with) = table.split_at_mut(1 << index);
                for (with, without) in with.iter_mut().zip(without) {
                    *with = field.add(*without, *weight);
                }
            }
            table
        });
        let tables = tables.collect();
        let weights = plain.iter().map(|weight| field.embed(*weight)).collect();
        Self { field, weights, tables }
    }

    /// What a word is to be multiplied with to have the weight of these choices.
    #[inline]
    pub(crate) fn factor(&self, choices: u64) -> u64 {
        // Eight numbers of 61 bits fit a word.
        let chosen = self.tables.iter().zip(choices.to_le_bytes());
        self.field
            .factor(chosen.fold(0u64, |sum, (t, byte)| sum.wrapping_add(t[usize::from(byte)])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn subsets_are_those_of_the_words(seed in any::<[u8; 16]>(), values in any::<[u64; 8]>()) {
            let (mut ones, mut eight) = (Choices::new(&seed), Choices::new(&seed));
            let mut sums = [7u64; SUMS];
            add_subsets(&mut sums, &values, &eight.next_eight());
            let words: [u64; 8] = core::array::from_fn(|_| ones.next_one());
            for (index, sum) in sums.iter().enumerate() {
                let chosen = values.iter().zip(&words).filter(|(_, word)| *word >> index & 1 == 1);
                let want = chosen.fold(7u64, |sum, (value, _)| sum.wrapping_add(*value));
                prop_assert_eq!(*sum, want);
            }
            prop_assert_eq!(ones.next_one(), eight.next_one());
            let mut coins = Coins::new(&seed);
            let field = Prime::draw(&mut coins);
            let lift = Lift::draw(field, &mut coins);
            let weights = lift.weights.iter().enumerate();
            let chosen = weights.filter(|(index, _)| words[0] >> index & 1 == 1);
            let want = chosen.fold(0, |sum, (_, weight)| field.add(sum, *weight));
            let weight = lift.factor(words[0]);
            prop_assert_eq!(field.times_word(weight, values[0]), field.mul(want, field.embed(values[0])));
        }
    }
}
