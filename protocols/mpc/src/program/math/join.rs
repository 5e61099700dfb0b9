//! Rows that two tables have in common, of which nobody learns which they are.
//!
//! Sort, compare, shuffle (Huang, Evans and Katz, "Private set intersection: are garbled circuits better than custom
//! protocols?", NDSS 2012). Each side comes in the order of its keys, so that one merging puts both together; then equal
//! keys are neighbours. What is common is marked, and all rows go into an order that nobody knows: once marks are shown, they
//! say how many rows are common and nothing else.

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

/// Rows of both tables, in an order that nobody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// 1 for a row that both tables have, 0 for others, which say nothing.
    pub is_common: Register,
    /// The columns of the first table.
    pub left: Vec<Register>,
    /// Those of the second.
    pub right: Vec<Register>,
}

impl Draft {
    /// The rows that two tables have in common, among others that count nothing.
    ///
    /// With `n` the power of two that is not below the longer table, `2 n - 1` rows: `log n + 1` steps, each a comparison of `n`
    /// numbers of 56 bits, or fewer, with products for the key, the check and as many columns as the wider table has; and a
    /// [shuffle](Op::Shuffle).
    pub fn join(&mut self, left: Keyed<'_>, right: Keyed<'_>) -> Joined {
        let longer = self.length(left.key).max(self.length(right.key));
        let half = longer.checked_next_power_of_two().unwrap_or(longer);
        let full = half.saturating_mul(2);
        let slots = left.columns.len().max(right.columns.len());
        let sides = [(left, 0), (right, 1)].map(|(side, at)| self.side(side, at, (half, slots)));
        let [left_side, right_side] = sides;
        let both = left_side.into_iter().zip(right_side);
        let all = both.map(|(a, b)| self.concat(&[a, b])).collect();
        let all = self.merge_halves(all, full, full);
        let pairs: Vec<[Register; 2]> = all
            .iter()
            .map(|column| [0, 1].map(|from| self.slice(*column, from, full - 1)))
            .collect();
        let mut apart = |pair: [Register; 2]| self.push(Op::Sub { a: pair[1], b: pair[0] });
        let (keys, checks) = (apart(pairs[0]), apart(pairs[1]));
        let keys = self.push(Op::AddPublic { a: keys, constant: -1 });
        let (keys, checks) = (self.push(Op::Zero { a: keys }), self.push(Op::Zero { a: checks }));
        let both = self.push(Op::And { a: keys, b: checks });
        let is_common = self.push(Op::Number { a: both });
        let mut columns = vec![is_common];
        columns.extend(pairs[2..].iter().take(left.columns.len()).map(|pair| pair[0]));
        columns.extend(pairs[2..].iter().take(right.columns.len()).map(|pair| pair[1]));
        let mut moved = self.shuffle(&columns);
        let is_common = moved.remove(0);
        let right = moved.split_off(left.columns.len());
        Joined { is_common, left: moved, right }
    }

    /// A table's keys, four apart and one more in the second, the rest of them, and so many columns, all of one length.
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
            all.push(self.filled(*column, half, low));
        }
        for _ in side.columns.len()..slots {
            all.push(self.fill(0, half));
        }
        all
    }
}
