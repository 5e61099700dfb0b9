//! Public tables: functions that are constant between thresholds.

use super::power;
use crate::program::{Draft, Op, Register, Size};

/// A number as `mantissa * 2^(exponent + 1)`, the mantissa between a half and one.
pub(super) struct Normal {
    pub(super) mantissa: Register,
    /// What tables say about the exponent.
    pub(super) by_exponent: Vec<Register>,
}

impl Draft {
    /// A vector of public numbers. A vector that was asked for before is the same register.
    ///
    /// # Panics
    ///
    /// Panics where there are none.
    pub fn constants(&mut self, values: &[i64]) -> Register {
        if let Some(known) = self.constants.get(values) {
            return *known;
        }
        let parts: Vec<Register> = values.iter().map(|value| self.fill(*value, 1)).collect();
        let all = self.concat(&parts);
        self.constants.insert(values.to_vec(), all);
        all
    }

    /// For each table, the entry of the step that `a` is on: the first below the first threshold,
    /// the last from the last threshold on. Thresholds ascend; a table has one entry more.
    ///
    /// A comparison for each element and threshold, then three rounds, whatever the number of tables.
    pub fn lookup(
        &mut self,
        a: Register,
        thresholds: &[i64],
        tables: &[Vec<i64>],
    ) -> Vec<Register> {
        let length = self.length(a);
        let Ok(inner) = u32::try_from(thresholds.len()) else { return Vec::new() };
        if inner == 0 {
            let entries = tables.iter().filter_map(|table| table.first());
            return entries.map(|entry| self.fill(*entry, length)).collect();
        }
        let many = self.repeat(a, inner);
        let limits = self.constants(thresholds);
        let limits = self.spread(limits, length);
        let is_below = self.less(many, limits);
        let is_below = self.push(Op::Number { a: is_below });
        // Below a threshold, the entry before it counts in place of the one after it.
        let steps = tables.iter().flat_map(|table| table.windows(2));
        let steps: Vec<i64> = steps.map(|pair| pair[0].wrapping_sub(pair[1])).collect();
        let steps = self.constants(&steps);
        let rows = u32::try_from(tables.len()).unwrap_or(u32::MAX);
        let sums = self.matmul(steps, is_below, Size { rows, inner, columns: length }, 0);
        let mut found = Vec::new();
        for (row, table) in (0u32..).zip(tables) {
            let sum = self.slice(sums, row.saturating_mul(length), length);
            let last = table.last().copied().unwrap_or(0);
            let entry = self.push(Op::AddPublic { a: sum, constant: last });
            let (low, high) = (table.iter().min(), table.iter().max());
            let (low, high) = (low.copied().unwrap_or(0), high.copied().unwrap_or(0));
            found.push(self.push(Op::Bound { a: entry, low, high }));
        }
        found
    }

    /// The mantissa of `a`, which is at least 1, with so many fraction bits; and for each function
    /// what it makes of the exponent. A comparison for each element and bit of the range, then three
    /// rounds and at most two more.
    pub(super) fn normal(
        &mut self,
        a: Register,
        fraction: u8,
        functions: &[&dyn Fn(i32) -> i64],
    ) -> Normal {
        let (low, high) = self.range(a);
        let low = low.max(1);
        let (least, most) = (low.ilog2(), high.max(low).ilog2());
        let thresholds: Vec<i64> = (least + 1..=most).map(|bit| 1 << bit).collect();
        let exponents = || (least..=most).map(|bit| i32::try_from(bit).unwrap_or(63));
        // Up to the highest bit, and further where the fraction has more.
        let more = u32::from(fraction).saturating_sub(most + 1);
        let lift = (least..=most).rev().map(|bit| 1i64 << (bit - least + more).min(62));
        let mut tables: Vec<Vec<i64>> = vec![lift.collect()];
        tables.extend(functions.iter().map(|entry| exponents().map(entry).collect()));
        let mut found = self.lookup(a, &thresholds, &tables);
        let lift = found.remove(0);
        // The product is small where the factors are not: what is large is lifted by little.
        let a = self.push(Op::Bound { a, low, high: low });
        let shift = u8::try_from((most + 1).saturating_sub(fraction.into())).unwrap_or(u8::MAX);
        let mantissa = self.push(Op::Mul { a, b: lift, shift });
        let half = 1i64 << fraction.saturating_sub(1).min(61);
        let mantissa = self.push(Op::Bound { a: mantissa, low: half, high: 2 * half });
        Normal { mantissa, by_exponent: found }
    }
}

/// `2^(halves / 2)`.
pub(super) fn root_power(halves: i32) -> f64 {
    let odd = if halves.rem_euclid(2) == 1 { core::f64::consts::SQRT_2 } else { 1.0 };
    odd * power(halves.div_euclid(2))
}
