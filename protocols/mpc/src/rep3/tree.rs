//! The answers of blocks of bits, joined two by two.

use super::keys::{Keys, Lanes};
use super::test::{Question, Test};
use super::{Share, bits};
use crate::stream::Outbox;

/// What is known of each block, the lowest first.
pub(super) struct Tree {
    test: Test,
    /// Whether it carries by itself; empty where nobody asks.
    carries: Vec<Share>,
    /// Whether it passes a carry on; nothing for the lowest where carries are asked.
    passes: Vec<Share>,
    /// Our piece of this level's products.
    own: Vec<u64>,
}

impl Tree {
    /// From the answers' rows: carries, then passes.
    pub(super) fn new(test: Test, mut rows: impl Iterator<Item = Share>) -> Self {
        let (carries, passes) = match test.question {
            Question::Negative => {
                let carries = rows.by_ref().take(test.blocks()).collect();
                (carries, core::iter::once(Share::default()).chain(rows).collect())
            }
            Question::Zero => (Vec::new(), rows.collect()),
        };
        Self { test, carries, passes, own: Vec::new() }
    }

    /// The last answer, once it is alone.
    pub(super) fn result(&mut self) -> Option<Share> {
        if self.passes.len() > 1 {
            return None;
        }
        match self.test.question {
            Question::Negative => self.carries.pop(),
            Question::Zero => self.passes.pop(),
        }
    }

    /// Sends our piece of what joins neighbours: with `g` for carries and `p` for passes, above
    /// (1) and below (0), `g_1 + p_1 g_0` and `p_1 p_0`.
    pub(super) fn multiply(&mut self, keys: &mut Keys, to_prev: &mut Outbox) {
        let lanes: Lanes = keys.lanes();
        let mut own = Vec::with_capacity(self.test.answers(self.pairs()) * self.row());
        for (passes, carries) in self.passes.chunks_exact(2).zip(self.carries.chunks_exact(2)) {
            bits::and(&passes[1], &carries[0], &mut own);
        }
        for passes in self.passes.chunks_exact(2).skip(self.lowest()) {
            bits::and(&passes[1], &passes[0], &mut own);
        }
        keys.mask_bits(&lanes, 0, &mut own);
        to_prev.write(&own);
        self.own = own;
    }

    /// The words that were sent, and as many come back.
    pub(super) fn sent(&self) -> usize {
        self.own.len()
    }

    /// The answers of the next level, with the next party's piece of the products.
    pub(super) fn absorb(&mut self, received: &[u64]) {
        let (row, lowest) = (self.row(), self.lowest());
        let own = core::mem::take(&mut self.own);
        let mut products = bits::rows(&own, received, row);
        let mut carries = Vec::with_capacity(self.carries.len().div_ceil(2));
        for pair in self.carries.chunks_mut(2) {
            let upper = core::mem::take(&mut pair[pair.len() - 1]);
            let joined = if pair.len() == 2 { products.next() } else { None };
            carries.push(match joined {
                Some(mut joined) => {
                    joined.xor(&upper);
                    joined
                }
                None => upper,
            });
        }
        let mut passes = Vec::with_capacity(self.passes.len().div_ceil(2));
        for (index, pair) in self.passes.chunks_mut(2).enumerate() {
            let joined = if pair.len() == 2 && index >= lowest { products.next() } else { None };
            let alone = core::mem::take(&mut pair[0]);
            passes.push(joined.unwrap_or(if index < lowest { Share::default() } else { alone }));
        }
        (self.carries, self.passes) = (carries, passes);
    }

    /// Words kept between rounds.
    pub(super) fn words(&self) -> usize {
        let shares = self.carries.iter().chain(&self.passes);
        shares.map(Share::capacity).sum::<usize>() + self.own.capacity()
    }

    fn pairs(&self) -> usize {
        self.passes.len() / 2
    }

    /// Pairs without an answer on passing.
    fn lowest(&self) -> usize {
        match self.test.question {
            Question::Negative => 1,
            Question::Zero => 0,
        }
    }

    /// Words of an answer.
    fn row(&self) -> usize {
        self.passes.last().map_or(0, Share::len)
    }
}
