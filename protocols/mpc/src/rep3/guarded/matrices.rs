//! Relations about products of matrices, by random combinations of rows and columns.
//!
//! `Z = X Y` has a relation for every element of `Z`, as many places as the product has products. Where
//! these are many, it has [`DRAWN`] others instead: for vectors `u` and `v` of zeros and ones, drawn after
//! all messages were sent, `u Z v = (u X)(Y v)`, which has as many places as `X` has columns (after
//! Freivalds, "Probabilistic machines can use less running time", 1977, from both sides). If `Z` is wrong
//! modulo 2^64, it is wrong by `2^t E` with an odd element in `E`. Modulo 2, `E v` is not zero with
//! probability 1/2 or more, and then neither is `u E v` with 1/2: each draw finds it with 1/4,
//! and all of them miss it with (3/4)^192, below 2^-79.

use super::ledger::Sum;
use crate::prg::KEY;
use crate::proof::lanes::{self, TOGETHER};
use crate::proof::{Choices, Role, SUMS, Tile, add_subsets, by_sum};
use crate::rep3::keys::Keys;
use sha2::{Digest, Sha256};

/// Vectors drawn for each product, in groups of 64.
const DRAWN: usize = 3 * SUMS;

/// Relations about a product with so many elements.
pub(super) fn relations(elements: usize) -> usize {
    elements.min(DRAWN)
}

/// The vectors, the same whenever they are drawn from a seed.
pub(super) struct Draws(Choices);

/// Rows that are added at once: what is read of them for a few columns is near when the next columns are read.
const TALL: usize = 128;

impl Draws {
    pub(super) fn new(seed: &[u8; KEY]) -> Self {
        let digest: [u8; 32] =
            Sha256::new_with_prefix(b"troupe mpc matrices 1").chain_update(seed).finalize().into();
        let mut seed = [0; KEY];
        seed.copy_from_slice(&digest[..KEY]);
        Self(Choices::new(&seed))
    }

    /// In which of 64 vectors each element is.
    fn next(&mut self, elements: usize) -> Vec<u64> {
        (0..elements.next_multiple_of(8)).map(|_| self.0.next_one()).collect()
    }
}

