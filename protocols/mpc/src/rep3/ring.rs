//! Integers modulo 2^64 and modulo 2^128 alike, and sums of many of them.

/// Integers modulo a power of two, in words, the lowest first.
pub(crate) trait Ring: Copy + Default + PartialOrd {
    /// Words of an element.
    const WORDS: usize;
    /// Sums of many elements, signed.
    type Sum: Total<Self>;

    /// The elements in some words.
    fn all(words: &[u64]) -> impl Iterator<Item = Self>;

    /// Writes elements behind others.
    fn write(words: &mut Vec<u64>, elements: impl Iterator<Item = Self>);

    /// One of them.
    fn at(words: &[u64], index: usize) -> Self;

    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;

    /// The product of integers: what is below the modulus, and the multiple of it.
    fn product(self, other: Self) -> [Self; 2];

    /// As an integer.
    fn sum(self) -> Self::Sum;

    /// One word of it, from the lowest.
    fn word(self, at: usize) -> u64;
}

/// Integers of twice as many words, in two's complement.
pub(crate) trait Total<R>: Copy + Default {
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;

    /// Divided by the modulus of the elements, rounded down.
    fn over_modulus(self) -> Self;

    /// One word of it, from the lowest, however high.
    fn word(self, at: usize) -> u64;
}

/// 256 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Long {
    low: u128,
    high: u128,
}

impl Long {
    /// A word, so many bits higher; what is too high is lost.
    #[inline]
    pub(crate) fn of_word(word: u64, bits: usize) -> Self {
        let word = u128::from(word);
        match bits {
            0 => Self { low: word, high: 0 },
            1..128 => Self { low: word << bits, high: word >> (128 - bits) },
            128.. => Self { low: 0, high: word << (bits - 128) },
        }
    }
}

impl Ring for u64 {
    const WORDS: usize = 1;
    type Sum = u128;

    #[inline]
    fn all(words: &[u64]) -> impl Iterator<Item = Self> {
        words.iter().copied()
    }

    #[inline]
    fn write(words: &mut Vec<u64>, elements: impl Iterator<Item = Self>) {
        words.extend(elements);
    }

    #[inline]
    fn at(words: &[u64], index: usize) -> Self {
        words[index]
    }

    #[inline]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    #[inline]
    fn minus(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }

    #[inline]
    fn times(self, other: Self) -> Self {
        self.wrapping_mul(other)
    }

    #[inline]
    fn product(self, other: Self) -> [Self; 2] {
        halves(u128::from(self).wrapping_mul(u128::from(other)))
    }

    #[inline]
    fn sum(self) -> u128 {
        self.into()
    }

    fn word(self, _: usize) -> u64 {
        self
    }
}

impl Total<u64> for u128 {
    #[inline]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    #[inline]
    fn minus(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }

    #[inline]
    fn over_modulus(self) -> Self {
        (self.cast_signed() >> 64).cast_unsigned()
    }

    fn word(self, at: usize) -> u64 {
        match at {
            0 | 1 => halves(self)[at],
            _ => sign(self),
        }
    }
}

impl Ring for u128 {
    const WORDS: usize = 2;
    type Sum = Long;

    #[inline]
    fn all(words: &[u64]) -> impl Iterator<Item = Self> {
        words.as_chunks::<2>().0.iter().map(|pair| joined(*pair))
    }

    #[inline]
    fn write(words: &mut Vec<u64>, elements: impl Iterator<Item = Self>) {
        words.extend(elements.flat_map(halves));
    }

    #[inline]
    fn at(words: &[u64], index: usize) -> Self {
        joined(words.as_chunks::<2>().0[index])
    }

    #[inline]
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    #[inline]
    fn minus(self, other: Self) -> Self {
        self.wrapping_sub(other)
    }

    #[inline]
    fn times(self, other: Self) -> Self {
        self.wrapping_mul(other)
    }

