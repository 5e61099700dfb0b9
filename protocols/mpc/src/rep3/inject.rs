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

/// What comes in: bits, the numbers chosen where they are set, and numbers added to that.
pub(super) struct Operands {
    pub(super) bits: Share,
    pub(super) factor: Option<Share>,
    pub(super) base: Option<Share>,
}

/// An injection between its rounds.
pub(super) struct Inject {
    operands: Operands,
    runs: Vec<Run>,
    length: usize,
    is_closing: bool,
}

/// One part of it, with what was sent to the other of `A` and `B`.
struct Run {
    part: Part,
    lanes: [Lanes; 3],
    sent: Vec<u64>,
}

/// What each lane is for.
const BIT: usize = 0;
const FACTOR: usize = 1;
const RESULT: usize = 2;

impl Injection {
    /// What a party sends of a part of so many elements.
    pub(super) fn words(self, role: Role, round: usize, elements: u64) -> Words {
        let dealt = match self {
            Self::Number => elements,
            Self::Choice => 2 * elements,
        };
        match (round, role) {
            (0, Role::Dealer) => Words { next: dealt, prev: 0 },
            (1, Role::After) => Words { next: elements, prev: 0 },
            (1, Role::Before) => Words { next: 0, prev: elements },
            (_, _) => Words::default(),
        }
    }
}

impl Operands {
    /// Bit `at` of a vector of bits, as a mask of all or no bits.
    fn mask(words: &[u64], at: usize) -> u64 {
        (words[at / 64] >> (at % 64) & 1).wrapping_neg()
    }

    fn words(&self) -> usize {
        let numbers = [&self.factor, &self.base].into_iter().flatten();
        self.bits.capacity() + numbers.map(Share::capacity).sum::<usize>()
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
        let mut runs = Vec::with_capacity(3);
        for part in parts(op, length, party) {
            let lanes = [keys.lanes(), keys.lanes(), keys.lanes()];
            let run = Run { part, lanes, sent: Vec::new() };
            if run.part.role == Role::Dealer {
                run.deal(&operands, keys, to_next);
            }
            runs.push(run);
        }
        Self { operands, runs, length, is_closing: false }
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
            for run in &mut self.runs {
                run.close(&self.operands, keys, frames, sinks.next, sinks.prev);
            }
            self.is_closing = true;
            return None;
        }
        let mut share = Share { own: vec![0; self.length], next: vec![0; self.length] };
        for run in &self.runs {
            run.finish(keys, frames, &mut share);
        }
        if let Some(base) = &self.operands.base {
            share.add(base);
        }
        Some(share)
    }

    /// Words kept between rounds.
    pub(super) fn words(&self) -> usize {
        self.operands.words() + self.runs.iter().map(|run| run.sent.capacity()).sum::<usize>()
    }
}

impl Run {
    /// `c`, then `c s`, tile by tile.
    fn deal(&self, operands: &Operands, keys: &Keys, to_next: &mut Outbox) {
        let bits = &operands.bits;
        let mut tile = [0; TILE];
        for from in self.part.elements.clone().step_by(TILE) {
            let elements = from..self.part.elements.end.min(from + TILE);
            let tile = &mut tile[..elements.len()];
            let position = from - self.part.elements.start;
            let chosen = |at: usize| Operands::mask(&bits.own, at) ^ Operands::mask(&bits.next, at);
            for (word, at) in tile.iter_mut().zip(elements.clone()) {
                *word = chosen(at) & 1;
            }
            keys.sub_own(&self.lanes[BIT], position, tile);
            to_next.write(tile);
            if let Some(factor) = &operands.factor {
                for (word, at) in tile.iter_mut().zip(elements) {
                    *word = chosen(at) & factor.own[at].wrapping_add(factor.next[at]);
                }
                keys.sub_own(&self.lanes[FACTOR], position, tile);
                to_next.write(tile);
            }
        }
    }

    /// What `A` or `B` has of the result, masked.
    fn close(
        &mut self,
        operands: &Operands,
        keys: &Keys,
        frames: &mut Frames,
        to_next: &mut Outbox,
        to_prev: &mut Outbox,
    ) {
        let role = self.part.role;
        if role == Role::Dealer {
            return;
        }
        let count = self.part.elements.len();
        let is_choice = operands.factor.is_some();
        let mut rest = match role {
            Role::After => frames.read_prev(if is_choice { 2 * count } else { count }),
            Role::Dealer | Role::Before => &[],
        };
        // `A` has pieces `D + 1` and `D + 2`, `B` has `D + 2` and `D`; `A` adds what both know.
        let y = if role == Role::After { &operands.bits.next } else { &operands.bits.own };
        let both = if role == Role::After { u64::MAX } else { 0 };
        let (mut c, mut product) = ([0; TILE], [0; TILE]);
        let mut sent = vec![0; count];
        for (index, tile) in sent.chunks_mut(TILE).enumerate() {
            let position = index * TILE;
            let from = self.part.elements.start + position;
            for (lane, words) in [(BIT, &mut c), (FACTOR, &mut product)] {
                let words = &mut words[..tile.len()];
                if lane == FACTOR && !is_choice {
                    continue;
                }
                if role == Role::After {
                    let (now, later) = rest.split_at(tile.len());
                    words.copy_from_slice(now);
                    rest = later;
                } else {
                    keys.next(&self.lanes[lane], position, words);
                }
            }
            let dealt = c.iter().zip(&product);
            match &operands.factor {
                None => {
                    for ((word, (c, _)), at) in tile.iter_mut().zip(dealt).zip(from..) {
                        let y = Operands::mask(y, at);
                        *word = negated_where(y, *c).wrapping_add(y & both & 1);
                    }
                }
                Some(t) => {
                    let (s, t) =
                        if role == Role::After { (&t.own, &t.next) } else { (&t.next, &t.own) };
                    let numbers = s[from..].iter().zip(&t[from..]);
                    let terms = tile.iter_mut().zip(dealt).zip(numbers).zip(from..);
                    for (((word, (c, product)), (s, t)), at) in terms {
                        let y = Operands::mask(y, at);
                        let by_c = product.wrapping_add(t.wrapping_mul(*c));
                        let known = s.wrapping_add(t & both) & y;
                        *word = negated_where(y, by_c).wrapping_add(known);
                    }
                }
            }
            match role {
                Role::After => {
                    keys.sub_own(&self.lanes[RESULT], position, tile);
                    to_next.write(tile);
                }
                Role::Dealer | Role::Before => {
                    keys.sub_next(&self.lanes[RESULT], position, tile);
                    to_prev.write(tile);
                }
            }
        }
        self.sent = sent;
    }

    /// The pieces of the result.
    fn finish(&self, keys: &Keys, frames: &mut Frames, share: &mut Share) {
        let range = self.part.elements.clone();
        let (own, next) = (&mut share.own[range.clone()], &mut share.next[range]);
        let mask = &self.lanes[RESULT];
        let (received, sum) = match self.part.role {
            Role::Dealer => {
                keys.own(mask, 0, own);
                keys.next(mask, 0, next);
                return;
            }
            Role::After => {
                keys.own(mask, 0, own);
                (frames.read_next(self.sent.len()), next)
            }
            Role::Before => {
                keys.next(mask, 0, next);
                (frames.read_prev(self.sent.len()), own)
            }
        };
        for ((sum, sent), received) in sum.iter_mut().zip(&self.sent).zip(received) {
            *sum = sent.wrapping_add(*received);
        }
    }
}

/// `-x` under a mask of ones, `x` under none.
fn negated_where(mask: u64, x: u64) -> u64 {
    (x ^ mask).wrapping_sub(mask)
}
