//! Tests of numbers, round by round; [`Test`] says how they work.
//!
//! 1. The dealer shares its bits: one piece is a mask from the key it shares with the party before
//!    it, what completes it goes to the party after it; the third piece is nothing.
//! 2. These two compute their parts of every block's answers, mask them with the keys that each
//!    shares with the dealer, and exchange them. The masks are the dealer's two pieces.
//! 3. The answers of two neighbouring blocks become one, level by level.

use super::frames::{Frames, Sinks};
use super::keys::{Keys, Lanes};
use super::parts::{Part, parts};
use super::planes::{Row, TILE_WORDS, ZEROS, and, load, one_hot, xor};
use super::test::{Question, Test};
use super::traffic::Role;
use super::tree::Tree;
use super::{Share, bits};
use crate::stream::Outbox;

/// Elements worked on at once.
const TILE_ELEMENTS: usize = TILE_WORDS * u64::BITS as usize;

/// A test of a vector between its rounds.
pub(super) struct Comparison {
    test: Test,
    runs: Vec<Run>,
}

/// One part of it.
struct Run {
    role: Role,
    words: usize,
    masks: Lanes,
    answers: Lanes,
    state: State,
}

enum State {
    /// The dealer waits for the others; it knows the sum of the bits at the sign's place.
    Dealt {
        sign: Share,
    },
    /// The bits of `v`, tile after tile.
    Holding {
        planes: Vec<Row>,
    },
    /// Answers sent to the other of the two.
    Answered {
        sent: Vec<u64>,
        sign: Share,
    },
    Joining {
        tree: Tree,
        sign: Share,
    },
    Done(Share),
}

impl Comparison {
    /// The first round, in which everybody deals a third.
    pub(super) fn open(
        test: Test,
        (op, party): (usize, u8),
        number: &Share,
        keys: &mut Keys,
        to_next: &mut Outbox,
    ) -> Self {
        let runs = parts(op, number.len(), party).map(|part| {
            let (masks, answers) = (keys.lanes(), keys.lanes());
            let state = match part.role {
                Role::Dealer => deal(test, number, &part, (keys, &masks), to_next),
                Role::After => hold(test, &number.next[part.elements.clone()]),
                Role::Before => hold(test, &number.own[part.elements.clone()]),
            };
            Run { role: part.role, words: part.words.len(), masks, answers, state }
        });
        Self { test, runs: runs.collect() }
    }

    /// Takes what came in a round and writes what goes in the next; gives the bits after the last.
    pub(super) fn absorb(
        &mut self,
        keys: &mut Keys,
        frames: &mut Frames,
        mut sinks: Option<Sinks<'_>>,
    ) -> Option<Share> {
        for run in &mut self.runs {
            let state = core::mem::replace(&mut run.state, State::Done(Share::default()));
            run.state = run.absorb(state, self.test, keys, frames, sinks.as_mut());
        }
        let words = self.runs.iter().map(|run| run.words).sum();
        let mut result = Share { own: Vec::with_capacity(words), next: Vec::with_capacity(words) };
        for run in &self.runs {
            // All parts have as many rounds.
            let State::Done(share) = &run.state else { return None };
            result.own.extend_from_slice(&share.own);
            result.next.extend_from_slice(&share.next);
        }
        Some(result)
    }

    /// Words kept between rounds.
    pub(super) fn words(&self) -> usize {
        let words = |run: &Run| match &run.state {
            State::Dealt { sign } => sign.capacity(),
            State::Holding { planes } => planes.capacity() * TILE_WORDS,
            State::Answered { sent, sign } => sent.capacity() + sign.capacity(),
            State::Joining { tree, sign } => tree.words() + sign.capacity(),
            State::Done(share) => share.capacity(),
        };
        self.runs.iter().map(words).sum()
    }
}

