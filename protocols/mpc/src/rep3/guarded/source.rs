//! The ledger as relations about one prover.

use super::ledger::{Dealt, Ledger, Shape, Side, Sum};
use super::matrices::{self, Draws};
use crate::prg::KEY;
use crate::proof::{Role, Source, Tile};
use crate::rep3::keys::Keys;
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
        self.ledger.products.iter().map(places).sum()
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
struct Arithmetic {
    /// What is left of a sum after a product.
    less_product: fn(u64, u64, u64) -> u64,
    less: fn(u64, u64) -> u64,
}

const NUMBERS: Arithmetic = Arithmetic {
    less_product: |sum, a, b| sum.wrapping_sub(a.wrapping_mul(b)),
    less: u64::wrapping_sub,
};

const BITS: Arithmetic = Arithmetic { less_product: |sum, a, b| sum ^ (a & b), less: |a, b| a ^ b };

fn tiles(
    (sum, block): (&Sum, usize),
    keys: &Keys,
    role: Role,
    arithmetic: &Arithmetic,
    each: &mut dyn FnMut(&Tile<'_>),
) {
    // An even number, because masks come in pairs.
    let per_tile = (TILE / block / 2 * 2).max(2);
    let (mut first, mut second) = (Vec::new(), Vec::new());
    let mut mask = Vec::new();
    for from in (0..sum.result.len()).step_by(per_tile) {
        let relations = from..sum.result.len().min(from + per_tile);
        let places = from * block..sum.left.len().min(relations.end * block);
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
            let factors = x_left.chunks(block).zip(y_left.chunks(block));
            first.extend(z[relations.clone()].iter().zip(&mask).zip(factors).map(
                |((z, mask), (x, y))| {
                    let factors = x.iter().zip(y);
                    let rest = (arithmetic.less)(*z, *mask);
                    factors.fold(rest, |rest, (x, y)| (arithmetic.less_product)(rest, *x, *y))
                },
            ));
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
