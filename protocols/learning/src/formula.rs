//! Formulas over the columns of several owners: `sum(shop.price * store.units)`.
//!
//! | | |
//! |---|---|
//! | columns | `income`, `shop.income`, `` shop.`net income` `` |
//! | for each row | `+ - * /`, `< <= > >= == !=`, `and or not`, `if(c, x, y)`, `min(x, y)`, `max(x, y)`, `abs`, `sqrt`, `exp`, `log`, `zscore` |
//! | over all rows | `sum`, `count` (of a condition), `avg`, `var`, `std`, `cov(x, y)`, `corr(x, y)`, `median`, `quantile(x, 0.9)` |
//!
//! A condition counts as 0 or 1. Variances and covariances are over `n - 1`, `std` and `zscore` with
//! them. A quantile is the least value that so large a part of all rows does not exceed.
//!
//! Every part carries the range of its values from the ranges of the columns, and whose data it
//! depends on: what one owner can compute alone, it computes alone, in the clear and with the precision
//! of `f64`, and only what joins several owners is computed on shares. `zscore` is for one owner alone, and one
//! that knows which of its rows count,
//! and `corr` of pooled rows is 0 where a column's spread is lost in rounding. What a divisor, a root or a
//! logarithm may be has to be clear from the ranges: `max(x, 1)` says that it is not zero.

pub(crate) mod class;
mod fault;
mod lex;
mod parse;
pub(crate) mod plain;
mod range;
mod show;
#[cfg(test)]
mod tests;
mod tree;

pub use fault::{Fault, Reason};
pub use parse::MAX_TEXT;
pub use tree::{At, Binary, Facts, Field, Id, MAX_NODES, Place, Scope, Totals, Tree, Unary, What};

use std::collections::BTreeSet;

/// A formula that was read and checked.
#[derive(Debug, Clone)]
pub struct Formula {
    pub(crate) tree: Tree,
    pub(crate) root: Id,
}

impl Formula {
    /// Reads a formula over these columns.
    pub fn parse(text: &str, scope: &Scope) -> Result<Self, Fault> {
        let mut tree = Tree::new(scope);
        let root = parse::formula(text, scope, &mut tree)?;
        Ok(Self { tree, root })
    }

    /// What is known about the result.
    #[must_use]
    pub fn facts(&self) -> Facts {
        self.tree.facts(self.root)
    }

    /// All columns that it reads.
    #[must_use]
    pub fn columns(&self) -> BTreeSet<At> {
        self.tree.columns(self.root)
    }

    /// The result over values in the clear, as one owner of everything would compute it: one number, or
    /// one for each row. `None` where a column is missing or not of so many rows.
    pub fn evaluate<'a>(
        &'a self,
        rows: usize,
        column: impl Fn(At) -> Option<&'a [f64]>,
    ) -> Option<Vec<f64>> {
        plain::Plain { tree: &self.tree, column, rows }.values(self.root)
    }
}

/// Which value in ascending order a quantile is, from 1.
pub(crate) fn rank(part: f64, rows: u64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most `rows`")]
    let rank = (part * rows as f64).ceil() as u64;
    rank.clamp(1, rows.max(1))
}
