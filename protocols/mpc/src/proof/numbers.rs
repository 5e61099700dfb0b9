//! Relations modulo 2^64, proven in a prime field.
//!
//! A relation `sum u v = a + b` modulo 2^64 is an equation between integers once the multiple of
//! 2^64 is known by which the sides differ; that is one number a relation, too many to send. So
//! relations are added up first, 64 times, each time a random half of them: where one of them is
//! wrong, a random sum is right with probability 1/2, all 64 with 2^-64. Let `a_k`, `b_k` be what
//! is left modulo 2^64 of the verifiers' numbers in sum `k`: then the prover knows `q_k` with
//!
//! `sum_j t_jk sum u v = a_k + b_k + 2^64 q_k`, `t_jk` being 0 or 1,
//!
//! between integers, and shares it between the verifiers as two integers whose lengths bound it:
//! 41 bytes a sum. (With a bound on `q_k` no range has to be proven.) Only now a prime of 61 bits is
//! drawn. The two sides differ by less than 2^325, so at most five of the more than 2^54 primes make
//! a wrong equation right. Modulo that prime one random combination of the 64 equations is proven
//! by the [argument](super::argument): all relations at once, each with a weight that is a sum of
//! those weights whose sums it is in.
//!
//! Numbers that moved are relations as well: `sum_i t_ik x_i` over the places `i` where numbers are now is `sum_j t_P(j)k x_j`
//! over those where they were. Who knows where they went, and not which they are, knows all `t_P(j)k`; so each number is a product with
//! its weight, of which one verifier knows the one and the other the other, and is proven with all other products. Which halves
//! they are in is drawn by itself, and they are added to the same 64 sums.
//!
//! Relations between wide numbers, modulo 2^128, are proven beside them in the same way: their 64 random halves are
//! drawn by themselves, their quotients have 72 bytes, and the two sides of an equation differ by less than 2^450, so that
//! at most seven primes make a wrong one right. Their numbers are elements as others are, so that the
//! same argument proves both. A wrong relation is of one kind or the other, and wrong equations have to become right all
//! of them: the larger of both chances counts, not their sum.

use super::argument::{Prover, Verifier, next_claim, split, stages, summand};
use super::field::{Coins, Field};
use super::grid::{Grid, corner_weights, points};
use super::lift::Lift;
use super::limbs::Wrapping;
use super::prime::Prime;
use super::source::{Groups, Role, Source, TILE, Tile, moves_of, tiles_of};
use super::subsets::{Choices, Halves, SUMS};
use crate::prg::KEY;
use crate::rep3::arranged;
use crate::rep3::ring::{Ring, Total};
use sha2::{Digest, Sha256};

/// Variables of the first stage, whose vectors are never kept.
const FIRST: u32 = 3;

/// Words of an integer share of the first verifier: a quotient is below 2^(64 WORDS + 34).
const fn hiding<R: Ring>() -> usize {
    R::WORDS + 2
}

/// The same of the second.
const fn hidden<R: Ring>() -> usize {
    hiding::<R>() + 1
}

/// The highest word of what is added to a quotient so that its second share is not negative: 2^200, or 2^264.
const OFFSET: u64 = 1 << 8;

/// Words of the prover's messages for so many places, and so many of wide numbers.
pub(crate) fn lengths([narrow, wide]: [usize; 2]) -> Vec<usize> {
    if narrow + wide == 0 {
        return Vec::new();
    }
    let of = |places: usize, words: usize| if places == 0 { 0 } else { SUMS * words };
    let quotients = of(narrow, hidden::<u64>()) + of(wide, hidden::<u128>());
    let grids = stages(folded(narrow + wide));
    let last = grids.len() - 1;
    let grids = grids.iter().enumerate().map(|(index, variables)| {
        points(if index == last { variables + 1 } else { *variables }) - 1
    });
    [quotients, points(FIRST) - 1].into_iter().chain(grids).collect()
}