/// What a role knows of the factors: nothing, or as many words as there are.
struct Known<'a> {
    left: [&'a [u64]; 2],
    right: [&'a [u64]; 2],
}

/// All relations about one product; `inner` is the length of a row.
pub(super) fn tiles(
    (sum, inner): (&Sum, usize),
    keys: &Keys,
    role: Role,
    draws: &mut Draws,
    each: &mut dyn FnMut(&Tile<'_>),
) {
    let (x, y, none): (_, _, &[u64]) = (&sum.left, &sum.right, &[]);
    let known = match role {
        Role::Prover => Known { left: [&x.own, &y.own], right: [&y.next, &x.next] },
        Role::First => Known { left: [&x.next, &y.next], right: [none; 2] },
        Role::Second => Known { left: [none; 2], right: [&y.own, &x.own] },
    };
    let elements = sum.result.len();
    let mask = |is_own: bool| {
        let mut mask = vec![0; elements];
        if is_own {
            keys.own(&sum.lanes, 0, &mut mask)
        } else {
            keys.next(&sum.lanes, 0, &mut mask)
        }
        mask
    };
    let less = |result: &[u64], mask: Vec<u64>| -> Vec<u64> {
        result.iter().zip(mask).map(|(z, mask)| z.wrapping_sub(mask)).collect()
    };
    // Of each element what the first verifier knows, but for its product of rows; and the second.
    let (first, second) = match role {
        Role::Prover => (less(&sum.result.own, mask(true)), mask(false)),
        Role::First => (less(&sum.result.next, mask(false)), Vec::new()),
        Role::Second => (Vec::new(), mask(true)),
    };
    let rows = x.own.len() / inner;
    let columns = y.own.len() / inner;
    if elements <= DRAWN {
        return singly(&known, (inner, columns), [&first, &second], each);
    }
    for _ in 0..DRAWN / SUMS {
        let (of_rows, of_columns) = (draws.next(rows), draws.next(columns));
        let combined = |matrix: &[u64], chosen: &[u64]| by_vector(&combine(matrix, inner, chosen));
        let left = [combined(known.left[0], &of_rows), combined(known.left[1], &of_columns)];
        let right = [combined(known.right[0], &of_columns), combined(known.right[1], &of_rows)];
        let both = |terms: &[u64]| pick(&combine(terms, columns, &of_rows), &of_columns);
        let mut first = both(&first);
        subtract_products(&mut first, &left, inner);
        each(&Tile {
            left: [&left[0], &left[1]],
            right: [&right[0], &right[1]],
            block: inner,
            first: &first,
            second: &both(&second),
        });
    }
}

/// A relation for every element, a row at a time.
fn singly(
    known: &Known<'_>,
    (inner, columns): (usize, usize),
    [first, second]: [&[u64]; 2],
    each: &mut dyn FnMut(&Tile<'_>),
) {
    let rows = first.len().max(second.len()) / columns;
    let of_row = |matrix: &[u64], row: usize| match matrix.get(row * inner..(row + 1) * inner) {
        Some(row) => row.repeat(columns),
        None => Vec::new(),
    };
    for row in 0..rows {
        let terms = |terms: &[u64]| -> Vec<u64> {
            terms.get(row * columns..(row + 1) * columns).unwrap_or_default().to_vec()
        };
        let left = [of_row(known.left[0], row), known.left[1].to_vec()];
        let right = [known.right[0].to_vec(), of_row(known.right[1], row)];
        let mut first = terms(first);
        subtract_products(&mut first, &left, inner);
        each(&Tile {
            left: [&left[0], &left[1]],
            right: [&right[0], &right[1]],
            block: inner,
            first: &first,
            second: &terms(second),
        });
    }
}

/// Takes from each term what the first verifier knows of its relation: the product of both left sides.
fn subtract_products(terms: &mut [u64], left: &[Vec<u64>; 2], inner: usize) {
    let rows = left[0].chunks(inner).zip(left[1].chunks(inner));
    for (term, (x, y)) in terms.iter_mut().zip(rows) {
        *term = x.iter().zip(y).fold(*term, |rest, (x, y)| rest.wrapping_sub(x.wrapping_mul(*y)));
    }
}

/// For each column of a matrix with so many, the 64 sums of the rows that are chosen.
fn combine(matrix: &[u64], columns: usize, chosen: &[u64]) -> Vec<[u64; SUMS]> {
    if matrix.is_empty() {
        return Vec::new();
    }
    let by = if lanes::are_here() { combine_by_lanes } else { combine_by_tables };
    let mut sums = vec![[0; SUMS]; columns];
    by(matrix, columns, chosen, &mut sums);
    sums
}

/// On processors that add by masks.
fn combine_by_lanes(matrix: &[u64], columns: usize, chosen: &[u64], sums: &mut [[u64; SUMS]]) {
    for (rows, chosen) in matrix.chunks(TALL * columns).zip(chosen.chunks(TALL)) {
        let (several, last) = sums.as_chunks_mut::<TOGETHER>();
        let done = several.len() * TOGETHER;
        for (index, sums) in several.iter_mut().enumerate() {
            add_columns(sums, (rows, columns), index * TOGETHER, chosen);
        }
        for (index, sums) in last.as_chunks_mut::<1>().0.iter_mut().enumerate() {
            add_columns(sums, (rows, columns), done + index, chosen);
        }
    }
}

/// On all processors.
fn combine_by_tables(matrix: &[u64], columns: usize, chosen: &[u64], sums: &mut [[u64; SUMS]]) {
    for (eight, chosen) in matrix.chunks(8 * columns).zip(chosen.chunks(8)) {
        let chosen = by_sum(chosen);
        for (column, sums) in sums.iter_mut().enumerate() {
            let mut values = [0; 8];
            for (value, word) in values.iter_mut().zip(eight[column..].iter().step_by(columns)) {
                *value = *word;
            }
            add_subsets(sums, &values, &chosen);
        }
    }
}

/// Adds what neighbouring columns have in the rows that are chosen.
fn add_columns<const N: usize>(
    sums: &mut [[u64; SUMS]; N],
    (rows, columns): (&[u64], usize),
    from: usize,
    chosen: &[u64],
) {
    let rows = rows.chunks_exact(columns).filter_map(|row| row[from..].first_chunk::<N>());
    lanes::add(sums, chosen.iter().copied().zip(rows.copied()));
}

/// The sums vector after vector.
fn by_vector(sums: &[[u64; SUMS]]) -> Vec<u64> {
    (0..SUMS).flat_map(|vector| sums.iter().map(move |sums| sums[vector])).collect()
}

/// For each of the 64 vectors, the sum of its columns' sums.
fn pick(sums: &[[u64; SUMS]], chosen: &[u64]) -> Vec<u64> {
    if sums.is_empty() {
        return Vec::new();
    }
    let mut out = vec![0u64; SUMS];
    for (sums, chosen) in sums.iter().zip(chosen) {
        for (vector, (out, sum)) in out.iter_mut().zip(sums).enumerate() {
            *out = out.wrapping_add(sum & (chosen >> vector & 1).wrapping_neg());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn combinations_are_those_of_the_chosen_rows(
            seed in any::<[u8; 16]>(),
            rows in 1..300usize,
            columns in 1..6usize,
        ) {
            let mut draws = Draws::new(&seed);
            let chosen = draws.next(rows);
            let matrix = draws.next(rows * columns);
            let matrix = &matrix[..rows * columns];
            let want: Vec<[u64; SUMS]> = (0..columns).map(|column| {
                core::array::from_fn(|vector| {
                    let rows = matrix.chunks(columns).zip(&chosen);
                    let rows = rows.filter(|(_, word)| *word >> vector & 1 == 1);
                    rows.fold(0, |sum: u64, (row, _)| sum.wrapping_add(row[column]))
                })
            }).collect();
            let mut tables = vec![[0; SUMS]; columns];
            combine_by_tables(matrix, columns, &chosen, &mut tables);
            prop_assert_eq!(&tables, &want);
            prop_assert_eq!(&combine(matrix, columns, &chosen), &want);
            let columns = draws.next(columns);
            let picked: Vec<u64> = (0..SUMS).map(|vector| {
                let sums = want.iter().zip(&columns).filter(|(_, word)| *word >> vector & 1 == 1);
                sums.fold(0, |sum: u64, (sums, _)| sum.wrapping_add(sums[vector]))
            }).collect();
            prop_assert_eq!(pick(&want, &columns), picked);
        }
    }
}
