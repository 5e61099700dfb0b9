//! Ranks, order statistics and sorted vectors.
//!
//! In short vectors everything is compared with everything at once: few rounds, and bytes that grow with
//! the square of the length. A table of products with secret bits then moves elements to their places.
//! Long ones are sorted bit by bit (radix sort, Asharov et al. 2022/1595): bytes grow with the length. What moves elements
//! there cannot be proven yet, so against parties that do not follow the protocol a [network](super::network) sorts.

use crate::program::{Draft, Grid, Op, Register, Security, Size, Transposed};

impl Draft {
    /// How many elements of `a` come before each one: those below it, and of equals those that stand
    /// before it. So ranks are 0, 1, ... in some order.
    ///
    /// Half as many comparisons as there are pairs, of numbers longer by the bits of the length, and
    /// two rounds.
    pub fn ranks(&mut self, a: Register) -> Register {
        let length = self.length(a);
        if length < 2 {
            return self.fill(0, length);
        }
        // Longer by the place, no two are equal.
        let places = self.push(Op::Fill { first: 0, step: 1, count: length });
        let longer = self.push(Op::MulPublic { a, constant: length.into() });
        let keys = self.push(Op::Add { a: longer, b: places });
        // Row `d` has what stands `d + 1` places further on, around the end.
        let twice = self.repeat(keys, 2);
        let far = length / 2;
        let grid = Grid { from: 1, counts: [1, far, length], steps: [0, 1, 1] };
        let others = self.push(Op::Gather { a: twice, grid });
        let own = self.repeat(keys, far);
        let is_before = self.less(others, own);
        let before = self.push(Op::Number { a: is_before });
        let ranks = self.sum_rows(before, far, length);
        // What stands before sees us after itself. Of an even number, the one across the middle was
        // seen from both sides.
        let near = (length - 1) / 2;
        if near == 0 {
            return self.push(Op::Bound { a: ranks, low: 0, high: i64::from(length) - 1 });
        }
        let grid = Grid { from: 0, counts: [near, 2, length], steps: [length, 0, 1] };
        let doubled = self.push(Op::Gather { a: before, grid });
        let grid = Grid {
            from: length - 1,
            counts: [1, near, length],
            steps: [0, length.saturating_mul(2) - 1, 1],
        };
        let seen = self.push(Op::Gather { a: doubled, grid });
        let seen = self.sum_rows(seen, near, length);
        let ranks = self.push(Op::Sub { a: ranks, b: seen });
        let ranks = self.push(Op::AddPublic { a: ranks, constant: near.into() });
        self.push(Op::Bound { a: ranks, low: 0, high: i64::from(length) - 1 })
    }

    /// The columns with every element at the place that `ranks` names.
    ///
    /// A test for zero for each rank and place, of numbers of the bits of the length, and three
    /// rounds, whatever the number of columns.
    pub fn arrange(&mut self, ranks: Register, columns: &[Register]) -> Vec<Register> {
        let length = self.length(ranks);
        let places: Vec<i64> = (0..i64::from(length)).collect();
        self.at_places(ranks, &places, columns)
    }

    /// `a` in ascending order: [`Draft::ranks`], then [`Draft::arrange`], for up to 256 elements, and
    /// [`Draft::sort_by`] for more.
    pub fn sort(&mut self, a: Register) -> Register {
        if self.length(a) > 256 {
            return self.sort_by(a, &[a])[0];
        }
        let ranks = self.ranks(a);
        self.arrange(ranks, &[a])[0]
    }

    /// The columns, of one length, in the ascending order of `key`; equals stay in theirs.
    ///
    /// For keys whose range has `k` bits: [`Draft::bits_of`] that many, two rounds, and four for each
    /// bit; about `5.3 k^2 + 50 k + 10.7 k c` bytes an element and party for `c` columns. With malicious security
    /// it is a network of comparisons: `log n (log n + 1) / 2` times one of `k + log n` bits and three rounds.
    pub fn sort_by(&mut self, key: Register, columns: &[Register]) -> Vec<Register> {
        if self.security() == Security::Malicious {
            return self.sort_by_network(key, columns);
        }
        let length = self.length(key);
        let (low, high) = self.range(key);
        let from_zero = self.push(Op::AddPublic { a: key, constant: low.saturating_neg() });
        let count = super::width(high.saturating_sub(low)).clamp(1, 63);
        let count = u8::try_from(count).unwrap_or(63);
        let bits = self.bits_of(from_zero, count);
        let mut bits = self.push(Op::Number { a: bits });
        let mut all = self.concat(columns);
        let wide = u32::try_from(columns.len()).unwrap_or(u32::MAX);
        for left in (0..u32::from(count)).rev() {
            let bit = self.slice(bits, 0, length);
            let by = self.push(Op::Destinations { a: bit });
            all = self.push(Op::Permute { a: all, by, columns: wide });
            if left > 0 {
                let a = self.slice(bits, length, length.saturating_mul(left));
                bits = self.push(Op::Permute { a, by, columns: left });
            }
        }
        self.apart(all, length, columns)
    }

    /// Bits: whether an element is the last of its group, where equals stand together; for at least two
    /// elements. A test for zero.
    pub fn ends_of_groups(&mut self, key: Register) -> Register {
        let others = self.length(key).saturating_sub(1);
        let (one, next) = (self.slice(key, 0, others), self.slice(key, 1, others));
        let is_equal = self.equal(one, next);
        let is_last = self.push(Op::Not { a: is_equal });
        // The last of all ends its group, whatever it is.
        let some = self.slice(is_last, 0, 1);
        let zero = self.push(Op::Xor { a: some, b: some });
        let one = self.push(Op::Not { a: zero });
        self.concat(&[is_last, one])
    }