impl Run {
    /// The state that follows.
    fn absorb(
        &self,
        state: State,
        test: Test,
        keys: &mut Keys,
        frames: &mut Frames,
        sinks: Option<&mut Sinks<'_>>,
    ) -> State {
        let answers = test.answers(test.blocks()) * self.words;
        match (state, self.role) {
            (State::Holding { planes }, role) => {
                // The tests' first two rounds are followed by another.
                let Some(sinks) = sinks else { return State::Holding { planes } };
                let dealt = match role {
                    Role::After => frames.read_prev(test.dealt() * self.words),
                    Role::Dealer | Role::Before => &[],
                };
                let (mut sent, sign) = self.answer(test, keys, &planes, dealt);
                match role {
                    Role::After => {
                        keys.xor_own(&self.answers, 0, &mut sent);
                        sinks.next.write(&sent);
                    }
                    Role::Dealer | Role::Before => {
                        keys.xor_next(&self.answers, 0, &mut sent);
                        sinks.prev.write(&sent);
                    }
                }
                State::Answered { sent, sign }
            }
            // The dealer has nothing to do in the second round: it waits with what it knows.
            (State::Dealt { sign }, _) => State::Answered { sent: Vec::new(), sign },
            (State::Answered { mut sent, sign }, role) => {
                let mut mask = vec![0; answers];
                let received = match role {
                    Role::Dealer => &[],
                    Role::After => frames.read_next(answers),
                    Role::Before => frames.read_prev(answers),
                };
                for (word, other) in sent.iter_mut().zip(received) {
                    *word ^= other;
                }
                let (own, next) = match role {
                    Role::Dealer => {
                        sent = vec![0; answers];
                        keys.own(&self.answers, 0, &mut sent);
                        keys.next(&self.answers, 0, &mut mask);
                        (sent, mask)
                    }
                    Role::After => {
                        keys.own(&self.answers, 0, &mut mask);
                        (mask, sent)
                    }
                    Role::Before => {
                        keys.next(&self.answers, 0, &mut mask);
                        (sent, mask)
                    }
                };
                let tree = Tree::new(test, bits::rows(&own, &next, self.words));
                join(tree, sign, keys, sinks)
            }
            (State::Joining { mut tree, sign }, _) => {
                tree.absorb(frames.read_next(tree.sent()));
                join(tree, sign, keys, sinks)
            }
            (State::Done(share), _) => State::Done(share),
        }
    }

    /// This party's part of every answer, row after row, and its pieces of the sign's sum.
    fn answer(&self, test: Test, keys: &Keys, planes: &[Row], dealt: &[u64]) -> (Vec<u64>, Share) {
        let rows = test.answers(test.blocks());
        let mut answers = vec![0; rows * self.words];
        let mut sign = Share::default();
        let mut hot = vec![ZEROS; test.dealt()];
        let mut out = vec![ZEROS; rows];
        let mut rest = dealt;
        for (index, v) in planes.chunks(test.planes()).enumerate() {
            let from = index * TILE_WORDS;
            let count = TILE_WORDS.min(self.words - from);
            if self.role == Role::After {
                for row in &mut hot {
                    let (now, later) = rest.split_at(count);
                    row[..count].copy_from_slice(now);
                    rest = later;
                }
            } else {
                keys.next(&self.masks, from * hot.len(), hot.as_flattened_mut());
            }
            answer(test, &hot, v, self.role, &mut out);
            for (row, words) in out.iter().zip(answers.chunks_mut(self.words)) {
                words[from..from + count].copy_from_slice(&row[..count]);
            }
            if test.question == Question::Negative {
                let (theirs, ours) = (&hot[hot.len() - 1][..count], &v[test.bits()][..count]);
                let (own, next) =
                    if self.role == Role::After { (theirs, ours) } else { (ours, theirs) };
                sign.own.extend_from_slice(own);
                sign.next.extend_from_slice(next);
            }
        }
        (answers, sign)
    }
}

/// Joins the next level, or gives the bits once one answer is left.
fn join(mut tree: Tree, sign: Share, keys: &mut Keys, sinks: Option<&mut Sinks<'_>>) -> State {
    match (tree.result(), sinks) {
        (Some(mut share), _) => {
            share.xor(&sign);
            State::Done(share)
        }
        (None, Some(sinks)) => {
            tree.multiply(keys, sinks.prev);
            State::Joining { tree, sign }
        }
        // The schedule has a round for every level.
        (None, None) => State::Joining { tree, sign },
    }
}

