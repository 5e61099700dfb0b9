//! Truncation that always rounds down, other formats, and signs of wide numbers.

use crate::program::{Draft, Kind, Op, Register};

impl Draft {
    /// `a >> shift`, always rounded down: [`Op::Trunc`], then a comparison of `shift` bits that says
    /// whether it went up, and two rounds that take it back. For magnitudes below 2^61. Of wide numbers the result
    /// is one of 64 bits, which it has to fit.
    pub fn floor(&mut self, a: Register, shift: u8) -> Register {
        let (low, high) = self.wide_range(a);
        let is_wide = self.kind(a) == Kind::Wide;
        let mut near = self.push(Op::Trunc { a, shift });
        let unit = 1i64.checked_shl(shift.into()).unwrap_or(0);
        let back = self.push(Op::MulPublic { a: near, constant: unit });
        let left = self.push(Op::Sub { a, b: back });
        let mut left = self.push(Op::Bound { a: left, low: 1 - unit, high: unit - 1 });
        if is_wide {
            left = self.push(Op::Narrow { a: left });
            near = self.push(Op::Narrow { a: near });
        }
        let is_above = self.push(Op::Negative { a: left });
        let above = self.push(Op::Number { a: is_above });
        let floor = self.push(Op::Sub { a: near, b: above });
        let end = |end: i128| {
            let end = end >> u32::from(shift).min(63);
            i64::try_from(end).unwrap_or(if end < 0 { i64::MIN } else { i64::MAX })
        };
        self.push(Op::Bound { a: floor, low: end(low), high: end(high) })
    }

    /// Bits: whether `a` is below zero. Of wide numbers of more than 62 bits, and up to 122, all but so many are
    /// [cut off](Self::floor) first.
    pub fn negative(&mut self, a: Register) -> Register {
        if self.kind(a) != Kind::Wide {
            return self.push(Op::Negative { a });
        }
        let (low, high) = self.wide_range(a);
        let bits = 128 - low.unsigned_abs().max(high.unsigned_abs()).leading_zeros();
        let a = match bits.checked_sub(61) {
            None | Some(0) => self.push(Op::Narrow { a }),
            Some(shift) => self.floor(a, u8::try_from(shift).unwrap_or(u8::MAX)),
        };
        self.push(Op::Negative { a })
    }

    /// From one number of fraction bits to another: two rounds where there are fewer.
    pub fn rescale(&mut self, a: Register, from: u8, to: u8) -> Register {
        match from.checked_sub(to) {
            Some(0) => a,
            Some(shift) => self.push(Op::Trunc { a, shift }),
            None => {
                let constant = 1i64.checked_shl(u32::from(to - from)).unwrap_or(i64::MAX);
                self.push(Op::MulPublic { a, constant })
            }
        }
    }
}
