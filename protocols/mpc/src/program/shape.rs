//! Vectors cut, joined and laid out anew; products of matrices.
//!
//! All of it but the products is local: no bytes, no rounds. A matrix is its rows one after the
//! other.

use super::{Draft, Grid, Op, Register, Size, Transposed};

impl Draft {
    /// `count` elements from `from` on.
    pub fn slice(&mut self, a: Register, from: u32, count: u32) -> Register {
        self.every(a, from, 1, count)
    }

    /// `count` elements from `from` on, each `step` after the one before: a column of a matrix of
    /// `step` columns.
    pub fn every(&mut self, a: Register, from: u32, step: u32, count: u32) -> Register {
        let grid = Grid { from, counts: [1, 1, count], steps: [0, 0, step] };
        self.push(Op::Gather { a, grid })
    }

    /// The whole vector, so many times.
    pub fn repeat(&mut self, a: Register, times: u32) -> Register {
        let counts = [1, times, self.length(a)];
        self.push(Op::Gather { a, grid: Grid { from: 0, counts, steps: [0, 0, 1] } })
    }

    /// Every element so many times, before the next one.
    pub fn spread(&mut self, a: Register, each: u32) -> Register {
        let counts = [1, self.length(a), each];
        self.push(Op::Gather { a, grid: Grid { from: 0, counts, steps: [0, 1, 0] } })
    }

    /// A matrix of so many columns, column after column.
    pub fn transpose(&mut self, a: Register, columns: u32) -> Register {
        let rows = self.length(a).checked_div(columns).unwrap_or(0);
        let grid = Grid { from: 0, counts: [1, columns, rows], steps: [0, 1, columns] };
        self.push(Op::Gather { a, grid })
    }

    /// All vectors, one after the other.
    ///
    /// # Panics
    ///
    /// Panics where there are none.
    pub fn concat(&mut self, parts: &[Register]) -> Register {
        match parts {
            [] => panic!("nothing to join"),
            [one] => *one,
            // By halves, so that no element is copied more often than the logarithm says.
            _ => {
                let (left, right) = parts.split_at(parts.len() / 2);
                let (a, b) = (self.concat(left), self.concat(right));
                self.push(Op::Join { a, b })
            }
        }
    }

    /// The same public number so many times.
    pub fn fill(&mut self, value: i64, count: u32) -> Register {
        self.push(Op::Fill { first: value, step: 0, count })
    }

    /// The product of a matrix of `size.rows x size.inner` with one of `size.inner x size.columns`,
    /// every element `>> shift`.
    pub fn matmul(&mut self, a: Register, b: Register, size: Size, shift: u8) -> Register {
        self.push(Op::Matmul { a, b, size, transposed: Transposed::Neither, shift })
    }
}
