//! A party's piece of a product of matrices.
//!
//! `x_i (y_i + y_{i+1}) + x_{i+1} y_i` is one product of matrices of twice the inner side: rows of
//! `x_i` and `x_{i+1}` with columns of `y_i + y_{i+1}` and `y_i`. It is computed in blocks that stay
//! in the second-level cache, packed so that the innermost loop reads both factors in order (Goto
//! and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008).

use super::Share;
use crate::program::{Size, Transposed};

/// Rows and columns of the result that the innermost loop works on.
const HIGH: usize = 4;
const WIDE: usize = 8;
/// Inner elements and columns of a block of the right factor.
const DEEP: usize = 128;
const BLOCK: usize = 256;
/// Fewer columns than that are cheaper one by one.
const NARROW: usize = 4;

/// Words of memory that a product takes beside its result.
pub(super) const SCRATCH: u64 = (2 * DEEP * (BLOCK + HIGH)) as u64;

/// A factor: the element in row `r` and column `c` is at `r * row + c * column`.
#[derive(Clone, Copy)]
struct Matrix<'a> {
    share: &'a Share,
    row: usize,
    column: usize,
}

impl<'a> Matrix<'a> {
    fn new(share: &'a Share, rows: usize, columns: usize, is_transposed: bool) -> Self {
        let (row, column) = if is_transposed { (1, rows) } else { (columns, 1) };
        Self { share, row, column }
    }

    fn flipped(self) -> Self {
        Self { share: self.share, row: self.column, column: self.row }
    }

    fn at(self, row: usize, column: usize) -> (u64, u64) {
        let at = row * self.row + column * self.column;
        (self.share.own[at], self.share.next[at])
    }
}

/// This party's piece of the product, row after row, not masked and not yet replicated.
pub(super) fn product(x: &Share, y: &Share, size: Size, transposed: Transposed) -> Vec<u64> {
    let Size { rows, inner, columns } = size;
    let (rows, inner, columns) = (rows as usize, inner as usize, columns as usize);
    let x = Matrix::new(x, rows, inner, transposed.left());
    let y = Matrix::new(y, inner, columns, transposed.right());
    let mut out = vec![0; rows * columns];
    if columns < NARROW {
        for column in 0..columns {
            let sums = times_column(x, y, (rows, inner), column);
            for (place, sum) in out[column..].iter_mut().step_by(columns).zip(sums) {
                *place = sum;
            }
        }
    } else if rows < NARROW {
        // The terms are the same with the factors' roles exchanged.
        for (row, out) in out.chunks_mut(columns).enumerate() {
            out.copy_from_slice(&times_column(y.flipped(), x.flipped(), (columns, inner), row));
        }
    } else {
        blocked(x, y, (rows, inner, columns), &mut out);
    }
    out
}

/// A matrix with so many rows and columns, the other way round.
pub(super) fn flipped(matrix: &Share, rows: u32, columns: u32) -> Share {
    let (rows, columns) = (rows as usize, columns as usize);
    let flip = |words: &[u64]| -> Vec<u64> {
        (0..columns)
            .flat_map(|at| words[at..].iter().step_by(columns).take(rows).copied())
            .collect()
    };
    Share { own: flip(&matrix.own), next: flip(&matrix.next) }
}

/// By eight products at once where the processor has them: without, it makes one.
fn blocked(x: Matrix<'_>, y: Matrix<'_>, sizes: (usize, usize, usize), out: &mut [u64]) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq") {
        #[expect(unsafe_code, reason = "the one call into code for a processor that was asked for")]
        // SAFETY: the processor has said just before that it has the instructions.
        unsafe {
            blocked_by_eight(x, y, sizes, out);
        }
        return;
    }
    blocked_anywhere(x, y, sizes, out);
}

/// The same code, compiled for these instructions.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq")]
fn blocked_by_eight(x: Matrix<'_>, y: Matrix<'_>, sizes: (usize, usize, usize), out: &mut [u64]) {
    blocked_anywhere(x, y, sizes, out);
}

/// One column of the product.
fn times_column(
    x: Matrix<'_>,
    y: Matrix<'_>,
    (rows, inner): (usize, usize),
    column: usize,
) -> Vec<u64> {
    let y = (0..inner).map(|at| y.at(at, column));
    let y: Vec<(u64, u64)> = y.map(|(own, next)| (own.wrapping_add(next), own)).collect();
    let term =
        |x: (&u64, &u64), y: &(u64, u64)| x.0.wrapping_mul(y.0).wrapping_add(x.1.wrapping_mul(y.1));
    let mut out = vec![0u64; rows];
    if x.column == 1 {
        for (row, out) in out.iter_mut().enumerate() {
            let place = row * x.row..row * x.row + inner;
            let x = x.share.own[place.clone()].iter().zip(&x.share.next[place]);
            *out = x.zip(&y).fold(0, |sum, (x, y)| sum.wrapping_add(term(x, y)));
        }
    } else {
        for (at, y) in y.iter().enumerate() {
            let place = at * x.column..at * x.column + rows;
            let x = x.share.own[place.clone()].iter().zip(&x.share.next[place]);
            for (out, x) in out.iter_mut().zip(x) {
                *out = out.wrapping_add(term(x, y));
            }
        }
    }
    out
}

