//! Vectors in a secret order.
//!
//! A secret permutation is shuffled together with what it is to move, by a permutation that nobody
//! knows; then it is opened, and everybody moves the shuffled elements to the places that it names.
//! What is opened is a uniformly random permutation, whatever the secret one is (Hamada et al. 2014/121,
//! Asharov et al. 2022/1595; the shuffle is that of Araki et al., CCS 2021).
//!
//! Call the parties `X`, `Y` and `Z`, in a cycle that turns with the operation. Three permutations
//! follow each other: the first is known to `X` and `Y`, the second to `Y` and `Z`, the third to `Z` and
//! `X`, each from the key that the two share. So for every party there is one that it does not know.
//!
//! 1. `X` adds its two pieces up and `Y` takes the third. Both apply the first permutation. `X` hands
//!    its part to `Z`, masked by what it shares with `Y`, who takes the mask off its own; `Y` applies the
//!    second permutation and hands its part to `X`, masked by what it shares with `Z`.
//! 2. `Z` applies the second permutation, takes that mask off, and applies the third; `X` applies the third.
//!    Two pieces of the result are masks, which `X` shares with `Y`, and `Y` with `Z`; the last is what `X`
//!    and `Z` have left, which they tell each other.
//! 3. Everybody sends one piece of the shuffled permutation to the party after it, which lacks that one.

use super::frames::{Frames, Sinks};
use super::keys::{Keys, Lanes};
use super::traffic::Words;
use super::{Local, Share};
use crate::PARTIES;

/// A party's place in the cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    X,
    Y,
    Z,
}

impl Place {
    pub(super) fn of(op: usize, party: u8) -> Self {
        let turn = op % usize::from(PARTIES);
        match (usize::from(party + PARTIES) - turn) % usize::from(PARTIES) {
            0 => Self::X,
            1 => Self::Y,
            _ => Self::Z,
        }
    }
}

/// A move between its rounds.
pub(super) struct Move {
    place: Place,
    /// Elements of a column; the last column is the permutation.
    length: usize,
    lanes: [Lanes; 4],
    state: State,
}

enum State {
    Handed,
    /// What `X` or `Z` has left; nothing at `Y`.
    Left(Vec<u64>),
    Shuffled(Share),
}

/// What each lane is for.
const ORDER: usize = 0;
const FIRST: usize = 1;
const SECOND: usize = 2;
const RESULT: usize = 3;

/// What a party sends: `all` counts the words of every column, the permutation's too.
pub(super) fn words(place: Place, round: usize, all: u64, length: u64) -> Words {
    match (round, place) {
        (0, Place::X | Place::Y) | (1, Place::X) => Words { next: 0, prev: all },
        (1, Place::Z) => Words { next: all, prev: 0 },
        (2, _) => Words { next: length, prev: 0 },
        (_, _) => Words::default(),
    }
}

impl Move {
    /// The first round. The permutation is the last column.
    pub(super) fn open(
        place: Place,
        columns: &Share,
        by: &Share,
        keys: &mut Keys,
        sinks: Sinks<'_>,
    ) -> Self {
        let lanes = [keys.lanes(), keys.lanes(), keys.lanes(), keys.lanes()];
        let length = by.len();
        match place {
            Place::X => {
                let own = columns.own.iter().chain(&by.own);
                let next = columns.next.iter().chain(&by.next);
                let sum: Vec<u64> = own.zip(next).map(|(a, b)| a.wrapping_add(*b)).collect();
                let mut part = arranged(&sum, &keys_order(keys, &lanes[ORDER], Half::Next, length));
                keys.sub_next(&lanes[FIRST], 0, &mut part);
                sinks.prev.write(&part);
            }
            Place::Y => {
                let own = [&columns.next[..], &by.next[..]].concat();
                let mut part = arranged(&own, &keys_order(keys, &lanes[ORDER], Half::Own, length));
                keys.add_own(&lanes[FIRST], 0, &mut part);
                let mut part =
                    arranged(&part, &keys_order(keys, &lanes[ORDER], Half::Next, length));
                keys.sub_next(&lanes[SECOND], 0, &mut part);
                sinks.prev.write(&part);
            }
            Place::Z => {}
        }
        Self { place, length, lanes, state: State::Handed }
    }

