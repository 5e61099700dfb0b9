//! That the scalar product of two vectors is a claimed sum, where the prover knows both vectors,
//! each of the two verifiers one of them, and each verifier a summand of the claim.
//!
//! Boneh and others 2019/188, 4.2, in the form that Boyle and others 2019/1390 use for three
//! parties. In every stage the vectors are cut into groups, the prover shares the grid of the
//! groups' products between the verifiers, and these draw a point at which the groups are
//! evaluated: what is left are vectors as long as there are groups, and a new claim that is linear
//! in the grid, so that each verifier has a summand of it. The grid's first number is never sent: it
//! is what the claim leaves for it, so that a false claim stays false unless the point is a zero of
//! a polynomial of degree two in each variable, of which there is a share of `2 l / |F|` (Schwartz
//! and Zippel).
//!
//! In the last stage one more variable hides what is left: where it is 1 the vectors are random
//! numbers that the prover shares with one of the verifiers each, and only the half where it is 0
//! is summed. So the two numbers that the verifiers compare are uniform.

use super::field::{Coins, Field};
use super::grid::{Grid, corner, corner_weights, fold, grid_weights, points};
use crate::prg::KEY;

/// Variables of a stage in the middle and the most of the last.
const MIDDLE: u32 = 5;
const LAST: u32 = 4;

/// Variables of every stage after the first, for vectors of so many elements; the last has the
/// variable that hides beside them.
pub(crate) fn stages(length: usize) -> Vec<u32> {
    let mut left = length.next_power_of_two().ilog2();
    let mut stages = Vec::new();
    while left > LAST {
        let now = MIDDLE.min(left);
        stages.push(now);
        left -= now;
    }
    stages.push(left);
    stages
}

/// What the first groups' products count in the claim: all the same in every stage but a first one
/// that says otherwise.
pub(crate) fn even_weights<F: Field>(field: F, variables: u32) -> Vec<u64> {
    vec![field.one(); 1 << variables]
}

/// The prover between two stages.
pub(crate) struct Prover<F> {
    pub(crate) field: F,
    pub(crate) left: Vec<u64>,
    pub(crate) right: Vec<u64>,
}

impl<F: Field> Prover<F> {
    /// The grid of a stage in the middle.
    pub(crate) fn middle(&self, variables: u32) -> Vec<u64> {
        let mut grid = Grid::new(self.field, variables);
        let size = 1 << variables;
        for (left, right) in self.left.chunks(size).zip(self.right.chunks(size)) {
            grid.add(left, right);
        }
        grid.finish()
    }

    /// The grid of the last stage, with what hides the left and the right vector.
    pub(crate) fn last(&self, variables: u32, hiding: [u64; 2]) -> Vec<u64> {
        let mut grid = Grid::new(self.field, variables + 1);
        let size = 1 << variables;
        grid.add(&hidden(&self.left, size, hiding[0]), &hidden(&self.right, size, hiding[1]));
        grid.finish()
    }

    /// The vectors at the point drawn.
    pub(crate) fn fold(&mut self, at: &[u64]) {
        let weights = corner_weights(self.field, at);
        self.left = fold(self.field, &weights, &self.left);
        self.right = fold(self.field, &weights, &self.right);
    }
}

/// One verifier between two stages.
pub(crate) struct Verifier<F> {
    pub(crate) field: F,
    /// The vector that it knows.
    pub(crate) vector: Vec<u64>,
    /// Its summand of the claim.
    pub(crate) claim: u64,
}

impl<F: Field> Verifier<F> {
    /// A stage in the middle: the summand of the grid, without its first number, and the point.
    pub(crate) fn middle(&mut self, grid: &[u64], at: &[u64]) {
        let variables = u32::try_from(at.len()).unwrap_or(MIDDLE);
        self.claim =
            next_claim(self.field, self.claim, &even_weights(self.field, variables), grid, at);
        self.vector = fold(self.field, &corner_weights(self.field, at), &self.vector);
    }

    /// The last stage: the element that is left of the vector, and the summand of the claim.
    pub(crate) fn last(mut self, grid: &[u64], at: &[u64], hiding: u64) -> [u64; 2] {
        let variables = u32::try_from(at.len()).unwrap_or(MIDDLE).saturating_sub(1);
        let size = 1 << variables;
        self.claim =
            next_claim(self.field, self.claim, &even_weights(self.field, variables), grid, at);
        let vector = hidden(&self.vector, size, hiding);
        [self.field.dot(&vector, &corner_weights(self.field, at)), self.claim]
    }

    /// All stages after the first: the points from the seeds, the grids from `share`, which counts
    /// the messages from `before` on.
    pub(crate) fn run(
        mut self,
        seeds: &[[u8; KEY]],
        before: usize,
        share: &mut dyn FnMut(usize, u32) -> Vec<u64>,
        hiding: &mut Coins,
    ) -> [u64; 2] {
        let stages = stages(self.vector.len());
        let last = stages.len() - 1;
        for (index, (variables, seed)) in stages[..last].iter().zip(seeds).enumerate() {
            let at = self.field.draw_all(&mut Coins::new(seed), *variables as usize);
            self.middle(&share(before + index, *variables), &at);
        }
        let variables = stages[last] + 1;
        let at = self.field.draw_all(&mut Coins::new(&seeds[last]), variables as usize);
        let hiding = self.field.draw(hiding);
        self.last(&share(before + last, variables), &at, hiding)
    }
}

/// Whether what is left fits: the elements of both verifiers and their summands.
pub(crate) fn is_right<F: Field>(field: F, first: [u64; 2], second: [u64; 2]) -> bool {
    field.mul(first[0], second[0]) == field.add(first[1], second[1])
}

/// A verifier's summand of the next claim; `counted` is what the corners count in the one before.
pub(crate) fn next_claim<F: Field>(
    field: F,
    claim: u64,
    counted: &[u64],
    grid: &[u64],
    at: &[u64],
) -> u64 {
    let mut whole = Vec::with_capacity(grid.len() + 1);
    whole.push(0);
    whole.extend_from_slice(grid);
    let corners: Vec<u64> = (0..counted.len()).map(|index| whole[corner(index)]).collect();
    // The first corner counts one.
    whole[0] = field.sub(claim, field.dot(&corners, counted));
    field.dot(&whole, &grid_weights(field, at))
}

/// A grid's numbers but the first, split into what the first verifier draws from the key that it
/// shares with the prover and what the second is sent.
pub(crate) fn split<F: Field>(field: F, grid: &[u64], coins: &mut Coins) -> Vec<u64> {
    grid[1..].iter().map(|number| field.sub(*number, field.draw(coins))).collect()
}

/// The first verifier's summand of a grid.
pub(crate) fn summand<F: Field>(field: F, variables: u32, coins: &mut Coins) -> Vec<u64> {
    field.draw_all(coins, points(variables) - 1)
}

fn hidden(vector: &[u64], size: usize, hiding: u64) -> Vec<u64> {
    let mut both = vec![0; 2 * size];
    both[..vector.len()].copy_from_slice(vector);
    both[size] = hiding;
    both
}
