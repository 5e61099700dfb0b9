//! Random halves of many relations, 64 at once.

use super::field::Coins;
use super::lanes::{self, TOGETHER};
use super::limbs::Wrapping;
use crate::prg::KEY;

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
}

/// For each sum, which of eight relations are in it; those that are missing are in none.
pub(crate) fn by_sum(words: &[u64]) -> [u8; SUMS] {
    let mut eight = [[0; 8]; 8];
    for (bytes, word) in eight.iter_mut().zip(words) {
        *bytes = word.to_le_bytes();
    }
    let mut chosen = [0; SUMS];
    for (index, out) in chosen.as_chunks_mut::<8>().0.iter_mut().enumerate() {
        let bytes = eight.map(|bytes| bytes[index]);
        *out = transpose(u64::from_le_bytes(bytes)).to_le_bytes();
    }
    chosen
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

/// Adds values, each to the sums that its word chooses: at most 2^32 of them.
fn add_chosen<T: Wrapping>(sums: &mut [T; SUMS], values: &[T], words: &[u64]) {
    if !lanes::are_here() {
        add_by_tables(sums, values, words);
    } else if T::LIMBS == 1 {
        add_limbs(sums, values, words, [0]);
    } else {
        for at in (0..T::LIMBS).step_by(TOGETHER) {
            add_limbs(sums, values, words, [at, at + 1]);
        }
    }
}

/// The same, on any processor.
fn add_by_tables<T: Wrapping>(sums: &mut [T; SUMS], values: &[T], words: &[u64]) {
    for (values, words) in values.chunks(8).zip(words.chunks(8)) {
        let mut eight = [T::default(); 8];
        eight[..values.len()].copy_from_slice(values);
        add_subsets(sums, &eight, &by_sum(words));
    }
}

/// Adds some limbs of the values.
fn add_limbs<T: Wrapping, const N: usize>(
    sums: &mut [T; SUMS],
    values: &[T],
    words: &[u64],
    limbs: [usize; N],
) {
    let of = |value: &T| limbs.map(|at| value.limb(at));
    // The upper ones of small numbers.
    if values.iter().all(|value| of(value) == [0; N]) {
        return;
    }
    let mut added = [[0; SUMS]; N];
    lanes::add(&mut added, words.iter().copied().zip(values.iter().map(of)));
    for (at, added) in limbs.into_iter().zip(added) {
        for (sum, added) in sums.iter_mut().zip(added) {
            *sum = sum.plus(T::of_limb(added, at));
        }
    }
}

/// Relations that are added at once.
const PORTION: usize = 256;

/// The 64 sums of several values of each relation, which come one after the other.
pub(crate) struct Halves<T, const N: usize> {
    choices: Choices,
    sums: [[T; SUMS]; N],
    portion: [Vec<T>; N],
    words: Vec<u64>,
}

impl<T: Wrapping, const N: usize> Halves<T, N> {
    pub(crate) fn new(choices: Choices) -> Self {
        let portion = core::array::from_fn(|_| Vec::with_capacity(PORTION));
        let words = Vec::with_capacity(PORTION);
        Self { choices, sums: [[T::default(); SUMS]; N], portion, words }
    }

    /// The values of the next relation.
    #[inline]
    pub(crate) fn push(&mut self, values: [T; N]) {
        for (portion, value) in self.portion.iter_mut().zip(values) {
            portion.push(value);
        }
        self.words.push(self.choices.next_one());
        if self.words.len() == PORTION {
            self.add();
        }
    }

    /// Relations that follow are chosen by others.
    pub(crate) fn turn_to(&mut self, choices: Choices) {
        self.choices = choices;
    }

    pub(crate) fn finish(mut self) -> [[T; SUMS]; N] {
        self.add();
        self.sums
    }

    fn add(&mut self) {
        for (sums, portion) in self.sums.iter_mut().zip(&mut self.portion) {
            add_chosen(sums, portion, &self.words);
            portion.clear();
        }
        self.words.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rep3::ring::{Long, Total, halves};
    use proptest::prelude::*;

    /// The sums as they are defined.
    fn plainly<T: Wrapping>(values: &[T], words: &[u64]) -> [T; SUMS] {
        core::array::from_fn(|index| {
            let chosen = values.iter().zip(words).filter(|(_, word)| *word >> index & 1 == 1);
            chosen.fold(T::default(), |sum, (value, _)| sum.plus(*value))
        })
    }

    /// By tables, and by whatever this processor does.
    fn both_ways<T: Wrapping + PartialEq + std::fmt::Debug>(values: &[T], words: &[u64]) {
        let want = plainly(values, words);
        let (mut tables, mut sums) = ([T::default(); SUMS], [T::default(); SUMS]);
        add_by_tables(&mut tables, values, words);
        add_chosen(&mut sums, values, words);
        assert_eq!((tables, sums), (want, want));
    }

    /// Small, large, and below zero.
    fn wide() -> impl Strategy<Value = u128> {
        let small = || any::<u64>().prop_map(u128::from);
        prop_oneof![small(), small().prop_map(u128::wrapping_neg), any::<u128>(), Just(u128::MAX)]
    }

    proptest! {
        #[test]
        fn subsets_are_those_of_the_words(
            terms in prop::collection::vec((any::<u64>(), wide(), wide()), 0..40),
        ) {
            let words: Vec<u64> = terms.iter().map(|(word, ..)| *word).collect();
            let narrow: Vec<u64> = terms.iter().map(|(_, low, _)| halves(*low)[0]).collect();
            let doubled: Vec<u128> = terms.iter().map(|(_, low, _)| *low).collect();
            let of_long = |low: &u128, high: &u128| {
                let words = [halves(*low), halves(*high)].concat().into_iter().enumerate();
                words.fold(Long::default(), |sum, (at, word)| {
                    Total::plus(sum, Long::of_word(word, 64 * at))
                })
            };
            let long: Vec<Long> = terms.iter().map(|(_, low, high)| of_long(low, high)).collect();
            both_ways(&narrow, &words);
            both_ways(&doubled, &words);
            both_ways(&long, &words);
        }

        #[test]
        fn halves_follow_the_words_over_portions_and_turns(
            seed in any::<[u8; 16]>(),
            other in any::<[u8; 16]>(),
            first in 0..3 * PORTION,
            second in 0..2 * PORTION,
        ) {
            let mut halves = Halves::<u128, 2>::new(Choices::new(&seed));
            let mut choices = Choices::new(&seed);
            let (mut words, mut values) = (Vec::new(), [Vec::new(), Vec::new()]);
            for index in 0..first + second {
                if index == first {
                    halves.turn_to(Choices::new(&other));
                    choices = Choices::new(&other);
                }
                let pair = [u128::MAX - index as u128, 1 << (index % 128)];
                halves.push(pair);
                words.push(choices.next_one());
                values.iter_mut().zip(pair).for_each(|(all, one)| all.push(one));
            }
            prop_assert_eq!(halves.finish(), values.map(|values| plainly(&values, &words)));
        }
    }
}
