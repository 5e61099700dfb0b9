//! Truncation of wide numbers, and numbers as wide ones.
//!
//! [Truncation by dealt bits](super::truncate), with its words: `k` is 128, or 64 where numbers are made wide and
//! nothing is cut off. The pieces of the result are modulo 2^128, and so is the carry `c_s`. What carries count that
//! leave `k` bits, `2^(k-s)`, is a multiple of 2^64, so that these bits need to be known modulo 2^64 only, and their
//! products are products of words.

use super::deal::{Deal, place};
use super::product::Pending;
use super::truncate::{empty, numbers, piece};
use super::work::Bench;
use crate::rep3::Share;
use crate::rep3::frames::{Frames, Sinks};
use crate::rep3::parts::Part;
use crate::rep3::ring::{Ring, halves};

/// What makes numbers non-negative: of 64 bits, and of 128.
const OFFSET: u64 = 1 << 62;
const WIDE_OFFSET: u128 = 1 << 126;

/// Rows dealt: the bits and the carry.
pub(super) const ROWS: usize = 65;
pub(super) const WIDE_ROWS: usize = 129;

/// One of both between its rounds.
pub(super) struct Cut {
    /// Bits cut off; none where numbers are made wide.
    shift: Option<u8>,
    state: State,
}

enum State {
    Dealt(Deal, Share),
    Carries(Box<Carries>),
    /// Top bits of both.
    Wrap(Box<Wrap>),
    Done,
}

/// Carries of `u` as numbers, and its top bits.
struct Carries {
    /// Into the lowest bit that stays.
    low: Option<Pending>,
    out: Pending,
    top: Pending,
    sum: Share,
    /// What is known of the carry out, the top bits of `u` and those of `v`.
    bits: [Share; 3],
}

struct Wrap {
    pending: Pending,
    sum: Share,
    wraps: Share,
}

impl Cut {
    pub(super) fn open(
        shift: Option<u8>,
        number: Share,
        place_of: (usize, u8),
        bench: &mut Bench<'_>,
        sinks: Sinks<'_>,
    ) -> Self {
        let deal = match shift {
            None => Deal::open(&number, OFFSET, ROWS, place_of, bench.keys, sinks.next),
            Some(_) => {
                Deal::open(&number, WIDE_OFFSET, WIDE_ROWS, place_of, bench.keys, sinks.next)
            }
        };
        Self { shift, state: State::Dealt(deal, number) }
    }

    pub(super) fn absorb(
        &mut self,
        bench: &mut Bench<'_>,
        frames: &mut Frames,
        sinks: Option<Sinks<'_>>,
    ) -> Option<Share> {
        match core::mem::replace(&mut self.state, State::Done) {
            State::Dealt(mut deal, number) => {
                deal.absorb(frames);
                self.state = self.carries(&deal, &number, bench, sinks?);
                deal.finish(bench.ledger);
                None
            }
            State::Carries(carries) => {
                let Carries { low, out, top, mut sum, bits } = *carries;
                let [mut outs, mut tops, others] = bits;
                let mut received = |pending: &Pending| frames.read_next(pending.len()).to_vec();
                if let Some(low) = low {
                    let words = received(&low);
                    sum.add_wide(&low.finish_wide(words, bench.ledger));
                }
                for (pending, bits) in [(out, &mut outs), (top, &mut tops)] {
                    // `a + b - 2 a b`.
                    let words = received(&pending);
                    let mut product = pending.finish_numbers(words, bench.ledger);
                    product.mul_public(2);
                    bits.sub(&product);
                }
                // A carry out of `u`, and one out of `u + v`: `a + b - a b`.
                let mut wraps = outs;
                wraps.add(&tops);
                wraps.add(&others);
                let pending = Pending::numbers(tops, others, 1, bench.keys, sinks?.prev);
                self.state = State::Wrap(Box::new(Wrap { pending, sum, wraps }));
                None
            }
            State::Wrap(wrap) => {
                let Wrap { pending, mut sum, mut wraps } = *wrap;
                let received = frames.take_next(pending.len());
                wraps.sub(&pending.finish_numbers(received, bench.ledger));
                for (sum, wraps) in [(&mut sum.own, &wraps.own), (&mut sum.next, &wraps.next)] {
                    for ([_, high], wrap) in sum.as_chunks_mut::<2>().0.iter_mut().zip(wraps) {
                        *high = high.wrapping_sub(wrap << self.wrap());
                    }
                }
                Some(sum)
            }
            State::Done => None,
        }
    }

    /// What a carry out counts, as a power of two in the higher word.
    fn wrap(&self) -> u32 {
        self.shift.map_or(0, |shift| 64 - u32::from(shift))
    }

