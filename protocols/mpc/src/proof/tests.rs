//! Both proofs from end to end: what is right passes, and every single changed word is caught.

use super::bits::{self, Bits};
use super::numbers::{self, Numbers};
use super::*;
use crate::prg::KEY;
use crate::rep3::ring::{Ring, halves};
use proptest::prelude::*;

/// Relations in memory, as the prover and both verifiers have them.
#[derive(Clone)]
struct Memory {
    left: [Vec<u64>; 2],
    right: [Vec<u64>; 2],
    block: usize,
    first: Vec<u64>,
    second: Vec<u64>,
    per_tile: usize,
    /// Words of a number.
    words: usize,
}

/// Relations between numbers and between wide ones.
struct Both {
    narrow: Memory,
    wide: Memory,
}

impl Memory {
    fn random(
        seed: u64,
        places: usize,
        block: usize,
        combine: impl Fn(u64, u64, u64) -> u64,
        less: impl Fn(u64, u64) -> u64,
    ) -> Self {
        let mut coins = Coins::new(&seed_of(seed));
        let mut vector = |count: usize| -> Vec<u64> {
            // Small and great words, and those around zero.
            (0..count).map(|_| coins.word() >> (coins.word() % 64)).collect()
        };
        let left = [vector(places), vector(places)];
        let right = [vector(places), vector(places)];
        let first = vector(places.div_ceil(block));
        let mut second = Vec::new();
        for (relation, first) in first.iter().enumerate() {
            let range = relation * block..places.min((relation + 1) * block);
            let mut sum = 0u64;
            for (left, right) in left.iter().zip(&right) {
                for (u, v) in left[range.clone()].iter().zip(&right[range.clone()]) {
                    sum = combine(sum, *u, *v);
                }
            }
            second.push(less(sum, *first));
        }
        let per_tile = 3 + (seed % 50) as usize;
        Self { left, right, block, first, second, per_tile, words: 1 }
    }

    fn wide(seed: u64, places: usize, block: usize) -> Self {
        let mut memory = Self::numbers(seed, 2 * places, 2 * block);
        (memory.words, memory.block) = (2, block);
        let mut coins = Coins::new(&seed_of(seed + 1));
        memory.first = (0..2 * places.div_ceil(block)).map(|_| coins.word()).collect();
        let first = u128::all(&memory.first);
        memory.second = memory
            .sums()
            .iter()
            .zip(first)
            .flat_map(|(sum, first)| halves(sum.wrapping_sub(first)))
            .collect();
        memory
    }

    /// What the products of wide numbers come to in every relation.
    fn sums(&self) -> Vec<u128> {
        let mut sums = vec![0u128; self.left[0].len().div_ceil(2 * self.block)];
        for (left, right) in self.left.iter().zip(&self.right) {
            for (at, (u, v)) in u128::all(left).zip(u128::all(right)).enumerate() {
                let sum = &mut sums[at / self.block];
                *sum = sum.wrapping_add(u.wrapping_mul(v));
            }
        }
        sums
    }

    fn is_true_of_wide_numbers(&self) -> bool {
        let terms = u128::all(&self.first).zip(u128::all(&self.second));
        self.sums().into_iter().eq(terms.map(|(first, second)| first.wrapping_add(second)))
    }

    fn numbers(seed: u64, places: usize, block: usize) -> Self {
        let add = |sum: u64, u: u64, v: u64| sum.wrapping_add(u.wrapping_mul(v));
        Self::random(seed, places, block, add, u64::wrapping_sub)
    }

    fn bits(seed: u64, places: usize) -> Self {
        Self::random(seed, places, 1, |sum, u, v| sum ^ (u & v), |sum, first| sum ^ first)
    }
}

impl Source for Memory {
    fn places(&self) -> usize {
        self.left[0].len() / self.words
    }

