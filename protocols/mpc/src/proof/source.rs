//! Where relations come from.

use crate::rep3::ring::Ring;

/// Elements worked on at once.
pub(crate) const TILE: usize = 512;

/// What somebody does in a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The party whose messages are checked: it knows both sides.
    Prover,
    /// The party before it: it knows the left sides.
    First,
    /// The party after it: it knows the right sides.
    Second,
}

/// Some relations: for each one, the sum over its block of products left times right, for both
/// pairs of vectors, is the sum of a number that the first verifier knows and one that the second
/// knows. What a role does not know is empty.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tile<'a> {
    pub(crate) left: [&'a [u64]; 2],
    pub(crate) right: [&'a [u64]; 2],
    /// Places of the vectors to a relation; the last relation may have fewer.
    pub(crate) block: usize,
    pub(crate) first: &'a [u64],
    pub(crate) second: &'a [u64],
}

/// Numbers that went to other places: for each of them, it is the sum of a number that the first verifier
/// knows and one that the second knows, which are where it went. One verifier knows where, and not which numbers; the other knows
/// the numbers. What a role does not know is empty.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moved<'a> {
    /// Where each one went.
    pub(crate) order: &'a [u32],
    /// Who knows that, beside the prover.
    pub(crate) known_to: Role,
    pub(crate) numbers: &'a [u64],
    pub(crate) first: &'a [u64],
    pub(crate) second: &'a [u64],
}

/// What so many numbers that moved take of the places of a proof: they are in one pair of vectors, not in two.
pub(crate) const fn moved_places(numbers: usize) -> usize {
    numbers.div_ceil(2)
}

/// All relations about one prover, the same ones in the same order whenever they are asked for.
pub(crate) trait Source {
    /// Places of all relations together.
    fn places(&self) -> usize;

    /// Shows all tiles, as a role knows them.
    fn tiles(&self, role: Role, each: &mut dyn FnMut(&Tile<'_>));

    /// Shows all vectors that moved, whose places are counted with the others.
    fn moves(&self, _: Role, _: &mut dyn FnMut(&Moved<'_>)) {}

    /// Places of all relations between wide numbers, which are others.
    fn wide_places(&self) -> usize {
        0
    }

    /// Shows those, with two words for each number.
    fn wide_tiles(&self, _: Role, _: &mut dyn FnMut(&Tile<'_>)) {}
}

/// All relations between numbers of one kind.
pub(crate) fn tiles_of<R: Ring>(source: &dyn Source, role: Role, each: &mut dyn FnMut(&Tile<'_>)) {
    if R::WORDS == 1 { source.tiles(role, each) } else { source.wide_tiles(role, each) }
}

/// All numbers that moved, which are of one word.
pub(crate) fn moves_of<R: Ring>(source: &dyn Source, role: Role, each: &mut dyn FnMut(&Moved<'_>)) {
    if R::WORDS == 1 {
        source.moves(role, each);
    }
}

impl Tile<'_> {
    pub(crate) fn places(&self) -> usize {
        self.left[0].len().max(self.right[0].len())
    }

    pub(crate) fn relations(&self) -> usize {
        self.places().div_ceil(self.block)
    }

    /// Places where numbers have several words.
    pub(crate) fn places_of<R: Ring>(&self) -> usize {
        self.places() / R::WORDS
    }
}

/// Cuts two streams of words, or one where the other is empty, into groups of one size.
pub(crate) struct Groups {
    size: usize,
    left: Vec<u64>,
    right: Vec<u64>,
}

impl Groups {
    pub(crate) fn new(size: usize) -> Self {
        Self { size, left: Vec::new(), right: Vec::new() }
    }

    pub(crate) fn push(
        &mut self,
        left: &[u64],
        right: &[u64],
        each: &mut dyn FnMut(&[u64], &[u64]),
    ) {
        self.left.extend_from_slice(left);
        self.right.extend_from_slice(right);
        let whole = self.left.len().max(self.right.len()) / self.size;
        for group in 0..whole {
            each(part(&self.left, group, self.size), part(&self.right, group, self.size));
        }
        for side in [&mut self.left, &mut self.right] {
            side.drain(..(whole * self.size).min(side.len()));
        }
    }

    /// The last group, filled up with nothing.
    pub(crate) fn finish(mut self, each: &mut dyn FnMut(&[u64], &[u64])) {
        let rest = self.left.len().max(self.right.len());
        if rest == 0 {
            return;
        }
        for side in [&mut self.left, &mut self.right] {
            if !side.is_empty() {
                side.resize(self.size, 0);
            }
        }
        each(&self.left, &self.right);
    }
}

fn part(side: &[u64], group: usize, size: usize) -> &[u64] {
    if side.is_empty() { side } else { &side[group * size..(group + 1) * size] }
}