/// Elements after the first stage.
pub(crate) fn folded(places: usize) -> usize {
    (2 * places).div_ceil(1 << FIRST)
}

/// The prover between two messages.
pub(crate) struct Numbers {
    choices: [u8; KEY],
    /// What hides its messages from the second verifier.
    coins: Coins,
    hiding: [Coins; 2],
    stages: Vec<u32>,
    /// Messages sent.
    sent: usize,
    modulo: Option<(Lifts, Prover<Prime>)>,
}

/// Of numbers, and of wide ones.
type Lifts = [Lift; 2];

/// Places of both kinds.
fn all_places(source: &dyn Source) -> usize {
    source.places() + source.wide_places()
}

impl Numbers {
    /// `choices` chooses the halves; `coins` are shared with the first verifier, `hiding` with the
    /// first and the second.
    pub(crate) fn new(
        source: &dyn Source,
        choices: [u8; KEY],
        coins: Coins,
        hiding: [Coins; 2],
    ) -> Self {
        let stages = stages(folded(all_places(source)));
        Self { choices, coins, hiding, stages, sent: 0, modulo: None }
    }

    /// The next message to the second verifier.
    pub(crate) fn message(&mut self, source: &dyn Source) -> Vec<u64> {
        let sent = self.sent;
        self.sent += 1;
        let Some((lifts, prover)) = &self.modulo else {
            let mut message = Vec::new();
            if source.places() > 0 {
                self.quotients::<u64>(source, &mut message);
            }
            if source.wide_places() > 0 {
                self.quotients::<u128>(source, &mut message);
            }
            return message;
        };
        let field = prover.field;
        let grid = match sent.checked_sub(2) {
            None => {
                let mut grid = Grid::new(field, FIRST);
                lifted(source, Role::Prover, &self.choices, lifts, &mut |u, v| grid.add(u, v));
                grid.finish()
            }
            // The other proof of the same prover may take longer.
            Some(stage) if stage >= self.stages.len() => return Vec::new(),
            Some(stage) if stage + 1 < self.stages.len() => prover.middle(self.stages[stage]),
            Some(stage) => {
                let hiding = self.hiding.each_mut().map(|coins| field.draw(coins));
                prover.last(self.stages[stage], hiding)
            }
        };
        split(field, &grid, &mut self.coins)
    }

    /// What the verifiers drew after the last message.
    pub(crate) fn challenge(&mut self, source: &dyn Source, seed: &[u8; KEY]) {
        let mut coins = Coins::new(seed);
        match (&mut self.modulo, self.sent) {
            (None, _) => {
                let lifts = lifts(&mut coins);
                let field = lifts[0].field;
                let prover = Prover { field, left: Vec::new(), right: Vec::new() };
                self.modulo = Some((lifts, prover));
            }
            (Some((lifts, prover)), 2) => {
                let at = prover.field.draw_all(&mut coins, FIRST as usize);
                let weights = corner_weights(prover.field, &at);
                let Prover { field, left, right } = prover;
                lifted(source, Role::Prover, &self.choices, lifts, &mut |u, v| {
                    left.push(field.dot(u, &weights));
                    right.push(field.dot(v, &weights));
                });
            }
            (Some((_, prover)), sent) => {
                let Some(variables) = self.stages.get(sent - 3) else { return };
                let at = prover.field.draw_all(&mut coins, *variables as usize);
                prover.fold(&at);
            }
        }
    }