    /// The sum of every group of consecutive elements, for each column: those of the groups one after
    /// the other, then zeros. `is_last` has the bits of those that end a group.
    ///
    /// Seven rounds, whatever the number of groups, which stays secret; with malicious security, those of
    /// [`Draft::sort_by`] for one bit.
    pub fn sums_of_groups(&mut self, is_last: Register, columns: &[Register]) -> Vec<Register> {
        let length = self.length(is_last);
        let is_inside = self.push(Op::Not { a: is_last });
        let inside = self.push(Op::Number { a: is_inside });
        let mut all = vec![inside];
        for column in columns {
            all.push(self.push(Op::Running { a: *column, block: length }));
        }
        // What ends a group comes first, with all sums up to there.
        let moved = self.parted(inside, &all);
        let inside = moved[0];
        let turned = self.push(Op::MulPublic { a: inside, constant: -1 });
        let ends = self.push(Op::AddPublic { a: turned, constant: 1 });
        let ends = self.push(Op::Bound { a: ends, low: 0, high: 1 });
        let mut sums = Vec::new();
        for (upto, column) in moved.into_iter().zip(&all).skip(1) {
            let (low, high) = self.range(*column);
            let upto = self.push(Op::Bound { a: upto, low, high });
            let nothing = self.fill(0, 1);
            let all_but_last = self.slice(upto, 0, length.saturating_sub(1));
            let before = self.concat(&[nothing, all_but_last]);
            let own = self.push(Op::Sub { a: upto, b: before });
            let sum = self.push(Op::Mul { a: own, b: ends, shift: 0 });
            sums.push(self.push(Op::Bound { a: sum, low: low.min(0), high: high.max(0) }));
        }
        sums
    }

    /// The columns, of one length, all in one random order that nobody knows: three rounds, and 16 bytes an element and
    /// party for each of them.
    ///
    /// # Panics
    ///
    /// Panics where there are no columns.
    pub fn shuffle(&mut self, columns: &[Register]) -> Vec<Register> {
        let (length, wide) =
            (self.length(columns[0]), u32::try_from(columns.len()).unwrap_or(u32::MAX));
        let together = self.concat(columns);
        let moved = self.push(Op::Shuffle { a: together, columns: wide });
        self.apart(moved, length, columns)
    }

    /// Columns that were moved together, each with the range that it had.
    fn apart(&mut self, moved: Register, length: u32, columns: &[Register]) -> Vec<Register> {
        let each = (0..).zip(columns).map(|(place, column)| {
            let a = self.slice(moved, length.saturating_mul(place), length);
            let (low, high) = self.range(*column);
            self.push(Op::Bound { a, low, high })
        });
        each.collect()
    }

    /// The columns, with those first whose bit is 0.
    fn parted(&mut self, bit: Register, columns: &[Register]) -> Vec<Register> {
        if self.security() == Security::Malicious {
            return self.sort_by_network(bit, columns);
        }
        let (length, wide) = (self.length(bit), u32::try_from(columns.len()).unwrap_or(u32::MAX));
        let by = self.push(Op::Destinations { a: bit });
        let together = self.concat(columns);
        let moved = self.push(Op::Permute { a: together, by, columns: wide });
        (0..wide).map(|place| self.slice(moved, place.saturating_mul(length), length)).collect()
    }

    /// The elements of `a` that would stand at these places (from 0) if it were sorted: the least, the
    /// median, a quantile. [`Draft::ranks`], a test for zero for each element and place, and three
    /// rounds.
    ///
    /// # Panics
    ///
    /// Panics where there are no places.
    pub fn order_statistics(&mut self, a: Register, places: &[u32]) -> Register {
        let ranks = self.ranks(a);
        let places: Vec<i64> = places.iter().map(|place| i64::from(*place)).collect();
        self.at_places(ranks, &places, &[a])[0]
    }

    fn at_places(&mut self, ranks: Register, places: &[i64], all: &[Register]) -> Vec<Register> {
        let inner = self.length(ranks);
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let (rows, columns) = (count(places.len()), count(all.len()));
        let is_ascending = places.iter().zip(0..).all(|(place, at)| *place == at);
        let wanted = if is_ascending {
            self.push(Op::Fill { first: 0, step: 1, count: rows })
        } else {
            self.constants(places)
        };
        let wanted = self.spread(wanted, inner);
        let here = self.repeat(ranks, rows);
        let is_here = self.equal(here, wanted);
        let a = self.push(Op::Number { a: is_here });
        let b = self.concat(all);
        let size = Size { rows, inner, columns };
        let transposed = Transposed::Right;
        let placed = self.push(Op::Matmul { a, b, size, transposed, shift: 0 });
        let mut arranged = Vec::new();
        for (column, before) in (0..columns).zip(all) {
            let (low, high) = self.range(*before);
            let after = self.every(placed, column, columns, rows);
            // One element of the column stands at each place.
            arranged.push(self.push(Op::Bound { a: after, low, high }));
        }
        arranged
    }

    /// The sums of the columns of a matrix.
    fn sum_rows(&mut self, a: Register, rows: u32, columns: u32) -> Register {
        let turned = self.transpose(a, columns);
        self.push(Op::SumBlocks { a: turned, block: rows })
    }
}
