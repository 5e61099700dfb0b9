//! What has to be proven in the end.

use super::shuffle::Shuffled;
use crate::program::Security;
use crate::rep3::Share;
use crate::rep3::keys::Lanes;
use crate::rep3::traffic::Role;

/// All messages of a run, until they are proven.
pub(crate) struct Ledger {
    /// Without proofs it keeps nothing.
    is_open: bool,
    pub(super) products: Vec<Sum>,
    /// The same of wide numbers.
    pub(super) wide: Vec<Sum>,
    pub(super) gates: Vec<Sum>,
    pub(super) deals: Vec<Dealt>,
    pub(super) shuffles: Vec<Shuffled>,
}

/// Which elements are multiplied with which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Elements at the same place, summed up over blocks.
    Blocks(usize),
    /// Rows of so many elements of the left factor with as long rows of the right one, which is stored
    /// column after column.
    Matrices(usize),
}

/// Sums of products, or ANDs of words of bits.
pub(super) struct Sum {
    pub(super) left: Share,
    pub(super) right: Share,
    pub(super) shape: Shape,
    pub(super) result: Share,
    pub(super) lanes: Lanes,
}

/// The bits of a part that one party dealt, row after row.
pub(super) struct Dealt {
    /// What we were in it.
    pub(super) role: Role,
    /// Words in a row.
    pub(super) words: usize,
    /// What the first verifier knows, and what the second does; nothing where we do not.
    pub(super) first: Side,
    pub(super) second: Side,
}

/// One piece of the bits dealt, and its sum with the bits of the summand that is known beside it:
/// a piece of the carries.
#[derive(Default)]
pub(super) struct Side {
    pub(super) bits: Vec<u64>,
    pub(super) carries: Vec<u64>,
}

impl Ledger {
    pub(crate) fn new(security: Security) -> Self {
        let is_open = security == Security::Malicious;
        let (products, wide, gates) = (Vec::new(), Vec::new(), Vec::new());
        Self { is_open, products, wide, gates, deals: Vec::new(), shuffles: Vec::new() }
    }

    /// Itself, where it keeps what it is given.
    pub(super) fn open(&mut self) -> Option<&mut Self> {
        self.is_open.then_some(self)
    }

    /// Words of memory.
    pub(crate) fn words(&self) -> usize {
        let sums = self.products.iter().chain(&self.wide).chain(&self.gates);
        let sum = |sum: &Sum| sum.left.capacity() + sum.right.capacity() + sum.result.capacity();
        let side = |side: &Side| side.bits.capacity() + side.carries.capacity();
        let deals = self.deals.iter().map(|dealt| side(&dealt.first) + side(&dealt.second));
        let shuffles = self.shuffles.iter().map(Shuffled::words);
        sums.map(sum).sum::<usize>() + deals.sum::<usize>() + shuffles.sum::<usize>()
    }
}
