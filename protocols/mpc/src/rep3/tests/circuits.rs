//! Tests of numbers and choices by bits, on whole words.

use super::super::compare::Comparison;
use super::super::frames::{Frames, Sinks};
use super::super::inject::{Inject, Injection, Operands};
use super::super::keys::Keys;
use super::super::test::{Question, Test};
use super::super::{Share, traffic};
use super::{Pipe, join, keys, split};
use crate::peer::{next, prev};
use crate::program::{Exchange, Kind};
use crate::stream::Outbox;
use proptest::prelude::*;
use rand_core::RngCore;
use troupe_wire::{Seed, Stream};

/// The bits that three pieces make.
fn join_bits(shares: &[Share; 3], length: usize) -> Vec<bool> {
    for i in 0..3 {
        assert_eq!(shares[i].next, shares[(i + 1) % 3].own, "piece {}", (i + 1) % 3);
    }
    let word = |at: usize| shares.iter().fold(0, |word, share| word ^ share.own[at]);
    (0..length).map(|at| word(at / 64) >> (at % 64) & 1 == 1).collect()
}

fn split_bits(bits: &[bool], stream: &mut Stream) -> [Share; 3] {
    let mut pieces = [Vec::new(), Vec::new(), Vec::new()];
    for chunk in bits.chunks(64) {
        let word = chunk.iter().rev().fold(0, |word, bit| word << 1 | u64::from(*bit));
        let (a, b) = (stream.next_u64(), stream.next_u64());
        for (piece, word) in pieces.iter_mut().zip([a, b, a ^ b ^ word]) {
            piece.push(word);
        }
    }
    [0, 1, 2].map(|i: usize| Share { own: pieces[i].clone(), next: pieces[(i + 1) % 3].clone() })
}

/// An exchange of one party: the first round, then the others.
trait Step {
    fn absorb(
        &mut self,
        keys: &mut Keys,
        frames: &mut Frames,
        sinks: Option<Sinks<'_>>,
    ) -> Option<Share>;
}

impl Step for Comparison {
    fn absorb(
        &mut self,
        keys: &mut Keys,
        frames: &mut Frames,
        sinks: Option<Sinks<'_>>,
    ) -> Option<Share> {
        Self::absorb(self, keys, frames, sinks)
    }
}

impl Step for Inject {
    fn absorb(
        &mut self,
        keys: &mut Keys,
        frames: &mut Frames,
        sinks: Option<Sinks<'_>>,
    ) -> Option<Share> {
        Self::absorb(self, keys, frames, sinks)
    }
}

/// Runs an exchange; its frames have exactly the stated lengths, or they do not arrive.
fn run<S: Step>(
    exchange: Exchange,
    (op, length): (usize, u32),
    keys: &mut [Keys; 3],
    mut open: impl FnMut(u8, &mut Keys, &mut Outbox) -> S,
) -> [Share; 3] {
    let rounds = traffic::rounds(exchange);
    let pipes = |round: usize| {
        [0u8, 1, 2].map(|party| {
            let words = traffic::words(exchange, op, length, round, party);
            [words.next, words.prev].map(|words| Pipe::new(usize::try_from(words).expect("small")))
        })
    };
    let mut sent = pipes(0);
    let mut steps: Vec<S> = (0u8..)
        .zip(keys.iter_mut())
        .zip(&mut sent)
        .map(|((party, keys), [to_next, _])| open(party, keys, &mut to_next.outbox))
        .collect();
    let mut shares = Vec::new();
    for round in 1..=rounds {
        let mut arrived = sent.map(|pipes| pipes.map(Pipe::deliver));
        sent = pipes(if round == rounds { 0 } else { round });
        for (party, (step, keys)) in (0u8..).zip(steps.iter_mut().zip(keys.iter_mut())) {
            let from_next = core::mem::take(&mut arrived[usize::from(next(party))][1]);
            let from_prev = core::mem::take(&mut arrived[usize::from(prev(party))][0]);
            let mut frames = Frames::new(from_next, from_prev);
            let [to_next, to_prev] = &mut sent[usize::from(party)];
            let sinks = Sinks { next: &mut to_next.outbox, prev: &mut to_prev.outbox };
            let sinks = (round < rounds).then_some(sinks);
            let result = step.absorb(keys, &mut frames, sinks);
            assert_eq!(result.is_some(), round == rounds, "round {round} of {rounds}");
            shares.extend(result);
        }
    }
    let mut shares = shares.into_iter();
    core::array::from_fn(|_| shares.next().expect("three parties"))
}

fn ask(question: Question, width: u32, values: &[i64], op: usize, seed: u64) -> Vec<bool> {
    let mut stream = Seed::from_number(seed).stream("values");
    let numbers = split(values, &mut stream);
    let test = Test::new(question, width);
    let length = u32::try_from(values.len()).expect("few");
    let shares = run(Exchange::Test(test), (op, length), &mut keys(seed), |party, keys, out| {
        Comparison::open(test, (op, party), &numbers[usize::from(party)], keys, out)
    });
    assert_eq!(shares[0].len() as u64, Kind::Bits.words(length));
    join_bits(&shares, values.len())
}

