//! `+ - * / %` and their assigning forms; they panic where Solidity reverts.

use super::U256;
use core::ops::{
    Add, AddAssign, BitAnd, BitOr, BitXor, Div, DivAssign, Mul, MulAssign, Not, Rem, RemAssign,
    Shl, Shr, Sub, SubAssign,
};

// The messages are those of the language's own integers.
macro_rules! checked {
    ($trait:ident $method:ident $assign_trait:ident $assign:ident $message:literal $of:expr) => {
        impl $trait for U256 {
            type Output = U256;

            fn $method(self, other: U256) -> U256 {
                let of: fn(U256, U256) -> Option<U256> = $of;
                match of(self, other) {
                    Some(result) => result,
                    None => panic!($message),
                }
            }
        }

        impl $assign_trait for U256 {
            fn $assign(&mut self, other: U256) {
                *self = $trait::$method(*self, other);
            }
        }
    };
}

checked!(Add add AddAssign add_assign "attempt to add with overflow" U256::checked_add);
checked!(Sub sub SubAssign sub_assign "attempt to subtract with overflow" U256::checked_sub);
checked!(Mul mul MulAssign mul_assign "attempt to multiply with overflow" U256::checked_mul);
checked!(Div div DivAssign div_assign "attempt to divide by zero" |a, b| Some(a.checked_div_rem(b)?.0));
checked!(Rem rem RemAssign rem_assign "attempt to calculate the remainder with a divisor of zero"
    |a, b| Some(a.checked_div_rem(b)?.1));

macro_rules! bitwise {
    ($($trait:ident $method:ident),*) => {$(
        impl $trait for U256 {
            type Output = U256;

            fn $method(self, other: U256) -> U256 {
                U256 { limbs: core::array::from_fn(|at| self.limbs[at].$method(other.limbs[at])) }
            }
        }
    )*};
}

bitwise!(BitAnd bitand, BitOr bitor, BitXor bitxor);

impl Not for U256 {
    type Output = U256;

    fn not(self) -> U256 {
        U256 { limbs: self.limbs.map(|limb| !limb) }
    }
}

/// What is shifted out is lost, as in Solidity; 256 and more leave zero.
impl Shl<u32> for U256 {
    type Output = U256;

    fn shl(self, bits: u32) -> U256 {
        let (whole, part) = ((bits / 64) as usize, bits % 64);
        let limb = |at: Option<usize>| at.and_then(|at| self.limbs.get(at)).copied().unwrap_or(0);
        let shifted = |at: usize| {
            let high = limb(at.checked_sub(whole)) << part;
            let low = limb(at.checked_sub(whole + 1)).checked_shr(64 - part).unwrap_or(0);
            high | low
        };
        U256 { limbs: core::array::from_fn(shifted) }
    }
}

/// 256 and more leave zero.
impl Shr<u32> for U256 {
    type Output = U256;

    fn shr(self, bits: u32) -> U256 {
        let (whole, part) = ((bits / 64) as usize, bits % 64);
        let limb = |at: usize| self.limbs.get(at).copied().unwrap_or(0);
        let shifted = |at: usize| {
            let low = limb(at + whole) >> part;
            let high = limb(at + whole + 1).checked_shl(64 - part).unwrap_or(0);
            low | high
        };
        U256 { limbs: core::array::from_fn(shifted) }
    }
}

impl core::iter::Sum for U256 {
    fn sum<I: Iterator<Item = U256>>(numbers: I) -> U256 {
        numbers.fold(U256::ZERO, |sum, number| sum + number)
    }
}
