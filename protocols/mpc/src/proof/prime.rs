//! A prime field of 61 bits whose prime is drawn, in Montgomery's form.

use super::field::{Coins, Field};

/// Integers modulo a prime between 2^60 and 2^61; an element `x` is kept as `2^64 x`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Prime {
    modulus: u64,
    /// `-1 / modulus` modulo 2^64.
    inverse: u64,
    /// `2^128` and `2^192` modulo the prime.
    square: u64,
    cube: u64,
}

/// Bases that tell all primes below 2^64 (Sorenson and Webster 2015).
const BASES: [u64; 12] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];

impl Prime {
    /// A uniform prime of 61 bits: one of more than 2^54.
    pub(crate) fn draw(coins: &mut Coins) -> Self {
        loop {
            let candidate = Self::over((coins.word() >> 4) | (1 << 60) | 1);
            if candidate.is_prime() {
                return candidate;
            }
        }
    }

    /// Arithmetic modulo an odd number of 61 bits.
    fn over(modulus: u64) -> Self {
        // Newton: every step doubles the bits that are right, from three.
        let mut inverse = modulus;
        for _ in 0..5 {
            inverse = inverse.wrapping_mul(2u64.wrapping_sub(modulus.wrapping_mul(inverse)));
        }
        let wide = u128::from(modulus);
        let once = (1u128 << 64) % wide;
        let square = once * once % wide;
        let cube = square * once % wide;
        Self { modulus, inverse: inverse.wrapping_neg(), square: low(square), cube: low(cube) }
    }

    /// Miller and Rabin's test.
    fn is_prime(&self) -> bool {
        let (one, even) = (self.one(), self.modulus - 1);
        let minus_one = self.sub(0, one);
        let (twos, odd) = (even.trailing_zeros(), even >> even.trailing_zeros());
        BASES.iter().all(|base| {
            let mut power = one;
            for bit in (0..64 - odd.leading_zeros()).rev() {
                power = self.mul(power, power);
                if odd >> bit & 1 == 1 {
                    power = self.mul(power, self.embed(*base));
                }
            }
            if power == one || power == minus_one {
                return true;
            }
            (1..twos).any(|_| {
                power = self.mul(power, power);
                power == minus_one
            })
        })
    }

    /// The element that a word from somebody else stands for, which may be too large for one: sums of products have room for
    /// elements only.
    pub(crate) fn reduced(&self, word: u64) -> u64 {
        word % self.modulus
    }

    /// A word as an element.
    #[inline]
    pub(crate) fn embed(&self, word: u64) -> u64 {
        self.montgomery(u128::from(word) * u128::from(self.square))
    }

    /// What times a plain word is that word times `sum`, an element; `sum` is below 2^64 and plain.
    #[inline]
    pub(crate) fn factor(&self, sum: u64) -> u64 {
        self.montgomery(u128::from(sum) * u128::from(self.cube))
    }

    /// A factor times a plain word, as an element.
    #[inline]
    pub(crate) fn times_word(&self, factor: u64, word: u64) -> u64 {
        self.montgomery(u128::from(factor) * u128::from(word))
    }

    /// An element times 2^64.
    #[inline]
    pub(crate) fn times_modulus(&self, element: u64) -> u64 {
        // 2^64 as an element is `square`.
        self.mul(element, self.square)
    }

    /// An integer of several words, the lowest first, as an element.
    pub(crate) fn embed_all(&self, words: &[u64]) -> u64 {
        words.iter().rev().fold(0, |sum, word| self.add(self.times_modulus(sum), self.embed(*word)))
    }

    /// `product / 2^64`, for products below `2^64` times the prime.
    #[inline]
    fn montgomery(&self, product: u128) -> u64 {
        let quotient = low(product).wrapping_mul(self.inverse);
        let sum = product.wrapping_add(u128::from(quotient).wrapping_mul(u128::from(self.modulus)));
        let reduced = low(sum >> 64);
        let less = reduced.wrapping_sub(self.modulus);
        if reduced < self.modulus { reduced } else { less }
    }
}

impl Field for Prime {
    fn one(&self) -> u64 {
        self.embed(1)
    }

    #[inline]
    fn add(&self, a: u64, b: u64) -> u64 {
        let sum = a.wrapping_add(b);
        let less = sum.wrapping_sub(self.modulus);
        if sum < self.modulus { sum } else { less }
    }

    #[inline]
    fn sub(&self, a: u64, b: u64) -> u64 {
        let difference = a.wrapping_sub(b);
        if a < b { difference.wrapping_add(self.modulus) } else { difference }
    }