    /// The 64 quotients, shared.
    fn quotients<R: Ring<Sum: Wrapping>>(&mut self, source: &dyn Source, message: &mut Vec<u64>) {
        let mut halves = Halves::<R::Sum, 3>::new(choices::<R>(&self.choices));
        tiles_of::<R>(source, Role::Prover, &mut |tile| {
            let relations = R::all(tile.first).zip(R::all(tile.second));
            for (relation, (first, second)) in relations.enumerate() {
                let terms = [first.sum(), second.sum()];
                halves.push([excess::<R>(tile, relation, terms), terms[0], terms[1]]);
            }
        });
        halves.turn_to(of_moves(&self.choices));
        moves_of::<R>(source, Role::Prover, &mut |moved| {
            let numbers = arranged(moved.numbers, moved.order);
            let terms = R::all(moved.first).zip(R::all(moved.second));
            for (number, (first, second)) in R::all(&numbers).zip(terms) {
                let terms = [first.sum(), second.sum()];
                let excess = number.sum().minus(Total::plus(terms[0], terms[1])).over_modulus();
                halves.push([excess, terms[0], terms[1]]);
            }
        });
        let [excesses, firsts, seconds] = &halves.finish();
        for ((excess, first), second) in excesses.iter().zip(firsts).zip(seconds) {
            let quotient =
                Total::plus(*excess, Total::plus(first.over_modulus(), second.over_modulus()));
            message.extend(second_share::<R>(quotient, &hiding_words::<R>(&mut self.coins)));
        }
    }
}

/// The prime, with weights for the sums of numbers and for those of wide ones.
fn lifts(coins: &mut Coins) -> Lifts {
    let field = Prime::draw(coins);
    [Lift::draw(field, coins), Lift::draw(field, coins)]
}

/// Which relations are in which sums.
fn choices<R: Ring>(seed: &[u8; KEY]) -> Choices {
    if R::WORDS == 1 {
        return Choices::new(seed);
    }
    derived(b"troupe mpc wide 1", seed)
}

/// The same of numbers that moved.
fn of_moves(seed: &[u8; KEY]) -> Choices {
    derived(b"troupe mpc moves 1", seed)
}

fn derived(label: &[u8], seed: &[u8; KEY]) -> Choices {
    let digest: [u8; 32] = Sha256::new_with_prefix(label).chain_update(seed).finalize().into();
    let mut seed = [0; KEY];
    seed.copy_from_slice(&digest[..KEY]);
    Choices::new(&seed)
}

/// A verifier's whole part: what is left of its vector, and its summand of the last claim.
///
/// `messages` are the second verifier's; the first draws its shares from `coins`, which it shares
/// with the prover, as it does `hiding`; the second shares `hiding` with the prover.
pub(crate) fn verify(
    source: &dyn Source,
    role: Role,
    seeds: &[[u8; KEY]],
    messages: &[Vec<u64>],
    coins: &mut Coins,
    hiding: &mut Coins,
) -> (Prime, [u64; 2]) {
    let lifts = lifts(&mut Coins::new(&seeds[1]));
    let field = lifts[0].field;
    // The second verifier's words, those of wide numbers last.
    let theirs = if role == Role::Second { &messages[0][..] } else { &[] };
    let is_narrow = source.places() > 0;
    let middle = if is_narrow { SUMS * hidden::<u64>() } else { 0 };
    let (narrow, wide) = theirs.split_at(middle.min(theirs.len()));
    let mut claim = 0;
    if is_narrow {
        claim = claimed::<u64>(source, role, &seeds[0], &lifts[0], narrow, coins);
    }
    if source.wide_places() > 0 {
        let more = claimed::<u128>(source, role, &seeds[0], &lifts[1], wide, coins);
        claim = field.add(claim, more);
    }
    let mut share = |index: usize, variables: u32| match role {
        Role::Second => messages[index].iter().map(|word| field.reduced(*word)).collect(),
        Role::First | Role::Prover => summand(field, variables, coins),
    };
    let at = field.draw_all(&mut Coins::new(&seeds[2]), FIRST as usize);
    let claim = next_claim(field, claim, &[field.one(); 1 << FIRST], &share(1, FIRST), &at);
    let weights = corner_weights(field, &at);
    let mut vector = Vec::with_capacity(folded(all_places(source)));
    lifted(source, role, &seeds[0], &lifts, &mut |u, v| {
        vector.push(field.dot(if u.is_empty() { v } else { u }, &weights));
    });
    let verifier = Verifier { field, vector, claim };
    (field, verifier.run(&seeds[3..], 2, &mut share, hiding))
}

