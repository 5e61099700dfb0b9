//! Tests of numbers by dealt bits.
//!
//! As in the semi-honest [test](crate::rep3::test), `x = u + v`, where the dealer knows `u` and the
//! others `v`; but the bits of `u` are dealt one by one, because their carries can be proven. Where
//! `x` is tested for zero, all bits of `u` and of `v - 1` differ; its sign is the sum of the highest
//! bits and of the carry into them, which a tree of ANDs finds.

use super::deal::{Deal, place, rows_of};
use super::product::Pending;
use super::work::Bench;
use crate::rep3::frames::{Frames, Sinks};
use crate::rep3::test::{Question, Test};
use crate::rep3::traffic::Role;
use crate::rep3::{Share, bits};

/// A test of a vector between its rounds.
pub(super) struct Comparison {
    test: Test,
    state: State,
}

enum State {
    /// The bits of `u` are on their way; those of `v` are here.
    Dealt(Deal, Vec<Share>),
    /// Where both are set, a bit carries; where one is, it passes a carry on.
    Carries {
        pending: Pending,
        passes: Vec<Share>,
        sign: Share,
    },
    Joining {
        pending: Pending,
        carries: Vec<Share>,
        passes: Vec<Share>,
        sign: Share,
    },
    Done,
}

impl Comparison {
    pub(super) fn open(
        test: Test,
        number: &Share,
        place_of: (usize, u8),
        bench: &mut Bench<'_>,
        sinks: Sinks<'_>,
    ) -> Self {
        let less = match test.question {
            Question::Negative => 0,
            Question::Zero => 1,
        };
        let deal = Deal::open(number, 0u64, test.planes(), place_of, bench.keys, sinks.next);
        let mut rows = vec![Share::default(); test.planes()];
        for (part, dealt) in deal.parts() {
            let v = match part.role {
                Role::Dealer => Vec::new(),
                Role::After => rows_of(part, rows.len(), |at| number.next[at].wrapping_sub(less)),
                Role::Before => rows_of(part, rows.len(), |at| number.own[at].wrapping_sub(less)),
            };
            for (index, row) in rows.iter_mut().enumerate() {
                let piece = v.get(index * dealt.words..(index + 1) * dealt.words).unwrap_or(&[]);
                place(row, part.role, [&[], &[], piece], dealt.words);
            }
        }
        Self { test, state: State::Dealt(deal, rows) }
    }

    pub(super) fn absorb(
        &mut self,
        bench: &mut Bench<'_>,
        frames: &mut Frames,
        sinks: Option<Sinks<'_>>,
    ) -> Option<Share> {
        let (carries, passes, sign) = match core::mem::replace(&mut self.state, State::Done) {
            State::Dealt(mut deal, v) => {
                deal.absorb(frames);
                let u: Vec<Share> = (0..v.len()).map(|row| deal.row(row)).collect();
                deal.finish(bench.ledger);
                let sums = || u.iter().zip(&v).map(|(u, v)| sum(u, v));
                match self.test.question {
                    Question::Zero => (Vec::new(), sums().collect(), Share::default()),
                    Question::Negative => {
                        let mut passes: Vec<Share> = sums().collect();
                        let sign = passes.pop().unwrap_or_default();
                        let sinks = sinks?;
                        let (u, v) = (join(&u[..passes.len()]), join(&v[..passes.len()]));
                        let pending = Pending::bits(u, v, bench.keys, sinks.prev);
                        self.state = State::Carries { pending, passes, sign };
                        return None;
                    }
                }
            }
            State::Carries { pending, passes, sign } => {
                let received = frames.read_next(pending.len()).to_vec();
                let carries = pending.finish_bits(received, bench.ledger);
                (cut(&carries, sign.len()), passes, sign)
            }
            State::Joining { pending, carries, passes, sign } => {
                let received = frames.read_next(pending.len()).to_vec();
                let products = pending.finish_bits(received, bench.ledger);
                let (carries, passes) = self.joined(carries, passes, &products);
                (carries, passes, sign)
            }
            State::Done => return None,
        };
        self.next(carries, passes, sign, bench, sinks)
    }

    /// The next level, or the result where one answer is left.
    fn next(
        &mut self,
        mut carries: Vec<Share>,
        mut passes: Vec<Share>,
        sign: Share,
        bench: &mut Bench<'_>,
        sinks: Option<Sinks<'_>>,
    ) -> Option<Share> {
        if passes.len() == 1 {
            return match self.test.question {
                Question::Zero => passes.pop(),
                Question::Negative => {
                    let mut result = sign;
                    result.xor(&carries.pop()?);
                    Some(result)
                }
            };
        }
        // The schedule has a round for every level.
        let sinks = sinks?;
        let (mut left, mut right) = (Share::default(), Share::default());
        for (passes, carries) in passes.chunks_exact(2).zip(carries.chunks_exact(2)) {
            append(&mut left, &passes[1]);
            append(&mut right, &carries[0]);
        }
        for passes in passes.chunks_exact(2).skip(self.without_pass()) {
            append(&mut left, &passes[1]);
            append(&mut right, &passes[0]);
        }
        let pending = Pending::bits(left, right, bench.keys, sinks.prev);
        self.state = State::Joining { pending, carries, passes, sign };
        None
    }

    /// With `g` for carries and `p` for passes, above (1) and below (0): `g_1 + p_1 g_0` and
    /// `p_1 p_0`. What has no neighbour goes up as it is.
    fn joined(
        &self,
        carries: Vec<Share>,
        passes: Vec<Share>,
        products: &Share,
    ) -> (Vec<Share>, Vec<Share>) {
        let words = passes.last().map_or(0, Share::len);
        let mut products = cut(products, words).into_iter();
        let mut level = Vec::with_capacity(carries.len().div_ceil(2));
        for pair in carries.chunks(2) {
            level.push(match pair {
                [_, above] => match products.next() {
                    Some(product) => sum(above, &product),
                    None => Share::default(),
                },
                _ => pair[0].clone(),
            });
        }
        let mut passing = Vec::with_capacity(passes.len().div_ceil(2));
        for (index, pair) in passes.chunks(2).enumerate() {
            let is_joined = pair.len() == 2 && index >= self.without_pass();
            let product = if is_joined { products.next() } else { None };
            passing.push(product.unwrap_or_else(|| pair[0].clone()));
        }
        (level, passing)
    }

    /// Pairs of which nobody asks whether they pass a carry on.
    fn without_pass(&self) -> usize {
        match self.test.question {
            Question::Negative => 1,
            Question::Zero => 0,
        }
    }

    pub(super) fn words(&self) -> usize {
        let all = |shares: &[Share]| shares.iter().map(Share::capacity).sum::<usize>();
        match &self.state {
            State::Dealt(deal, v) => deal.words() + all(v),
            State::Carries { pending, passes, sign } => {
                pending.words() + all(passes) + sign.capacity()
            }
            State::Joining { pending, carries, passes, sign } => {
                pending.words() + all(carries) + all(passes) + sign.capacity()
            }
            State::Done => 0,
        }
    }
}

fn sum(left: &Share, right: &Share) -> Share {
    let mut sum = left.clone();
    sum.xor(right);
    sum
}

fn append(share: &mut Share, more: &Share) {
    share.own.extend_from_slice(&more.own);
    share.next.extend_from_slice(&more.next);
}

fn join(rows: &[Share]) -> Share {
    let mut all = Share::default();
    for row in rows {
        append(&mut all, row);
    }
    all
}

fn cut(share: &Share, words: usize) -> Vec<Share> {
    bits::rows(&share.own, &share.next, words.max(1)).collect()
}