    fn tiles(&self, role: Role, each: &mut dyn FnMut(&Tile<'_>)) {
        let relations = self.first.len() / self.words;
        for from in (0..relations).step_by(self.per_tile) {
            let to = relations.min(from + self.per_tile);
            let places = from * self.block..self.places().min(to * self.block);
            let side = |side: &'_ [Vec<u64>; 2], knows: bool| {
                let range =
                    if knows { places.start * self.words..places.end * self.words } else { 0..0 };
                [side[0][range.clone()].to_vec(), side[1][range].to_vec()]
            };
            let left = side(&self.left, role != Role::Second);
            let right = side(&self.right, role != Role::First);
            each(&Tile {
                left: [&left[0], &left[1]],
                right: [&right[0], &right[1]],
                block: self.block,
                first: if role == Role::Second {
                    &[]
                } else {
                    &self.first[from * self.words..to * self.words]
                },
                second: if role == Role::First {
                    &[]
                } else {
                    &self.second[from * self.words..to * self.words]
                },
            });
        }
    }
}

impl Source for Both {
    fn places(&self) -> usize {
        self.narrow.places()
    }

    fn tiles(&self, role: Role, each: &mut dyn FnMut(&Tile<'_>)) {
        self.narrow.tiles(role, each);
    }

    fn wide_places(&self) -> usize {
        self.wide.places()
    }

    fn wide_tiles(&self, role: Role, each: &mut dyn FnMut(&Tile<'_>)) {
        self.wide.tiles(role, each);
    }
}

/// Numbers that moved, about half of them to the knowledge of each verifier, beside other relations.
#[derive(Clone)]
struct Moving {
    others: Memory,
    vectors: Vec<Vector>,
}

#[derive(Clone)]
struct Vector {
    order: Vec<u32>,
    known_to: Role,
    numbers: Vec<u64>,
    first: Vec<u64>,
    second: Vec<u64>,
}

impl Vector {
    fn random(seed: u64, length: usize, known_to: Role) -> Self {
        let mut coins = Coins::new(&seed_of(seed));
        let mut order: Vec<u32> = (0..).take(length).collect();
        order.sort_by_cached_key(|_| coins.word());
        let numbers: Vec<u64> = (0..length).map(|_| coins.word() >> (coins.word() % 64)).collect();
        let first: Vec<u64> = (0..length).map(|_| coins.word()).collect();
        let mut vector = Self { order, known_to, numbers, first, second: vec![0; length] };
        vector.second = vector.left();
        vector
    }

    /// What is left at each place without the first verifier's part.
    fn left(&self) -> Vec<u64> {
        let mut left = vec![0; self.first.len()];
        for (place, number) in self.order.iter().zip(&self.numbers) {
            left[*place as usize] = number.wrapping_sub(self.first[*place as usize]);
        }
        left
    }

    fn holds(&self) -> bool {
        self.left() == self.second
    }
}

impl Moving {
    fn random(seed: u64, others: usize, lengths: &[usize]) -> Self {
        let both = [Role::First, Role::Second].into_iter().cycle();
        let vectors = lengths.iter().zip(both).zip(seed + 1..);
        Self {
            others: Memory::numbers(seed, others, 1),
            vectors: vectors
                .map(|((length, known_to), seed)| Vector::random(seed, *length, known_to))
                .collect(),
        }
    }

    fn holds(&self) -> bool {
        self.vectors.iter().all(Vector::holds)
    }

    /// All that differ from it in one word, or in two places of an order.
    fn changed(&self, bit: impl Fn(usize) -> usize) -> Vec<Self> {
        let mut all = Vec::new();
        for index in 0..self.vectors.len() {
            let length = self.vectors[index].order.len();
            for at in 0..length {
                let mut others = [(); 4].map(|()| self.clone());
                for (kind, other) in others.iter_mut().enumerate() {
                    let vector = &mut other.vectors[index];
                    match kind {
                        0 => vector.numbers[at] ^= 1 << bit(at),
                        1 => vector.first[at] ^= 1 << bit(at),
                        2 => vector.second[at] ^= 1 << bit(at),
                        _ => vector.order.swap(at, (at + 1) % length),
                    }
                }
                all.extend(others);
            }
        }
        all
    }
}

impl Source for Moving {
    fn places(&self) -> usize {
        let moved = self.vectors.iter().map(|vector| moved_places(vector.order.len()));
        self.others.places() + moved.sum::<usize>()
    }

    fn tiles(&self, role: Role, each: &mut dyn FnMut(&Tile<'_>)) {
        self.others.tiles(role, each);
    }

    fn moves(&self, role: Role, each: &mut dyn FnMut(&Moved<'_>)) {
        for vector in &self.vectors {
            let is_prover = role == Role::Prover;
            let knows_order = is_prover || role == vector.known_to;
            let none: &[u64] = &[];
            each(&Moved {
                order: if knows_order { &vector.order } else { &[] },
                known_to: vector.known_to,
                numbers: if is_prover || !knows_order { &vector.numbers } else { none },
                first: if role == Role::Second { none } else { &vector.first },
                second: if role == Role::First { none } else { &vector.second },
            });
        }
    }
}

fn seed_of(number: u64) -> [u8; KEY] {
    let mut seed = [0; KEY];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    seed
}

fn coins(purpose: u64) -> Coins {
    Coins::new(&seed_of(1000 + purpose))
}

/// Whether the verifiers accept; the prover has `honest`, they have `theirs`, and one word of the
/// messages is changed on the way.
fn accepts_numbers(honest: &dyn Source, theirs: &dyn Source, change: Option<usize>) -> bool {
    let lengths = numbers::lengths([honest.places(), honest.wide_places()]);
    let seeds: Vec<[u8; KEY]> = (0..=lengths.len() as u64).map(seed_of).collect();
    let mut prover = Numbers::new(honest, seeds[0], coins(0), [coins(1), coins(2)]);
    let mut messages = Vec::new();
    for (length, seed) in lengths.iter().zip(&seeds[1..]) {
        let message = prover.message(honest);
        assert_eq!(message.len(), *length);
        messages.push(message);
        if messages.len() < lengths.len() {
            prover.challenge(honest, seed);
        }
    }
    tamper(&mut messages, change);
    let none = &[];
    let (field, first) =
        numbers::verify(theirs, Role::First, &seeds, none, &mut coins(0), &mut coins(1));
    let (_, second) =
        numbers::verify(theirs, Role::Second, &seeds, &messages, &mut coins(9), &mut coins(2));
    is_right(field, first, second)
}

fn accepts_bits(honest: &Memory, theirs: &Memory, change: Option<usize>) -> bool {
    let lengths = bits::lengths(honest.places());
    let seeds: Vec<[u8; KEY]> = (0..=lengths.len() as u64).map(seed_of).collect();
    let mut prover = Bits::new(honest, seeds[0], coins(0), [coins(1), coins(2)]);
    let mut messages = Vec::new();
    for (length, seed) in lengths.iter().zip(&seeds[1..]) {
        let message = prover.message(honest);
        assert_eq!(message.len(), *length);
        messages.push(message);
        if messages.len() < lengths.len() {
            prover.challenge(honest, seed);
        }
    }
    tamper(&mut messages, change);
    let first = bits::verify(theirs, Role::First, &seeds, &[], &mut coins(0), &mut coins(1));
    let second =
        bits::verify(theirs, Role::Second, &seeds, &messages, &mut coins(9), &mut coins(2));
    is_right(Binary, first, second)
}

fn tamper(messages: &mut [Vec<u64>], change: Option<usize>) {
    if let Some(at) = change
        && let Some(word) = messages.iter_mut().flatten().nth(at)
    {
        *word ^= 2;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn true_relations_between_numbers_pass(seed in any::<u64>(), places in 1usize..3000, block in 1usize..700) {
        let memory = Memory::numbers(seed, places, if seed % 2 == 0 { 1 } else { block });
        prop_assert!(accepts_numbers(&memory, &memory, None));
    }

    #[test]
    fn true_relations_between_wide_numbers_pass(
        seed in any::<u32>(),
        places in 1usize..1500,
        others in 0usize..30,
        block in 1usize..700,
    ) {
        let seed = u64::from(seed);
        let wide = Memory::wide(seed, places, if seed % 2 == 0 { 1 } else { block });
        let memory = Both { narrow: Memory::numbers(seed, others, 3), wide };
        prop_assert!(accepts_numbers(&memory, &memory, None));
    }

    #[test]
    fn numbers_that_moved_pass(
        seed in any::<u32>(),
        others in 0usize..300,
        lengths in proptest::collection::vec(1usize..900, 1..6),
    ) {
        let moving = Moving::random(seed.into(), others, &lengths);
        prop_assert!(moving.holds());
        prop_assert!(accepts_numbers(&moving, &moving, None));
    }

    #[test]
    fn true_relations_between_bits_pass(seed in any::<u64>(), places in 1usize..3000) {
        let memory = Memory::bits(seed, places);
        prop_assert!(accepts_bits(&memory, &memory, None));
    }
}

/// Every place of a memory with one bit of its word flipped.
fn changed(memory: &Memory, bit: impl Fn(usize) -> usize) -> Vec<Memory> {
    let mut all = Vec::new();
    let count = memory.clone();
    let sides = [
        count.left[0].len(),
        count.left[1].len(),
        count.right[0].len(),
        count.right[1].len(),
        count.first.len(),
        count.second.len(),
    ];
    for (side, length) in sides.into_iter().enumerate() {
        for at in 0..length {
            let mut other = memory.clone();
            let word = match side {
                0 | 1 => &mut other.left[side][at],
                2 | 3 => &mut other.right[side - 2][at],
                4 => &mut other.first[at],
                _ => &mut other.second[at],
            };
            *word ^= 1 << bit(at);
            all.push(other);
        }
    }
    all
}

/// Whether the relations hold.
fn holds(
    memory: &Memory,
    combine: impl Fn(u64, u64, u64) -> u64,
    join: impl Fn(u64, u64) -> u64,
) -> bool {
    memory.first.iter().zip(&memory.second).enumerate().all(|(relation, (first, second))| {
        let range = relation * memory.block..memory.places().min((relation + 1) * memory.block);
        let mut sum = 0;
        for (left, right) in memory.left.iter().zip(&memory.right) {
            for (u, v) in left[range.clone()].iter().zip(&right[range.clone()]) {
                sum = combine(sum, *u, *v);
            }
        }
        sum == join(*first, *second)
    })
}

#[test]
fn every_wrong_word_in_a_relation_between_numbers_is_caught() {
    for block in [1, 7] {
        let memory = Memory::numbers(11, 60, block);
        // The highest bit is the one that a single sum misses every other time.
        for bit in [|_: usize| 63, |at: usize| at % 64] {
            for other in changed(&memory, bit) {
                let is_true = holds(
                    &other,
                    |sum, u, v| sum.wrapping_add(u.wrapping_mul(v)),
                    u64::wrapping_add,
                );
                // Proven from what the prover has, or from what it would have had to have.
                assert_eq!(accepts_numbers(&other, &other, None), is_true);
                assert!(!accepts_numbers(&memory, &other, None));
            }
        }
    }
}

#[test]
fn every_wrong_word_in_a_relation_between_wide_numbers_is_caught() {
    for (block, others) in [(1, 0), (7, 9)] {
        let narrow = Memory::numbers(11, others, 1);
        let both = |wide: Memory| Both { narrow: narrow.clone(), wide };
        let memory = Memory::wide(11, 30, block);
        assert!(memory.is_true_of_wide_numbers());
        for bit in [|_: usize| 63, |at: usize| at % 64] {
            for other in changed(&memory, bit) {
                let is_true = other.is_true_of_wide_numbers();
                let (honest, other) = (both(memory.clone()), both(other));
                assert_eq!(accepts_numbers(&other, &other, None), is_true);
                assert!(!accepts_numbers(&honest, &other, None));
            }
        }
    }
}

#[test]
fn every_wrong_word_and_place_of_numbers_that_moved_is_caught() {
    for others in [0, 5] {
        let moving = Moving::random(11, others, &[21, 16, 1, 7]);
        for bit in [|_: usize| 63, |at: usize| at % 64] {
            for other in moving.changed(bit) {
                // A vector of one has no two places.
                let is_true = other.holds();
                assert_eq!(accepts_numbers(&other, &other, None), is_true);
                let is_same = other.vectors.iter().zip(&moving.vectors).all(|(other, vector)| {
                    other.order == vector.order
                        && other.numbers == vector.numbers
                        && other.first == vector.first
                        && other.second == vector.second
                });
                assert_eq!(accepts_numbers(&moving, &other, None), is_same);
            }
        }
    }
}

#[test]
fn an_error_in_one_kind_is_not_made_up_for_in_the_other() {
    // Wrong by one in a relation of each, and by 2^64 in the wide one.
    let (narrow, wide) = (Memory::numbers(3, 40, 1), Memory::wide(4, 40, 1));
    for (change, wide_change) in [(1u64, [u64::MAX, u64::MAX]), (1, [0, u64::MAX]), (0, [0, 1])] {
        for at in 0..40 {
            let (mut narrow, mut wide) = (narrow.clone(), wide.clone());
            narrow.first[at] = narrow.first[at].wrapping_add(change);
            for (word, more) in wide.first[2 * at..2 * at + 2].iter_mut().zip(wide_change) {
                *word = word.wrapping_add(more);
            }
            let both = Both { narrow, wide };
            assert!(!accepts_numbers(&both, &both, None), "{at}");
        }
    }
}

#[test]
fn every_wrong_word_in_a_relation_between_bits_is_caught() {
    let memory = Memory::bits(12, 60);
    for other in changed(&memory, |at| at % 64) {
        let is_true = holds(&other, |sum, u, v| sum ^ (u & v), |a, b| a ^ b);
        assert_eq!(accepts_bits(&other, &other, None), is_true);
        assert!(!accepts_bits(&memory, &other, None));
    }
}

#[test]
fn every_changed_word_of_a_message_is_caught() {
    for places in [1, 5, 70] {
        let memory = Memory::numbers(13, places, 1);
        let words: usize = numbers::lengths([places, 0]).iter().sum();
        for at in 0..words {
            assert!(!accepts_numbers(&memory, &memory, Some(at)), "word {at} of {words}");
        }
        let moving = Moving::random(13, places / 3, &[places, 2]);
        let words: usize = numbers::lengths([moving.places(), 0]).iter().sum();
        for at in 0..words {
            assert!(!accepts_numbers(&moving, &moving, Some(at)), "word {at} of {words}");
        }
        let wide = Memory::wide(13, places, 1);
        let memory = Both { narrow: Memory::numbers(13, places / 5, 1), wide };
        let words: usize = numbers::lengths([places / 5, places]).iter().sum();
        for at in 0..words {
            assert!(!accepts_numbers(&memory, &memory, Some(at)), "word {at} of {words}");
        }
        let memory = Memory::bits(14, places);
        let words: usize = bits::lengths(places).iter().sum();
        for at in 0..words {
            assert!(!accepts_bits(&memory, &memory, Some(at)), "word {at} of {words}");
        }
    }
}

#[test]
fn a_proof_grows_with_the_logarithm_of_what_is_proven() {
    for (places, limit) in [(1usize << 10, 5_000), (1 << 20, 9_000), (1 << 28, 12_000)] {
        let words = |lengths: Vec<usize>| lengths.iter().sum::<usize>() * 8;
        let both = [
            words(numbers::lengths([places / 2, places - places / 2])),
            words(bits::lengths(places)),
        ];
        assert!(both[0] < limit + 4_000 && both[1] < limit + 10_000, "{places}: {both:?}");
    }
}
