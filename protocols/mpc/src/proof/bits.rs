//! Relations between bits, 64 to a word, proven in the field of 2^64 elements.
//!
//! The 64 relations of a word are one in the field: its bits are the coefficients of an element,
//! which is 0 exactly if all are right. Words count with random weights, so a wrong one is missed
//! with probability 2^-63. The first stage works on words as they are: its variables choose among
//! 64 consecutive words, of sums of which "and" gives the products of 64 vectors at once; weights
//! are therefore a product of one for the place in the group, which enters the claim only, and one
//! for the group.

use super::argument::{Prover, Verifier, next_claim, split, stages, summand};
use super::binary::Binary;
use super::field::{Coins, Field};
use super::grid::{Room, corner_weights, points};
use super::source::{Groups, Role, Source};
use crate::prg::KEY;
use crate::rep3::transpose;

/// Variables of the first stage, and words in a group.
const FIRST: u32 = 6;
const GROUP: usize = 1 << FIRST;

/// Words of the prover's messages for so many words of relations.
pub(crate) fn lengths(places: usize) -> Vec<usize> {
    if places == 0 {
        return Vec::new();
    }
    let grids = stages(folded(places));
    let last = grids.len() - 1;
    let grids = grids.iter().enumerate().map(|(index, variables)| {
        points(if index == last { variables + 1 } else { *variables }) - 1
    });
    core::iter::once(points(FIRST) - 1).chain(grids).collect()
}

/// Elements after the first stage: 64 a group.
pub(crate) fn folded(places: usize) -> usize {
    (2 * places).div_ceil(GROUP) * GROUP
}

/// The weights of words.
struct Weights {
    /// By the place in a group; two words belong to one relation.
    places: [u64; GROUP],
    groups: Coins,
}

impl Weights {
    fn new(seed: &[u8; KEY]) -> Self {
        let mut groups = Coins::new(seed);
        let mut places = [1; GROUP];
        for pair in places.as_chunks_mut::<2>().0.iter_mut().skip(1) {
            *pair = [groups.word(); 2];
        }
        Self { places, groups }
    }
}

/// The prover between two messages.
pub(crate) struct Bits {
    weights: [u8; KEY],
    coins: Coins,
    hiding: [Coins; 2],
    stages: Vec<u32>,
    sent: usize,
    prover: Prover<Binary>,
}

impl Bits {
    /// `weights` draws the weights; `coins` are shared with the first verifier, `hiding` with the
    /// first and the second.
    pub(crate) fn new(
        source: &dyn Source,
        weights: [u8; KEY],
        coins: Coins,
        hiding: [Coins; 2],
    ) -> Self {
        let stages = stages(folded(source.places()));
        let prover = Prover { field: Binary, left: Vec::new(), right: Vec::new() };
        Self { weights, coins, hiding, stages, sent: 0, prover }
    }

    /// The next message to the second verifier.
    pub(crate) fn message(&mut self, source: &dyn Source) -> Vec<u64> {
        let sent = self.sent;
        self.sent += 1;
        let grid = match sent.checked_sub(1) {
            None => self.first(source),
            // The other proof of the same prover may take longer.
            Some(stage) if stage >= self.stages.len() => return Vec::new(),
            Some(stage) if stage + 1 < self.stages.len() => self.prover.middle(self.stages[stage]),
            Some(stage) => {
                let hiding = self.hiding.each_mut().map(Coins::word);
                self.prover.last(self.stages[stage], hiding)
            }
        };
        split(Binary, &grid, &mut self.coins)
    }

    /// What the verifiers drew after the last message.
    pub(crate) fn challenge(&mut self, source: &dyn Source, seed: &[u8; KEY]) {
        let mut coins = Coins::new(seed);
        if self.sent == 1 {
            let at = Binary.draw_all(&mut coins, FIRST as usize);
            let (prover, fold) = (&mut self.prover, Fold::new(&at));
            let mut weights = Weights::new(&self.weights);
            words(source, Role::Prover, &mut |left, right| {
                prover.left.extend(fold.weighted(left, weights.groups.word()));
                prover.right.extend(fold.plain(right));
            });
        } else if let Some(variables) = self.stages.get(self.sent - 2) {
            let at = Binary.draw_all(&mut coins, *variables as usize);
            self.prover.fold(&at);
        }
    }

