//! The field of 2^64 elements: polynomials over GF(2) modulo `x^64 + x^4 + x^3 + x + 1`.

use super::field::Field;

/// A word is the polynomial with its bits as coefficients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Binary;

impl Binary {
    /// Multiplies elements by others, one by one.
    pub(crate) fn scale(&self, elements: &mut [u64], factors: &[u64]) {
        for (element, factor) in elements.chunks_mut(64).zip(factors.chunks(64)) {
            let mut sums = [0; 64];
            self.accumulate(&mut sums[..element.len()], element, factor);
            for (element, sum) in element.iter_mut().zip(sums) {
                *element = self.reduce(sum);
            }
        }
    }

    /// Times `x`.
    pub(crate) fn double(element: u64) -> u64 {
        (element << 1) ^ ((element >> 63) * 0x1b)
    }
}

impl Field for Binary {
    fn one(&self) -> u64 {
        1
    }

    #[inline]
    fn add(&self, a: u64, b: u64) -> u64 {
        a ^ b
    }

    #[inline]
    fn sub(&self, a: u64, b: u64) -> u64 {
        a ^ b
    }

    fn mul(&self, a: u64, b: u64) -> u64 {
        self.dot(&[a], &[b])
    }

    // There are no carries.
    const MOST: u32 = u32::MAX;

    fn settle(&self, _: &mut [u128]) {}

    fn accumulate(&self, sums: &mut [u128], a: &[u64], b: &[u64]) {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("pclmulqdq") {
            #[expect(unsafe_code, reason = "the call into code for a processor that was asked")]
            // SAFETY: the processor has said just before that it has the instruction.
            unsafe {
                fast::accumulate(sums, a, b);
            }
            return;
        }
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum ^= multiply(*a, *b);
        }
    }

    #[inline]
    fn reduce(&self, sum: u128) -> u64 {
        #[expect(clippy::cast_possible_truncation, reason = "the two halves are meant")]
        let (low, high) = (sum as u64, (sum >> 64) as u64);
        let spilt = high >> 63 ^ high >> 61 ^ high >> 60;
        let high = high ^ spilt;
        low ^ high ^ high << 1 ^ high << 3 ^ high << 4
    }

    fn dot(&self, a: &[u64], b: &[u64]) -> u64 {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("pclmulqdq") {
            #[expect(unsafe_code, reason = "the call into code for a processor that was asked")]
            // SAFETY: the processor has said just before that it has the instruction.
            return self.reduce(unsafe { fast::dot(a, b) });
        }
        self.reduce(a.iter().zip(b).fold(0, |sum, (a, b)| sum ^ multiply(*a, *b)))
    }

    fn element(&self, word: u64) -> Option<u64> {
        Some(word)
    }
}

/// The product of two polynomials, for processors without an instruction for it.
fn multiply(a: u64, b: u64) -> u128 {
    let wide = u128::from(a);
    (0..64).fold(0, |sum, bit| sum ^ (wide << bit & u128::from(b >> bit & 1).wrapping_neg()))
}

#[cfg(target_arch = "x86_64")]
mod fast {
    use core::arch::x86_64::{
        __m128i, _mm_clmulepi64_si128, _mm_cvtsi64_si128, _mm_cvtsi128_si64, _mm_setzero_si128,
        _mm_unpackhi_epi64, _mm_xor_si128,
    };

    #[target_feature(enable = "pclmulqdq")]
    #[inline]
    fn product(a: u64, b: u64) -> __m128i {
        let (a, b) = (a.cast_signed(), b.cast_signed());
        _mm_clmulepi64_si128::<0>(_mm_cvtsi64_si128(a), _mm_cvtsi64_si128(b))
    }

    #[target_feature(enable = "pclmulqdq")]
    #[inline]
    fn word(wide: __m128i) -> u128 {
        let low = _mm_cvtsi128_si64(wide).cast_unsigned();
        let high = _mm_cvtsi128_si64(_mm_unpackhi_epi64(wide, wide)).cast_unsigned();
        u128::from(high) << 64 | u128::from(low)
    }

    #[target_feature(enable = "pclmulqdq")]
    pub(super) fn accumulate(sums: &mut [u128], a: &[u64], b: &[u64]) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum ^= word(product(*a, *b));
        }
    }

    #[target_feature(enable = "pclmulqdq")]
    pub(super) fn dot(a: &[u64], b: &[u64]) -> u128 {
        let mut sum = _mm_setzero_si128();
        for (a, b) in a.iter().zip(b) {
            sum = _mm_xor_si128(sum, product(*a, *b));
        }
        word(sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_modulus_has_no_factor() {
        // Rabin's test: x^(2^64) = x, and x^(2^32) - x has no factor in common with the modulus,
        // because it is invertible.
        let square_often = |times| (0..times).fold(2, |power, _| Binary.mul(power, power));
        assert_eq!(square_often(64), 2);
        let difference = square_often(32) ^ 2;
        // To the power 2^64 - 2, by squares.
        let mut inverse = 1;
        let mut power = difference;
        for _ in 1..64 {
            power = Binary.mul(power, power);
            inverse = Binary.mul(inverse, power);
        }
        assert_eq!(Binary.mul(inverse, difference), 1);
    }

    proptest! {
        #[test]
        fn both_ways_to_multiply_agree(a in any::<u64>(), b in any::<u64>(), c in any::<u64>()) {
            let product = Binary.reduce(multiply(a, b));
            prop_assert_eq!(Binary.mul(a, b), product);
            let mut sums = [u128::from(c)];
            Binary.accumulate(&mut sums, &[a], &[b]);
            prop_assert_eq!(Binary.reduce(sums[0]), product ^ c);
            prop_assert_eq!(Binary.mul(a ^ b, c), Binary.mul(a, c) ^ Binary.mul(b, c));
            prop_assert_eq!(Binary.mul(a, Binary.mul(b, c)), Binary.mul(product, c));
            prop_assert_eq!(Binary::double(a), Binary.mul(a, 2));
        }
    }
}
