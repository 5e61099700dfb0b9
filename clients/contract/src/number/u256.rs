//! The number itself: conversions, comparisons and arithmetic that says when it overflows.

use super::divide;
use core::cmp::Ordering;

/// An unsigned number of 256 bits, Solidity's `uint256`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct U256 {
    /// The lowest 64 bits first.
    pub(super) limbs: [u64; 4],
}

impl U256 {
    /// Nothing.
    pub const ZERO: Self = Self { limbs: [0; 4] };
    /// One.
    pub const ONE: Self = Self { limbs: [1, 0, 0, 0] };
    /// The largest number: `type(uint256).max`.
    pub const MAX: Self = Self { limbs: [u64::MAX; 4] };

    /// A number of 64 bits as one of 256.
    pub const fn new(value: u64) -> Self {
        Self { limbs: [value, 0, 0, 0] }
    }

    /// A number of 128 bits as one of 256.
    pub const fn from_u128(value: u128) -> Self {
        Self { limbs: [value as u64, (value >> 64) as u64, 0, 0] }
    }

    /// Reads 32 bytes, the highest first.
    pub const fn from_be_bytes(bytes: [u8; 32]) -> Self {
        let mut limbs = [0u64; 4];
        let mut at = 0;
        while at < 32 {
            let limb = 3 - at / 8;
            limbs[limb] = (limbs[limb] << 8) | bytes[at] as u64;
            at += 1;
        }
        Self { limbs }
    }

    /// Writes 32 bytes, the highest first.
    pub const fn to_be_bytes(self) -> [u8; 32] {
        let mut bytes = [0u8; 32];
        let mut at = 0;
        while at < 32 {
            let limb = self.limbs[3 - at / 8];
            bytes[at] = (limb >> (56 - 8 * (at % 8))) as u8;
            at += 1;
        }
        bytes
    }

    /// Whether it is nothing.
    pub const fn is_zero(&self) -> bool {
        (self.limbs[0] | self.limbs[1] | self.limbs[2] | self.limbs[3]) == 0
    }

    /// The sum, and whether it was cut at 256 bits.
    pub const fn overflowing_add(self, other: Self) -> (Self, bool) {
        let mut limbs = [0u64; 4];
        let mut carry = false;
        let mut at = 0;
        while at < 4 {
            let (sum, first) = self.limbs[at].overflowing_add(other.limbs[at]);
            let (sum, second) = sum.overflowing_add(carry as u64);
            limbs[at] = sum;
            carry = first || second;
            at += 1;
        }
        (Self { limbs }, carry)
    }

    /// The difference, and whether it would lie below zero.
    pub const fn overflowing_sub(self, other: Self) -> (Self, bool) {
        let mut limbs = [0u64; 4];
        let mut borrow = false;
        let mut at = 0;
        while at < 4 {
            let (rest, first) = self.limbs[at].overflowing_sub(other.limbs[at]);
            let (rest, second) = rest.overflowing_sub(borrow as u64);
            limbs[at] = rest;
            borrow = first || second;
            at += 1;
        }
        (Self { limbs }, borrow)
    }

    /// The sum, or `None` above 256 bits.
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.overflowing_add(other) {
            (sum, false) => Some(sum),
            (_, true) => None,
        }
    }

    /// The difference, or `None` below zero.
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.overflowing_sub(other) {
            (rest, false) => Some(rest),
            (_, true) => None,
        }
    }

    /// The product, or `None` above 256 bits.
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        let wide = divide::multiply(&self.limbs, &other.limbs);
        if wide[4..].iter().any(|limb| *limb != 0) {
            return None;
        }
        Some(Self { limbs: [wide[0], wide[1], wide[2], wide[3]] })
    }

    /// Quotient and remainder, or `None` for a division by zero.
    pub fn checked_div_rem(self, divisor: Self) -> Option<(Self, Self)> {
        if divisor.is_zero() {
            return None;
        }
        let wide = [self.limbs[0], self.limbs[1], self.limbs[2], self.limbs[3], 0, 0, 0, 0];
        let (quotient, limbs) = divide::divide(&wide, &divisor.limbs);
        let [a, b, c, d, ..] = quotient;
        Some((Self { limbs: [a, b, c, d] }, Self { limbs }))
    }

    /// `self * factor / divisor` rounded down, the product in 512 bits; `None` for a division by
    /// zero or a quotient above 256 bits.
    pub fn checked_mul_div(self, factor: Self, divisor: Self) -> Option<Self> {
        if divisor.is_zero() {
            return None;
        }
        let product = divide::multiply(&self.limbs, &factor.limbs);
        let ([a, b, c, d, high @ ..], _) = divide::divide(&product, &divisor.limbs);
        high.iter().all(|limb| *limb == 0).then_some(Self { limbs: [a, b, c, d] })
    }

    /// The sum, at most [`U256::MAX`].
    pub fn saturating_add(self, other: Self) -> Self {
        self.checked_add(other).unwrap_or(Self::MAX)
    }

    /// The difference, at least zero.
    pub fn saturating_sub(self, other: Self) -> Self {
        self.checked_sub(other).unwrap_or(Self::ZERO)
    }
}

impl Ord for U256 {
    fn cmp(&self, other: &Self) -> Ordering {
        self.limbs.iter().rev().cmp(other.limbs.iter().rev())
    }
}

impl PartialOrd for U256 {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

macro_rules! from_small {
    ($($small:ty),*) => {$(
        impl From<$small> for U256 {
            fn from(value: $small) -> Self {
                Self::new(u64::from(value))
            }
        }

        impl TryFrom<U256> for $small {
            type Error = TooLarge;

            fn try_from(value: U256) -> Result<Self, TooLarge> {
                if value.limbs[1..].iter().any(|limb| *limb != 0) {
                    return Err(TooLarge);
                }
                Self::try_from(value.limbs[0]).map_err(|_| TooLarge)
            }
        }
    )*};
}

from_small!(u8, u16, u32, u64);

impl From<bool> for U256 {
    fn from(value: bool) -> Self {
        Self::new(u64::from(value))
    }
}

impl From<u128> for U256 {
    fn from(value: u128) -> Self {
        Self::from_u128(value)
    }
}

impl TryFrom<U256> for u128 {
    type Error = TooLarge;

    fn try_from(value: U256) -> Result<Self, TooLarge> {
        if value.limbs[2] != 0 || value.limbs[3] != 0 {
            return Err(TooLarge);
        }
        Ok((u128::from(value.limbs[1]) << 64) | u128::from(value.limbs[0]))
    }
}

/// A number that the smaller type cannot hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge;

impl core::fmt::Display for TooLarge {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("number too large for its type")
    }
}
