//! Numbers as bits, and back.

use crate::program::{Draft, Op, Register, Size};

impl Draft {
    /// The `count` lowest bits (1 to 64) of every element, of a negative one in two's complement: bit
    /// 0 of all elements, then bit 1 of all, and so on, in one register.
    ///
    /// Two rounds and one for each time that `count - 1` can be halved, rounded up: 8 for 64 bits, at
    /// 85.5 bytes an element and party; 5 for 9 bits.
    pub fn bits_of(&mut self, a: Register, count: u8) -> Register {
        let length = self.length(a);
        let u = self.push(Op::DealtBits { a, count });
        let v = self.push(Op::HeldBits { a, count });
        let differ = self.push(Op::Xor { a: u, b: v });
        let carries = u32::from(count).saturating_sub(1);
        if carries == 0 {
            return differ;
        }
        // Whether the bits up to here carry by themselves, and whether they pass a carry on (Kogge
        // and Stone 1973).
        let both = self.push(Op::And { a: u, b: v });
        let wide = |rows: u32| length.saturating_mul(rows);
        let mut carry = self.slice(both, 0, wide(carries));
        let mut pass = self.slice(differ, 0, wide(carries));
        let mut reach = 1;
        while reach < carries {
            let rest = carries - reach;
            let upper_pass = self.slice(pass, wide(reach), wide(rest));
            let lower_carry = self.slice(carry, 0, wide(rest));
            let is_last = 2 * reach >= carries;
            let joined = if is_last {
                self.push(Op::And { a: upper_pass, b: lower_carry })
            } else {
                let lower_pass = self.slice(pass, 0, wide(rest));
                let a = self.repeat(upper_pass, 2);
                let b = self.concat(&[lower_carry, lower_pass]);
                self.push(Op::And { a, b })
            };
            let upper_carry = self.slice(carry, wide(reach), wide(rest));
            let carried = self.slice(joined, 0, wide(rest));
            let upper_carry = self.push(Op::Xor { a: upper_carry, b: carried });
            let lower_carry = self.slice(carry, 0, wide(reach));
            carry = self.concat(&[lower_carry, upper_carry]);
            if !is_last {
                let passed = self.slice(joined, wide(rest), wide(rest));
                let lower_pass = self.slice(pass, 0, wide(reach));
                pass = self.concat(&[lower_pass, passed]);
            }
            reach *= 2;
        }
        let lowest = self.slice(differ, 0, length);
        let others = self.slice(differ, length, wide(carries));
        let others = self.push(Op::Xor { a: others, b: carry });
        self.concat(&[lowest, others])
    }

    /// The numbers from zero up whose bits [`Draft::bits_of`] has put in this order: three rounds.
    /// `count` is at most 62 and divides the length.
    pub fn number_of(&mut self, bits: Register, count: u8) -> Register {
        let inner = u32::from(count);
        let columns = self.length(bits).checked_div(inner).unwrap_or(0);
        let numbers = self.push(Op::Number { a: bits });
        let weights: Vec<i64> = (0..inner.clamp(1, 63)).map(|bit| 1 << bit).collect();
        let weights = self.constants(&weights);
        let sum = self.matmul(weights, numbers, Size { rows: 1, inner, columns }, 0);
        let high = (1i64 << inner.min(62)) - 1;
        self.push(Op::Bound { a: sum, low: 0, high })
    }
}
