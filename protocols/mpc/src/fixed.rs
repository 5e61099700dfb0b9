//! Numbers as integers modulo 2^64.

use crate::{Error, Unfit};

/// A fixed-point format: how many of the 64 bits stand behind the binary point.
///
/// A value `x` is the integer nearest to `x * 2^fraction` (ties to even), a negative one in two's
/// complement. Every magnitude stays below 2^62: the two bits above are what products and
/// truncations need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fixed {
    fraction: u8,
}

/// Encoded magnitudes stay below this.
pub(crate) const ENCODED_LIMIT: i64 = 1 << 62;

impl Fixed {
    /// The largest number of fraction bits: truncation moves at most so many.
    pub const MAX_FRACTION: u8 = 31;

    /// Whole numbers.
    pub const INTEGER: Self = Self { fraction: 0 };

    /// A format with so many fraction bits.
    pub fn new(fraction: u8) -> Result<Self, Error> {
        if fraction > Self::MAX_FRACTION {
            return Err(Error::Fraction { got: fraction, limit: Self::MAX_FRACTION });
        }
        Ok(Self { fraction })
    }

    /// Bits behind the point.
    #[must_use]
    pub const fn fraction(self) -> u8 {
        self.fraction
    }

    /// The distance between neighbouring values.
    #[must_use]
    pub fn unit(self) -> f64 {
        1.0 / self.scale()
    }

    /// Encodes a vector; the first value that does not fit is named by its row.
    pub fn encode(self, values: &[f64]) -> Result<Vec<u64>, Error> {
        let scale = self.scale();
        let limit = ENCODED_LIMIT as f64;
        let mut words = Vec::with_capacity(values.len());
        for (row, value) in values.iter().enumerate() {
            let scaled = (value * scale).round_ties_even();
            // Also true where `scaled` is not a number.
            let fits = scaled.abs() < limit;
            if !fits {
                return Err(Error::Value { row, reason: self.unfit(*value) });
            }
            #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^62")]
            let whole = scaled as i64;
            words.push(whole.cast_unsigned());
        }
        Ok(words)
    }

    /// Decodes a vector. Beyond 53 significant bits the nearest `f64` is given.
    #[must_use]
    pub fn decode(self, words: &[u64]) -> Vec<f64> {
        let unit = self.unit();
        words.iter().map(|word| word.cast_signed() as f64 * unit).collect()
    }

    fn scale(self) -> f64 {
        f64::from(1u32 << self.fraction)
    }

    fn unfit(self, value: f64) -> Unfit {
        if value.is_finite() {
            Unfit::TooLarge { limit: ENCODED_LIMIT as f64 * self.unit() }
        } else {
            Unfit::NotFinite
        }
    }
}

impl Default for Fixed {
    /// Sixteen fraction bits.
    fn default() -> Self {
        Self { fraction: 16 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_value_comes_back_within_half_a_unit(
            fraction in 0u8..=31,
            values in proptest::collection::vec(-1e9f64..1e9, 0..40),
        ) {
            let format = Fixed::new(fraction).expect("at most 31");
            let back = format.decode(&format.encode(&values).expect("far below 2^62"));
            for (value, back) in values.iter().zip(back) {
                prop_assert!((value - back).abs() <= format.unit() / 2.0);
            }
        }

        #[test]
        fn encoding_keeps_order_and_sign(a in -1e12f64..1e12, b in -1e12f64..1e12) {
            let words = Fixed::default().encode(&[a, b]).expect("fits");
            let (low, high) = (words[0].cast_signed(), words[1].cast_signed());
            if a <= b { prop_assert!(low <= high) } else { prop_assert!(low >= high) }
        }
    }

    #[test]
    fn what_has_no_encoding_is_named_by_its_row_and_not_by_its_value() {
        let format = Fixed::default();
        for (bad, want) in [
            (f64::NAN, "the value in row 1 is not finite"),
            (f64::INFINITY, "the value in row 1 is not finite"),
            (f64::NEG_INFINITY, "the value in row 1 is not finite"),
            (70_368_744_177_664.0, "the value in row 1 is not below 70368744177664 in magnitude"),
            (-1e300, "the value in row 1 is not below 70368744177664 in magnitude"),
        ] {
            let error = format.encode(&[1.0, bad]).expect_err("does not fit");
            assert_eq!(error.to_string(), want);
        }
        assert!(format.encode(&[70_368_744_177_663.0, -70_368_744_177_663.5]).is_ok());
        assert_eq!(Fixed::new(32), Err(Error::Fraction { got: 32, limit: 31 }));
    }
}
