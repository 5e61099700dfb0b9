//! Numbers as people write them: decimal digits.

use super::U256;
use core::fmt::{Debug, Display, Formatter, Result};

/// Decimal digits of 2^256 - 1.
const DIGITS: usize = 78;

impl Display for U256 {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let mut digits = [0u8; DIGITS];
        let mut at = DIGITS;
        let mut rest = *self;
        while let Some((quotient, digit)) = rest.checked_div_rem(U256::new(10)) {
            at -= 1;
            digits[at] = b'0' + digit.limbs[0] as u8;
            rest = quotient;
            if rest.is_zero() {
                break;
            }
        }
        let text = core::str::from_utf8(&digits[at..]).expect("digits are ASCII");
        f.pad_integral(true, "", text)
    }
}

impl Debug for U256 {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        Display::fmt(self, f)
    }
}

impl U256 {
    /// Reads decimal digits, or hexadecimal ones after `0x`; underscores between them are passed
    /// over. Panics on anything else: it is meant for constants.
    pub const fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let is_hex = bytes.len() > 2 && bytes[0] == b'0' && bytes[1] == b'x';
        let (mut at, base) = if is_hex { (2, 16) } else { (0, 10) };
        assert!(at < bytes.len(), "a number has digits");
        let mut number = Self::ZERO;
        while at < bytes.len() {
            let digit = match bytes[at] {
                digit @ b'0'..=b'9' => digit - b'0',
                digit @ b'a'..=b'f' => digit - b'a' + 10,
                digit @ b'A'..=b'F' => digit - b'A' + 10,
                b'_' => {
                    at += 1;
                    continue;
                }
                _ => panic!("a number has digits only"),
            };
            assert!((digit as u64) < base, "a digit above its base");
            number = number.times_plus(base, digit as u64);
            at += 1;
        }
        number
    }

    /// `self * factor + more`, in constants too.
    const fn times_plus(self, factor: u64, more: u64) -> Self {
        let mut limbs = [0u64; 4];
        let mut carry = more as u128;
        let mut at = 0;
        while at < 4 {
            let wide = self.limbs[at] as u128 * factor as u128 + carry;
            limbs[at] = wide as u64;
            carry = wide >> 64;
            at += 1;
        }
        assert!(carry == 0, "a number of more than 256 bits");
        Self { limbs }
    }
}
