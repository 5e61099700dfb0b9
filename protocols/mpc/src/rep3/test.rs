//! The shape of a test of numbers: how many rows of bits travel in each of its rounds.
//!
//! `x = u + v` with `u = x_D + x_{D+1}`, which the dealer `D` knows, and `v = x_{D+2}`, which the
//! two others know. The sign of `x` is the carry out of the bits below it, and the sum of the two
//! bits there; `x` is zero where all bits of `u` and of `v - 1` differ. Either is asked of blocks
//! of four bits first (does the block carry by itself? does it pass a carry on?), and the answers
//! are joined in a tree.
//!
//! One party knows `u` and the others `v`, so the answer of a block is a scalar product over GF(2)
//! of bits that the dealer can compute and bits that the others can: whether the block of `u` is
//! `k`, for every `k`, times what `v` has to be for that. The dealer shares its bits, 15 a block
//! (that for `k = 0` is what they leave over), and the others have the answers one round later, for
//! one bit an answer. The tree takes a round of ANDs for each of its levels: only the last carry is
//! wanted, so it halves what it joins and needs 26 ANDs for 16 blocks.

use super::traffic::{Role, Words};

/// Bits in a block.
pub(super) const BLOCK: usize = 4;

/// What is asked of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    /// Whether it is below zero.
    Negative,
    /// Whether it is zero.
    Zero,
}

/// A question to numbers of at most so many bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Test {
    pub(crate) question: Question,
    /// Bits without the sign, 1 to 63.
    bits: usize,
}

impl Test {
    /// `width` bounds the magnitude: it is below `2^width`.
    pub(crate) fn new(question: Question, width: u32) -> Self {
        // Checked programs have registers of at most 63 bits.
        Self { question, bits: width.clamp(1, 63) as usize }
    }

    pub(super) fn bits(self) -> usize {
        self.bits
    }

    /// The bits of `v` that are looked at.
    pub(super) fn planes(self) -> usize {
        match self.question {
            Question::Negative => self.bits + 1,
            Question::Zero => self.bits,
        }
    }

    pub(super) fn blocks(self) -> usize {
        self.bits.div_ceil(BLOCK)
    }

    /// The bits of a block.
    pub(super) fn block(self, index: usize) -> core::ops::Range<usize> {
        index * BLOCK..self.bits.min((index + 1) * BLOCK)
    }

    /// Rows that the dealer sends.
    pub(super) fn dealt(self) -> usize {
        let blocks = (0..self.blocks()).map(|block| (1 << self.block(block).len()) - 1);
        blocks.sum::<usize>() + self.planes() - self.bits
    }

    /// Rows of answers of so many blocks. The lowest has no carry to pass on.
    pub(super) fn answers(self, blocks: usize) -> usize {
        match self.question {
            Question::Negative => (2 * blocks).saturating_sub(1),
            Question::Zero => blocks,
        }
    }

    pub(crate) fn rounds(self) -> usize {
        // The dealer's, that of the blocks, and the levels.
        2 + self.blocks().next_power_of_two().ilog2() as usize
    }

    /// What a party sends of a part of so many words.
    pub(super) fn words(self, role: Role, round: usize, words: u64) -> Words {
        let rows = |rows: usize| rows as u64 * words;
        match (round, role) {
            (0, Role::Dealer) => Words { next: rows(self.dealt()), prev: 0 },
            (1, Role::After) => Words { next: rows(self.answers(self.blocks())), prev: 0 },
            (1, Role::Before) => Words { next: 0, prev: rows(self.answers(self.blocks())) },
            (0 | 1, _) => Words::default(),
            (later, _) => {
                let blocks = (2..later).fold(self.blocks(), |blocks, _| blocks.div_ceil(2));
                Words { next: 0, prev: rows(self.answers(blocks / 2)) }
            }
        }
    }

    /// The most that a part keeps between rounds, in words a word of elements: the bits of `v`,
    /// then the answers twice, what came and what goes.
    pub(super) fn state(self) -> u64 {
        (self.planes() + 4 * self.answers(self.blocks()) + 4) as u64
    }
}
