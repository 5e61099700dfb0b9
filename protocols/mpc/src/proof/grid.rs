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

/// From values at the corners, the first `2^l` elements, to the grid of a polynomial of degree one.
/// `grid` has room for it.
pub(crate) fn extend<F: Field>(field: F, grid: &mut [u64], variables: u32) {
    let mut width = 1;
    for done in 0..variables {
        // From the end, so that nothing is overwritten before it was read.
        for block in (0..1usize << (variables - 1 - done)).rev() {
            let (from, to) = (2 * block * width, 3 * block * width);
            for at in (0..width).rev() {
                let (zero, one) = (grid[from + at], grid[from + width + at]);
                grid[to + 2 * width + at] = field.sub(one, zero);
            }
            grid.copy_within(from + width..from + 2 * width, to + width);
            grid.copy_within(from..from + width, to);
        }
        width *= 3;
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
    variables: u32,
    sums: Vec<u128>,
    left: Vec<u64>,
    right: Vec<u64>,
}

impl<F: Field> Grid<F> {
    pub(crate) fn new(field: F, variables: u32) -> Self {
        let count = points(variables);
        let (sums, left) = (vec![0; count], vec![0; count]);
        Self { field, variables, sums, right: left.clone(), left }
    }

    /// Adds the products of at most one group.
    pub(crate) fn add(&mut self, left: &[u64], right: &[u64]) {
        let Self { field, variables, .. } = *self;
        for (grid, values) in [(&mut self.left, left), (&mut self.right, right)] {
            grid[..values.len()].copy_from_slice(values);
            grid[values.len()..1 << variables].fill(0);
            extend(field, grid, variables);
        }
        field.accumulate(&mut self.sums, &self.left, &self.right);
    }

    pub(crate) fn finish(self) -> Vec<u64> {
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
