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

use super::argument::{Prover, Verifier, next_claim, split, stages, summand};
use super::field::{Coins, Field};
use super::grid::{Grid, corner_weights, points};
use super::prime::Prime;
use super::source::{Groups, Role, Source, TILE, Tile};
use super::subsets::{Choices, Lift, SUMS, add_subsets};
use crate::prg::KEY;

/// Variables of the first stage, whose vectors are never kept.
const FIRST: u32 = 3;

/// Words of an integer share: of the first verifier, and of the second.
const HIDING: usize = 3;
const HIDDEN: usize = 4;

/// What is added to a quotient so that its second share is not negative: 2^200.
const OFFSET: [u64; HIDDEN] = [0, 0, 0, 1 << 8];

/// Words of the prover's messages for so many places.
pub(crate) fn lengths(places: usize) -> Vec<usize> {
    if places == 0 {
        return Vec::new();
    }
    let grids = stages(folded(places));
    let last = grids.len() - 1;
    let grids = grids.iter().enumerate().map(|(index, variables)| {
        points(if index == last { variables + 1 } else { *variables }) - 1
    });
    [SUMS * HIDDEN, points(FIRST) - 1].into_iter().chain(grids).collect()
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
    modulo: Option<(Lift, Prover<Prime>)>,
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
        let stages = stages(folded(source.places()));
        Self { choices, coins, hiding, stages, sent: 0, modulo: None }
    }

    /// The next message to the second verifier.
    pub(crate) fn message(&mut self, source: &dyn Source) -> Vec<u64> {
        let sent = self.sent;
        self.sent += 1;
        let Some((lift, prover)) = &self.modulo else { return self.quotients(source) };
        let field = prover.field;
        let grid = match sent.checked_sub(2) {
            None => {
                let mut grid = Grid::new(field, FIRST);
                lifted(source, Role::Prover, &self.choices, lift, &mut |u, v| grid.add(u, v));
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
                let lift = Lift::draw(&mut coins);
                let prover = Prover { field: lift.field, left: Vec::new(), right: Vec::new() };
                self.modulo = Some((lift, prover));
            }
            (Some((lift, prover)), 2) => {
                let at = lift.field.draw_all(&mut coins, FIRST as usize);
                let weights = corner_weights(lift.field, &at);
                let Prover { field, left, right } = prover;
                lifted(source, Role::Prover, &self.choices, lift, &mut |u, v| {
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
    fn quotients(&mut self, source: &dyn Source) -> Vec<u64> {
        let mut choices = Choices::new(&self.choices);
        let mut sums = [[0u128; SUMS]; 3];
        let mut group = [[0u128; 8]; 3];
        let mut filled = 0;
        source.tiles(Role::Prover, &mut |tile| {
            for relation in 0..tile.relations() {
                let terms = [tile.first[relation], tile.second[relation]];
                let values = [
                    excess(tile, relation, terms).cast_unsigned(),
                    u128::from(terms[0]),
                    u128::from(terms[1]),
                ];
                for (group, value) in group.iter_mut().zip(values) {
                    group[filled] = value;
                }
                filled += 1;
                if filled == 8 {
                    let chosen = choices.next_eight();
                    for (sums, group) in sums.iter_mut().zip(&group) {
                        add_subsets(sums, group, &chosen);
                    }
                    filled = 0;
                }
            }
        });
        if filled > 0 {
            let chosen = choices.next_eight();
            for (sums, group) in sums.iter_mut().zip(&mut group) {
                group[filled..].fill(0);
                add_subsets(sums, group, &chosen);
            }
        }
        let mut message = Vec::with_capacity(SUMS * HIDDEN);
        let [excesses, firsts, seconds] = &sums;
        for ((excess, first), second) in excesses.iter().zip(firsts).zip(seconds) {
            let quotient = excess.wrapping_add(first >> 64).wrapping_add(second >> 64);
            message.extend(second_share(quotient.cast_signed(), &hiding_words(&mut self.coins)));
        }
        message
    }
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
    let residues = residues(source, role, &seeds[0]);
    let quotients: Vec<Vec<u64>> = match role {
        Role::Second => messages[0].chunks(HIDDEN).map(<[u64]>::to_vec).collect(),
        Role::First | Role::Prover => (0..SUMS).map(|_| hiding_words(coins).to_vec()).collect(),
    };
    let lift = Lift::draw(&mut Coins::new(&seeds[1]));
    let field = lift.field;
    let offset = match role {
        Role::Second => field.embed_all(&[&[0], &OFFSET[..]].concat()),
        Role::First | Role::Prover => 0,
    };
    let claims: Vec<u64> = residues
        .iter()
        .zip(&quotients)
        .map(|(residue, quotient)| {
            field.sub(field.embed_all(&[&[*residue], &quotient[..]].concat()), offset)
        })
        .collect();
    let claim = field.dot(&claims, &lift.weights);
    let mut share = |index: usize, variables: u32| match role {
        Role::Second => messages[index].iter().map(|word| field.reduced(*word)).collect(),
        Role::First | Role::Prover => summand(field, variables, coins),
    };
    let at = field.draw_all(&mut Coins::new(&seeds[2]), FIRST as usize);
    let claim = next_claim(field, claim, &[field.one(); 1 << FIRST], &share(1, FIRST), &at);
    let weights = corner_weights(field, &at);
    let mut vector = Vec::with_capacity(folded(source.places()));
    lifted(source, role, &seeds[0], &lift, &mut |u, v| {
        vector.push(field.dot(if u.is_empty() { v } else { u }, &weights));
    });
    let verifier = Verifier { field, vector, claim };
    (field, verifier.run(&seeds[3..], 2, &mut share, hiding))
}

/// By how much the integers differ, in multiples of 2^64.
fn excess(tile: &Tile<'_>, relation: usize, terms: [u64; 2]) -> i128 {
    let end = tile.places().min((relation + 1) * tile.block);
    let (mut low, mut high) = (0u128, 0u128);
    for (left, right) in tile.left.iter().zip(&tile.right) {
        let places = relation * tile.block..end;
        for (u, v) in left[places.clone()].iter().zip(&right[places]) {
            let product = u128::from(*u).wrapping_mul(u128::from(*v));
            low = low.wrapping_add(product & u128::from(u64::MAX));
            high = high.wrapping_add(product >> 64);
        }
    }
    let known = u128::from(terms[0]).wrapping_add(terms[1].into());
    let rest = low.wrapping_sub(known).cast_signed() >> 64;
    high.cast_signed().wrapping_add(rest)
}

/// The sums of what a verifier knows, modulo 2^64.
fn residues(source: &dyn Source, role: Role, seed: &[u8; KEY]) -> [u64; SUMS] {
    let mut choices = Choices::new(seed);
    let mut sums = [0u64; SUMS];
    let mut group = [0u64; 8];
    let mut filled = 0;
    source.tiles(role, &mut |tile| {
        for term in if role == Role::Second { tile.second } else { tile.first } {
            group[filled] = *term;
            filled += 1;
            if filled == 8 {
                add_subsets(&mut sums, &group, &choices.next_eight());
                filled = 0;
            }
        }
    });
    if filled > 0 {
        group[filled..].fill(0);
        add_subsets(&mut sums, &group, &choices.next_eight());
    }
    sums
}

/// Shows the vectors as elements, the left ones with their relations' weights, in groups of the
/// first stage.
fn lifted(
    source: &dyn Source,
    role: Role,
    seed: &[u8; KEY],
    lift: &Lift,
    each: &mut dyn FnMut(&[u64], &[u64]),
) {
    let field = lift.field;
    let mut choices = Choices::new(seed);
    let mut groups = Groups::new(1 << FIRST);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let mut factors = Vec::new();
    source.tiles(role, &mut |tile| {
        factors.clear();
        factors.extend((0..tile.relations()).map(|_| match role {
            Role::Second => {
                // The right vectors have no weights.
                0
            }
            Role::Prover | Role::First => lift.factor(choices.next_one()),
        }));
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
    groups.finish(each);
}

fn hiding_words(coins: &mut Coins) -> [u64; HIDING] {
    core::array::from_fn(|_| coins.word())
}

/// `quotient + 2^200 - first`, an integer of four words.
fn second_share(quotient: i128, first: &[u64; HIDING]) -> [u64; HIDDEN] {
    let sign = if quotient < 0 { u64::MAX } else { 0 };
    #[expect(clippy::cast_possible_truncation, reason = "the words of an integer")]
    let words = [quotient as u64, (quotient >> 64) as u64, sign, sign];
    let mut share = OFFSET;
    let (mut carry, mut borrow) = (false, false);
    for (index, word) in share.iter_mut().enumerate() {
        let (sum, one) = word.overflowing_add(words[index]);
        let (sum, two) = sum.overflowing_add(carry.into());
        carry = one || two;
        let (rest, one) = sum.overflowing_sub(first.get(index).copied().unwrap_or(0));
        let (rest, two) = rest.overflowing_sub(borrow.into());
        borrow = one || two;
        *word = rest;
    }
    share
}
