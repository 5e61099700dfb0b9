//! Truncation by dealt bits.
//!
//! Let `0 <= z + 2^62 < 2^63`, `u = z_D + 2^62 + z_{D+1}` modulo 2^64, which the dealer knows, and
//! `v = z_{D+2}`. Rounding `u` down and `v` up,
//!
//! `(z_D + 2^62 >> s) + (z_{D+1} >> s) + ceil(v / 2^s) + c_s - 2^(64-s) (c_64 + w) - 2^(62-s)`
//!
//! is `z / 2^s`, rounded down or up, where `c_s` and `c_64` are carries inside `u`, into bit `s` and
//! out of the last, and `w` is the carry out of `u + v`. The first three terms are pieces that two
//! parties know each. Because the sum's top bit is 0, `w` is "or" of the top bits of `u` and `v`.
//! The dealer deals the bits of `u` and its carry; `c_s` is a sum of what it and one of the others
//! know. Each of these bits has two pieces, so one product makes it a number, two in one sum
//! where they count in the result at once; one more product makes `w`.
//!
//! Exact multiples of `2^s` stay exact, and others are rounded up with the probability of the
//! fraction cut off: `v` is uniform, and the result is rounded up unless its low bits exceed those
//! of `z` or are 0. Who sees a result and knows `v` (a receiver that colludes with one of the two
//! who are not the dealer) learns a comparison of the bits cut off with a random number.

use super::deal::{Deal, place};
use super::product::Pending;
use super::work::Bench;
use crate::rep3::Share;
use crate::rep3::frames::{Frames, Sinks};
use crate::rep3::parts::Part;
use crate::rep3::traffic::Role;

/// What makes numbers non-negative.
const OFFSET: u64 = 1 << 62;

/// Rows dealt: 64 bits and the carry.
pub(super) const ROWS: usize = 65;

/// A truncation between its rounds.
pub(super) struct Truncation {
    shift: u32,
    place_of: (usize, u8),
    state: State,
}

enum State {
    /// The product to truncate comes.
    Product(Pending),
    Dealt(Deal, Share),
    /// Carries of `u` as numbers, weighted, and its top bits.
    Carries {
        weighted: Pending,
        top: Pending,
        sum: Share,
        tops: [Share; 2],
    },
    /// Top bits of both.
    Wrap {
        pending: Pending,
        sum: Share,
        tops: Share,
    },
    Done,
}

impl Truncation {
    /// Begins with a product.
    pub(super) fn product(shift: u32, pending: Pending, place_of: (usize, u8)) -> Self {
        Self { shift, place_of, state: State::Product(pending) }
    }

    /// Begins with the numbers themselves.
    pub(super) fn open(
        shift: u32,
        number: Share,
        place_of: (usize, u8),
        bench: &mut Bench<'_>,
        sinks: Sinks<'_>,
    ) -> Self {
        let deal = Deal::open(&number, OFFSET, ROWS, place_of, bench.keys, sinks.next);
        Self { shift, place_of, state: State::Dealt(deal, number) }
    }

    pub(super) fn absorb(
        &mut self,
        bench: &mut Bench<'_>,
        frames: &mut Frames,
        sinks: Option<Sinks<'_>>,
    ) -> Option<Share> {
        match core::mem::replace(&mut self.state, State::Done) {
            State::Product(pending) => {
                let received = frames.take_next(pending.len());
                let number = pending.finish_numbers(received, bench.ledger);
                *self = Self::open(self.shift, number, self.place_of, bench, sinks?);
                None
            }
            State::Dealt(mut deal, number) => {
                deal.absorb(frames);
                self.state = self.carries(&deal, &number, bench, sinks?);
                deal.finish(bench.ledger);
                None
            }
            State::Carries { weighted, top, mut sum, tops: [mut tops, others] } => {
                let received = frames.read_next(weighted.len()).to_vec();
                sum.add(&weighted.finish_numbers(received, bench.ledger));
                let received = frames.read_next(top.len()).to_vec();
                let mut product = top.finish_numbers(received, bench.ledger);
                product.mul_public(2);
                tops.sub(&product);
                let mut both = tops.clone();
                both.add(&others);
                let pending = Pending::numbers(tops, others, 1, bench.keys, sinks?.prev);
                self.state = State::Wrap { pending, sum, tops: both };
                None
            }
            State::Wrap { pending, mut sum, mut tops } => {
                let received = frames.take_next(pending.len());
                tops.sub(&pending.finish_numbers(received, bench.ledger));
                tops.mul_public(self.wrap().cast_signed());
                sum.sub(&tops);
                Some(sum)
            }
            State::Done => None,
        }
    }

    /// What a carry out of 64 bits counts.
    fn wrap(&self) -> u64 {
        1 << (64 - self.shift)
    }

