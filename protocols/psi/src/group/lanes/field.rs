//! Eight elements of the field of 2^255 - 19, in five limbs of 51 bits each.
//!
//! Every element is *reduced*: its limbs are below 2^51 + 2^14. The multiplier reads 52 bits of a limb, so nothing else may
//! reach it; every operation reduces what it makes.

use core::arch::x86_64::{
    __m512i, __mmask8, _mm256_extract_epi64, _mm512_add_epi64, _mm512_and_si512,
    _mm512_castsi512_si256, _mm512_cmpeq_epu64_mask, _mm512_extracti64x4_epi64,
    _mm512_madd52hi_epu64, _mm512_madd52lo_epu64, _mm512_mask_mov_epi64, _mm512_set_epi64,
    _mm512_set1_epi64, _mm512_setzero_si512, _mm512_slli_epi64, _mm512_srli_epi64,
    _mm512_sub_epi64,
};

/// Elements side by side.
pub(super) const LANES: usize = 8;
const LIMBS: usize = 5;
const BITS: u32 = 51;
const LOW: u64 = (1 << BITS) - 1;
/// Twice the field's modulus, so that differences stay positive.
const TWICE_P: [u64; LIMBS] = [2 * (LOW - 18), 2 * LOW, 2 * LOW, 2 * LOW, 2 * LOW];

/// One bit for each lane.
pub(super) type Mask = __mmask8;

/// Eight field elements.
#[derive(Clone, Copy)]
pub(super) struct Field([__m512i; LIMBS]);

/// The limbs of a little-endian number of 255 bits; a 256th is dropped.
const fn limbs(words: [u64; 4]) -> [u64; LIMBS] {
    [
        words[0] & LOW,
        ((words[0] >> 51) | (words[1] << 13)) & LOW,
        ((words[1] >> 38) | (words[2] << 26)) & LOW,
        ((words[2] >> 25) | (words[3] << 39)) & LOW,
        (words[3] >> 12) & LOW,
    ]
}

