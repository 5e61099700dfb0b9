//! Columns in an order that nobody knows.
//!
//! Three permutations follow each other, each known to the two parties that share a key and not to the third, and after each of
//! them the pieces are made anew (Laur, Willemson and Zhang, "Round-efficient oblivious database manipulation",
//! ISC 2011, 4). Call these two `X` and `Y`, the party after it, and the third `Z`; of `x` the pieces are `x_X`, `x_Y`, `x_Z`. Then
//! `y_X` is drawn by `X` and `Z`, `y_Z` by `Y` and `Z`, and `y_Y = A + B`, of which
//!
//! | | tells | | which is proven as | `Z` knows |
//! |---|---|---|---|---|
//! | `X` | `Y` | `A = P(x_X + x_Y) - y_X` | `P(x_X) = y_X + (A - P(x_Y))` | `x_X`, `y_X` |
//! | `Y` | `X` | `B = P(x_Z) - y_Z` | `P(x_Z) = B + y_Z` | `x_Z`, `y_Z` |
//!
//! The other of `X` and `Y` knows `P` and the summand that `Z` does not know.

use super::work::Bench;
use crate::proof::{Moved, Role, moved_places};
use crate::rep3::Share;
use crate::rep3::frames::{Frames, Sinks};
use crate::rep3::keys::{Keys, Lanes};
use crate::rep3::permute::{Half, Place, arranged, keys_order};
use crate::rep3::traffic::Words;
use core::mem;

/// Permutations, and rounds.
pub(super) const STAGES: usize = 3;

/// What a party sends in the stage that turns with `turn`.
pub(super) fn words(turn: usize, party: u8, elements: u64) -> Words {
    match Place::of(turn, party) {
        Place::X => Words { next: elements, prev: 0 },
        Place::Y => Words { next: 0, prev: elements },
        Place::Z => Words::default(),
    }
}

/// Places of what every party proves: it is `X` once and `Y` once.
pub(super) fn places(length: usize, columns: usize) -> usize {
    2 * columns * moved_places(length / columns)
}

/// The most words kept: the columns before and after every stage, what is sent, orders, and what proving them takes.
pub(super) fn state(elements: u64, columns: u64) -> u64 {
    let each = elements / columns;
    2 * (STAGES as u64 + 1) * elements + 3 * elements + 8 * each
}

/// One on its way.
pub(super) struct Shuffle {
    done: Shuffled,
    /// The order of the stage, where we know it, and our message.
    order: Vec<u32>,
    part: Vec<u64>,
    /// What draws the new pieces.
    pieces: Lanes,
}

/// What has to be proven of it.
pub(super) struct Shuffled {
    op: usize,
    party: u8,
    /// Elements of a column.
    each: usize,
    /// Before the first stage, and after each one.
    shares: Vec<Share>,
    orders: Vec<Vec<u32>>,
}

impl Shuffle {
    pub(super) fn open(
        number: Share,
        columns: usize,
        (op, party): (usize, u8),
        bench: &mut Bench<'_>,
        sinks: Sinks<'_>,
    ) -> Self {
        let (each, orders) = (number.len() / columns, Vec::new());
        let done = Shuffled { op, party, each, shares: vec![number], orders };
        Self::stage(done, bench.keys, sinks)
    }

    /// The message of the next stage.
    fn stage(done: Shuffled, keys: &mut Keys, sinks: Sinks<'_>) -> Self {
        let (lanes, pieces) = (keys.lanes(), keys.lanes());
        let (place, before, each) = (done.place(), done.last(), done.each);
        let (order, part) = match place {
            Place::X => {
                let order = keys_order(keys, &lanes, Half::Next, each);
                let mut part = arranged(&sum(&before.own, &before.next), &order);
                keys.sub_own(&pieces, 0, &mut part);
                sinks.next.write(&part);
                (order, part)
            }
            Place::Y => {
                let order = keys_order(keys, &lanes, Half::Own, each);
                let mut part = arranged(&before.next, &order);
                keys.sub_next(&pieces, 0, &mut part);
                sinks.prev.write(&part);
                (order, part)
            }
            Place::Z => (Vec::new(), Vec::new()),
        };
        Self { done, order, part, pieces }
    }

    /// Takes what came in a stage; gives the columns after the last, and begins the next before.
    pub(super) fn absorb(
        &mut self,
        bench: &mut Bench<'_>,
        frames: &mut Frames,
        sinks: Option<Sinks<'_>>,
    ) -> Option<Share> {
        let all = self.done.last().len();
        let keys = &*bench.keys;
        let own = || {
            let mut piece = vec![0; all];
            keys.own(&self.pieces, 0, &mut piece);
            piece
        };
        let next = || {
            let mut piece = vec![0; all];
            keys.next(&self.pieces, 0, &mut piece);
            piece
        };
        let share = match self.done.place() {
            Place::X => Share { own: own(), next: sum(&self.part, frames.read_next(all)) },
            Place::Y => Share { own: sum(&self.part, frames.read_prev(all)), next: next() },
            Place::Z => Share { own: own(), next: next() },
        };
        let done = &mut self.done;
        done.orders.push(mem::take(&mut self.order));
        self.part = Vec::new();
        if done.orders.len() == STAGES {
            if let Some(ledger) = bench.ledger.open() {
                done.shares.push(share.clone());
                ledger.shuffles.push(done.take());
            }
            return Some(share);
        }
        if bench.ledger.open().is_none() {
            done.shares.clear();
        }
        done.shares.push(share);
        // The schedule has a round for every stage.
        if let Some(sinks) = sinks {
            *self = Self::stage(done.take(), bench.keys, sinks);
        }
        None
    }