    /// The first grid, word by word.
    fn first(&self, source: &dyn Source) -> Vec<u64> {
        let mut weights = Weights::new(&self.weights);
        let mut sums = vec![0; points(FIRST)];
        let [mut of_left, mut of_right] = [Room::new(FIRST), Room::new(FIRST)];
        let mut weight = vec![0; points(FIRST)];
        words(source, Role::Prover, &mut |left, right| {
            let (left, right) = (of_left.extend(Binary, left), of_right.extend(Binary, right));
            for (left, right) in left.iter_mut().zip(right) {
                *left &= *right;
            }
            weight.fill(weights.groups.word());
            Binary.accumulate(&mut sums, left, &weight);
        });
        sums.into_iter().map(|sum| Binary.reduce(sum)).collect()
    }
}

/// A verifier's whole part: what is left of its vector, and its summand of the last claim. See
/// [`numbers::verify`](super::numbers::verify).
pub(crate) fn verify(
    source: &dyn Source,
    role: Role,
    seeds: &[[u8; KEY]],
    messages: &[Vec<u64>],
    coins: &mut Coins,
    hiding: &mut Coins,
) -> [u64; 2] {
    let mut share = |index: usize, variables: u32| match role {
        Role::Second => messages[index].clone(),
        Role::First | Role::Prover => summand(Binary, variables, coins),
    };
    let weights = Weights::new(&seeds[0]);
    let at = Binary.draw_all(&mut Coins::new(&seeds[1]), FIRST as usize);
    let claim = claim(source, role, &seeds[0]);
    let claim = next_claim(Binary, claim, &weights.places, &share(0, FIRST), &at);
    let mut groups = weights.groups;
    let fold = Fold::new(&at);
    let mut vector = Vec::with_capacity(folded(source.places()));
    words(source, role, &mut |left, right| match role {
        Role::Second => vector.extend(fold.plain(right)),
        Role::First | Role::Prover => vector.extend(fold.weighted(left, groups.word())),
    });
    let verifier = Verifier { field: Binary, vector, claim };
    verifier.run(&seeds[2..], 1, &mut share, hiding)
}

/// A verifier's summand of the first claim.
fn claim(source: &dyn Source, role: Role, seed: &[u8; KEY]) -> u64 {
    let mut weights = Weights::new(seed);
    let places: Vec<u64> = weights.places.iter().step_by(2).copied().collect();
    let mut sum = 0;
    let mut groups = Groups::new(places.len());
    let mut add = |words: &[u64], _: &[u64]| {
        sum ^= Binary.mul(weights.groups.word(), Binary.dot(words, &places));
    };
    source.tiles(role, &mut |tile| {
        let terms = if role == Role::Second { tile.second } else { tile.first };
        groups.push(terms, &[], &mut add);
    });
    groups.finish(&mut add);
    sum
}

/// Shows the words in groups of the first stage, the two of a relation side by side.
fn words(source: &dyn Source, role: Role, each: &mut dyn FnMut(&[u64], &[u64])) {
    let mut groups = Groups::new(GROUP);
    let (mut left, mut right) = (Vec::new(), Vec::new());
    source.tiles(role, &mut |tile| {
        left.clear();
        right.clear();
        left.extend(tile.left[0].iter().zip(tile.left[1]).flat_map(|(a, b)| [*a, *b]));
        right.extend(tile.right[0].iter().zip(tile.right[1]).flat_map(|(a, b)| [*a, *b]));
        groups.push(&left, &right, each);
    });
    groups.finish(each);
}

/// From 64 words to 64 elements: for each bit, the sum of the corners' weights where it is set.
struct Fold {
    tables: Vec<[u64; 256]>,
}

impl Fold {
    fn new(at: &[u64]) -> Self {
        let weights = corner_weights(Binary, at);
        let tables = weights.as_chunks::<8>().0.iter().map(|weights| {
            let mut table = [0; 256];
            for (index, weight) in weights.iter().enumerate() {
                let (without, with) = table.split_at_mut(1 << index);
                for (with, without) in with.iter_mut().zip(without) {
                    *with = *without ^ weight;
                }
            }
            table
        });
        Self { tables: tables.collect() }
    }

    fn plain(&self, words: &[u64]) -> [u64; GROUP] {
        let mut rows: [[u64; 1]; GROUP] = core::array::from_fn(|index| [words[index]]);
        transpose(&mut rows);
        rows.map(|[row]| {
            let chosen = self.tables.iter().zip(row.to_le_bytes());
            chosen.fold(0, |sum, (table, byte)| sum ^ table[usize::from(byte)])
        })
    }

    /// With the weight of the group and of each bit.
    fn weighted(&self, words: &[u64], group: u64) -> [u64; GROUP] {
        let mut weight = group;
        let weights: [u64; GROUP] = core::array::from_fn(|_| {
            let now = weight;
            weight = Binary::double(weight);
            now
        });
        let mut elements = self.plain(words);
        Binary.scale(&mut elements, &weights);
        elements
    }
}
