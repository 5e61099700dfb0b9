//! Bits of the sum of the two pieces that a party has, dealt by it and bound to them by carries.

use super::ledger::{Dealt, Ledger, Side};
use crate::rep3::Share;
use crate::rep3::frames::Frames;
use crate::rep3::keys::{Keys, Lanes};
use crate::rep3::parts::{Part, parts};
use crate::rep3::planes::load;
use crate::rep3::ring::Ring;
use crate::rep3::traffic::Role;
use crate::stream::Outbox;

/// Bits in a word.
const BITS: usize = u64::BITS as usize;

/// Elements worked on at once.
const TILE: usize = 8 * BITS;

/// A deal of every part of a vector, between its rounds.
pub(super) struct Deal {
    rows: usize,
    parts: Vec<(Part, Dealt)>,
}

impl Deal {
    /// Deals our part: the lowest `rows` bits of `x_D + offset + x_{D+1}`, of which the one after the last of a
    /// number is the carry.
    pub(super) fn open<R: Ring>(
        number: &Share,
        offset: R,
        rows: usize,
        (op, party): (usize, u8),
        keys: &mut Keys,
        to_next: &mut Outbox,
    ) -> Self {
        let all = parts(op, number.len() / R::WORDS, party).map(|part| {
            let lanes = keys.lanes();
            let dealt = open(number, offset, rows, &part, (keys, &lanes), to_next);
            (part, dealt)
        });
        Self { rows, parts: all.collect() }
    }

    /// Takes what the dealer before us sent.
    pub(super) fn absorb(&mut self, frames: &mut Frames) {
        for (_, dealt) in &mut self.parts {
            if dealt.role != Role::After {
                continue;
            }
            // The bits of the summand wait where the carries will be.
            let bits = frames.read_prev(self.rows * dealt.words).to_vec();
            for (carry, bit) in dealt.second.carries.iter_mut().zip(&bits) {
                *carry ^= bit;
            }
            dealt.second.bits = bits;
        }
    }

    pub(super) fn parts(&self) -> &[(Part, Dealt)] {
        &self.parts
    }

    /// The shared bits of one row of the whole vector.
    pub(super) fn row(&self, row: usize) -> Share {
        self.shared(|dealt| {
            let range = row * dealt.words..(row + 1) * dealt.words;
            [&dealt.first, &dealt.second].map(|side| side.bits.get(range.clone()).unwrap_or(&[]))
        })
    }

    fn shared<'a>(&'a self, pieces: impl Fn(&'a Dealt) -> [&'a [u64]; 2]) -> Share {
        let mut share = Share::default();
        for (part, dealt) in &self.parts {
            let [first, second] = pieces(dealt);
            place(&mut share, part.role, [first, second, &[]], dealt.words);
        }
        share
    }

    pub(super) fn words(&self) -> usize {
        let side = |side: &Side| side.bits.capacity() + side.carries.capacity();
        self.parts.iter().map(|(_, dealt)| side(&dealt.first) + side(&dealt.second)).sum()
    }

    /// What has to be proven of it.
    pub(super) fn finish(self, ledger: &mut Ledger) {
        if let Some(ledger) = ledger.open() {
            ledger.deals.extend(self.parts.into_iter().map(|(_, dealt)| dealt));
        }
    }
}

/// Appends what a role holds of pieces `D`, `D + 1` and `D + 2`; pieces that are not given are 0.
pub(super) fn place(share: &mut Share, role: Role, pieces: [&[u64]; 3], words: usize) {
    let (own, next) = match role {
        Role::Dealer => (pieces[0], pieces[1]),
        Role::After => (pieces[1], pieces[2]),
        Role::Before => (pieces[2], pieces[0]),
    };
    for (side, piece) in [(&mut share.own, own), (&mut share.next, next)] {
        let end = side.len() + words;
        side.extend_from_slice(piece);
        side.resize(end, 0);
    }
}

/// The lowest `rows` bits of a part's numbers, row after row; a 65th is 0.
pub(super) fn rows_of(part: &Part, rows: usize, value: impl Fn(usize) -> u64) -> Vec<u64> {
    let words = part.words.len();
    let mut all = vec![0; rows * words];
    for from in part.elements.clone().step_by(TILE) {
        let elements = from..part.elements.end.min(from + TILE);
        let at = (from - part.elements.start) / BITS;
        let count = elements.len().div_ceil(BITS);
        let planes = load(elements, &value);
        for (row, plane) in all.chunks_mut(words).zip(&planes) {
            row[at..at + count].copy_from_slice(&plane[..count]);
        }
    }
    all
}

/// The same of numbers of one word or two.
fn rows_in<R: Ring>(part: &Part, rows: usize, value: impl Fn(usize) -> R) -> Vec<u64> {
    if R::WORDS == 1 {
        return rows_of(part, rows, |at| value(at).word(0));
    }
    let mut all = rows_of(part, BITS, |at| value(at).word(0));
    all.extend(rows_of(part, rows.saturating_sub(BITS), |at| value(at).word(1)));
    all
}

fn open<R: Ring>(
    number: &Share,
    offset: R,
    rows: usize,
    part: &Part,
    (keys, lanes): (&Keys, &Lanes),
    to_next: &mut Outbox,
) -> Dealt {
    let words = part.words.len();
    let (mut first, mut second) = (Side::default(), Side::default());
    match part.role {
        Role::Dealer => {
            let one = |at: usize| R::at(&number.own, at).plus(offset);
            let sum = |at: usize| one(at).plus(R::at(&number.next, at));
            let mut bits = rows_in(part, rows, sum);
            if let Some(row) = bits.get_mut(BITS * R::WORDS * words..) {
                for (index, at) in part.elements.clone().enumerate() {
                    let carry = sum(at) < one(at);
                    if let Some(word) = row.get_mut(index / BITS) {
                        *word |= u64::from(carry) << (index % BITS);
                    }
                }
            }
            first.bits = vec![0; rows * words];
            keys.own(lanes, 0, &mut first.bits);
            for (bit, mask) in bits.iter_mut().zip(&first.bits) {
                *bit ^= mask;
            }
            second.bits = bits;
            to_next.write(&second.bits);
            first.carries = rows_in(part, rows, one);
            second.carries = rows_in(part, rows, |at| R::at(&number.next, at));
            for side in [&mut first, &mut second] {
                for (carry, bit) in side.carries.iter_mut().zip(&side.bits) {
                    *carry ^= bit;
                }
            }
        }
        Role::Before => {
            first.bits = vec![0; rows * words];
            keys.next(lanes, 0, &mut first.bits);
            first.carries = rows_in(part, rows, |at| R::at(&number.next, at).plus(offset));
            for (carry, bit) in first.carries.iter_mut().zip(&first.bits) {
                *carry ^= bit;
            }
        }
        Role::After => second.carries = rows_in(part, rows, |at| R::at(&number.own, at)),
    }
    Dealt { role: part.role, words, first, second }
}
