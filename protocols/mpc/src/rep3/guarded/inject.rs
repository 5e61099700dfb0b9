//! From bits to numbers by products.
//!
//! Each piece of a bit is with two parties, so the number that it is, 0 or 1, is shared already: as
//! that piece, the other two being 0. "Exclusive or" is `a + b - 2 a b`, so two products put the
//! three pieces together, and one more chooses a number by the bit.

use super::product::Pending;
use super::work::Bench;
use crate::peer::next;
use crate::rep3::Share;
use crate::rep3::frames::{Frames, Sinks};
use crate::rep3::inject::Operands;

/// An injection between its rounds.
pub(super) struct Inject {
    party: u8,
    operands: Operands,
    length: usize,
    state: State,
}

enum State {
    /// A product of two bits, and their sum.
    Two(Pending, Share),
    Three(Pending, Share),
    Choice(Pending),
    Done,
}

impl Inject {
    pub(super) fn open(
        operands: Operands,
        length: usize,
        party: u8,
        bench: &mut Bench<'_>,
        sinks: Sinks<'_>,
    ) -> Self {
        let [a, b] = [0, 1].map(|piece| embed(&operands.bits, piece, party, length));
        let mut sum = a.clone();
        sum.add(&b);
        let pending = Pending::numbers(a, b, 1, bench.keys, sinks.prev);
        Self { party, operands, length, state: State::Two(pending, sum) }
    }

    pub(super) fn absorb(
        &mut self,
        bench: &mut Bench<'_>,
        frames: &mut Frames,
        sinks: Option<Sinks<'_>>,
    ) -> Option<Share> {
        match core::mem::replace(&mut self.state, State::Done) {
            State::Two(pending, sum) => {
                let a = finish(pending, sum, frames, bench);
                let b = embed(&self.operands.bits, 2, self.party, self.length);
                let mut sum = a.clone();
                sum.add(&b);
                let pending = Pending::numbers(a, b, 1, bench.keys, sinks?.prev);
                self.state = State::Three(pending, sum);
                None
            }
            State::Three(pending, sum) => {
                let bit = finish(pending, sum, frames, bench);
                let Some(factor) = self.operands.factor.take() else { return Some(bit) };
                let pending = Pending::numbers(bit, factor, 1, bench.keys, sinks?.prev);
                self.state = State::Choice(pending);
                None
            }
            State::Choice(pending) => {
                let received = frames.take_next(pending.len());
                let mut chosen = pending.finish_numbers(received, bench.ledger);
                if let Some(base) = &self.operands.base {
                    chosen.add(base);
                }
                Some(chosen)
            }
            State::Done => None,
        }
    }

    pub(super) fn words(&self) -> usize {
        let Operands { bits, factor, base } = &self.operands;
        let given = [factor, base].into_iter().flatten().map(Share::capacity);
        let state = match &self.state {
            State::Two(pending, sum) | State::Three(pending, sum) => {
                pending.words() + sum.capacity()
            }
            State::Choice(pending) => pending.words(),
            State::Done => 0,
        };
        bits.capacity() + given.sum::<usize>() + state
    }
}

/// `a + b - 2 a b`.
fn finish(pending: Pending, mut sum: Share, frames: &mut Frames, bench: &mut Bench<'_>) -> Share {
    let received = frames.take_next(pending.len());
    let mut product = pending.finish_numbers(received, bench.ledger);
    product.mul_public(2);
    sum.sub(&product);
    sum
}

/// The numbers that one piece of bits is, shared without a message.
fn embed(bits: &Share, piece: u8, party: u8, length: usize) -> Share {
    let numbers = |bits: &[u64], is_here: bool| match is_here {
        true => (0..length).map(|at| bits[at / 64] >> (at % 64) & 1).collect(),
        false => vec![0; length],
    };
    Share {
        own: numbers(&bits.own, piece == party),
        next: numbers(&bits.next, piece == next(party)),
    }
}
