//! Truncation that always rounds down, and other formats.

use crate::program::{Draft, Op, Register};

impl Draft {
    /// `a >> shift`, always rounded down: [`Op::Trunc`], then a comparison of `shift` bits that says
    /// whether it went up, and two rounds that take it back. For magnitudes below 2^61.
    pub fn floor(&mut self, a: Register, shift: u8) -> Register {
        let (low, high) = self.range(a);
        let near = self.push(Op::Trunc { a, shift });
        let unit = 1i64.checked_shl(shift.into()).unwrap_or(0);
        let back = self.push(Op::MulPublic { a: near, constant: unit });
        let left = self.push(Op::Sub { a, b: back });
        let left = self.push(Op::Bound { a: left, low: 1 - unit, high: unit - 1 });
        let is_above = self.push(Op::Negative { a: left });
        let above = self.push(Op::Number { a: is_above });
        let floor = self.push(Op::Sub { a: near, b: above });
        let shift = u32::from(shift).min(63);
        self.push(Op::Bound { a: floor, low: low >> shift, high: high >> shift })
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
