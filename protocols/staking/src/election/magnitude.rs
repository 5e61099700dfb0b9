//! Numbers from 0 to 1 that may be very small, by integers alone: the same on every machine.

use alloy_primitives::{U256, U512};

/// A number as 256 leading bits and a power of two: `bits * 2^(exponent - 256)`. The highest bit is set, but in
/// zero. Each operation drops what lies below the last bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Magnitude {
    bits: U256,
    exponent: i64,
}

const ZERO: Magnitude = Magnitude { bits: U256::ZERO, exponent: 0 };

/// The leading 256 bits of a number, and how many bits it has less 256.
fn leading(number: U512) -> (U256, i64) {
    let shift = 512 - number.leading_zeros();
    let bits = if shift > 256 { number >> (shift - 256) } else { number << (256 - shift) };
    let more = i64::try_from(shift).expect("at most 512") - 256;
    (bits.wrapping_to(), more)
}

impl Magnitude {
    /// `numerator / denominator`.
    pub(super) fn ratio(numerator: u128, denominator: u128) -> Self {
        debug_assert!(denominator > 0, "nobody divides by nothing");
        if numerator == 0 || denominator == 0 {
            return ZERO;
        }
        // Of 384 bits and more, so that at least 256 of the quotient are there.
        let quotient = (U512::from(numerator) << 384) / U512::from(denominator);
        let (bits, more) = leading(quotient);
        Self { bits, exponent: more + 256 - 384 }
    }

    pub(super) fn times(self, other: Self) -> Self {
        if self.is_zero() || other.is_zero() {
            return ZERO;
        }
        let (bits, more) = leading(self.bits.widening_mul(other.bits));
        Self { bits, exponent: self.exponent + other.exponent + more - 256 }
    }

    /// To a power, by squaring.
    pub(super) fn power(self, mut exponent: u64) -> Self {
        let (mut base, mut product) = (self, Self::ratio(1, 1));
        while exponent > 0 {
            if exponent & 1 == 1 {
                product = product.times(base);
            }
            base = base.times(base);
            exponent >>= 1;
        }
        product
    }

    pub(super) fn is_zero(&self) -> bool {
        self.bits.is_zero()
    }

    /// As a fraction of 2^256; 1 and more are the largest there is.
    pub(super) fn fraction(&self) -> U256 {
        match self.exponent {
            1.. if !self.is_zero() => U256::MAX,
            exponent => match usize::try_from(-exponent) {
                Ok(shift) if shift < 256 => self.bits >> shift,
                Ok(_) | Err(_) => U256::ZERO,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_numbers_are_exact() {
        let half = Magnitude::ratio(1, 2);
        assert_eq!(half.fraction(), U256::from(1) << 255);
        assert_eq!(half.power(10).fraction(), U256::from(1) << 246);
        assert_eq!(
            Magnitude::ratio(3, 1).times(Magnitude::ratio(1, 4)).fraction(),
            U256::from(3) << 254
        );
        assert_eq!(Magnitude::ratio(1, 1).fraction(), U256::MAX);
        assert_eq!(half.power(256).fraction(), U256::from(1) >> 0);
        assert_eq!(half.power(257).fraction(), U256::ZERO);
        assert!(!half.power(1_000_000).is_zero(), "too small for a fraction, and still a number");
        assert!(Magnitude::ratio(0, 5).is_zero());
    }

    proptest! {
        #[test]
        fn a_quotient_times_its_divisor_comes_back(numerator in 1u64.., denominator in 1u64..) {
            let quotient = Magnitude::ratio(numerator.into(), denominator.into());
            let back = quotient.times(Magnitude::ratio(denominator.into(), 1));
            let whole = Magnitude::ratio(numerator.into(), 1);
            // Never more, and less by no more than the last bits.
            let (got, want) = (back.times(Magnitude::ratio(1, 1 << 100)).fraction(), whole.times(Magnitude::ratio(1, 1 << 100)).fraction());
            prop_assert!(got <= want && want - got <= U256::from(2), "{got} {want}");
        }

        #[test]
        fn a_power_is_a_product(numerator in 1u128..1 << 60, more in 0u128..1 << 60, power in 0u64..40) {
            let base = Magnitude::ratio(numerator, numerator + more);
            let product = (0..power).fold(Magnitude::ratio(1, 1), |product, _| product.times(base));
            let (one, other) = (base.power(power).fraction(), product.fraction());
            prop_assert!(one.abs_diff(other) <= U256::from(256), "{one} {other}");
        }
    }
}
