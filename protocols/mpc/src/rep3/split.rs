//! Numbers as the bits of two summands.
//!
//! `x = u + v` with `u = x_D + x_{D+1}`, which the dealer `D` knows, and `v = x_{D+2}`, which the two
//! others know. The bits of `v` are shared as they are: the two hold them as the piece that both
//! have, the other pieces are nothing. Of those of `u`, one piece is a mask from the key that the
//! dealer shares with the party before it, what completes it goes to the party after it.

use super::frames::Frames;
use super::keys::Keys;
use super::parts::{Part, parts};
use super::planes::{TILE_WORDS, load};
use super::shape::pack;
use super::traffic::Role;
use super::{Share, bits};
use crate::stream::Outbox;

/// Elements worked on at once.
const TILE_ELEMENTS: usize = TILE_WORDS * u64::BITS as usize;

/// The bits of a dealer's summands, on their way.
pub(super) struct Split {
    /// A row for each bit, whole words.
    rows: Share,
    count: usize,
    length: usize,
    party: u8,
}

impl Split {
    /// The round in which everybody deals a third.
    pub(super) fn open(
        number: &Share,
        count: u8,
        party: u8,
        keys: &mut Keys,
        to_next: &mut Outbox,
    ) -> Self {
        let mut split = Self::new(number.len(), count, party);
        for part in parts(0, split.length, party) {
            let lanes = keys.lanes();
            let mut mask = vec![0; split.count * part.words.len()];
            match part.role {
                Role::Dealer => {
                    let sum = |at: usize| number.own[at].wrapping_add(number.next[at]);
                    let mut rows = rows_of(&part, split.count, sum);
                    keys.own(&lanes, 0, &mut mask);
                    bits::flip(&mut rows, &mask);
                    to_next.write(&rows);
                    put(&mut split.rows.own, &part, &mask, split.length);
                    put(&mut split.rows.next, &part, &rows, split.length);
                }
                Role::After => {}
                Role::Before => {
                    keys.next(&lanes, 0, &mut mask);
                    put(&mut split.rows.next, &part, &mask, split.length);
                }
            }
        }
        split
    }

    /// The bits, with what the dealer sent.
    pub(super) fn finish(mut self, frames: &mut Frames) -> Share {
        for part in parts(0, self.length, self.party) {
            if part.role == Role::After {
                let dealt = frames.read_prev(self.count * part.words.len());
                put(&mut self.rows.own, &part, dealt, self.length);
            }
        }
        self.packed()
    }

    /// The bits of the summands that no dealer knows.
    pub(super) fn held(number: &Share, count: u8, party: u8) -> Share {
        let mut split = Self::new(number.len(), count, party);
        for part in parts(0, split.length, party) {
            match part.role {
                Role::Dealer => {}
                Role::After => {
                    let rows = rows_of(&part, split.count, |at| number.next[at]);
                    put(&mut split.rows.next, &part, &rows, split.length);
                }
                Role::Before => {
                    let rows = rows_of(&part, split.count, |at| number.own[at]);
                    put(&mut split.rows.own, &part, &rows, split.length);
                }
            }
        }
        split.packed()
    }

    /// Words kept between rounds.
    pub(super) fn words(&self) -> usize {
        self.rows.capacity()
    }

    fn new(length: usize, count: u8, party: u8) -> Self {
        let count = usize::from(count);
        let words = count * length.div_ceil(u64::BITS as usize);
        let rows = Share { own: vec![0; words], next: vec![0; words] };
        Self { rows, count, length, party }
    }

    /// The rows without what fills up their last words.
    fn packed(&self) -> Share {
        let own = pack(&self.rows.own, self.count, self.length);
        Share { own, next: pack(&self.rows.next, self.count, self.length) }
    }
}

/// The lowest bits of a part's numbers, a row for each.
fn rows_of(part: &Part, count: usize, value: impl Fn(usize) -> u64) -> Vec<u64> {
    let wide = part.words.len();
    let mut out = vec![0; count * wide];
    for (tile, from) in part.elements.clone().step_by(TILE_ELEMENTS).enumerate() {
        let start = tile * TILE_WORDS;
        let words = TILE_WORDS.min(wide - start);
        let rows = load(from..part.elements.end.min(from + TILE_ELEMENTS), &value);
        for (out, row) in out.chunks_mut(wide).zip(&rows) {
            out[start..start + words].copy_from_slice(&row[..words]);
        }
    }
    out
}

/// Writes a part's rows where they belong in those of the whole vector.
fn put(all: &mut [u64], part: &Part, rows: &[u64], length: usize) {
    let wide = length.div_ceil(u64::BITS as usize);
    for (all, row) in all.chunks_mut(wide).zip(rows.chunks(part.words.len())) {
        all[part.words.clone()].copy_from_slice(row);
    }
}