    /// Sends the products of the dealt bits' pieces.
    fn carries(
        &self,
        deal: &Deal,
        number: &Share,
        bench: &mut Bench<'_>,
        sinks: Sinks<'_>,
    ) -> State {
        let [mut left, mut right, mut out_left, mut out_right] = [const { empty() }; 4];
        let [mut top_left, mut top_right, mut sum] = [const { empty() }; 3];
        let [mut outs, mut tops, mut others] = [const { empty() }; 3];
        let width = if self.shift.is_some() { 128 } else { 64 };
        for (part, dealt) in deal.parts() {
            let count = part.elements.len();
            let (first, second) = (&dealt.first, &dealt.second);
            let bit = |rows: &[u64], row: usize| -> Vec<u64> {
                let words = rows.get(row * dealt.words..(row + 1) * dealt.words);
                words.map_or(Vec::new(), |words| numbers(words, count))
            };
            let out = [&first.bits, &second.bits].map(|rows| bit(rows, width));
            let top = [&first.bits, &second.bits].map(|rows| bit(rows, width - 1));
            let low = [&first.carries, &second.carries].map(|rows| match self.shift {
                // There is no carry into the lowest bit.
                None => bit(rows, 0).iter().map(|_| 0).collect(),
                Some(shift) => bit(rows, shift.into()),
            });
            let role = part.role;
            place(&mut out_left, role, [&out[0], &[], &[]], count);
            place(&mut out_right, role, [&[], &out[1], &[]], count);
            place(&mut top_left, role, [&top[0], &[], &[]], count);
            place(&mut top_right, role, [&[], &top[1], &[]], count);
            place(&mut outs, role, [&out[0], &out[1], &[]], count);
            place(&mut tops, role, [&top[0], &top[1], &[]], count);
            let v = self.read(part, number, 2);
            let v_top: Vec<u64> = v.iter().map(|v| halves(v >> (width - 1))[0]).collect();
            place(&mut others, role, [&[], &[], &v_top], count);
            if self.shift.is_some() {
                let less_two = |bit: &u64| halves(u128::from(*bit).wrapping_mul(2).wrapping_neg());
                let lefts: Vec<u64> = low[0].iter().flat_map(less_two).collect();
                let rights: Vec<u64> = low[1].iter().flat_map(|bit| [*bit, 0]).collect();
                place(&mut left, role, [&lefts, &[], &[]], 2 * count);
                place(&mut right, role, [&[], &rights, &[]], 2 * count);
            }
            let high = |index: usize| -> Vec<u64> {
                let all = self.read(part, number, index).into_iter().zip(&low[index]);
                all.flat_map(|(number, low)| {
                    halves((number >> self.cut()).wrapping_add(u128::from(*low)))
                })
                .collect()
            };
            let offset = if self.shift.is_some() { WIDE_OFFSET } else { OFFSET.into() };
            let rest = (1u128 << self.cut()).wrapping_sub(1);
            let rounded = v.iter().flat_map(|v| {
                let up = (v >> self.cut()).wrapping_add(u128::from(v & rest != 0));
                halves(up.wrapping_sub(offset >> self.cut()))
            });
            let rounded: Vec<u64> = rounded.collect();
            place(&mut sum, role, [&high(0), &high(1), &rounded], 2 * count);
        }
        let low = self.shift.map(|_| Pending::wide(left, right, 1, bench.keys, &mut *sinks.prev));
        let out = Pending::numbers(out_left, out_right, 1, bench.keys, &mut *sinks.prev);
        let top = Pending::numbers(top_left, top_right, 1, bench.keys, sinks.prev);
        State::Carries(Box::new(Carries { low, out, top, sum, bits: [outs, tops, others] }))
    }

    /// Bits cut off.
    fn cut(&self) -> u32 {
        self.shift.unwrap_or(0).into()
    }

    /// Piece `D + index` of a part, with what makes the first one non-negative; nothing where it is not here.
    fn read(&self, part: &Part, number: &Share, index: usize) -> Vec<u128> {
        match self.shift {
            None => {
                let offset = if index == 0 { OFFSET } else { 0 };
                let words = piece(part, number, index, 1).iter();
                words.map(|word| word.wrapping_add(offset).into()).collect()
            }
            Some(_) => {
                let offset = if index == 0 { WIDE_OFFSET } else { 0 };
                let words = u128::all(piece(part, number, index, 2));
                words.map(|word| word.wrapping_add(offset)).collect()
            }
        }
    }

    pub(super) fn words(&self) -> usize {
        match &self.state {
            State::Dealt(deal, number) => deal.words() + number.capacity(),
            State::Carries(carries) => {
                let Carries { low, out, top, sum, bits } = &**carries;
                let shares = bits.iter().chain([sum]).map(Share::capacity);
                let pending = low.iter().chain([out, top]).map(Pending::words);
                shares.chain(pending).sum()
            }
            State::Wrap(wrap) => wrap.pending.words() + wrap.sum.capacity() + wrap.wraps.capacity(),
            State::Done => 0,
        }
    }
}
