//! Bits: what a party computes of an AND.

use super::Share;

/// Appends this party's piece of the bits that are set in both, not masked and not yet replicated
/// (Araki et al. 2016/768, over GF(2)).
pub(super) fn and(x: &Share, y: &Share, out: &mut Vec<u64>) {
    let left = x.own.iter().zip(&x.next);
    let right = y.own.iter().zip(&y.next);
    let terms = left.zip(right);
    out.extend(terms.map(|((x, x_next), (y, y_next))| (x & (y ^ y_next)) ^ (x_next & y)));
}

/// A sharing cut into rows of so many words.
pub(super) fn rows(own: &[u64], next: &[u64], words: usize) -> impl Iterator<Item = Share> {
    let pairs = own.chunks(words).zip(next.chunks(words));
    pairs.map(|(own, next)| Share { own: own.to_vec(), next: next.to_vec() })
}

/// Flips bits by others.
pub(super) fn flip(bits: &mut [u64], by: &[u64]) {
    for (word, by) in bits.iter_mut().zip(by) {
        *word ^= by;
    }
}
