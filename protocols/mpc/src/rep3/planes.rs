//! Numbers turned on their side: 512 of them as 64 rows, one for each bit.

use core::ops::Range;

/// Words worked on at once.
pub(crate) const TILE_WORDS: usize = 8;

/// One bit of each of 512 elements, 64 to a word.
pub(super) type Row = [u64; TILE_WORDS];

pub(super) const ZEROS: Row = [0; TILE_WORDS];

/// Bits in a word.
const BITS: usize = u64::BITS as usize;

/// The bits of at most 512 elements: row `j` has bit `j` of each, element `e` in word `e / 64` at
/// bit `e % 64`. Elements that are not there are zero.
pub(super) fn load(elements: Range<usize>, value: impl Fn(usize) -> u64) -> [Row; BITS] {
    let mut rows = [ZEROS; BITS];
    for (index, element) in elements.enumerate() {
        rows[index % BITS][index / BITS] = value(element);
    }
    transpose(&mut rows);
    rows
}

/// Transposes 64 by 64 squares of bits beside each other, by halves, then by quarters and so on (Warren,
/// Hacker's Delight, 7-3).
pub(crate) fn transpose<const WORDS: usize>(rows: &mut [[u64; WORDS]; BITS]) {
    let mut width = BITS / 2;
    let mut low = u64::MAX >> width;
    while width > 0 {
        for block in rows.chunks_exact_mut(2 * width) {
            let (upper, lower) = block.split_at_mut(width);
            for (upper, lower) in upper.iter_mut().zip(lower) {
                for (a, b) in upper.iter_mut().zip(lower) {
                    let swap = (*a >> width ^ *b) & low;
                    *a ^= swap << width;
                    *b ^= swap;
                }
            }
        }
        width /= 2;
        low ^= low << width;
    }
}

/// For a block of at most four bits, rows that say whether its value is 0, 1, ...
pub(super) fn one_hot(bits: &[Row]) -> [Row; 16] {
    let mut values = [ZEROS; 16];
    values[0] = [u64::MAX; TILE_WORDS];
    for (index, bit) in bits.iter().enumerate() {
        let (without, with) = values.split_at_mut(1 << index);
        for (without, with) in without.iter_mut().zip(with) {
            *with = and(without, bit);
            *without = xor(without, with);
        }
    }
    values
}

pub(super) fn xor(left: &Row, right: &Row) -> Row {
    core::array::from_fn(|word| left[word] ^ right[word])
}

pub(super) fn and(left: &Row, right: &Row) -> Row {
    core::array::from_fn(|word| left[word] & right[word])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_bit_finds_its_place(values in proptest::collection::vec(any::<u64>(), 0..=512)) {
            let rows = load(0..values.len(), |element| values[element]);
            for element in 0..512 {
                let value = values.get(element).copied().unwrap_or(0);
                let got = (0..64).fold(0, |got, bit| {
                    got | (rows[bit][element / 64] >> (element % 64) & 1) << bit
                });
                prop_assert_eq!(got, value);
            }
        }

        #[test]
        fn exactly_the_value_of_a_block_is_hot(
            values in proptest::collection::vec(any::<u64>(), 512),
            bits in 1usize..=4,
        ) {
            let rows = load(0..512, |element| values[element]);
            let hot = one_hot(&rows[..bits]);
            for (element, value) in values.iter().enumerate() {
                for (k, row) in hot.iter().enumerate().take(1 << bits) {
                    let is_hot = row[element / 64] >> (element % 64) & 1 == 1;
                    prop_assert_eq!(is_hot, *value % (1 << bits) == k as u64);
                }
            }
        }
    }
}
