//! Products on their way: sent, kept, and entered into the ledger once complete.

use super::ledger::{Ledger, Shape, Sum};
use crate::program::{Size, Transposed};
use crate::rep3::keys::{Keys, Lanes};
use crate::rep3::{Local, Share, TILE, bits, matmul, wide};
use crate::stream::Outbox;

/// Sums of products, or ANDs, of which our piece is sent and the next party's comes.
pub(super) struct Pending {
    left: Share,
    right: Share,
    shape: Shape,
    own: Vec<u64>,
    lanes: Lanes,
}

impl Pending {
    /// Sums of products over blocks of numbers.
    pub(super) fn numbers(
        left: Share,
        right: Share,
        block: usize,
        keys: &mut Keys,
        to_prev: &mut Outbox,
    ) -> Self {
        let lanes = keys.lanes();
        let local = match block {
            1 => Local::Product(&left, &right),
            block => Local::Dot(&left, &right, block),
        };
        let mut own = vec![0; local.len()];
        for (index, tile) in own.chunks_mut(TILE).enumerate() {
            local.fill(index * TILE, tile);
            keys.mask(&lanes, index * TILE, tile);
            to_prev.write(tile);
        }
        Self { left, right, shape: Shape::Blocks(block), own, lanes }
    }

    /// Products of the rows of a matrix with the columns of another, which is stored by them.
    pub(super) fn matrices(
        left: Share,
        right: Share,
        size: Size,
        keys: &mut Keys,
        to_prev: &mut Outbox,
    ) -> Self {
        let lanes = keys.lanes();
        let mut own = matmul::product(&left, &right, size, Transposed::Right);
        keys.mask(&lanes, 0, &mut own);
        to_prev.write(&own);
        Self { left, right, shape: Shape::Matrices(size.inner as usize), own, lanes }
    }

    /// Sums of products over blocks of wide numbers.
    pub(super) fn wide(
        left: Share,
        right: Share,
        block: usize,
        keys: &mut Keys,
        to_prev: &mut Outbox,
    ) -> Self {
        let (lanes, own) = wide::reshare(&left, &right, block, keys, to_prev);
        Self { left, right, shape: Shape::Blocks(block), own, lanes }
    }

    /// ANDs of words of bits.
    pub(super) fn bits(left: Share, right: Share, keys: &mut Keys, to_prev: &mut Outbox) -> Self {
        let lanes = keys.lanes();
        let mut own = Vec::with_capacity(left.len());
        bits::and(&left, &right, &mut own);
        keys.mask_bits(&lanes, 0, &mut own);
        to_prev.write(&own);
        Self { left, right, shape: Shape::Blocks(1), own, lanes }
    }

    /// Words that come from the next party.
    pub(super) fn len(&self) -> usize {
        self.own.len()
    }

    pub(super) fn words(&self) -> usize {
        self.left.capacity() + self.right.capacity() + self.own.capacity()
    }

    /// The sums of numbers, complete.
    pub(super) fn finish_numbers(self, next: Vec<u64>, ledger: &mut Ledger) -> Share {
        self.finish(next, ledger, |ledger| &mut ledger.products)
    }

    /// The sums of wide numbers, complete.
    pub(super) fn finish_wide(self, next: Vec<u64>, ledger: &mut Ledger) -> Share {
        self.finish(next, ledger, |ledger| &mut ledger.wide)
    }

    /// The ANDs, complete.
    pub(super) fn finish_bits(self, next: Vec<u64>, ledger: &mut Ledger) -> Share {
        self.finish(next, ledger, |ledger| &mut ledger.gates)
    }

    fn finish(
        self,
        next: Vec<u64>,
        ledger: &mut Ledger,
        list: impl FnOnce(&mut Ledger) -> &mut Vec<Sum>,
    ) -> Share {
        let Self { left, right, shape, own, lanes } = self;
        let result = Share { own, next };
        if let Some(ledger) = ledger.open() {
            list(ledger).push(Sum { left, right, shape, result: result.clone(), lanes });
        }
        result
    }
}
