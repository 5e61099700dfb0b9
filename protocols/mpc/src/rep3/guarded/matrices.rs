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
use crate::proof::{Choices, Role, SUMS, Tile, add_subsets};
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

/// For eight elements at a time, in which of 64 vectors each of them is.
type Chosen = Vec<[u8; SUMS]>;

impl Draws {
    pub(super) fn new(seed: &[u8; KEY]) -> Self {
        let digest: [u8; 32] =
            Sha256::new_with_prefix(b"troupe mpc matrices 1").chain_update(seed).finalize().into();
        let mut seed = [0; KEY];
        seed.copy_from_slice(&digest[..KEY]);
        Self(Choices::new(&seed))
    }

    fn next(&mut self, elements: usize) -> Chosen {
        (0..elements.div_ceil(8)).map(|_| self.0.next_eight()).collect()
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
        let combined = |matrix: &[u64], chosen: &Chosen| by_vector(&combine(matrix, inner, chosen));
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
fn combine(matrix: &[u64], columns: usize, chosen: &Chosen) -> Vec<[u64; SUMS]> {
    if matrix.is_empty() {
        return Vec::new();
    }
    let mut sums = vec![[0; SUMS]; columns];
    for (eight, chosen) in matrix.chunks(8 * columns).zip(chosen) {
        for (column, sums) in sums.iter_mut().enumerate() {
            let mut values = [0; 8];
            for (value, word) in values.iter_mut().zip(eight[column..].iter().step_by(columns)) {
                *value = *word;
            }
            add_subsets(sums, &values, chosen);
        }
    }
    sums
}

/// The sums vector after vector.
fn by_vector(sums: &[[u64; SUMS]]) -> Vec<u64> {
    (0..SUMS).flat_map(|vector| sums.iter().map(move |sums| sums[vector])).collect()
}

/// For each of the 64 vectors, the sum of its columns' sums.
fn pick(sums: &[[u64; SUMS]], chosen: &Chosen) -> Vec<u64> {
    if sums.is_empty() {
        return Vec::new();
    }
    let mut out = vec![0u64; SUMS];
    for (eight, chosen) in sums.chunks(8).zip(chosen) {
        for (place, sums) in eight.iter().enumerate() {
            for ((out, sum), chosen) in out.iter_mut().zip(sums).zip(chosen) {
                if chosen >> place & 1 == 1 {
                    *out = out.wrapping_add(*sum);
                }
            }
        }
    }
    out
}
