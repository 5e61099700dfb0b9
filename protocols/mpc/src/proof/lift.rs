//! What the choices of a relation come to in the prime field.

use super::field::{Coins, Field};
use super::prime::Prime;
use super::subsets::SUMS;

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
        fn a_weight_is_that_of_the_choices(seed in any::<[u8; 16]>(), word in any::<u64>(), value in any::<u64>()) {
            let mut coins = Coins::new(&seed);
            let field = Prime::draw(&mut coins);
            let lift = Lift::draw(field, &mut coins);
            let weights = lift.weights.iter().enumerate();
            let chosen = weights.filter(|(index, _)| word >> index & 1 == 1);
            let want = chosen.fold(0, |sum, (_, weight)| field.add(sum, *weight));
            let weight = lift.factor(word);
            prop_assert_eq!(field.times_word(weight, value), field.mul(want, field.embed(value)));
        }
    }
}