fn check(width: u32, values: &[i64], op: usize, seed: u64) {
    let negative = ask(Question::Negative, width, values, op, seed);
    let zero = ask(Question::Zero, width, values, op, seed);
    for ((value, is_negative), is_zero) in values.iter().zip(negative).zip(zero) {
        assert_eq!(is_negative, *value < 0, "{value} of {width} bits");
        assert_eq!(is_zero, *value == 0, "{value} of {width} bits");
    }
}

/// A word as a number of a width; the least word is one below the range and becomes its end.
fn cut(word: i64, width: u32) -> i64 {
    (word >> (63 - width)).max(-(i64::MAX >> (63 - width)))
}

/// Both ends of a range, what is next to them, zero and what is next to it, powers of two.
fn borders(width: u32) -> Vec<i64> {
    let most = i64::MAX >> (63 - width);
    let mut values = vec![0, 1, -1, most, -most, most - 1, 1 - most];
    for bit in 0..width {
        values.extend([1 << bit, -(1 << bit), (1 << bit) - 1, 1 - (1 << bit)]);
    }
    values
}

#[test]
fn every_width_finds_signs_and_zeros_at_its_borders() {
    for width in 1..=63 {
        for op in 0..3 {
            check(width, &borders(width), op, u64::from(width));
        }
    }
}

#[test]
fn the_greatest_width_takes_every_word_there_is() {
    check(63, &[i64::MAX, i64::MAX - 1, 0, -1, 1, i64::MIN + 1], 0, 1);
    // The least of all is negative too; only its lower 63 bits are zero.
    assert_eq!(ask(Question::Negative, 63, &[i64::MIN; 70], 1, 2), [true; 70]);
}

#[test]
fn half_a_million_random_numbers_have_their_signs() {
    for (width, count) in [(63, 200_000), (31, 200_000), (11, 100_000)] {
        let mut stream = Seed::from_number(9).stream("numbers");
        let words = (0..count).map(|_| stream.next_u64().cast_signed());
        let values: Vec<i64> = words.map(|word| cut(word, width)).collect();
        check(width, &values, 1, 4);
    }
}

#[test]
fn a_number_beyond_the_stated_width_has_another_sign() {
    // The width is needed: this is why programs are checked for it.
    assert_eq!(ask(Question::Negative, 11, &[1 << 11], 0, 1), [true]);
    assert_eq!(ask(Question::Zero, 11, &[1 << 11], 0, 1), [true]);
}

#[test]
fn a_sign_costs_fifteen_and_a_half_bytes_and_six_rounds() {
    let test = Exchange::Test(Test::new(Question::Negative, 63));
    assert_eq!(traffic::rounds(test), 6);
    let words: u64 = (0..6)
        .map(|round| {
            let sent = traffic::words(test, 0, 3 * 64, round, 0);
            sent.next + sent.prev
        })
        .sum();
    // Each party deals one word of bits of three: 373 bits an element for all three together.
    assert_eq!(words, 233 + 2 * 31 + 3 * 26);
    let small = Exchange::Test(Test::new(Question::Negative, 11));
    assert_eq!(traffic::rounds(small), 4);
    assert_eq!(traffic::rounds(Exchange::Test(Test::new(Question::Zero, 4))), 2);
}

proptest! {
    #[test]
    fn signs_and_zeros_are_those_of_the_plain_numbers(
        width in 1u32..=63,
        words in proptest::collection::vec(any::<i64>(), 1..1500),
        op in 0usize..3,
        seed in any::<u64>(),
    ) {
        let values: Vec<i64> = words.iter().map(|word| cut(*word, width)).collect();
        check(width, &values, op, seed);
    }

    #[test]
    fn bits_become_numbers_and_choose_them(
        pairs in proptest::collection::vec((any::<bool>(), any::<i64>(), any::<i64>()), 1..1500),
        op in 0usize..3,
        seed in any::<u64>(),
    ) {
        let mut stream = Seed::from_number(seed).stream("values");
        let bits: Vec<bool> = pairs.iter().map(|pair| pair.0).collect();
        let factor: Vec<i64> = pairs.iter().map(|pair| pair.1).collect();
        let base: Vec<i64> = pairs.iter().map(|pair| pair.2).collect();
        let all = (
            split_bits(&bits, &mut stream),
            split(&factor, &mut stream),
            split(&base, &mut stream),
        );
        for (has_factor, has_base) in [(false, false), (true, false), (true, true)] {
            let injection = if has_factor { Injection::Choice } else { Injection::Number };
            let length = u32::try_from(bits.len()).expect("few");
            let open = |party: u8, keys: &mut Keys, out: &mut Outbox| {
                let index = usize::from(party);
                let operands = Operands {
                    bits: all.0[index].clone(),
                    factor: has_factor.then(|| all.1[index].clone()),
                    base: has_base.then(|| all.2[index].clone()),
                };
                Inject::open(operands, bits.len(), (op, party), keys, out)
            };
            let exchange = Exchange::Inject(injection);
            let shares = run(exchange, (op, length), &mut keys(seed), open);
            for ((bit, factor, base), got) in pairs.iter().zip(join(&shares)) {
                let number = if has_factor { *factor } else { 1 };
                let added = if has_base { *base } else { 0 };
                let want = if *bit { number.wrapping_add(added) } else { added };
                prop_assert_eq!(got, want);
            }
        }
    }
}
