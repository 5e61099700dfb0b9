//! Sorting by a network of comparisons that is the same for all values: more rounds than [bit by bit](super::order), of nothing
//! but comparisons and products, which can be proven.

use crate::program::{Draft, Grid, Op, Register};

impl Draft {
    /// The columns, of one length, in the ascending order of `key`; equals stay in theirs. Odd-even merging (Batcher 1968,
    /// Knuth 5.3.4).
    ///
    /// For `n` elements, the next power of two above: `log n (log n + 1) / 2` steps, each a comparison of numbers longer than
    /// the key by `log n` bits and three rounds; about `n (log n)^2 / 4` comparisons, and as many products for the key and
    /// for each column.
    pub(super) fn sort_by_network(&mut self, key: Register, columns: &[Register]) -> Vec<Register> {
        let length = self.length(key);
        if length < 2 {
            return columns.to_vec();
        }
        let full = length.checked_next_power_of_two().unwrap_or(length);
        // Longer by the place, no two are equal; what fills up comes last.
        let (_, high) = self.range(key);
        let key = self.filled(key, full, high);
        let places = self.push(Op::Fill { first: 0, step: 1, count: full });
        let longer = self.push(Op::MulPublic { a: key, constant: full.into() });
        let mut all = vec![self.push(Op::Add { a: longer, b: places })];
        for column in columns {
            let (low, _) = self.range(*column);
            all.push(self.filled(*column, full, low));
        }
        let mut block = 2;
        while block <= full {
            all = self.merge_halves(all, full, block);
            block *= 2;
        }
        let sorted = all.into_iter().skip(1);
        sorted.map(|column| self.slice(column, 0, length)).collect()
    }

    /// Columns of `full` elements, in order by the first of them block by block, where both halves of each block are in order. `full` and
    /// `block` are powers of two.
    pub(super) fn merge_halves(
        &mut self,
        mut all: Vec<Register>,
        full: u32,
        block: u32,
    ) -> Vec<Register> {
        let mut apart = block / 2;
        while apart > 0 {
            all = self.merge(&all, Merge { full, block, apart });
            apart /= 2;
        }
        all
    }

    /// As long as it shall be.
    pub(super) fn filled(&mut self, a: Register, full: u32, with: i64) -> Register {
        let more = full - self.length(a);
        if more == 0 {
            return a;
        }
        let rest = self.fill(with, more);
        self.concat(&[a, rest])
    }

    /// Every pair of a step in order, by the first column.
    fn merge(&mut self, all: &[Register], step: Merge) -> Vec<Register> {
        let mut pairs = Vec::new();
        for column in all {
            let [low, high] = step.pairs().map(|grid| self.push(Op::Gather { a: *column, grid }));
            let apart = self.push(Op::Sub { a: high, b: low });
            pairs.push((low, high, apart));
        }
        let is_wrong = self.less(pairs[0].1, pairs[0].0);
        let is_wrong = self.push(Op::Number { a: is_wrong });
        let parts: Vec<Register> = pairs.iter().map(|(_, _, apart)| *apart).collect();
        let (parts, count) = (self.concat(&parts), self.length(is_wrong));
        let times = u32::try_from(pairs.len()).unwrap_or(u32::MAX);
        let is_wrong = self.repeat(is_wrong, times);
        let moved = self.push(Op::Mul { a: parts, b: is_wrong, shift: 0 });
        let mut merged = Vec::new();
        for ((place, column), (low, high, _)) in (0..).zip(all).zip(pairs) {
            let moved = self.slice(moved, count.saturating_mul(place), count);
            let low = self.push(Op::Add { a: low, b: moved });
            let high = self.push(Op::Sub { a: high, b: moved });
            let whole = self.together(*column, (low, high), step);
            // What was there is there, elsewhere.
            let (least, most) = self.range(*column);
            merged.push(self.push(Op::Bound { a: whole, low: least, high: most }));
        }
        merged
    }

    /// The column with its pairs in their places again.
    fn together(
        &mut self,
        column: Register,
        (low, high): (Register, Register),
        step: Merge,
    ) -> Register {
        let Merge { full, block, apart } = step;
        let (blocks, runs, count) = (full / block, step.runs(), self.length(low));
        let both = self.concat(&[low, high]);
        // Run by run, of each the lower ones and then the higher ones, of all blocks together.
        let each = count / runs;
        let grid = Grid { from: 0, counts: [runs, 2, each], steps: [each, count, 1] };
        let mut all = vec![self.push(Op::Gather { a: both, grid })];
        if !step.is_first() {
            // How a block begins and ends stays.
            let edge = |from| Grid { from, counts: [1, blocks, apart], steps: [0, block, 1] };
            let first = self.push(Op::Gather { a: column, grid: edge(0) });
            let last = self.push(Op::Gather { a: column, grid: edge(block - apart) });
            all = vec![first, all[0], last];
        }
        let turned = self.concat(&all);
        let counts = [blocks, block / apart, apart];
        let steps = [apart, blocks * apart, 1];
        self.push(Op::Gather { a: turned, grid: Grid { from: 0, counts, steps } })
    }
}

/// A step: in every block, elements that are so far apart are put in order.
#[derive(Clone, Copy)]
struct Merge {
    full: u32,
    block: u32,
    apart: u32,
}

impl Merge {
    /// Whether two halves meet that were sorted each.
    const fn is_first(self) -> bool {
        self.apart * 2 == self.block
    }

    /// Runs of pairs in a block.
    const fn runs(self) -> u32 {
        if self.is_first() { 1 } else { self.block / (2 * self.apart) - 1 }
    }

    /// Where the lower and the higher ones of all pairs are, run by run.
    const fn pairs(self) -> [Grid; 2] {
        let Self { full, block, apart } = self;
        let from = if self.is_first() { 0 } else { apart };
        let counts = [self.runs(), full / block, apart];
        let steps = [2 * apart, block, 1];
        [Grid { from, counts, steps }, Grid { from: from + apart, counts, steps }]
    }
}
