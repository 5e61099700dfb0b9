//! Sums of many points times small numbers.

use core::ops::AddAssign;
use group::Group;

/// Bits of a weight.
const BITS: usize = 128;

/// The sum of each point times its weight, in time that depends on the weights: for public values only.
// Pippenger's bucket method
pub(super) fn weighted<P, A>(points: &[A], weights: &[u128]) -> P
where
    P: Group + for<'a> AddAssign<&'a A>,
{
    debug_assert_eq!(points.len(), weights.len(), "a weight a point");
    let width = window(points.len());
    let mut total = P::identity();
    for low in (0..BITS.div_ceil(width)).rev().map(|step| step * width) {
        for _ in 0..width {
            total = total.double();
        }
        let mut buckets = vec![P::identity(); (1 << width) - 1];
        for (point, weight) in points.iter().zip(weights) {
            let digit = digit(*weight, low, width);
            if let Some(bucket) = digit.checked_sub(1).and_then(|at| buckets.get_mut(at)) {
                *bucket += point;
            }
        }
        // Sum of digit times bucket, by running sums from the largest digit down.
        let mut running = P::identity();
        for bucket in buckets.iter().rev() {
            running += bucket;
            total += running;
        }
    }
    total
}

/// `width` bits of the weight from bit `low` on; `width` is at most 6.
fn digit(weight: u128, low: usize, width: usize) -> usize {
    let bits = (weight >> low) & ((1 << width) - 1);
    usize::try_from(bits).expect("a few bits fit")
}

/// The window with the fewest additions: each costs one a point and two a bucket.
fn window(points: usize) -> usize {
    let cost = |width: &usize| BITS.div_ceil(*width) * (points + (2 << width));
    (1..=6).min_by_key(cost).unwrap_or(4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bls12_381::{G1Affine, G1Projective, Scalar};
    use proptest::prelude::*;

    fn scalar(number: u128) -> Scalar {
        let mut bytes = [0; 64];
        bytes[..16].copy_from_slice(&number.to_le_bytes());
        Scalar::from_bytes_wide(&bytes)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn it_is_the_sum_of_the_products(
            terms in proptest::collection::vec((any::<u64>(), any::<u128>()), 0..20),
        ) {
            let base = G1Projective::generator();
            let points: Vec<G1Affine> =
                terms.iter().map(|(at, _)| (base * scalar(u128::from(*at))).into()).collect();
            let weights: Vec<u128> = terms.iter().map(|(_, weight)| *weight).collect();
            let expected: Scalar =
                terms.iter().map(|(at, weight)| scalar(u128::from(*at)) * scalar(*weight)).sum();
            prop_assert_eq!(weighted::<G1Projective, _>(&points, &weights), base * expected);
        }
    }

    #[test]
    fn the_largest_and_the_smallest_weights_count() {
        let base = G1Affine::generator();
        let sum: G1Projective = weighted(&[base, base, base], &[u128::MAX, 0, 1]);
        assert_eq!(sum, base * (scalar(u128::MAX) + Scalar::one()));
    }
}
