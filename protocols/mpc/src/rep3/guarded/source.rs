//! The ledger as relations about one prover.

use super::ledger::{Dealt, Ledger, Shape, Side, Sum};
use super::matrices::{self, Draws};
use super::shuffle::Shuffled;
use crate::prg::KEY;
use crate::proof::{Moved, Role, Source, Tile};
use crate::rep3::keys::Keys;
use crate::rep3::ring::Ring;
use crate::rep3::{TILE, traffic};

/// The relations between numbers about the prover that a role implies: ourselves, the party after
/// us whose first verifier we are, or the party before us.
#[derive(Clone, Copy)]
pub(crate) struct NumberRelations<'a> {
    pub(crate) ledger: &'a Ledger,
    pub(crate) keys: &'a Keys,
    /// Drawn once all messages are sent; the number of relations does not depend on it.
    pub(crate) seed: [u8; KEY],
}

/// The relations between bits; `prover` says whose deals are among them.
#[derive(Clone, Copy)]
pub(crate) struct BitRelations<'a> {
    pub(crate) ledger: &'a Ledger,
    pub(crate) keys: &'a Keys,
    pub(crate) role: Role,
}

impl Source for NumberRelations<'_> {
    fn places(&self) -> usize {
        let places = |sum: &Sum| match sum.shape {
            Shape::Blocks(_) => sum.left.len(),
            Shape::Matrices(inner) => matrices::relations(sum.result.len()) * inner,
        };
        let moved = self.ledger.shuffles.iter().map(Shuffled::places);
        self.ledger.products.iter().map(places).chain(moved).sum()
    }

    fn moves(&self, role: Role, each: &mut dyn FnMut(&Moved<'_>)) {
        for shuffled in &self.ledger.shuffles {
            shuffled.moves(role, each);
        }
    }

    fn wide_places(&self) -> usize {
        self.ledger.wide.iter().map(|sum| sum.left.len() / u128::WORDS).sum()
    }

    fn wide_tiles(&self, role: Role, each: &mut dyn FnMut(&Tile<'_>)) {
        for sum in &self.ledger.wide {
            // Whatever is multiplied is at the same places.
            let Shape::Blocks(block) = sum.shape else { continue };
            tiles((sum, block), self.keys, role, &WIDE, each);
        }
    }

    fn tiles(&self, role: Role, each: &mut dyn FnMut(&Tile<'_>)) {
        let mut draws = Draws::new(&self.seed);
        for sum in &self.ledger.products {
            match sum.shape {
                Shape::Blocks(block) => tiles((sum, block), self.keys, role, &NUMBERS, each),
                Shape::Matrices(inner) => {
                    matrices::tiles((sum, inner), self.keys, role, &mut draws, each);
                }
            }
        }
    }
}

impl BitRelations<'_> {
    /// What was dealt by the prover.
    fn deals(&self) -> impl Iterator<Item = &Dealt> {
        let wanted = match self.role {
            Role::Prover => traffic::Role::Dealer,
            Role::First => traffic::Role::Before,
            Role::Second => traffic::Role::After,
        };
        self.ledger.deals.iter().filter(move |dealt| dealt.role == wanted)
    }
}

impl Source for BitRelations<'_> {
    fn places(&self) -> usize {
        let gates = self.ledger.gates.iter().map(|sum| sum.left.len());
        gates.chain(self.deals().map(Dealt::places)).sum()
    }

    fn tiles(&self, role: Role, each: &mut dyn FnMut(&Tile<'_>)) {
        for sum in &self.ledger.gates {
            tiles((sum, 1), self.keys, role, &BITS, each);
        }
        for dealt in self.deals() {
            dealt.tiles(each);
        }
    }
}

/// The arithmetic of numbers or of bits.
struct Arithmetic<R> {
    /// What is left of a sum after a product.
    less_product: fn(R, R, R) -> R,
    less: fn(R, R) -> R,
}

const NUMBERS: Arithmetic<u64> =
    Arithmetic { less_product: |sum, a, b| sum.minus(a.times(b)), less: u64::minus };

const WIDE: Arithmetic<u128> =
    Arithmetic { less_product: |sum, a, b| sum.minus(a.times(b)), less: u128::minus };

const BITS: Arithmetic<u64> =
    Arithmetic { less_product: |sum, a, b| sum ^ (a & b), less: |a, b| a ^ b };

fn tiles<R: Ring>(
    (sum, block): (&Sum, usize),
    keys: &Keys,
    role: Role,
    arithmetic: &Arithmetic<R>,
    each: &mut dyn FnMut(&Tile<'_>),
) {
    // An even number, because masks come in pairs.
    let per_tile = (TILE / block / 2 * 2).max(2);
    let (mut first, mut second) = (Vec::new(), Vec::new());
    let mut mask = Vec::new();
    let (elements, operands) = (sum.result.len() / R::WORDS, sum.left.len() / R::WORDS);
    for from in (0..elements).step_by(per_tile) {
        let to = elements.min(from + per_tile);
        let places = from.saturating_mul(block) * R::WORDS
            ..operands.min(to.saturating_mul(block)) * R::WORDS;
        let (from, relations) = (from * R::WORDS, from * R::WORDS..to * R::WORDS);
        let (x, y) = (&sum.left, &sum.right);
        let none: &[u64] = &[];
        let (x_left, y_left, z) = match role {
            Role::Prover => (&x.own[places.clone()], &y.own[places.clone()], &sum.result.own),
            Role::First => (&x.next[places.clone()], &y.next[places.clone()], &sum.result.next),
            Role::Second => (none, none, &sum.result.own),
        };
        let (x_right, y_right) = match role {
            Role::Prover => (&x.next[places.clone()], &y.next[places.clone()]),
            Role::First => (none, none),
            Role::Second => (&x.own[places.clone()], &y.own[places.clone()]),
        };
        first.clear();
        second.clear();
        mask.clear();
        mask.resize(relations.len(), 0);
        if role != Role::Second {
            if role == Role::Prover {
                keys.own(&sum.lanes, from, &mut mask);
            } else {
                keys.next(&sum.lanes, from, &mut mask);
            }
            let words = block.saturating_mul(R::WORDS);
            let factors = x_left.chunks(words).zip(y_left.chunks(words));
            let terms = R::all(&z[relations.clone()]).zip(R::all(&mask));
            let rests = terms.zip(factors).map(|((z, mask), (x, y))| {
                let factors = R::all(x).zip(R::all(y));
                let rest = (arithmetic.less)(z, mask);
                factors.fold(rest, |rest, (x, y)| (arithmetic.less_product)(rest, x, y))
            });
            R::write(&mut first, rests);
        }
        if role != Role::First {
            second.resize(relations.len(), 0);
            if role == Role::Prover {
                keys.next(&sum.lanes, from, &mut second);
            } else {
                keys.own(&sum.lanes, from, &mut second);
            }
        }
        let (left, right) = ([x_left, y_left], [y_right, x_right]);
        each(&Tile { left, right, block, first: &first, second: &second });
    }
}

impl Dealt {
    fn places(&self) -> usize {
        self.first.bits.len().max(self.second.bits.len())
    }

    /// Row after row: that there is no carry into the first, and what follows from each row for the
    /// carry into the next.
    fn tiles(&self, each: &mut dyn FnMut(&Tile<'_>)) {
        let zeros = vec![0; self.words];
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for row in 0..self.places() / self.words {
            let before = row.checked_sub(1);
            let left = self.first.row(before, self.words, &zeros);
            let right = self.second.row(before, self.words, &zeros);
            self.first.rest(row, self.words, left, &mut first);
            self.second.rest(row, self.words, right, &mut second);
            each(&Tile { left, right, block: 1, first: &first, second: &second });
        }
    }
}

impl Side {
    /// The bits and the carries of a row, zeros before the first, nothing where all is unknown.
    fn row<'a>(&'a self, row: Option<usize>, words: usize, zeros: &'a [u64]) -> [&'a [u64]; 2] {
        match row {
            _ if self.bits.is_empty() => [&[], &[]],
            None => [zeros, zeros],
            Some(row) => {
                let range = row * words..(row + 1) * words;
                [&self.bits[range.clone()], &self.carries[range]]
            }
        }
    }

    /// This side's part of `c_{j+1} + c_j` and of the products of what it knows of row `j`.
    fn rest(&self, row: usize, words: usize, before: [&[u64]; 2], out: &mut Vec<u64>) {
        out.clear();
        if self.bits.is_empty() {
            return;
        }
        let carries = &self.carries[row * words..(row + 1) * words];
        let before = before[0].iter().zip(before[1]);
        out.extend(carries.iter().zip(before).map(|(next, (bits, now))| next ^ now ^ (bits & now)));
    }
}