    #[inline]
    fn mul(&self, a: u64, b: u64) -> u64 {
        self.montgomery(u128::from(a).wrapping_mul(u128::from(b)))
    }

    // Settled sums are below 2^127, products of two elements below 2^122.
    const MOST: u32 = 31;

    #[inline]
    fn accumulate(&self, sums: &mut [u128], a: &[u64], b: &[u64]) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum = sum.wrapping_add(u128::from(*a).wrapping_mul(u128::from(*b)));
        }
    }

    fn settle(&self, sums: &mut [u128]) {
        // At least 2^126: three times are enough for any sum.
        let limit = u128::from(self.modulus) << 66;
        for sum in sums {
            while *sum >= limit {
                *sum = sum.wrapping_sub(limit);
            }
        }
    }

    fn reduce(&self, sum: u128) -> u64 {
        let high = low(sum >> 64) % self.modulus;
        self.montgomery(u128::from(high) << 64 | u128::from(low(sum)))
    }

    #[inline]
    fn dot(&self, a: &[u64], b: &[u64]) -> u64 {
        // 32 products of two elements are below 2^127.
        let mut sum = 0;
        for (a, b) in a.chunks(32).zip(b.chunks(32)) {
            let terms = a.iter().zip(b).map(|(a, b)| u128::from(*a).wrapping_mul(u128::from(*b)));
            sum = self.add(sum, self.reduce(terms.fold(0, u128::wrapping_add)));
        }
        sum
    }

    fn element(&self, word: u64) -> Option<u64> {
        let element = word >> 3;
        (element < self.modulus).then_some(element)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
fn low(wide: u128) -> u64 {
    wide as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn prime(seed: u8) -> Prime {
        Prime::draw(&mut Coins::new(&[seed; 16]))
    }

    #[test]
    fn known_primes_are_told_from_their_products() {
        // 2^61 - 1 is Mersenne's ninth prime.
        assert!(Prime::over((1 << 61) - 1).is_prime());
        // Strong pseudoprimes to the first four and seven bases (Pomerance and others 1980,
        // Jaeschke 1993), and a product of two primes of 31 bits.
        let composites = [561, 3_215_031_751, 341_550_071_728_321, 1_073_741_827 * 1_073_741_831];
        assert!(composites.iter().all(|composite| !Prime::over(*composite).is_prime()));
        for seed in 0..20 {
            let drawn = prime(seed);
            assert!(drawn.modulus >> 60 == 1 && drawn.modulus % 2 == 1);
            assert!((3..2000).step_by(2).all(|small| !drawn.modulus.is_multiple_of(small)));
        }
    }

    proptest! {
        #[test]
        fn arithmetic_is_that_of_integers(a in any::<u64>(), b in any::<u64>(), seed in 0u8..5) {
            let field = prime(seed);
            let (p, wide) = (u128::from(field.modulus), |word: u64| u128::from(word));
            let (x, y) = (field.embed(a), field.embed(b));
            let plain = |element: u64| field.montgomery(u128::from(element));
            prop_assert_eq!(wide(plain(x)), wide(a) % p);
            prop_assert_eq!(wide(plain(field.mul(x, y))), wide(a) % p * (wide(b) % p) % p);
            prop_assert_eq!(wide(plain(field.add(x, y))), (wide(a) + wide(b)) % p);
            prop_assert_eq!(field.add(field.sub(x, y), y), x);
            // However a prover writes an element down.
            let written = (0..8u64).map_while(|times| {
                times.checked_mul(field.modulus).and_then(|more| x.checked_add(more))
            });
            prop_assert!(written.map(|word| field.reduced(word)).all(|word| word == x));
            let factor = field.factor(a);
            prop_assert_eq!(field.times_word(factor, b), field.mul(x, y));
            let mut sums = [u128::from(field.modulus - 1); 1];
            for _ in 0..100 {
                field.accumulate(&mut sums, &[x], &[y]);
                field.settle(&mut sums);
            }
            let hundred = field.mul(field.embed(100), field.mul(x, y));
            let start = field.reduce(u128::from(field.modulus - 1));
            prop_assert_eq!(field.reduce(sums[0]), field.add(hundred, start));
            prop_assert_eq!(field.dot(&[x; 100], &[y; 100]), hundred);
            prop_assert_eq!(field.embed_all(&[a, b]), field.add(x, field.mul(y, field.square)));
        }
    }
}