/// A verifier's summand of what the sums of one kind of relations come to, weighed.
fn claimed<R: Ring + Wrapping>(
    source: &dyn Source,
    role: Role,
    seed: &[u8; KEY],
    lift: &Lift,
    message: &[u64],
    coins: &mut Coins,
) -> u64 {
    let field = lift.field;
    let residues = residues::<R>(source, role, seed);
    let quotients: Vec<Vec<u64>> = match role {
        Role::Second => message.chunks(hidden::<R>()).map(<[u64]>::to_vec).collect(),
        Role::First | Role::Prover => (0..SUMS).map(|_| hiding_words::<R>(coins)).collect(),
    };
    let offset = match role {
        Role::Second => {
            let mut words = vec![0; R::WORDS + hiding::<R>()];
            words.push(OFFSET);
            field.embed_all(&words)
        }
        Role::First | Role::Prover => 0,
    };
    let claims: Vec<u64> = residues
        .iter()
        .zip(&quotients)
        .map(|(residue, quotient)| {
            let words: Vec<u64> = (0..R::WORDS).map(|word| residue.word(word)).collect();
            field.sub(field.embed_all(&[&words, &quotient[..]].concat()), offset)
        })
        .collect();
    field.dot(&claims, &lift.weights)
}

/// By how much the integers differ, in multiples of the modulus.
fn excess<R: Ring>(tile: &Tile<'_>, relation: usize, terms: [R::Sum; 2]) -> R::Sum {
    let end = tile.places_of::<R>().min((relation + 1).saturating_mul(tile.block));
    let words = relation * tile.block * R::WORDS..end * R::WORDS;
    let (mut low, mut high) = (R::Sum::default(), R::Sum::default());
    for (left, right) in tile.left.iter().zip(&tile.right) {
        for (u, v) in R::all(&left[words.clone()]).zip(R::all(&right[words.clone()])) {
            let product = u.product(v);
            low = low.plus(product[0].sum());
            high = high.plus(product[1].sum());
        }
    }
    high.plus(low.minus(terms[0].plus(terms[1])).over_modulus())
}

/// The sums of what a verifier knows, modulo the modulus.
fn residues<R: Ring + Wrapping>(source: &dyn Source, role: Role, seed: &[u8; KEY]) -> [R; SUMS] {
    let mut halves = Halves::<R, 1>::new(choices::<R>(seed));
    tiles_of::<R>(source, role, &mut |tile| {
        for term in R::all(if role == Role::Second { tile.second } else { tile.first }) {
            halves.push([term]);
        }
    });
    halves.turn_to(of_moves(seed));
    moves_of::<R>(source, role, &mut |moved| {
        for term in R::all(if role == Role::Second { moved.second } else { moved.first }) {
            halves.push([term]);
        }
    });
    let [sums] = halves.finish();
    sums
}