#[inline(always)]
fn blocked_anywhere(
    x: Matrix<'_>,
    y: Matrix<'_>,
    (rows, inner, columns): (usize, usize, usize),
    out: &mut [u64],
) {
    let mut right = vec![[0; WIDE]; 2 * DEEP * BLOCK / WIDE];
    let mut left = vec![[0; HIGH]; 2 * DEEP];
    for from_inner in (0..inner).step_by(DEEP) {
        let deep = DEEP.min(inner - from_inner);
        for from_column in (0..columns).step_by(BLOCK) {
            let wide = BLOCK.min(columns - from_column);
            let strips = right.chunks_mut(2 * deep).take(wide.div_ceil(WIDE));
            for (index, strip) in strips.enumerate() {
                pack_right(y, from_inner, from_column + index * WIDE, columns, strip);
            }
            for from_row in (0..rows).step_by(HIGH) {
                let left = &mut left[..2 * deep];
                pack_left(x, from_row, rows, from_inner, left);
                let high = HIGH.min(rows - from_row);
                for (index, strip) in right.chunks(2 * deep).take(wide.div_ceil(WIDE)).enumerate() {
                    let sums = multiply(left, strip);
                    let start = from_column + index * WIDE;
                    let end = (start + WIDE).min(columns);
                    for (row, sums) in (from_row..).zip(&sums).take(high) {
                        let out = &mut out[row * columns + start..row * columns + end];
                        for (out, sum) in out.iter_mut().zip(sums) {
                            *out = out.wrapping_add(*sum);
                        }
                    }
                }
            }
        }
    }
}

/// `x_i`, then `x_{i+1}`, for every inner element; rows that are not there are zero.
fn pack_left(x: Matrix<'_>, row: usize, rows: usize, inner: usize, out: &mut [[u64; HIGH]]) {
    for (at, pair) in (inner..).zip(out.as_chunks_mut::<2>().0) {
        let [first, second] = pair;
        for (row, (first, second)) in (row..).zip(first.iter_mut().zip(second)) {
            (*first, *second) = if row < rows { x.at(row, at) } else { (0, 0) };
        }
    }
}

/// `y_i + y_{i+1}`, then `y_i`.
fn pack_right(y: Matrix<'_>, inner: usize, column: usize, columns: usize, out: &mut [[u64; WIDE]]) {
    for (at, pair) in (inner..).zip(out.as_chunks_mut::<2>().0) {
        let [first, second] = pair;
        for (column, (first, second)) in (column..).zip(first.iter_mut().zip(second)) {
            let (own, next) = if column < columns { y.at(at, column) } else { (0, 0) };
            (*first, *second) = (own.wrapping_add(next), own);
        }
    }
}

/// The innermost loop: sums stay in registers.
#[inline(always)]
fn multiply(left: &[[u64; HIGH]], right: &[[u64; WIDE]]) -> [[u64; WIDE]; HIGH] {
    let mut sums = [[0u64; WIDE]; HIGH];
    for (x, y) in left.iter().zip(right) {
        for (sums, x) in sums.iter_mut().zip(x) {
            for (sum, y) in sums.iter_mut().zip(y) {
                *sum = sum.wrapping_add(x.wrapping_mul(*y));
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_processor_computes_the_same(
            (rows, inner, columns) in (4usize..20, 1usize..300, 4usize..300),
            seed in any::<u64>(),
        ) {
            let words = |count: usize, salt: u64| {
                let word = |at: u64| (at ^ salt).wrapping_mul(seed | 1).rotate_left(29);
                (0..count as u64).map(word).collect::<Vec<u64>>()
            };
            let share = |count, salt| Share { own: words(count, salt), next: words(count, salt + 7) };
            let (x, y) = (share(rows * inner, 1 << 40), share(inner * columns, 1 << 50));
            let x = Matrix::new(&x, rows, inner, false);
            let y = Matrix::new(&y, inner, columns, true);
            let (mut here, mut anywhere) = (vec![0; rows * columns], vec![0; rows * columns]);
            blocked(x, y, (rows, inner, columns), &mut here);
            blocked_anywhere(x, y, (rows, inner, columns), &mut anywhere);
            prop_assert_eq!(&here, &anywhere);
            for (at, sum) in here.iter().enumerate() {
                let term = |k| {
                    let ((a, a_next), (b, b_next)) = (x.at(at / columns, k), y.at(k, at % columns));
                    a.wrapping_mul(b.wrapping_add(b_next)).wrapping_add(a_next.wrapping_mul(b))
                };
                let want = (0..inner).fold(0u64, |sum, k| sum.wrapping_add(term(k)));
                prop_assert_eq!(*sum, want);
            }
        }
    }
}
