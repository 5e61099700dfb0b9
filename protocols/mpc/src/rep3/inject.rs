//! From bits to numbers: a bit as 0 or 1, or a number where a bit is set.
//!
//! A bit is `y + c - 2 y c`, where `c`, the "exclusive or" of two pieces, is known to the dealer `D`
//! and `y` to the two others, `A` after it and `B` before it. A number is `t = s + t_{D+2}`, of
//! which `D` knows `s = t_D + t_{D+1}`, and `A` and `B` know `t_{D+2}`. So the number where the bit
//! is set is
//!
//! `y s + y t_{D+2} + (1 - 2 y) (c s + c t_{D+2})`,
//!
//! where `A` and `B` have `s` in two pieces, and once `D` has shared `c` and `c s` between them, all
//! the rest. They exchange what they have, masked by the keys that each shares with `D`; the masks
//! are `D`'s pieces. (ABY3, 2018/403, 5.4, does this by oblivious transfers, in one round of twice
//! as many bytes.)

use super::frames::{Frames, Sinks};
use super::keys::{Keys, Lanes};
use super::parts::{Part, parts};
use super::traffic::{Role, Words};
use super::{Share, TILE};
use crate::stream::Outbox;

/// What becomes of a bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Injection {
    /// The number 0 or 1.
    Number,
    /// A number where it is set.
    Choice,
}

/// What comes in.
pub(super) struct Operands {
    pub(super) bits: Share,
    /// The numbers chosen where bits are set.
    pub(super) factor: Option<Share>,
    /// What is added to them in the end.
    pub(super) base: Option<Share>,
}

/// An injection between its rounds.
pub(super) struct Inject {
    injection: Injection,
    bits: Share,
    /// The factor, which gives its room to the result: large vectors cost more to ask the system
    /// for than to fill.
    numbers: Share,
    base: Option<Share>,
    runs: Vec<Run>,
    is_closing: bool,
}

/// One part of it.
struct Run {
    part: Part,
    lanes: [Lanes; 3],
}

/// What each lane is for.
const BIT: usize = 0;
const FACTOR: usize = 1;
const RESULT: usize = 2;

impl Injection {
    /// Words that the dealer sends for so many elements.
    fn dealt(self, elements: usize) -> usize {
        match self {
            Self::Number => elements,
            Self::Choice => 2 * elements,
        }
    }

    /// What a party sends of a part of so many elements.
    pub(super) fn words(self, role: Role, round: usize, count: usize) -> Words {
        let (elements, dealt) = (count as u64, self.dealt(count) as u64);
        match (round, role) {
            (0, Role::Dealer) => Words { next: dealt, prev: 0 },
            (1, Role::After) => Words { next: elements, prev: 0 },
            (1, Role::Before) => Words { next: 0, prev: elements },
            (_, _) => Words::default(),
        }
    }
}

impl Inject {
    /// The first round, in which everybody deals a third.
    pub(super) fn open(
        operands: Operands,
        length: usize,
        (op, party): (usize, u8),
        keys: &mut Keys,
        to_next: &mut Outbox,
    ) -> Self {
        let injection = match operands.factor {
            Some(_) => Injection::Choice,
            None => Injection::Number,
        };
        let room = || Share { own: vec![0; length], next: vec![0; length] };
        let runs = parts(op, length, party)
            .map(|part| Run { part, lanes: [keys.lanes(), keys.lanes(), keys.lanes()] });
        let inject = Self {
            injection,
            bits: operands.bits,
            numbers: operands.factor.unwrap_or_else(room),
            base: operands.base,
            runs: runs.collect(),
            is_closing: false,
        };
        for run in inject.runs.iter().filter(|run| run.part.role == Role::Dealer) {
            inject.deal(run, keys, to_next);
        }
        inject
    }

    /// Takes what came in a round and writes what goes in the next; gives the numbers after the
    /// second.
    pub(super) fn absorb(
        &mut self,
        keys: &Keys,
        frames: &mut Frames,
        sinks: Option<Sinks<'_>>,
    ) -> Option<Share> {
        if let (false, Some(sinks)) = (self.is_closing, sinks) {
            for run in &self.runs {
                let Run { part, lanes } = run;
                let count = part.elements.len();
                match part.role {
                    Role::Dealer => {}
                    Role::After => {
                        let dealt = frames.read_prev(self.injection.dealt(count));
                        let place = (&self.bits.next[..], &mut self.numbers);
                        close(self.injection, part, place, (keys, lanes), dealt, sinks.next);
                    }
                    Role::Before => {
                        let place = (&self.bits.own[..], &mut self.numbers);
                        close(self.injection, part, place, (keys, lanes), &[], sinks.prev);
                    }
                }
            }
            self.is_closing = true;
            return None;
        }
        for run in &self.runs {
            run.finish(keys, frames, &mut self.numbers);
        }
        if let Some(base) = &self.base {
            self.numbers.add(base);
        }
        Some(core::mem::take(&mut self.numbers))
    }

