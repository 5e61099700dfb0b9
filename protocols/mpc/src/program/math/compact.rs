//! Elements that are wanted, in front of all others.

use crate::program::{Draft, Op, Register, Security};

impl Draft {
    /// Of each column the first `count` elements whose bit is set, in their order, and zeros behind them. Columns are of the
    /// length of `bits`, and from zero up; `count` is no larger.
    ///
    /// For `n` elements, the next power of two above: with malicious security `log n` steps of a round, each a product for
    /// each column, and before them the rank of each element as bits; otherwise eight rounds, whatever `n` is.
    pub fn compact(&mut self, bits: Register, columns: &[Register], count: u32) -> Vec<Register> {
        let length = self.length(bits);
        let wide = u32::try_from(columns.len()).unwrap_or(u32::MAX);
        let highs: Vec<i64> = columns.iter().map(|column| self.range(*column).1).collect();
        let together = self.concat(columns);
        let wanted = self.push(Op::Number { a: bits });
        let all_wanted = self.repeat(wanted, wide);
        let kept = self.push(Op::Mul { a: together, b: all_wanted, shift: 0 });
        let moved = match self.security() {
            Security::SemiHonest => self.in_front(bits, kept, wide),
            Security::Malicious => self.routed((bits, wanted), kept, wide),
        };
        let mut compacted = Vec::new();
        for (place, high) in (0..wide).zip(highs) {
            let column = self.slice(moved, place.saturating_mul(length), count);
            compacted.push(self.push(Op::Bound { a: column, low: 0, high }));
        }
        compacted
    }

    /// By a secret order.
    fn in_front(&mut self, bits: Register, all: Register, columns: u32) -> Register {
        let others = self.push(Op::Not { a: bits });
        let others = self.push(Op::Number { a: others });
        let by = self.push(Op::Destinations { a: others });
        self.push(Op::Permute { a: all, by, columns })
    }

    /// By a network that is the same for all values: an element that has to go by `d` goes by each power of two in `d`, the
    /// least first. Two elements never meet, for as many as are between them at least stay between them (Goodrich, "Data-oblivious
    /// external-memory algorithms for the compaction, selection, and sorting of outsourced data", SPAA 2011).
    fn routed(
        &mut self,
        (bits, wanted): (Register, Register),
        mut all: Register,
        columns: u32,
    ) -> Register {
        let length = self.length(bits);
        let steps = length.checked_next_power_of_two().unwrap_or(length).trailing_zeros();
        if steps == 0 {
            return all;
        }
        let (_, high) = self.range(all);
        let mut ways = self.ways((bits, wanted), steps);
        for step in 0..steps {
            let by = 1 << step;
            let goes = self.slice(ways, 0, length);
            let rest = (steps - 1 - step).saturating_mul(length);
            if rest > 0 {
                let others = self.slice(ways, length, rest);
                let goes = self.repeat(goes, steps - 1 - step);
                let gone = self.push(Op::And { a: others, b: goes });
                let stays = self.push(Op::Xor { a: others, b: gone });
                let gone = self.forward(gone, (length, by));
                ways = self.push(Op::Xor { a: stays, b: gone });
            }
            let goes = self.push(Op::Number { a: goes });
            let goes = self.repeat(goes, columns);
            let gone = self.push(Op::Mul { a: all, b: goes, shift: 0 });
            let stays = self.push(Op::Sub { a: all, b: gone });
            let gone = self.forward(gone, (length, by));
            let both = self.push(Op::Add { a: stays, b: gone });
            // Where one comes nothing stays.
            all = self.push(Op::Bound { a: both, low: 0, high });
        }
        all
    }

    /// How far to the front each element with a set bit has to go, in bits, the lowest of all elements first; zero for the others.
    fn ways(&mut self, (bits, wanted): (Register, Register), count: u32) -> Register {
        let length = self.length(bits);
        let upto = self.push(Op::Running { a: wanted, block: length });
        let places = self.push(Op::Fill { first: 1, step: 1, count: length });
        let way = self.push(Op::Sub { a: places, b: upto });
        let way = self.push(Op::Bound { a: way, low: 0, high: i64::from(length) });
        let way = self.push(Op::Mul { a: way, b: wanted, shift: 0 });
        self.bits_of(way, u8::try_from(count).unwrap_or(u8::MAX))
    }

    /// Blocks of `length` elements, bits or numbers, each so far to its front; from behind come zeros.
    fn forward(&mut self, a: Register, (length, by): (u32, u32)) -> Register {
        let blocks = self.length(a) / length.max(1);
        let none = self.slice(a, 0, by);
        let none = match self.kind(a) {
            crate::program::Kind::Bits => self.push(Op::Xor { a: none, b: none }),
            crate::program::Kind::Number | crate::program::Kind::Wide => self.fill(0, by),
        };
        let mut parts = Vec::new();
        for block in 0..blocks {
            parts.push(self.slice(a, block.saturating_mul(length).saturating_add(by), length - by));
            parts.push(none);
        }
        self.concat(&parts)
    }
}