/// The dealer's bits of `u`, masked, and its pieces of the sum at the sign's place.
fn deal(
    test: Test,
    number: &Share,
    part: &Part,
    (keys, lanes): (&Keys, &Lanes),
    to_next: &mut Outbox,
) -> State {
    let mut rows = vec![ZEROS; test.dealt()];
    let mut masks = rows.clone();
    let mut packed = Vec::new();
    let mut sign = Share::default();
    for from in part.elements.clone().step_by(TILE_ELEMENTS) {
        let elements = from..part.elements.end.min(from + TILE_ELEMENTS);
        let count = elements.len().div_ceil(u64::BITS as usize);
        let u = load(elements, |at| number.own[at].wrapping_add(number.next[at]));
        let mut filled = 0;
        for block in 0..test.blocks() {
            let bits = test.block(block);
            let values = 1 << bits.len();
            rows[filled..filled + values - 1].copy_from_slice(&one_hot(&u[bits])[1..values]);
            filled += values - 1;
        }
        if test.question == Question::Negative {
            rows[filled] = u[test.bits()];
        }
        let position = (from - part.elements.start) / u64::BITS as usize * rows.len();
        keys.own(lanes, position, masks.as_flattened_mut());
        for (row, mask) in rows.iter_mut().zip(&masks) {
            *row = xor(row, mask);
        }
        if test.question == Question::Negative {
            sign.own.extend_from_slice(&masks[filled][..count]);
            sign.next.extend_from_slice(&rows[filled][..count]);
        }
        if count == TILE_WORDS {
            to_next.write(rows.as_flattened());
        } else {
            packed.clear();
            packed.extend(rows.iter().flat_map(|row| &row[..count]));
            to_next.write(&packed);
        }
    }
    State::Dealt { sign }
}

/// The bits of `v`, or of `v - 1` where all of them have to differ from those of `u`.
fn hold(test: Test, v: &[u64]) -> State {
    let less = match test.question {
        Question::Negative => 0,
        Question::Zero => 1,
    };
    let tiles = v.len().div_ceil(TILE_ELEMENTS);
    let mut planes = Vec::with_capacity(tiles * test.planes());
    for from in (0..v.len()).step_by(TILE_ELEMENTS) {
        let elements = from..v.len().min(from + TILE_ELEMENTS);
        let rows = load(elements, |at| v[at].wrapping_sub(less));
        planes.extend_from_slice(&rows[..test.planes()]);
    }
    State::Holding { planes }
}

/// One party's part of each block's answers for a tile: with `e_k` the dealt bits and `v` of `s`
/// bits, a block carries if `u + v >= 2^s`: the sum of `e_k [v >= 2^s - k]`; and it passes a carry
/// on if `u + v = 2^s - 1`: the sum of `e_k [v = 2^s - 1 - k]`, where `e_0` is what is left of 1.
fn answer(test: Test, hot: &[Row], v: &[Row], role: Role, out: &mut [Row]) {
    let mut rest = hot;
    for block in 0..test.blocks() {
        let bits = test.block(block);
        let top = (1 << bits.len()) - 1;
        let values = one_hot(&v[bits]);
        let (dealt, later) = rest.split_at(top);
        rest = later;
        let (mut carries, mut at_least) = (ZEROS, values[top]);
        let mut passes = if role == Role::After { values[top] } else { ZEROS };
        for (k, dealt) in (1..).zip(dealt) {
            let complement = values[top - k];
            carries = xor(&carries, &and(dealt, &at_least));
            passes = xor(&passes, &and(dealt, &xor(&complement, &values[top])));
            at_least = xor(&at_least, &complement);
        }
        match test.question {
            Question::Negative => {
                out[block] = carries;
                if block > 0 {
                    out[test.blocks() + block - 1] = passes;
                }
            }
            Question::Zero => out[block] = passes,
        }
    }
}