    /// Words kept between rounds.
    pub(super) fn words(&self) -> usize {
        let base = self.base.as_ref().map_or(0, Share::capacity);
        self.bits.capacity() + self.numbers.capacity() + base
    }

    /// `c`, then `c s`, tile by tile.
    fn deal(&self, run: &Run, keys: &Keys, to_next: &mut Outbox) {
        let mut tile = [0; TILE];
        let all = &run.part.elements;
        for from in all.clone().step_by(TILE) {
            let elements = from..all.end.min(from + TILE);
            let tile = &mut tile[..elements.len()];
            let position = from - all.start;
            let chosen = |at: usize| mask(&self.bits.own, at) ^ mask(&self.bits.next, at);
            for (word, at) in tile.iter_mut().zip(elements.clone()) {
                *word = chosen(at) & 1;
            }
            keys.sub_own(&run.lanes[BIT], position, tile);
            to_next.write(tile);
            if self.injection == Injection::Number {
                continue;
            }
            let numbers =
                self.numbers.own[elements.clone()].iter().zip(&self.numbers.next[elements]);
            for ((word, (own, next)), at) in tile.iter_mut().zip(numbers).zip(from..) {
                *word = chosen(at) & own.wrapping_add(*next);
            }
            keys.sub_own(&run.lanes[FACTOR], position, tile);
            to_next.write(tile);
        }
    }
}

/// What `A` or `B` has of the result, masked: sent to the other and left in place of the piece
/// that both hold. `y` are the bits that both know.
fn close(
    injection: Injection,
    part: &Part,
    (y, numbers): (&[u64], &mut Share),
    (keys, lanes): (&Keys, &[Lanes; 3]),
    dealt: &[u64],
    to: &mut Outbox,
) {
    // `A` has pieces `D + 1` and `D + 2`, `B` has `D + 2` and `D`; `A` adds what both know.
    let is_after = part.role == Role::After;
    let both = if is_after { u64::MAX } else { 0 };
    let elements = part.elements.clone();
    let (s, t) = if is_after {
        (&numbers.own[elements.clone()], &mut numbers.next[elements])
    } else {
        (&numbers.next[elements.clone()], &mut numbers.own[elements])
    };
    let (mut c, mut product) = ([0; TILE], [0; TILE]);
    let mut rest = dealt;
    let mut load = |lane: usize, position: usize, words: &mut [u64]| {
        if is_after {
            let (now, later) = rest.split_at(words.len());
            words.copy_from_slice(now);
            rest = later;
        } else {
            keys.next(&lanes[lane], position, words);
        }
    };
    for (index, (t, s)) in t.chunks_mut(TILE).zip(s.chunks(TILE)).enumerate() {
        let position = index * TILE;
        let from = part.elements.start + position;
        load(BIT, position, &mut c[..t.len()]);
        match injection {
            Injection::Number => {
                for ((t, c), at) in t.iter_mut().zip(&c).zip(from..) {
                    let y = mask(y, at);
                    *t = negated_where(y, *c).wrapping_add(y & both & 1);
                }
            }
            Injection::Choice => {
                load(FACTOR, position, &mut product[..t.len()]);
                let terms = t.iter_mut().zip(s).zip(c.iter().zip(&product)).zip(from..);
                for (((t, s), (c, product)), at) in terms {
                    let y = mask(y, at);
                    let by_c = product.wrapping_add(t.wrapping_mul(*c));
                    let known = s.wrapping_add(*t & both) & y;
                    *t = negated_where(y, by_c).wrapping_add(known);
                }
            }
        }
        if is_after {
            keys.sub_own(&lanes[RESULT], position, t);
        } else {
            keys.sub_next(&lanes[RESULT], position, t);
        }
        to.write(t);
    }
}

impl Run {
    /// The pieces of the result.
    fn finish(&self, keys: &Keys, frames: &mut Frames, numbers: &mut Share) {
        let elements = self.part.elements.clone();
        let count = elements.len();
        let own = &mut numbers.own[elements.clone()];
        let next = &mut numbers.next[elements];
        let mask = &self.lanes[RESULT];
        let (received, sum) = match self.part.role {
            Role::Dealer => {
                keys.own(mask, 0, own);
                keys.next(mask, 0, next);
                return;
            }
            Role::After => {
                keys.own(mask, 0, own);
                (frames.read_next(count), next)
            }
            Role::Before => {
                keys.next(mask, 0, next);
                (frames.read_prev(count), own)
            }
        };
        for (sum, received) in sum.iter_mut().zip(received) {
            *sum = sum.wrapping_add(*received);
        }
    }
}

/// Bit `at` of a vector of bits, as a word of ones or of zeros.
fn mask(bits: &[u64], at: usize) -> u64 {
    (bits[at / 64] >> (at % 64) & 1).wrapping_neg()
}

/// `-x` under a mask of ones, `x` under none.
fn negated_where(mask: u64, x: u64) -> u64 {
    (x ^ mask).wrapping_sub(mask)
}
