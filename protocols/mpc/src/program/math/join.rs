//! Rows that two tables have in common, of which nobody learns which they are.
//!
//! Sort, compare, shuffle (Huang, Evans and Katz, "Private set intersection: are garbled circuits better than custom
//! protocols?", NDSS 2012). Each side comes in the order of its keys, so that one merging puts both together; then equal
//! keys are neighbours. What is common goes in front of all else, and into an order that nobody knows. Nothing is opened, so
//! how many rows are common has to be known before; that it is so many is found on shares, and where it is not nothing
//! of a row is left.

use crate::program::{Draft, Op, Register};

/// Keys are below this: whole numbers that every table can hold.
pub const KEYS: i64 = 1 << 52;

/// One table.
#[derive(Debug, Clone, Copy)]
pub struct Keyed<'a> {
    /// A part of each row's key, from 0 to [`KEYS`]: all different, ascending. A table that breaks this misses common rows.
    pub key: Register,
    /// More of the key: rows are common that have both.
    pub check: Register,
    /// What goes with the keys.
    pub columns: &'a [Register],
}

/// The rows that two tables have in common, in an order that nobody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// 1 where as many rows are common as were said to be. Otherwise 0, and every column has nothing but the least number that it
    /// can have.
    pub is_so_many: Register,
    /// The columns of the first table.
    pub left: Vec<Register>,
    /// Those of the second.
    pub right: Vec<Register>,
}

impl Draft {
    /// The rows that two tables have in common, where there are `common`: at least one, and no more than the shorter table has.
    ///
    /// With `n` the power of two that is not below the longer table: `log n + 1` steps, each a comparison of `n` numbers of 56
    /// bits, or fewer, with products for the key, the check and as many columns as the wider table has; then a
    /// [compaction](Draft::compact) of `n` rows, and a [shuffle](Op::Shuffle) of `common`.
    pub fn join(&mut self, left: Keyed<'_>, right: Keyed<'_>, common: u32) -> Joined {
        let longer = self.length(left.key).max(self.length(right.key));
        let half = longer.checked_next_power_of_two().unwrap_or(longer);
        let full = half.saturating_mul(2);
        let slots = left.columns.len().max(right.columns.len());
        let sides = [(left, 0), (right, 1)].map(|(side, at)| self.side(side, at, (half, slots)));
        let [left_side, right_side] = sides;
        let both = left_side.into_iter().zip(right_side);
        let all = both.map(|(a, b)| self.concat(&[a, b])).collect();
        let all = self.merge_halves(all, full, full);
        // No two neighbouring pairs are equal: one of every two rows is enough.
        let is_equal = self.neighbours([all[0], all[1]]);
        let [first, second] = [0, 1].map(|from| self.every(is_equal, from, 2, half));
        let is_common = self.push(Op::Xor { a: first, b: second });
        let first = self.push(Op::Number { a: first });
        let mut rows = Vec::new();
        for (side, at) in [(left, 0), (right, 1)] {
            for (column, merged) in side.columns.iter().zip(&all[2..]) {
                rows.push((*column, self.one_of_two(*merged, first, at)));
            }
        }
        let is_so_many = self.counted(is_common, common);
        let rows = self.settled(&rows, (is_common, is_so_many), common);
        let (left, right) = rows.split_at(left.columns.len());
        Joined { is_so_many, left: left.to_vec(), right: right.to_vec() }
    }

    /// A table's keys, four apart and one more in the second, the rest of them, and so many columns from zero up, all of one
    /// length.
    fn side(&mut self, side: Keyed<'_>, second: i64, (half, slots): (u32, usize)) -> Vec<Register> {
        let more = half - self.length(side.key);
        let key = self.push(Op::MulPublic { a: side.key, constant: 4 });
        let mut key = self.push(Op::AddPublic { a: key, constant: second });
        if more > 0 {
            // Behind all keys, and next to none that it could be taken for.
            let rest = Op::Fill { first: 4 * KEYS + 4 * second, step: 8, count: more };
            let rest = self.push(rest);
            key = self.concat(&[key, rest]);
        }
        let mut all = vec![key, self.filled(side.check, half, 0)];
        for column in side.columns {
            let (low, _) = self.range(*column);
            let raised = self.push(Op::AddPublic { a: *column, constant: low.saturating_neg() });
            all.push(self.filled(raised, half, 0));
        }
        for _ in side.columns.len()..slots {
            all.push(self.fill(0, half));
        }
        all
    }