/// Shows the vectors as elements, the left ones with their relations' weights, in groups of the
/// first stage; those of wide numbers follow.
fn lifted(
    source: &dyn Source,
    role: Role,
    seed: &[u8; KEY],
    [narrow, wide]: &Lifts,
    each: &mut dyn FnMut(&[u64], &[u64]),
) {
    let field = narrow.field;
    let mut choices = self::choices::<u64>(seed);
    let mut groups = Groups::new(1 << FIRST);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let mut factors = Vec::new();
    source.tiles(role, &mut |tile| {
        draw_factors(&mut factors, tile.relations(), role, narrow, &mut choices);
        for from in (0..tile.places()).step_by(TILE) {
            let places = from..tile.places().min(from + TILE);
            left.clear();
            right.clear();
            for vector in tile.left.iter().filter(|vector| !vector.is_empty()) {
                let words = vector[places.clone()].iter();
                if tile.block == 1 {
                    let factors = &factors[places.clone()];
                    left.extend(words.zip(factors).map(|(word, f)| field.times_word(*f, *word)));
                } else {
                    left.extend(
                        words
                            .zip(places.clone())
                            .map(|(word, at)| field.times_word(factors[at / tile.block], *word)),
                    );
                }
            }
            for vector in tile.right.iter().filter(|vector| !vector.is_empty()) {
                right.extend(vector[places.clone()].iter().map(|word| field.embed(*word)));
            }
            groups.push(&left, &right, each);
        }
    });
    let mut choices = of_moves(seed);
    source.moves(role, &mut |moved| {
        let length = moved.first.len().max(moved.second.len());
        let drawn: Vec<u64> = (0..length).map(|_| choices.next_one()).collect();
        let weight = |place: &u32| field.times_word(narrow.factor(drawn[*place as usize]), 1);
        let mut weights: Vec<u64> = Vec::new();
        if role == Role::Prover || role == moved.known_to {
            weights.extend(moved.order.iter().map(weight));
        }
        let mut numbers: Vec<u64> = moved.numbers.iter().map(|word| field.embed(*word)).collect();
        for side in [&mut weights, &mut numbers] {
            side.resize(side.len().next_multiple_of(2), 0);
        }
        match moved.known_to {
            Role::First => groups.push(&weights, &numbers, each),
            Role::Second | Role::Prover => groups.push(&numbers, &weights, each),
        }
    });
    let mut choices = self::choices::<u128>(seed);
    source.wide_tiles(role, &mut |tile| {
        let all = tile.places_of::<u128>();
        draw_factors(&mut factors, all.div_ceil(tile.block), role, wide, &mut choices);
        for from in (0..all).step_by(TILE) {
            let places = from..all.min(from + TILE);
            let words = places.start * u128::WORDS..places.end * u128::WORDS;
            left.clear();
            right.clear();
            for vector in tile.left.iter().filter(|vector| !vector.is_empty()) {
                let pairs = vector[words.clone()].as_chunks::<2>().0.iter().zip(places.clone());
                left.extend(pairs.map(|(pair, at)| {
                    let [low, high] = pair.map(|w| field.times_word(factors[at / tile.block], w));
                    field.add(low, field.times_modulus(high))
                }));
            }
            for vector in tile.right.iter().filter(|vector| !vector.is_empty()) {
                let pairs = vector[words.clone()].as_chunks::<2>().0.iter();
                right.extend(pairs.map(|pair| field.embed_all(pair)));
            }
            groups.push(&left, &right, each);
        }
    });
    groups.finish(each);
}

/// The weights of so many relations, as factors.
fn draw_factors(
    factors: &mut Vec<u64>,
    relations: usize,
    role: Role,
    lift: &Lift,
    choices: &mut Choices,
) {
    factors.clear();
    factors.extend((0..relations).map(|_| match role {
        // The right vectors have no weights.
        Role::Second => 0,
        Role::Prover | Role::First => lift.factor(choices.next_one()),
    }));
}

fn hiding_words<R: Ring>(coins: &mut Coins) -> Vec<u64> {
    (0..hiding::<R>()).map(|_| coins.word()).collect()
}

/// `quotient + offset - first`, an integer of one word more.
fn second_share<R: Ring>(quotient: R::Sum, first: &[u64]) -> Vec<u64> {
    let (mut carry, mut borrow) = (false, false);
    let share = (0..hidden::<R>()).map(|index| {
        let offset = if index == hiding::<R>() { OFFSET } else { 0 };
        let (sum, one) = offset.overflowing_add(quotient.word(index));
        let (sum, two) = sum.overflowing_add(carry.into());
        carry = one || two;
        let (rest, one) = sum.overflowing_sub(first.get(index).copied().unwrap_or(0));
        let (rest, two) = rest.overflowing_sub(borrow.into());
        borrow = one || two;
        rest
    });
    share.collect()
}
