//! The exchanges by themselves: three parties in one place.

mod circuits;

use super::keys::Keys;
use super::traffic::Role;
use super::truncate::Truncation;
use super::{Local, Share};
use crate::peer::{next, prev};
use crate::prg::{KEY, Key, Purpose};
use crate::stream::{Header, Inbox, Outbox};
use crate::{Output, Peer, Place};
use proptest::prelude::*;
use rand_core::RngCore;
use troupe_types::{Hash, SessionId};
use troupe_wire::{Seed, Stream};

const LIMIT: i64 = 1 << 62;
const PLACE: Place = Place { session: SessionId([0; 16]), terms: Hash([0; 32]) };

fn keys(seed: u64) -> [Keys; 3] {
    let mut stream = Seed::from_number(seed).stream("keys");
    let seeds: [[u8; KEY]; 3] = [stream.array(), stream.array(), stream.array()];
    let key = |party: u8| {
        let purpose = Purpose::Pair { party };
        Key::derive(&seeds[usize::from(party)], purpose, PLACE, Hash([0; 32]))
    };
    [0, 1, 2].map(|party| Keys::new(&key(party), &key(next(party))))
}

fn split(values: &[i64], stream: &mut Stream) -> [Share; 3] {
    let mut pieces = [Vec::new(), Vec::new(), Vec::new()];
    for value in values {
        let (a, b) = (stream.next_u64(), stream.next_u64());
        pieces[0].push(a);
        pieces[1].push(b);
        pieces[2].push(value.cast_unsigned().wrapping_sub(a).wrapping_sub(b));
    }
    [0, 1, 2].map(|i: usize| Share { own: pieces[i].clone(), next: pieces[(i + 1) % 3].clone() })
}

/// Adds the pieces up, after a look at whether the parties agree on each.
fn join(shares: &[Share; 3]) -> Vec<i64> {
    for i in 0..3 {
        assert_eq!(shares[i].next, shares[(i + 1) % 3].own, "piece {}", (i + 1) % 3);
    }
    (0..shares[0].len())
        .map(|at| {
            let sum = shares.iter().fold(0u64, |sum, share| sum.wrapping_add(share.own[at]));
            sum.cast_signed()
        })
        .collect()
}

/// One frame from one party to another.
struct Pipe {
    outbox: Outbox,
    inbox: Inbox,
    to: Peer,
}

impl Pipe {
    fn new(words: usize) -> Self {
        let (from, to) = (Peer::Party(0), Peer::Party(1));
        let header = Header { place: PLACE, program: Hash([0; 32]), from, to };
        let layout = vec![words as u64];
        let mut outbox = Outbox::new(&header, &layout);
        outbox.begin(words);
        Self { outbox, inbox: Inbox::new(header, layout), to }
    }

    fn deliver(mut self) -> Vec<u64> {
        self.outbox.end();
        self.outbox.grant(u64::MAX);
        let mut out: Vec<Output> = Vec::new();
        self.outbox.send(self.to, &mut out);
        for output in out {
            let Output::Send { bytes, .. } = output else { continue };
            self.inbox.accept(&bytes).expect("an honest stream");
        }
        self.inbox.pop().expect("a whole frame")
    }
}

fn role_of(dealer: u8, party: u8) -> Role {
    Role::of(usize::from(dealer), party)
}