    /// Takes what came in a round and writes what goes in the next; gives the columns in order after
    /// the last. `all` counts their words and those of the permutation.
    pub(super) fn absorb(
        &mut self,
        all: usize,
        keys: &Keys,
        frames: &mut Frames,
        sinks: Option<Sinks<'_>>,
    ) -> Option<Share> {
        let (lanes, length) = (&self.lanes, self.length);
        let order = |half| keys_order(keys, &lanes[ORDER], half, length);
        match (core::mem::replace(&mut self.state, State::Handed), sinks) {
            (State::Handed, Some(sinks)) => {
                let part = match self.place {
                    Place::X => {
                        let mut part = arranged(frames.read_next(all), &order(Half::Own));
                        keys.sub_next(&lanes[RESULT], 0, &mut part);
                        sinks.prev.write(&part);
                        part
                    }
                    Place::Y => Vec::new(),
                    Place::Z => {
                        let mut part = arranged(frames.read_next(all), &order(Half::Own));
                        keys.add_own(&lanes[SECOND], 0, &mut part);
                        let mut part = arranged(&part, &order(Half::Next));
                        keys.sub_own(&lanes[RESULT], 0, &mut part);
                        sinks.next.write(&part);
                        part
                    }
                };
                self.state = State::Left(part);
                None
            }
            (State::Left(mut part), Some(sinks)) => {
                let received = match self.place {
                    Place::X => frames.read_prev(all),
                    Place::Y => &[],
                    Place::Z => frames.read_next(all),
                };
                for (word, other) in part.iter_mut().zip(received) {
                    *word = word.wrapping_add(*other);
                }
                let mask = |half: Half| {
                    let mut mask = vec![0; all];
                    match half {
                        Half::Own => keys.own(&lanes[RESULT], 0, &mut mask),
                        Half::Next => keys.next(&lanes[RESULT], 0, &mut mask),
                    }
                    mask
                };
                let share = match self.place {
                    Place::X => Share { own: part, next: mask(Half::Next) },
                    Place::Y => Share { own: mask(Half::Own), next: mask(Half::Next) },
                    Place::Z => Share { own: mask(Half::Own), next: part },
                };
                sinks.next.write(&share.own[all - length..]);
                self.state = State::Shuffled(share);
                None
            }
            (State::Shuffled(share), _) => {
                let opened = frames.read_prev(length);
                let pieces = share.own[all - length..].iter().zip(&share.next[all - length..]);
                let sums =
                    pieces.zip(opened).map(|((a, b), c)| a.wrapping_add(*b).wrapping_add(*c));
                // A party that deviates can name any place; it can make results wrong anyway.
                let place = |sum: u64| u32::try_from(sum % length.max(1) as u64).unwrap_or(0);
                let places: Vec<u32> = sums.map(place).collect();
                let columns = all - length;
                let own = arranged(&share.own[..columns], &places);
                Some(Share { own, next: arranged(&share.next[..columns], &places) })
            }
            // The schedule has a round for every step.
            (state, None) => {
                self.state = state;
                None
            }
        }
    }

    /// Words kept between rounds.
    pub(super) fn words(&self) -> usize {
        match &self.state {
            State::Handed => 0,
            State::Left(part) => part.capacity(),
            State::Shuffled(share) => share.capacity(),
        }
    }
}

/// Which of a party's two keys.
#[derive(Clone, Copy)]
pub(super) enum Half {
    Own,
    Next,
}

/// A permutation that the holders of a key know: every one equally likely, but for 2^-64 and less.
pub(super) fn keys_order(keys: &Keys, lanes: &Lanes, half: Half, length: usize) -> Vec<u32> {
    let mut words = vec![0; 2 * length];
    match half {
        Half::Own => keys.own(lanes, 0, &mut words),
        Half::Next => keys.next(lanes, 0, &mut words),
    }
    // Lengths of programs fit.
    let mut order: Vec<u32> = (0..u32::try_from(length).unwrap_or(u32::MAX)).collect();
    // Fisher and Yates.
    for (last, pair) in words.as_chunks::<2>().0.iter().enumerate().skip(1) {
        // The whole part of a fraction of 128 bits, times how many there are.
        let count = last as u128 + 1;
        let below = (u128::from(pair[1]) * count) >> 64;
        let other = (u128::from(pair[0]) * count + below) >> 64;
        order.swap(last, usize::try_from(other).unwrap_or(last));
    }
    order
}

/// Every column with its elements at the places named.
pub(crate) fn arranged(columns: &[u64], places: &[u32]) -> Vec<u64> {
    let mut out = vec![0; columns.len()];
    let wide = places.len().max(1);
    for (out, column) in out.chunks_mut(wide).zip(columns.chunks(wide)) {
        for (place, word) in places.iter().zip(column) {
            out[*place as usize] = *word;
        }
    }
    out
}

/// A party's piece of the places that elements take when those with bit 0 go before those with bit 1
/// and otherwise nothing changes: with `r` the ones up to here and `i` the place, `i - r` for the
/// former, `n - r_n + r - 1` for the latter.
pub(super) fn destinations(bits: &Share, party: u8) -> Vec<u64> {
    let length = bits.len();
    let mut ones = bits.clone();
    ones.run(length);
    let last = |words: &[u64]| words.last().copied().unwrap_or(0);
    let (all_own, all_next) = (last(&ones.own), last(&ones.next));
    // What ones have more than zeros: `2 r - r_n + n - 1 - i`.
    let mut more = ones.clone();
    more.mul_public(2);
    more.sub(&Share { own: vec![all_own], next: vec![all_next] });
    let public = |at: usize| (length as u64).wrapping_sub(1).wrapping_sub(at as u64);
    more.add(&Share::public(party, length, public));
    let mut base = Share::public(party, length, |at| at as u64);
    base.sub(&ones);
    let mut out = vec![0; length];
    Local::Product(bits, &more).fill(0, &mut out);
    for (word, base) in out.iter_mut().zip(&base.own) {
        *word = word.wrapping_add(*base);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Place;
    use crate::prg::{KEY, Key, Purpose};
    use troupe_types::{Hash, SessionId};

    #[test]
    fn every_order_of_four_is_equally_likely_and_its_holders_agree() {
        let key = |party: u8| {
            let purpose = Purpose::Pair { party };
            let place = Place { session: SessionId([0; 16]), terms: Hash([0; 32]) };
            Key::derive(&[party; KEY], purpose, place, Hash([0; 32]))
        };
        let (mut left, mut right) = (Keys::new(&key(0), &key(1)), Keys::new(&key(1), &key(2)));
        let mut counts = std::collections::BTreeMap::new();
        for _ in 0..24_000 {
            let (of_left, of_right) = (left.lanes(), right.lanes());
            let order = keys_order(&left, &of_left, Half::Next, 4);
            assert_eq!(order, keys_order(&right, &of_right, Half::Own, 4));
            *counts.entry(order).or_insert(0u32) += 1;
        }
        assert_eq!(counts.len(), 24);
        let chi: f64 =
            counts.values().map(|count| (f64::from(*count) - 1000.0).powi(2) / 1000.0).sum();
        // 23 degrees of freedom: beyond 70 once in a million.
        assert!(chi < 70.0, "{chi}");
    }
}