impl Field {
    /// The same element in all lanes.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn all(element: [u64; LIMBS]) -> Self {
        let mut out = [_mm512_setzero_si512(); LIMBS];
        for (out, limb) in out.iter_mut().zip(element) {
            *out = _mm512_set1_epi64(limb.cast_signed());
        }
        Self(out)
    }

    /// A small number in all lanes.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn small(number: u64) -> Self {
        Self::all([number, 0, 0, 0, 0])
    }

    /// An element for each lane, little-endian; the highest bit is ignored and the rest need not be reduced.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn read(bytes: &[[u8; 32]; LANES]) -> Self {
        let mut lanes = [[0i64; LANES]; LIMBS];
        for (lane, bytes) in bytes.iter().enumerate() {
            let mut words = [0; 4];
            for (word, bytes) in words.iter_mut().zip(bytes.as_chunks::<8>().0) {
                *word = u64::from_le_bytes(*bytes);
            }
            for (out, limb) in lanes.iter_mut().zip(limbs(words)) {
                out[lane] = limb.cast_signed();
            }
        }
        let mut out = [_mm512_setzero_si512(); LIMBS];
        for (out, [a, b, c, d, e, f, g, h]) in out.iter_mut().zip(lanes) {
            *out = _mm512_set_epi64(h, g, f, e, d, c, b, a);
        }
        Self(out)
    }

    /// The one form of each lane's element, little-endian.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn write(&self) -> [[u8; 32]; LANES] {
        let frozen = self.freeze();
        let mut lanes = [[0u64; LIMBS]; LANES];
        for (at, limb) in frozen.0.iter().enumerate() {
            let (low, high) =
                (_mm512_castsi512_si256(*limb), _mm512_extracti64x4_epi64::<1>(*limb));
            let words = [
                _mm256_extract_epi64::<0>(low),
                _mm256_extract_epi64::<1>(low),
                _mm256_extract_epi64::<2>(low),
                _mm256_extract_epi64::<3>(low),
                _mm256_extract_epi64::<0>(high),
                _mm256_extract_epi64::<1>(high),
                _mm256_extract_epi64::<2>(high),
                _mm256_extract_epi64::<3>(high),
            ];
            for (lane, word) in lanes.iter_mut().zip(words) {
                lane[at] = word.cast_unsigned();
            }
        }
        let mut out = [[0; 32]; LANES];
        for (out, [a, b, c, d, e]) in out.iter_mut().zip(lanes) {
            let words = [
                a | (b << 51),
                (b >> 13) | (c << 38),
                (c >> 26) | (d << 25),
                (d >> 39) | (e << 12),
            ];
            for (bytes, word) in out.as_chunks_mut::<8>().0.iter_mut().zip(words) {
                *bytes = word.to_le_bytes();
            }
        }
        out
    }

    /// Brings limbs below 2^60 to reduced ones.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn reduce(limbs: [__m512i; LIMBS]) -> Self {
        let low = _mm512_set1_epi64(LOW.cast_signed());
        let nineteen = _mm512_set1_epi64(19);
        let [a, b, c, d, e] = limbs;
        let carry_a = _mm512_srli_epi64::<BITS>(a);
        let carry_b = _mm512_srli_epi64::<BITS>(b);
        let carry_c = _mm512_srli_epi64::<BITS>(c);
        let carry_d = _mm512_srli_epi64::<BITS>(d);
        let carry_e = _mm512_srli_epi64::<BITS>(e);
        Self([
            // The carry has nine bits: times nineteen it has fourteen.
            _mm512_madd52lo_epu64(_mm512_and_si512(a, low), carry_e, nineteen),
            _mm512_add_epi64(_mm512_and_si512(b, low), carry_a),
            _mm512_add_epi64(_mm512_and_si512(c, low), carry_b),
            _mm512_add_epi64(_mm512_and_si512(d, low), carry_c),
            _mm512_add_epi64(_mm512_and_si512(e, low), carry_d),
        ])
    }

    /// The sum.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn plus(&self, other: &Self) -> Self {
        let mut out = self.0;
        for (out, limb) in out.iter_mut().zip(&other.0) {
            *out = _mm512_add_epi64(*out, *limb);
        }
        Self::reduce(out)
    }

    /// The difference.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn minus(&self, other: &Self) -> Self {
        let mut out = self.0;
        for ((out, limb), twice) in out.iter_mut().zip(&other.0).zip(TWICE_P) {
            let above = _mm512_add_epi64(*out, _mm512_set1_epi64(twice.cast_signed()));
            *out = _mm512_sub_epi64(above, *limb);
        }
        Self::reduce(out)
    }

    /// The negative.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn negative(&self) -> Self {
        Self::small(0).minus(self)
    }

    /// The product.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn times(&self, other: &Self) -> Self {
        let (a, b) = (&self.0, &other.0);
        let mut sums = [_mm512_setzero_si512(); 2 * LIMBS];
        // A product's upper half begins at bit 52, one above the next limb: it counts twice there.
        for i in 0..LIMBS {
            for j in 0..LIMBS {
                sums[i + j + 1] = _mm512_madd52hi_epu64(sums[i + j + 1], a[i], b[j]);
            }
        }
        for sum in &mut sums {
            *sum = _mm512_add_epi64(*sum, *sum);
        }
        for i in 0..LIMBS {
            for j in 0..LIMBS {
                sums[i + j] = _mm512_madd52lo_epu64(sums[i + j], a[i], b[j]);
            }
        }
        Self::fold(&sums)
    }

    /// The square.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn squared(&self) -> Self {
        let a = &self.0;
        let mut sums = [_mm512_setzero_si512(); 2 * LIMBS];
        // Upper halves count twice, and products of different limbs do: 4, then 2, then 1.
        for i in 0..LIMBS {
            for j in i + 1..LIMBS {
                sums[i + j + 1] = _mm512_madd52hi_epu64(sums[i + j + 1], a[i], a[j]);
            }
        }
        for sum in &mut sums {
            *sum = _mm512_add_epi64(*sum, *sum);
        }
        for i in 0..LIMBS {
            sums[2 * i + 1] = _mm512_madd52hi_epu64(sums[2 * i + 1], a[i], a[i]);
            for j in i + 1..LIMBS {
                sums[i + j] = _mm512_madd52lo_epu64(sums[i + j], a[i], a[j]);
            }
        }
        for sum in &mut sums {
            *sum = _mm512_add_epi64(*sum, *sum);
        }
        for i in 0..LIMBS {
            sums[2 * i] = _mm512_madd52lo_epu64(sums[2 * i], a[i], a[i]);
        }
        Self::fold(&sums)
    }

    /// Ten limbs below 2^55 to five: 2^255 is 19.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn fold(sums: &[__m512i; 2 * LIMBS]) -> Self {
        let mut out = [_mm512_setzero_si512(); LIMBS];
        for at in 0..LIMBS {
            let upper = sums[at + LIMBS];
            let two = _mm512_add_epi64(upper, upper);
            let sixteen = _mm512_slli_epi64::<4>(upper);
            let three = _mm512_add_epi64(upper, two);
            out[at] = _mm512_add_epi64(_mm512_add_epi64(sums[at], three), sixteen);
        }
        Self::reduce(out)
    }

    /// Squared so many times.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn squared_times(&self, count: u32) -> Self {
        let mut out = *self;
        for _ in 0..count {
            out = out.squared();
        }
        out
    }

    /// To the power of 2^252 - 3.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn root_power(&self) -> Self {
        // The exponents 2^n - 1 in turn: 2^(n + m) - 1 = (2^n - 1) 2^m + (2^m - 1).
        let ones_2 = self.squared().times(self);
        let ones_4 = ones_2.squared_times(2).times(&ones_2);
        let ones_5 = ones_4.squared().times(self);
        let ones_10 = ones_5.squared_times(5).times(&ones_5);
        let ones_20 = ones_10.squared_times(10).times(&ones_10);
        let ones_40 = ones_20.squared_times(20).times(&ones_20);
        let ones_50 = ones_40.squared_times(10).times(&ones_10);
        let ones_100 = ones_50.squared_times(50).times(&ones_50);
        let ones_200 = ones_100.squared_times(100).times(&ones_100);
        let ones_250 = ones_200.squared_times(50).times(&ones_50);
        // 2^252 - 3 = (2^250 - 1) 4 + 1.
        ones_250.squared_times(2).times(self)
    }

    /// One by the element; zero for zero.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn inverse(&self) -> Self {
        // 2^255 - 21 = (2^252 - 3) 8 + 3.
        self.root_power().squared_times(3).times(&self.squared().times(self))
    }

    /// `other` where the mask is set.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn or(&self, other: &Self, mask: Mask) -> Self {
        let mut out = self.0;
        for (out, limb) in out.iter_mut().zip(&other.0) {
            *out = _mm512_mask_mov_epi64(*out, mask, *limb);
        }
        Self(out)
    }

    /// The one form: below the modulus.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn freeze(&self) -> Self {
        let low = _mm512_set1_epi64(LOW.cast_signed());
        let nineteen = _mm512_set1_epi64(19);
        // One where the element is not below the modulus.
        let mut carry = nineteen;
        for limb in &self.0 {
            carry = _mm512_srli_epi64::<BITS>(_mm512_add_epi64(*limb, carry));
        }
        carry = _mm512_madd52lo_epu64(_mm512_setzero_si512(), carry, nineteen);
        let mut out = self.0;
        for limb in &mut out {
            let sum = _mm512_add_epi64(*limb, carry);
            *limb = _mm512_and_si512(sum, low);
            carry = _mm512_srli_epi64::<BITS>(sum);
        }
        Self(out)
    }

    /// Where the element is odd, which is called negative. // RFC 9496 3.1
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn is_negative(&self) -> Mask {
        let one = _mm512_set1_epi64(1);
        _mm512_cmpeq_epu64_mask(_mm512_and_si512(self.freeze().0[0], one), one)
    }

    /// Where the element is zero.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn is_zero(&self) -> Mask {
        let frozen = self.freeze();
        let mut mask = Mask::MAX;
        for limb in &frozen.0 {
            mask &= _mm512_cmpeq_epu64_mask(*limb, _mm512_setzero_si512());
        }
        mask
    }

    /// The negative where that is not negative.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn magnitude(&self) -> Self {
        self.or(&self.negative(), self.is_negative())
    }
}