    /// Sends the products of the dealt bits' pieces.
    fn carries(
        &self,
        deal: &Deal,
        number: &Share,
        bench: &mut Bench<'_>,
        sinks: Sinks<'_>,
    ) -> State {
        let (wrap, shift) = (self.wrap(), self.shift as usize);
        let [mut left, mut right, mut top_left, mut top_right] = [const { empty() }; 4];
        let [mut sum, mut tops, mut others] = [const { empty() }; 3];
        for (part, dealt) in deal.parts() {
            let count = part.elements.len();
            let (first, second) = (&dealt.first, &dealt.second);
            let bit = |rows: &[u64], row: usize| -> Vec<u64> {
                let words = rows.get(row * dealt.words..(row + 1) * dealt.words);
                words.map_or(Vec::new(), |words| numbers(words, count))
            };
            let low = [&first.carries, &second.carries].map(|rows| bit(rows, shift));
            let out = [&first.bits, &second.bits].map(|rows| bit(rows, 64));
            let top = [&first.bits, &second.bits].map(|rows| bit(rows, 63));
            let pair = |a: &[u64], a_counts: u64, b: &[u64], b_counts: u64| -> Vec<u64> {
                let both = a.iter().zip(b);
                both.flat_map(|(a, b)| [a.wrapping_mul(a_counts), b.wrapping_mul(b_counts)])
                    .collect()
            };
            let less_two = 2u64.wrapping_neg();
            let weighted = pair(&low[0], less_two, &out[0], wrap.wrapping_mul(2));
            place(&mut left, part.role, [&weighted, &[], &[]], 2 * count);
            place(&mut right, part.role, [&[], &pair(&low[1], 1, &out[1], 1), &[]], 2 * count);
            place(&mut top_left, part.role, [&top[0], &[], &[]], count);
            place(&mut top_right, part.role, [&[], &top[1], &[]], count);
            place(&mut tops, part.role, [&top[0], &top[1], &[]], count);
            let v = self.third(part, number);
            let v_top: Vec<u64> = v.iter().map(|v| v >> 63).collect();
            place(&mut others, part.role, [&[], &[], &v_top], count);
            let high = |index: usize, offset: u64| -> Vec<u64> {
                let carries = low[index].iter().zip(&out[index]);
                let numbers = piece(part, number, index, 1).iter().zip(carries);
                numbers
                    .map(|(number, (low, out))| {
                        let high = number.wrapping_add(offset) >> self.shift;
                        high.wrapping_add(*low).wrapping_sub(out.wrapping_mul(wrap))
                    })
                    .collect()
            };
            let ceiling = (1u64 << self.shift) - 1;
            let rounded = v.iter().map(|v| (v >> self.shift) + u64::from(v & ceiling != 0));
            let rounded: Vec<u64> = rounded.map(|v| v.wrapping_sub(OFFSET >> self.shift)).collect();
            place(&mut sum, part.role, [&high(0, OFFSET), &high(1, 0), &rounded], count);
        }
        let weighted = Pending::numbers(left, right, 2, bench.keys, sinks.prev);
        let top = Pending::numbers(top_left, top_right, 1, bench.keys, sinks.prev);
        State::Carries { weighted, top, sum, tops: [tops, others] }
    }

    /// What the two others know.
    fn third<'a>(&self, part: &Part, number: &'a Share) -> &'a [u64] {
        piece(part, number, 2, 1)
    }

    pub(super) fn words(&self) -> usize {
        match &self.state {
            State::Product(pending) => pending.words(),
            State::Dealt(deal, number) => deal.words() + number.capacity(),
            State::Carries { weighted, top, sum, tops } => {
                let shares = [sum, &tops[0], &tops[1]].map(Share::capacity);
                weighted.words() + top.words() + shares.iter().sum::<usize>()
            }
            State::Wrap { pending, sum, tops } => {
                pending.words() + sum.capacity() + tops.capacity()
            }
            State::Done => 0,
        }
    }
}

pub(super) const fn empty() -> Share {
    Share { own: Vec::new(), next: Vec::new() }
}

/// Piece `D + index` of a part with so many words an element, nothing where it is not here.
pub(super) fn piece<'a>(part: &Part, number: &'a Share, index: usize, words: usize) -> &'a [u64] {
    let elements = part.elements.start * words..part.elements.end * words;
    match (part.role, index) {
        (Role::Dealer, 0) | (Role::After, 1) | (Role::Before, 2) => &number.own[elements],
        (Role::Dealer, 1) | (Role::After, 2) | (Role::Before, 0) => &number.next[elements],
        (Role::Dealer | Role::After | Role::Before, _) => &[],
    }
}

/// Bits as numbers.
pub(super) fn numbers(words: &[u64], count: usize) -> Vec<u64> {
    (0..count).map(|at| words[at / 64] >> (at % 64) & 1).collect()
}
