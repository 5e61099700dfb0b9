//! Signs, and the largest of many.

use crate::program::{Draft, Grid, Op, Register};

/// Which end of a block is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Least,
    Most,
}

impl Draft {
    /// `a` without its sign: a comparison and two rounds.
    pub fn abs(&mut self, a: Register) -> Register {
        let (low, high) = self.range(a);
        let bits = self.push(Op::Negative { a });
        let below = self.push(Op::Keep { bits, a });
        let twice = self.push(Op::MulPublic { a: below, constant: 2 });
        let all = self.push(Op::Sub { a, b: twice });
        self.push(Op::Bound { a: all, low: 0, high: high.max(low.saturating_neg()).max(0) })
    }

    /// -1, 0 or 1: a comparison of twice as many elements and two rounds.
    pub fn sign(&mut self, a: Register) -> Register {
        let length = self.length(a);
        let turned = self.push(Op::MulPublic { a, constant: -1 });
        let both = self.concat(&[turned, a]);
        let bits = self.push(Op::Negative { a: both });
        let numbers = self.push(Op::Number { a: bits });
        let above = self.slice(numbers, 0, length);
        let below = self.slice(numbers, length, length);
        self.push(Op::Sub { a: above, b: below })
    }

    /// `a` where it is above zero, else zero: a comparison and two rounds.
    pub fn relu(&mut self, a: Register) -> Register {
        let (_, high) = self.range(a);
        let is_below = self.push(Op::Negative { a });
        let bits = self.push(Op::Not { a: is_below });
        let kept = self.push(Op::Keep { bits, a });
        self.push(Op::Bound { a: kept, low: 0, high: high.max(0) })
    }

    /// The greatest of every `block` consecutive elements; `block` divides the length. A comparison
    /// and two rounds for each time that `block` can be halved, rounded up.
    pub fn max_of(&mut self, a: Register, block: u32) -> Register {
        self.contest(a, None, block, End::Most).0
    }

    /// The least of every `block` consecutive elements, at the price of [`Draft::max_of`].
    pub fn min_of(&mut self, a: Register, block: u32) -> Register {
        self.contest(a, None, block, End::Least).0
    }

    /// The place (from 0) of the greatest of every `block` consecutive elements, the first of
    /// equals; and that element. As many rounds as [`Draft::max_of`].
    pub fn argmax(&mut self, a: Register, block: u32) -> (Register, Register) {
        self.winner(a, block, End::Most)
    }

    /// The place and the value of the least, as in [`Draft::argmax`].
    pub fn argmin(&mut self, a: Register, block: u32) -> (Register, Register) {
        self.winner(a, block, End::Least)
    }

    fn winner(&mut self, a: Register, block: u32, end: End) -> (Register, Register) {
        let places = self.push(Op::Fill { first: 0, step: 1, count: block });
        let (value, place) = self.contest(a, Some(places), block, end);
        (place.expect("places go in"), value)
    }

    /// Neighbours meet, of all blocks at once; an odd one out goes on to the next level.
    fn contest(
        &mut self,
        a: Register,
        places: Option<Register>,
        block: u32,
        end: End,
    ) -> (Register, Option<Register>) {
        let blocks = self.length(a).div_ceil(block.max(1));
        // First elements of all blocks, then second ones, ...
        let mut values = self.transpose(a, block);
        let mut places = places.map(|places| self.spread(places, blocks));
        let mut width = block;
        while width > 1 {
            let pairs = width / 2;
            let left = self.each_second(values, 0, pairs, blocks);
            let right = self.each_second(values, blocks, pairs, blocks);
            let bits = match end {
                End::Least => self.less(right, left),
                End::Most => self.less(left, right),
            };
            let go_on = |draft: &mut Self, all, left, right| {
                let chosen = draft.push(Op::Select { bits, a: right, b: left });
                if width.is_multiple_of(2) {
                    return chosen;
                }
                let rest = draft.slice(all, (width - 1) * blocks, blocks);
                draft.concat(&[chosen, rest])
            };
            values = go_on(self, values, left, right);
            if let Some(all) = places {
                let left = self.each_second(all, 0, pairs, blocks);
                let right = self.each_second(all, blocks, pairs, blocks);
                places = Some(go_on(self, all, left, right));
            }
            width = pairs + width % 2;
        }
        (values, places)
    }

    /// Every second row of a matrix with rows of `wide`.
    fn each_second(&mut self, a: Register, from: u32, rows: u32, wide: u32) -> Register {
        let grid = Grid { from, counts: [1, rows, wide], steps: [0, wide.saturating_mul(2), 1] };
        self.push(Op::Gather { a, grid })
    }
}
