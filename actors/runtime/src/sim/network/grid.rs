//! Something for every two nodes that have to do with each other.

/// A table by two numbers below its side. What nobody asked for takes a pointer's room.
#[derive(Default)]
pub(crate) struct Grid<T> {
    side: usize,
    cells: Vec<Option<Box<T>>>,
}

impl<T: Default> Grid<T> {
    /// Makes room for numbers below `side`.
    pub(crate) fn make_room(&mut self, side: usize) {
        if side <= self.side {
            return;
        }
        let old = std::mem::take(&mut self.cells).into_iter();
        let (side, new_side) = (self.side, side.next_power_of_two());
        self.cells.resize_with(new_side * new_side, || None);
        for (index, cell) in old.enumerate() {
            self.cells[(index / side) * new_side + index % side] = cell;
        }
        self.side = new_side;
    }

    fn place(&self, one: usize, other: usize) -> Option<usize> {
        (one < self.side && other < self.side).then_some(one * self.side + other)
    }

    pub(crate) fn get(&self, (one, other): (usize, usize)) -> Option<&T> {
        let at = self.place(one, other)?;
        self.cells[at].as_deref()
    }

    pub(crate) fn get_mut(&mut self, (one, other): (usize, usize)) -> Option<&mut T> {
        let at = self.place(one, other)?;
        self.cells[at].as_deref_mut()
    }

    /// What is there, made now if need be; the numbers must be below the side.
    pub(crate) fn entry(&mut self, (one, other): (usize, usize)) -> &mut T {
        self.cells[one * self.side + other].get_or_insert_default()
    }

    /// Everything that is there, by the first number and then by the second.
    pub(crate) fn iter(&self) -> impl Iterator<Item = ((usize, usize), &T)> {
        let side = self.side;
        let cells = self.cells.iter().enumerate();
        cells.filter_map(move |(at, cell)| Some(((at / side, at % side), cell.as_deref()?)))
    }

    /// Like [`Grid::iter`], to be changed.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = ((usize, usize), &mut T)> {
        let side = self.side;
        let cells = self.cells.iter_mut().enumerate();
        cells.filter_map(move |(at, cell)| Some(((at / side, at % side), cell.as_deref_mut()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn a_grid_is_a_map_by_two_numbers(
            steps in proptest::collection::vec((0usize..20, 0usize..20, any::<u32>()), 0..60),
        ) {
            let (mut grid, mut map) = (Grid::<u32>::default(), BTreeMap::new());
            for (one, other, value) in steps {
                grid.make_room(one.max(other) + 1);
                *grid.entry((one, other)) = value;
                map.insert((one, other), value);
                prop_assert!(grid.iter().map(|(key, value)| (key, *value)).eq(map.clone()));
                for key in [(one, other), (other, one), (0, 99), (99, 0)] {
                    prop_assert_eq!(grid.get(key), map.get(&key));
                    prop_assert_eq!(grid.get_mut(key).copied(), map.get(&key).copied());
                }
            }
        }
    }
}