    pub(super) fn words(&self) -> usize {
        self.done.words() + self.order.capacity().div_ceil(2) + self.part.capacity()
    }
}

impl Shuffled {
    fn take(&mut self) -> Self {
        let (shares, orders) = (mem::take(&mut self.shares), mem::take(&mut self.orders));
        Self { op: self.op, party: self.party, each: self.each, shares, orders }
    }

    /// Our place in the stage that comes.
    fn place(&self) -> Place {
        Place::of(self.op + self.orders.len(), self.party)
    }

    /// The columns before that stage.
    fn last(&self) -> &Share {
        &self.shares[self.shares.len() - 1]
    }

    pub(super) fn words(&self) -> usize {
        let shares = self.shares.iter().map(Share::capacity).sum::<usize>();
        shares + self.orders.iter().map(|order| order.capacity().div_ceil(2)).sum::<usize>()
    }

    /// Places of what each party proves.
    pub(super) fn places(&self) -> usize {
        let length = self.shares[0].len();
        places(length, length / self.each)
    }

    /// What moved where, about the prover that a role implies, column after column.
    pub(super) fn moves(&self, role: Role, each: &mut dyn FnMut(&Moved<'_>)) {
        for (stage, (shares, order)) in self.shares.windows(2).zip(&self.orders).enumerate() {
            let place = Place::of(self.op + stage, self.party);
            for from in (0..shares[0].len()).step_by(self.each) {
                let range = from..from + self.each;
                let [before, after] = [&shares[0], &shares[1]].map(|share| Pieces {
                    own: &share.own[range.clone()],
                    next: &share.next[range.clone()],
                });
                moved((role, place), before, after, order, each);
            }
        }
    }
}

/// A column.
#[derive(Clone, Copy)]
struct Pieces<'a> {
    own: &'a [u64],
    next: &'a [u64],
}

/// What a role knows of one of the two messages of a stage; nothing where that is not about its prover.
fn moved(
    at: (Role, Place),
    before: Pieces<'_>,
    after: Pieces<'_>,
    order: &[u32],
    each: &mut dyn FnMut(&Moved<'_>),
) {
    // What `X` and `Y` know of each other's message: what became of their two pieces is the sum of both.
    let others = || difference(&sum(after.own, after.next), &sum(before.own, before.next), order);
    let rest = |after: &[u64], before: &[u64]| -> Vec<u64> {
        let moved = arranged(before, order);
        moved.iter().zip(after).map(|(word, piece)| word.wrapping_sub(*piece)).collect()
    };
    let (numbers, first, second, known_to): (&[u64], &[u64], &[u64], Role);
    let made;
    let none: &[u64] = &[];
    match at {
        (Role::Prover, Place::X) => {
            made = rest(after.own, before.own);
            (numbers, first, second, known_to) = (before.own, after.own, &made, Role::Second);
        }
        (Role::First, Place::Z) => {
            (numbers, first, second, known_to) = (before.next, after.next, none, Role::Second);
        }
        (Role::Second, Place::Y) => {
            made = others();
            (numbers, first, second, known_to) = (none, none, &made, Role::Second);
        }
        (Role::Prover, Place::Y) => {
            made = rest(after.next, before.next);
            (numbers, first, second, known_to) = (before.next, &made, after.next, Role::First);
        }
        (Role::First, Place::X) => {
            made = others();
            (numbers, first, second, known_to) = (none, &made, none, Role::First);
        }
        (Role::Second, Place::Z) => {
            (numbers, first, second, known_to) = (before.own, none, after.own, Role::First);
        }
        (Role::Prover, Place::Z) | (Role::First, Place::Y) | (Role::Second, Place::X) => return,
    }
    each(&Moved { order, known_to, numbers, first, second });
}

fn sum(a: &[u64], b: &[u64]) -> Vec<u64> {
    a.iter().zip(b).map(|(a, b)| a.wrapping_add(*b)).collect()
}

/// Of each number after, what is left when that is taken away which went there.
fn difference(after: &[u64], before: &[u64], order: &[u32]) -> Vec<u64> {
    let moved = arranged(before, order);
    after.iter().zip(moved).map(|(after, moved)| after.wrapping_sub(moved)).collect()
}
