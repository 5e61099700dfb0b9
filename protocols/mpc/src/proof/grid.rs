//! Products of two vectors as polynomials of few variables.
//!
//! Of `2^l` consecutive elements of a vector, the one at `a` is the value at the bits of `a` of a
//! polynomial of degree one in each of `l` variables. Of the product of two such polynomials, and of
//! sums of such products, a *grid* of `3^l` numbers says everything: for each variable the value at
//! 0, the value at 1 and the coefficient of its square. These need no division, whatever the field.

use super::field::Field;

/// Points of a grid.
pub(crate) fn points(variables: u32) -> usize {
    3usize.pow(variables)
}

/// Room for grids of so many variables, and for what is made of them on the way.
pub(crate) struct Room {
    variables: u32,
    grid: Vec<u64>,
    spare: Vec<u64>,
}

impl Room {
    pub(crate) fn new(variables: u32) -> Self {
        let zeros = vec![0; points(variables)];
        Self { variables, spare: zeros.clone(), grid: zeros }
    }

    /// From values at the corners, at most `2^l`, to the grid of a polynomial of degree one; what is missing
    /// is 0.
    pub(crate) fn extend<F: Field>(&mut self, field: F, values: &[u64]) -> &mut [u64] {
        self.grid[..values.len()].copy_from_slice(values);
        self.grid[values.len()..1 << self.variables].fill(0);
        for done in 0..self.variables {
            let pairs = 1 << (self.variables - 1 - done);
            match done {
                0 => widen::<F, 1>(field, pairs, &self.grid, &mut self.spare),
                1 => widen::<F, 3>(field, pairs, &self.grid, &mut self.spare),
                2 => widen::<F, 9>(field, pairs, &self.grid, &mut self.spare),
                3 => widen::<F, 27>(field, pairs, &self.grid, &mut self.spare),
                4 => widen::<F, 81>(field, pairs, &self.grid, &mut self.spare),
                _ => widen::<F, 243>(field, pairs, &self.grid, &mut self.spare),
            }
            core::mem::swap(&mut self.grid, &mut self.spare);
        }
        &mut self.grid
    }
}

/// From pairs of grids, where a variable is 0 and where it is 1, to grids with that variable. Their width is
/// known when this is compiled, because most of them are a few words.
#[inline]
fn widen<F: Field, const WIDTH: usize>(field: F, pairs: usize, from: &[u64], to: &mut [u64]) {
    let from = from.as_chunks::<WIDTH>().0.as_chunks::<2>().0;
    let to = to.as_chunks_mut::<WIDTH>().0.as_chunks_mut::<3>().0;
    for ([zeros, ones], [low, high, square]) in from.iter().zip(to).take(pairs) {
        *low = *zeros;
        *high = *ones;
        for ((square, zero), one) in square.iter_mut().zip(zeros).zip(ones) {
            *square = field.sub(*one, *zero);
        }
    }
}

/// The place of a corner in a grid.
pub(crate) fn corner(index: usize) -> usize {
    let bits = (0..usize::BITS).take_while(|bit| index >> bit > 0);
    bits.map(|bit| (index >> bit & 1) * points(bit)).sum()
}

/// What the corners weigh in the polynomial's value at `at`.
pub(crate) fn corner_weights<F: Field>(field: F, at: &[u64]) -> Vec<u64> {
    let mut weights = vec![field.one()];
    for point in at {
        let without = field.sub(field.one(), *point);
        let ones: Vec<u64> = weights.iter().map(|weight| field.mul(*weight, *point)).collect();
        for weight in &mut weights {
            *weight = field.mul(*weight, without);
        }
        weights.extend(ones);
    }
    weights
}

/// What the points of a grid weigh in the product's value at `at`.
pub(crate) fn grid_weights<F: Field>(field: F, at: &[u64]) -> Vec<u64> {
    let mut weights = vec![field.one()];
    for point in at {
        let without = field.sub(field.one(), *point);
        let square = field.sub(field.mul(*point, *point), *point);
        let times = |factor: u64| weights.iter().map(move |w| field.mul(*w, factor));
        weights = times(without).chain(times(*point)).chain(times(square)).collect();
    }
    weights
}

/// Adds up the grids of products, group by group of `2^l` elements; missing elements are 0.
pub(crate) struct Grid<F> {
    field: F,
    sums: Vec<u128>,
    /// Products in the sums since these were small.
    added: u32,
    left: Room,
    right: Room,
}

impl<F: Field> Grid<F> {
    pub(crate) fn new(field: F, variables: u32) -> Self {
        let room = || Room::new(variables);
        let sums = vec![0; points(variables)];
        Self { field, sums, added: 0, left: room(), right: room() }
    }

    /// Adds the products of at most one group.
    pub(crate) fn add(&mut self, left: &[u64], right: &[u64]) {
        let Self { field, sums, .. } = self;
        let (left, right) = (self.left.extend(*field, left), self.right.extend(*field, right));
        field.accumulate(sums, left, right);
        self.added += 1;
        if self.added == F::MOST {
            self.added = 0;
            field.settle(sums);
        }
    }

    pub(crate) fn finish(mut self) -> Vec<u64> {
        self.field.settle(&mut self.sums);
        self.sums.iter().map(|sum| self.field.reduce(*sum)).collect()
    }
}

/// The vector of the groups' values at one point.
pub(crate) fn fold<F: Field>(field: F, weights: &[u64], vector: &[u64]) -> Vec<u64> {
    vector.chunks(weights.len()).map(|group| field.dot(group, weights)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::binary::Binary;
    use super::super::field::Coins;
    use super::super::prime::Prime;
    use super::*;
    use proptest::prelude::*;

    fn a_grid_gives_the_product_at_any_point<F: Field>(
        field: F,
        seed: u8,
        variables: u32,
        n: usize,
    ) {
        let mut coins = Coins::new(&[seed; 16]);
        let (u, v) = (field.draw_all(&mut coins, n), field.draw_all(&mut coins, n));
        let mut grid = Grid::new(field, variables);
        for (u, v) in u.chunks(1 << variables).zip(v.chunks(1 << variables)) {
            grid.add(u, v);
        }
        let grid = grid.finish();
        let corners: Vec<u64> = (0..1 << variables).map(|index| grid[corner(index)]).collect();
        let ones = vec![field.one(); corners.len()];
        assert_eq!(field.dot(&corners, &ones), field.dot(&u, &v));
        let at = field.draw_all(&mut coins, variables as usize);
        let weights = corner_weights(field, &at);
        let (u, v) = (fold(field, &weights, &u), fold(field, &weights, &v));
        assert_eq!(field.dot(&grid, &grid_weights(field, &at)), field.dot(&u, &v));
    }

    proptest! {
        #[test]
        fn grids_of_both_fields(seed in any::<u8>(), variables in 0u32..6, n in 1usize..200) {
            a_grid_gives_the_product_at_any_point(Binary, seed, variables, n);
            let prime = Prime::draw(&mut Coins::new(&[seed; 16]));
            a_grid_gives_the_product_at_any_point(prime, seed, variables, n);
        }
    }
}