    #[inline]
    fn product(self, other: Self) -> [Self; 2] {
        let ([a, b], [c, d]) = (halves(self), halves(other));
        let wide = |x: u64, y: u64| u128::from(x).wrapping_mul(u128::from(y));
        // Two words and a product of two others are below 2^128.
        let low = wide(a, c);
        let [low_word, carry] = halves(low);
        let one = halves(wide(a, d).wrapping_add(carry.into()));
        let two = halves(wide(b, c).wrapping_add(one[0].into()));
        let high = wide(b, d).wrapping_add(one[1].into()).wrapping_add(two[1].into());
        [joined([low_word, two[0]]), high]
    }

    #[inline]
    fn sum(self) -> Long {
        Long { low: self, high: 0 }
    }

    fn word(self, at: usize) -> u64 {
        halves(self)[at.min(1)]
    }
}

impl Total<u128> for Long {
    #[inline]
    fn plus(self, other: Self) -> Self {
        let (low, carry) = self.low.overflowing_add(other.low);
        Self { low, high: self.high.wrapping_add(other.high).wrapping_add(carry.into()) }
    }

    #[inline]
    fn minus(self, other: Self) -> Self {
        let (low, borrow) = self.low.overflowing_sub(other.low);
        Self { low, high: self.high.wrapping_sub(other.high).wrapping_sub(borrow.into()) }
    }

    #[inline]
    fn over_modulus(self) -> Self {
        Self { low: self.high, high: (self.high.cast_signed() >> 127).cast_unsigned() }
    }

    fn word(self, at: usize) -> u64 {
        match at {
            0 | 1 => halves(self.low)[at],
            2 | 3 => halves(self.high)[at - 2],
            _ => sign(self.high),
        }
    }
}

/// Both words, the lower one first.
#[expect(clippy::cast_possible_truncation, reason = "the words of an integer")]
pub(crate) const fn halves(number: u128) -> [u64; 2] {
    [number as u64, (number >> 64) as u64]
}

/// The number of two words, the lower one first.
pub(crate) const fn joined([low, high]: [u64; 2]) -> u128 {
    (low as u128) | (high as u128) << 64
}

/// What is before the highest word.
const fn sign(number: u128) -> u64 {
    if number >> 127 == 1 { u64::MAX } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Word by word, with carries, as one learns it at school.
    fn words_of_product(a: u128, b: u128) -> [u64; 4] {
        let mut out = [0u64; 4];
        for (i, a) in halves(a).into_iter().enumerate() {
            let mut carry = 0u128;
            for (j, b) in halves(b).into_iter().enumerate() {
                let sum = u128::from(a) * u128::from(b) + u128::from(out[i + j]) + carry;
                out[i + j] = halves(sum)[0];
                carry = sum >> 64;
            }
            out[i + 2] = halves(carry)[0];
        }
        out
    }

    fn number() -> impl Strategy<Value = u128> {
        prop_oneof![
            any::<u128>(),
            any::<u64>().prop_map(u128::from),
            Just(0),
            Just(u128::MAX),
            Just(1 << 127),
            Just(u128::from(u64::MAX)),
        ]
    }

    proptest! {
        #[test]
        fn products_and_sums_are_those_of_integers(a in number(), b in number(), c in number()) {
            let [low, high] = a.product(b);
            let words = words_of_product(a, b);
            prop_assert_eq!([halves(low), halves(high)].concat(), words);
            prop_assert_eq!(low, a.times(b));
            let long = Long { low, high };
            let more = long.plus(c.sum());
            prop_assert_eq!(more.minus(c.sum()), long);
            prop_assert_eq!(more.low, low.wrapping_add(c));
            // Rounded down, below zero too.
            let below = Long::default().minus(c.sum());
            let word = if c == 0 { 0 } else { u64::MAX };
            prop_assert_eq!((0..7).map(|at| below.over_modulus().word(at)).collect::<Vec<_>>(), [word; 7]);
            prop_assert_eq!(u64::all(&halves(a)).collect::<Vec<_>>(), halves(a));
            prop_assert_eq!(u128::all(&[halves(a), halves(b)].concat()).collect::<Vec<_>>(), [a, b]);
        }
    }
}
