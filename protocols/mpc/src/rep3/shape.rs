//! Elements picked and joined: words where they are numbers, bits of words where they are bits.

use super::Share;
use crate::program::{Grid, Kind};

/// Bits in a word.
const BITS: usize = u64::BITS as usize;

impl Share {
    /// The elements that a grid names.
    pub(super) fn gather(&self, grid: &Grid, kind: Kind) -> Self {
        let pick = match kind {
            Kind::Number => pick::<u64>,
            Kind::Wide => pairs,
            Kind::Bits => bits,
        };
        Self { own: pick(&self.own, grid), next: pick(&self.next, grid) }
    }

    /// The elements of a vector of `length`, then those of another.
    pub(super) fn join(&self, length: usize, other: &Self, more: usize, kind: Kind) -> Self {
        let join = |left: &[u64], right: &[u64]| match kind {
            Kind::Number | Kind::Wide => [left, right].concat(),
            Kind::Bits => {
                let mut row = Row::with_capacity(length + more);
                row.copy(left, 0, length);
                row.copy(right, 0, more);
                row.words
            }
        };
        Self { own: join(&self.own, &other.own), next: join(&self.next, &other.next) }
    }

    /// The sums of every so many elements.
    pub(super) fn sum_blocks(&self, block: usize) -> Self {
        let sums = |words: &[u64]| {
            let sum = |block: &[u64]| block.iter().fold(0u64, |sum, word| sum.wrapping_add(*word));
            words.chunks(block).map(sum).collect()
        };
        Self { own: sums(&self.own), next: sums(&self.next) }
    }

    /// Adds to every element those before it in its block.
    pub(super) fn run(&mut self, block: usize) {
        for words in [&mut self.own, &mut self.next] {
            for block in words.chunks_mut(block) {
                let mut sum = 0u64;
                for word in block {
                    sum = sum.wrapping_add(*word);
                    *word = sum;
                }
            }
        }
    }
}

/// Where the runs of a grid begin.
fn starts(grid: &Grid) -> impl Iterator<Item = usize> {
    let [outer, inner, _] = grid.counts;
    let [far, near, _] = grid.steps.map(|step| step as usize);
    let from = grid.from as usize;
    (0..outer as usize)
        .flat_map(move |i| (0..inner as usize).map(move |j| from + i * far + j * near))
}

/// How many elements a grid picks: a checked program has room for them.
fn length(grid: &Grid) -> usize {
    grid.counts.iter().map(|count| *count as usize).product()
}

/// Elements of two words.
fn pairs(from: &[u64], grid: &Grid) -> Vec<u64> {
    pick(from.as_chunks::<2>().0, grid).into_flattened()
}

fn pick<T: Copy>(from: &[T], grid: &Grid) -> Vec<T> {
    let (count, step) = (grid.counts[2] as usize, grid.steps[2] as usize);
    let mut out = Vec::with_capacity(length(grid));
    for start in starts(grid) {
        match step {
            0 => out.resize(out.len() + count, from[start]),
            1 => out.extend_from_slice(&from[start..start + count]),
            _ => out.extend(from[start..].iter().step_by(step).take(count)),
        }
    }
    out
}

fn bits(from: &[u64], grid: &Grid) -> Vec<u64> {
    let (count, step) = (grid.counts[2] as usize, grid.steps[2] as usize);
    let mut row = Row::with_capacity(length(grid));
    for start in starts(grid) {
        match step {
            0 => row.repeat(read(from, start, 1) == 1, count),
            1 => row.copy(from, start, count),
            _ => {
                for at in (0..count).map(|index| start + index * step) {
                    row.push(read(from, at, 1), 1);
                }
            }
        }
    }
    row.words
}

/// Rows of bits, each in whole words, one directly after the other.
pub(super) fn pack(rows: &[u64], count: usize, length: usize) -> Vec<u64> {
    let mut row = Row::with_capacity(count * length);
    for words in rows.chunks(length.div_ceil(BITS).max(1)) {
        row.copy(words, 0, length);
    }
    row.words
}

/// Bits being written, 64 to a word; those past the end are zero.
struct Row {
    words: Vec<u64>,
    filled: usize,
}

impl Row {
    fn with_capacity(bits: usize) -> Self {
        Self { words: Vec::with_capacity(bits.div_ceil(BITS)), filled: 0 }
    }

    /// Appends the lowest `count` bits, at most 64; the others are zero.
    fn push(&mut self, bits: u64, count: usize) {
        let used = self.filled % BITS;
        match self.words.last_mut() {
            Some(last) if used > 0 => {
                *last |= bits << used;
                if used + count > BITS {
                    self.words.push(bits >> (BITS - used));
                }
            }
            _ => self.words.push(bits),
        }
        self.filled += count;
    }

    fn copy(&mut self, from: &[u64], start: usize, count: usize) {
        for done in (0..count).step_by(BITS) {
            let now = BITS.min(count - done);
            self.push(read(from, start + done, now), now);
        }
    }

    fn repeat(&mut self, bit: bool, count: usize) {
        let all = if bit { u64::MAX } else { 0 };
        for done in (0..count).step_by(BITS) {
            let now = BITS.min(count - done);
            self.push(all >> (BITS - now), now);
        }
    }
}

/// `count` bits from `at` on, 1 to 64.
fn read(words: &[u64], at: usize, count: usize) -> u64 {
    let (index, used) = (at / BITS, at % BITS);
    let mut bits = words[index] >> used;
    if used + count > BITS {
        bits |= words[index + 1] << (BITS - used);
    }
    bits & (u64::MAX >> (BITS - count))
}
