//! What a party can compute by itself of an operation that needs the others: its piece of a sum
//! of three.

use super::Share;

/// Elements worked on at once: four vectors of so many stay in the first-level cache.
pub const TILE: usize = 512;

/// This party's piece `z_i` of a vector `z = z_0 + z_1 + z_2`, not masked and not yet replicated.
#[derive(Debug, Clone, Copy)]
pub enum Local<'a> {
    /// Pieces that are computed already.
    Words(&'a [u64]),
    /// A vector itself.
    Plain(&'a Share),
    /// A vector times a public constant.
    Scaled(&'a Share, i64),
    /// A product, element by element.
    Product(&'a Share, &'a Share),
    /// Sums of products over blocks of so many elements.
    Dot(&'a Share, &'a Share, usize),
}

impl Local<'_> {
    /// Elements.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Words(words) => words.len(),
            Self::Plain(x) | Self::Scaled(x, _) | Self::Product(x, _) => x.len(),
            Self::Dot(x, _, block) => x.len().div_ceil(*block),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes the elements from `from` on.
    pub fn fill(&self, from: usize, out: &mut [u64]) {
        let range = from..from + out.len();
        match self {
            Self::Words(words) => out.copy_from_slice(&words[range]),
            Self::Plain(x) => out.copy_from_slice(&x.own[range]),
            Self::Scaled(x, constant) => {
                for (z, x) in out.iter_mut().zip(&x.own[range]) {
                    *z = x.wrapping_mul(constant.cast_unsigned());
                }
            }
            Self::Product(x, y) => {
                let left = x.own[range.clone()].iter().zip(&x.next[range.clone()]);
                let right = y.own[range.clone()].iter().zip(&y.next[range]);
                for ((z, x), y) in out.iter_mut().zip(left).zip(right) {
                    *z = cross(x, y);
                }
            }
            Self::Dot(x, y, block) => {
                let end = x.len();
                for (offset, z) in out.iter_mut().enumerate() {
                    let start = (from + offset) * block;
                    *z = dot(x, y, start..(start + block).min(end));
                }
            }
        }
    }
}

/// `x_i y_i + x_i y_{i+1} + x_{i+1} y_i`, in two products.
#[inline]
fn cross((x, x_next): (&u64, &u64), (y, y_next): (&u64, &u64)) -> u64 {
    x.wrapping_mul(y.wrapping_add(*y_next)).wrapping_add(x_next.wrapping_mul(*y))
}

fn dot(x: &Share, y: &Share, range: core::ops::Range<usize>) -> u64 {
    let left = x.own[range.clone()].iter().zip(&x.next[range.clone()]);
    let right = y.own[range.clone()].iter().zip(&y.next[range]);
    left.zip(right).fold(0, |sum, (x, y)| sum.wrapping_add(cross(x, y)))
}
