//! The group eight points at a time, on processors that multiply 52 bits in eight lanes (AVX-512 IFMA).
//!
//! One register holds one limb of eight field elements, so that eight points go through the same formulas at the cost of
//! one: nothing depends on a secret but the digit that all lanes share, and that is chosen with masks. What comes out is
//! what the portable code makes, byte for byte, in a fifth of its time: `curve25519-dalek` has such instructions only in
//! builds that run nowhere else. The formulas are those of RFC 9496 4.3 and, for sums of points on the
//! curve with a = -1, of Hisil, Wong, Carter and Dawson 2008/522.

mod curve;
mod elements;
mod field;
mod recode;

use super::{Point, Unfit};
use curve::{Points, encode_doubles};
use curve25519_dalek::Scalar;
use field::{Field, LANES};
use recode::Digits;

/// Whether this processor can do it.
pub(super) fn is_here() -> bool {
    is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512ifma")
}

/// Twice the points that these bytes are mapped to, raised to the secret; `None` on a processor that cannot.
pub(super) fn blind(secret: &Scalar, uniform: &[[u8; 64]]) -> Option<Vec<Point>> {
    let digits = Digits::of(secret);
    #[expect(unsafe_code, reason = "the one call into code for a processor that was asked for")]
    // SAFETY: the processor has said just before that it has the instructions.
    is_here().then(|| unsafe { blind_all(&digits, uniform) })
}

/// Twice the points, raised to the secret; `None` on a processor that cannot.
pub(super) fn raise(
    secret: &Scalar,
    points: &[Point],
) -> Option<Result<Vec<Point>, (usize, Unfit)>> {
    let digits = Digits::of(secret);
    #[expect(unsafe_code, reason = "the one call into code for a processor that was asked for")]
    // SAFETY: the processor has said just before that it has the instructions.
    is_here().then(|| unsafe { raise_all(&digits, points) })
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn blind_all(digits: &Digits, uniform: &[[u8; 64]]) -> Vec<Point> {
    let mut all = Vec::with_capacity(uniform.len().div_ceil(LANES));
    for batch in uniform.chunks(LANES) {
        let mut halves = [[[0; 32]; LANES]; 2];
        for (lane, bytes) in batch.iter().enumerate() {
            halves[0][lane].copy_from_slice(&bytes[..32]);
            halves[1][lane].copy_from_slice(&bytes[32..]);
        }
        // RFC 9496 4.3.4: each half becomes a point, and the sum of both is the element.
        let first = Points::map(&Field::read(&halves[0]));
        let second = Points::map(&Field::read(&halves[1]));
        all.push(first.add(&second.cached()).times(digits));
    }
    flatten(&encode_doubles(&all), uniform.len())
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn raise_all(digits: &Digits, points: &[Point]) -> Result<Vec<Point>, (usize, Unfit)> {
    let mut all = Vec::with_capacity(points.len().div_ceil(LANES));
    for (number, batch) in points.chunks(LANES).enumerate() {
        let mut encoded = [[0; 32]; LANES];
        encoded[..batch.len()].copy_from_slice(batch);
        let (decoded, are_points) = Points::decode(&encoded);
        for (lane, bytes) in batch.iter().enumerate() {
            let is_point = are_points & (1 << lane) != 0 && is_canonical(bytes);
            let unfit = match is_point {
                _ if *bytes == [0; 32] => Unfit::Identity,
                true => continue,
                false => Unfit::Encoding,
            };
            return Err((number * LANES + lane, unfit));
        }
        all.push(decoded.times(digits));
    }
    Ok(flatten(&encode_doubles(&all), points.len()))
}

/// The first points of all lanes.
fn flatten(lanes: &[[Point; LANES]], count: usize) -> Vec<Point> {
    lanes.iter().flatten().take(count).copied().collect()
}

/// Whether these bytes are a field element, reduced and not negative. // RFC 9496 4.3.1, step 1 and 2
fn is_canonical(bytes: &Point) -> bool {
    let most = [0xed, 0xff, 0xff, 0x7f];
    let is_reduced = match bytes[31] {
        0..0x7f => true,
        0x7f => bytes[1..31].iter().any(|byte| *byte != most[1]) || bytes[0] < most[0],
        0x80..=0xff => false,
    };
    is_reduced && bytes[0] & 1 == 0
}

#[cfg(test)]
mod tests;
