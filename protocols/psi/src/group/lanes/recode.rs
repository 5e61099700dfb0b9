//! A secret as digits.

use curve25519_dalek::Scalar;
use zeroize::Zeroize;

/// Digits of a secret: there is one more than four bits each would take, for the carry.
const COUNT: usize = 64;

/// Sixty-four digits of four bits, from -8 to 7 (the last one to 8), the least significant first.
pub(super) struct Digits([i8; COUNT]);

impl Digits {
    pub(super) fn of(secret: &Scalar) -> Self {
        let mut bytes = secret.to_bytes();
        let mut digits = [0; COUNT];
        let nibbles = bytes.iter().flat_map(|byte| [byte & 15, byte >> 4]);
        let mut carry = 0;
        for (digit, nibble) in digits.iter_mut().zip(nibbles) {
            // From 0 to 16; from 8 on it borrows from the next. The secret is below 2^253, so the last does not.
            let value = nibble.cast_signed() + carry;
            carry = (value + 8) >> 4;
            *digit = value - (carry << 4);
        }
        bytes.zeroize();
        Self(digits)
    }

    /// The most significant first: whether it is negative, and its magnitude, 0 to 8.
    pub(super) fn most_significant_first(&self) -> impl Iterator<Item = (u8, u8)> {
        self.0.iter().rev().map(|digit| {
            // All ones where it is negative.
            let sign = digit >> 7;
            (sign.cast_unsigned(), ((digit ^ sign) - sign).cast_unsigned())
        })
    }
}

impl Drop for Digits {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn digits_add_up_to_the_secret(wide in any::<[u8; 32]>(), wider in any::<[u8; 32]>()) {
            let mut bytes = [0; 64];
            bytes[..32].copy_from_slice(&wide);
            bytes[32..].copy_from_slice(&wider);
            let secret = Scalar::from_bytes_mod_order_wide(&bytes);
            let sum = Digits::of(&secret).most_significant_first().fold(Scalar::ZERO, |sum, (sign, size)| {
                assert!(size <= 8);
                let size = Scalar::from(size);
                sum * Scalar::from(16u8) + if sign == 0 { size } else { -size }
            });
            prop_assert_eq!(sum, secret);
        }
    }
}