/// What a truncation gives and what `A` and `B` saw opened.
fn truncate(
    locals: [Local<'_>; 3],
    shift: u8,
    dealer: u8,
    keys: &mut [Keys; 3],
) -> ([Share; 3], Vec<u64>) {
    let length = locals[0].len();
    let (after, before) = (next(dealer), prev(dealer));
    let mut dealt = Pipe::new(length + length.div_ceil(2));
    let (mut to_before, mut to_after) = (Pipe::new(length), Pipe::new(length));
    let mut states = Vec::new();
    for ((party, local), keys) in (0u8..).zip(locals).zip(keys.iter_mut()) {
        let role = role_of(dealer, party);
        let pipe = match role {
            Role::Dealer => &mut dealt,
            Role::After => &mut to_before,
            Role::Before => &mut to_after,
        };
        states.push(Truncation::open(role, shift, local, keys, &mut pipe.outbox));
    }
    let (dealt, from_after, from_before) =
        (dealt.deliver(), to_before.deliver(), to_after.deliver());
    let opened = from_after
        .iter()
        .zip(&from_before)
        .map(|(a, b)| a.wrapping_add(*b).wrapping_add(1 << 62))
        .collect();
    let (mut to_before, mut to_after) = (Pipe::new(length), Pipe::new(length));
    let (a, b) = (usize::from(after), usize::from(before));
    states[a].close(&keys[a], &from_before, &[], &mut to_before.outbox);
    states[b].close(&keys[b], &from_after, &dealt, &mut to_after.outbox);
    let (from_after, from_before) = (to_before.deliver(), to_after.deliver());
    let mut shares = (0u8..).zip(states).map(|(party, state)| {
        let received: &[u64] = match role_of(dealer, party) {
            Role::Dealer => &[],
            Role::After => &from_before,
            Role::Before => &from_after,
        };
        state.finish(&keys[usize::from(party)], received)
    });
    let shares = core::array::from_fn(|_| shares.next().expect("three parties"));
    (shares, opened)
}

fn truncate_values(values: &[i64], shift: u8, dealer: u8, seed: u64) -> Vec<i64> {
    let mut stream = Seed::from_number(seed).stream("values");
    let shares = split(values, &mut stream);
    let locals = shares.each_ref().map(Local::Plain);
    let (shares, _) = truncate(locals, shift, dealer, &mut keys(seed));
    join(&shares)
}

#[test]
fn truncation_never_fails_in_six_million_values_and_rounds_down_or_up() {
    // Every shift and every dealer; values over the whole range, small ones, and the borders.
    let mut seen = 0;
    let mut rounded_up = 0u64;
    for shift in [1u8, 2, 7, 8, 15, 16, 17, 30, 31] {
        for dealer in 0..3 {
            let seed = u64::from(shift) * 3 + u64::from(dealer);
            let mut stream = Seed::from_number(seed).stream("choice");
            let mut values: Vec<i64> = Vec::new();
            for _ in 0..75_000 {
                let any = stream.next_u64().cast_signed() >> 1;
                values.extend([any, any >> 20, any >> 50]);
            }
            for near in 0..500 {
                values.extend([LIMIT - 1 - near, near - LIMIT, near, -near]);
            }
            let results = truncate_values(&values, shift, dealer, seed);
            for (value, result) in values.iter().zip(&results) {
                let floor = value >> shift;
                let up = result - floor;
                assert!(up == 0 || up == 1, "{value} >> {shift} gave {result}");
                let is_whole = value & ((1 << shift) - 1) == 0;
                assert!(!is_whole || up == 0, "{value} >> {shift} is exact, got {result}");
                rounded_up += u64::from(up == 1);
            }
            seen += values.len();
        }
    }
    assert!(seen > 6_000_000, "{seen}");
    assert!(rounded_up > 2_000_000, "{rounded_up}");
}

#[test]
fn rounding_up_is_as_likely_as_the_fraction_cut_off() {
    for (value, fraction) in [(3i64, 3.0 / 16.0), (-3, 13.0 / 16.0), (1000 * 16 + 8, 0.5)] {
        let count = 400_000;
        let results = truncate_values(&vec![value; count], 4, 1, 77);
        let ups = results.iter().filter(|result| **result == (value >> 4) + 1).count();
        let share = ups as f64 / count as f64;
        // Four standard deviations.
        let slack = 4.0 * (fraction * (1.0 - fraction) / count as f64).sqrt();
        assert!((share - fraction).abs() < slack, "{value}: {share} instead of {fraction}");
    }
}

#[test]
fn outside_the_promised_range_truncation_does_wrap() {
    // The range is needed: this is why programs are checked for it.
    let value = LIMIT + LIMIT / 2;
    let results = truncate_values(&vec![value; 1000], 16, 0, 5);
    let wrapped = results.iter().filter(|result| **result >> 16 != value >> 32).count();
    assert!((50..950).contains(&wrapped), "{wrapped}");
}

#[test]
fn what_is_opened_in_a_truncation_looks_the_same_for_any_value() {
    for value in [0i64, -1, LIMIT - 1, -LIMIT] {
        let values = vec![value; 64 * 1024];
        let mut stream = Seed::from_number(1).stream("values");
        let shares = split(&values, &mut stream);
        let locals = shares.each_ref().map(Local::Plain);
        let (_, opened) = truncate(locals, 16, 2, &mut keys(8));
        for shift in (0..64).step_by(8) {
            let mut counts = [0u32; 256];
            for word in &opened {
                counts[usize::from((word >> shift).to_le_bytes()[0])] += 1;
            }
            let want = opened.len() as f64 / 256.0;
            let chi: f64 =
                counts.iter().map(|count| (f64::from(*count) - want).powi(2) / want).sum();
            // 255 degrees of freedom: beyond 380 once in ten million.
            assert!(chi < 380.0, "byte {shift} of {value}: {chi}");
        }
    }
}

proptest! {
    #[test]
    fn products_and_dots_are_those_of_the_plain_numbers(
        pairs in proptest::collection::vec((any::<i64>(), any::<i64>()), 1..1200),
        block in 1usize..300,
        seed in any::<u64>(),
    ) {
        let mut stream = Seed::from_number(seed).stream("values");
        let (left, right): (Vec<i64>, Vec<i64>) = pairs.iter().copied().unzip();
        let (x, y) = (split(&left, &mut stream), split(&right, &mut stream));
        let mut keys = keys(seed);
        for is_dot in [false, true] {
            let mut pieces = Vec::new();
            for ((x, y), keys) in x.iter().zip(&y).zip(&mut keys) {
                let local = if is_dot { Local::Dot(x, y, block) } else { Local::Product(x, y) };
                let mut words = vec![0; local.len()];
                let lanes = keys.lanes();
                for (index, tile) in words.chunks_mut(super::TILE).enumerate() {
                    local.fill(index * super::TILE, tile);
                    keys.mask(&lanes, index * super::TILE, tile);
                }
                pieces.push(words);
            }
            let products = pairs.iter().map(|(a, b)| a.wrapping_mul(*b));
            let products: Vec<i64> = products.collect();
            let want: Vec<i64> = products
                .chunks(if is_dot { block } else { 1 })
                .map(|part| part.iter().fold(0i64, |sum, p| sum.wrapping_add(*p)))
                .collect();
            let got: Vec<i64> = (0..pieces[0].len())
                .map(|at| pieces.iter().fold(0u64, |sum, p| sum.wrapping_add(p[at])).cast_signed())
                .collect();
            prop_assert_eq!(got, want);
        }
    }

    #[test]
    fn a_truncated_product_is_the_product_of_the_plain_numbers(
        pairs in proptest::collection::vec((-1i64 << 30..1 << 30, -1i64 << 31..1 << 31), 1..700),
        shift in 1u8..=31,
        dealer in 0u8..3,
        seed in any::<u64>(),
    ) {
        let mut stream = Seed::from_number(seed).stream("values");
        let (left, right): (Vec<i64>, Vec<i64>) = pairs.iter().copied().unzip();
        let (x, y) = (split(&left, &mut stream), split(&right, &mut stream));
        let locals = [0, 1, 2].map(|party| Local::Product(&x[party], &y[party]));
        let (shares, _) = truncate(locals, shift, dealer, &mut keys(seed));
        for ((a, b), got) in pairs.iter().zip(join(&shares)) {
            let up = got - ((a * b) >> shift);
            prop_assert!(up == 0 || up == 1, "{up}");
        }
    }
}