    /// Bits: whether an element has the key and the check of the one behind it. The last one has none behind it.
    fn neighbours(&mut self, columns: [Register; 2]) -> Register {
        let [keys, checks] = columns.map(|column| {
            let others = self.length(column).saturating_sub(1);
            let [one, next] = [0, 1].map(|from| self.slice(column, from, others));
            self.push(Op::Sub { a: next, b: one })
        });
        let keys = self.push(Op::AddPublic { a: keys, constant: -1 });
        let (keys, checks) = (self.push(Op::Zero { a: keys }), self.push(Op::Zero { a: checks }));
        let is_equal = self.push(Op::And { a: keys, b: checks });
        let some = self.slice(is_equal, 0, 1);
        let none = self.push(Op::Xor { a: some, b: some });
        self.concat(&[is_equal, none])
    }

    /// Of each two rows the first where there is a 1 for it, else the second; what the row behind has where `behind` is 1.
    fn one_of_two(&mut self, merged: Register, first: Register, behind: u32) -> Register {
        let (half, high) = (self.length(first), self.range(merged).1);
        let a = self.every(merged, behind, 2, half);
        let b = match half - behind {
            0 => self.fill(0, half),
            // Nothing is behind the last one.
            count => {
                let second = self.every(merged, behind + 1, 2, count);
                self.filled(second, half, 0)
            }
        };
        let apart = self.push(Op::Sub { a, b });
        let chosen = self.push(Op::Mul { a: apart, b: first, shift: 0 });
        let chosen = self.push(Op::Add { a: b, b: chosen });
        self.push(Op::Bound { a: chosen, low: 0, high })
    }

    /// 1 where so many bits are set, else 0.
    fn counted(&mut self, bits: Register, want: u32) -> Register {
        let numbers = self.push(Op::Number { a: bits });
        let count = self.push(Op::Sum { a: numbers });
        let more = self.push(Op::AddPublic { a: count, constant: -i64::from(want) });
        let is_so_many = self.push(Op::Zero { a: more });
        self.push(Op::Number { a: is_so_many })
    }

    /// Columns of common rows alone, in another order, with the ranges that the given ones have; all of them least where they are not so
    /// many.
    fn settled(
        &mut self,
        rows: &[(Register, Register)],
        (is_common, is_so_many): (Register, Register),
        common: u32,
    ) -> Vec<Register> {
        if rows.is_empty() {
            return Vec::new();
        }
        let (given, raised): (Vec<Register>, Vec<Register>) = rows.iter().copied().unzip();
        let found = self.compact(is_common, &raised, common);
        let wide = u32::try_from(found.len()).unwrap_or(u32::MAX);
        let together = self.concat(&found);
        let is_so_many = self.spread(is_so_many, common.saturating_mul(wide));
        let kept = self.push(Op::Mul { a: together, b: is_so_many, shift: 0 });
        let mut columns = Vec::new();
        for (place, column) in (0..wide).zip(&found) {
            let (_, high) = self.range(*column);
            let a = self.slice(kept, place.saturating_mul(common), common);
            columns.push(self.push(Op::Bound { a, low: 0, high }));
        }
        let moved = self.shuffle(&columns);
        let back = moved.into_iter().zip(given).map(|(column, given)| {
            let (low, high) = self.range(given);
            let column = self.push(Op::AddPublic { a: column, constant: low });
            self.push(Op::Bound { a: column, low, high })
        });
        back.collect()
    }
}
