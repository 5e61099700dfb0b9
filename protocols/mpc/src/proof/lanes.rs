//! Sums of chosen numbers, eight of them in a register, on processors that add by a mask (AVX-512).
//!
//! A word that says in which of 64 sums a number is holds the eight masks that it is added by, so nothing has to be looked up.

use super::subsets::SUMS;

/// How many numbers that are chosen together are added in one pass: their sums stay in registers.
pub(crate) const TOGETHER: usize = 2;

/// Whether this processor has them. Where it has not, tables are quicker than what is here.
pub(crate) fn are_here() -> bool {
    #[cfg(target_arch = "x86_64")]
    let are_here = is_x86_feature_detected!("avx512f");
    #[cfg(not(target_arch = "x86_64"))]
    let are_here = false;
    are_here
}

/// Adds numbers, each to the sums that its word chooses, modulo 2^64.
pub(crate) fn add<const N: usize>(
    sums: &mut [[u64; SUMS]; N],
    terms: impl Iterator<Item = (u64, [u64; N])>,
) {
    #[cfg(target_arch = "x86_64")]
    if are_here() {
        #[expect(unsafe_code, reason = "the one call into code for a processor that was asked for")]
        // SAFETY: the processor has said just before that it has the instructions.
        unsafe {
            registers::add(sums, terms);
        }
        return;
    }
    add_one_by_one(sums, terms);
}

/// The same, on any processor.
fn add_one_by_one<const N: usize>(
    sums: &mut [[u64; SUMS]; N],
    terms: impl Iterator<Item = (u64, [u64; N])>,
) {
    for (chosen, numbers) in terms {
        for (sums, number) in sums.iter_mut().zip(numbers) {
            for (at, sum) in sums.iter_mut().enumerate() {
                *sum = sum.wrapping_add(number & (chosen >> at & 1).wrapping_neg());
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod registers {
    use super::SUMS;
    use core::arch::x86_64::{
        __m512i, _mm256_extract_epi64, _mm512_add_epi64, _mm512_castsi512_si256,
        _mm512_extracti64x4_epi64, _mm512_mask_add_epi64, _mm512_set_epi64, _mm512_set1_epi64,
        _mm512_setzero_si512,
    };

    const LANES: usize = 8;
    const REGISTERS: usize = SUMS / LANES;

    #[target_feature(enable = "avx512f")]
    pub(super) fn add<const N: usize>(
        sums: &mut [[u64; SUMS]; N],
        terms: impl Iterator<Item = (u64, [u64; N])>,
    ) {
        let mut all = [[_mm512_setzero_si512(); REGISTERS]; N];
        for (chosen, numbers) in terms {
            let masks = chosen.to_le_bytes();
            for (sums, number) in all.iter_mut().zip(numbers) {
                let number = _mm512_set1_epi64(number.cast_signed());
                for (sum, mask) in sums.iter_mut().zip(masks) {
                    *sum = _mm512_mask_add_epi64(*sum, mask, *sum, number);
                }
            }
        }
        for (sums, more) in sums.iter_mut().zip(all) {
            for (sums, more) in sums.as_chunks_mut::<LANES>().0.iter_mut().zip(more) {
                *sums = write(_mm512_add_epi64(read(sums), more));
            }
        }
    }

    #[target_feature(enable = "avx512f")]
    fn read(words: &[u64; LANES]) -> __m512i {
        let [a, b, c, d, e, f, g, h] = words.map(u64::cast_signed);
        _mm512_set_epi64(h, g, f, e, d, c, b, a)
    }

    #[target_feature(enable = "avx512f")]
    fn write(words: __m512i) -> [u64; LANES] {
        let (low, high) = (_mm512_castsi512_si256(words), _mm512_extracti64x4_epi64::<1>(words));
        [
            _mm256_extract_epi64::<0>(low),
            _mm256_extract_epi64::<1>(low),
            _mm256_extract_epi64::<2>(low),
            _mm256_extract_epi64::<3>(low),
            _mm256_extract_epi64::<0>(high),
            _mm256_extract_epi64::<1>(high),
            _mm256_extract_epi64::<2>(high),
            _mm256_extract_epi64::<3>(high),
        ]
        .map(i64::cast_unsigned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_processor_adds_the_same(
            before in any::<[u64; 2]>(),
            terms in prop::collection::vec(any::<(u64, [u64; 2])>(), 0..40),
        ) {
            let mut sums = before.map(|start| [start; SUMS]);
            let mut want = sums;
            add(&mut sums, terms.iter().copied());
            add_one_by_one(&mut want, terms.iter().copied());
            prop_assert_eq!(sums, want);
        }
    }
}
