//! Which kind of algorithm a formula is, for policies.
//!
//! What is not clearly one of the harmless kinds is a formula: `sum(x)` tells a sum, but `sum(x * (id == 7))`,
//! or the difference of two sums, can tell what is in one row. By which number an aggregate is divided does not
//! matter: it is public, and how many rows match is not known when a task is declared.

use super::tree::{Binary, Id, Tree, Unary, What};
use crate::task::Algorithm;

/// The kind of one number over all rows.
pub(crate) fn algorithm(tree: &Tree, root: Id) -> Algorithm {
    match tree.what(root) {
        What::Unary(Unary::Sum, x) if is_plain(tree, x) => Algorithm::Statistics,
        What::Quantile(x, _) if is_plain(tree, x) => Algorithm::Quantile,
        What::Unary(Unary::Sqrt, variance) if spread(tree, variance) == Some(Spread::Own) => {
            Algorithm::Statistics
        }
        What::Binary(Binary::Div, total, rows) if is_mean(tree, total, rows) => {
            Algorithm::Statistics
        }
        What::Correlation(moment, ..) => match centred(tree, moment) {
            Some((x, y)) if is_plain(tree, x) && is_plain(tree, y) => Algorithm::Correlation,
            _ => Algorithm::Formula,
        },
        What::Unary(..)
        | What::Quantile(..)
        | What::Binary(..)
        | What::Constant(_)
        | What::Column(_)
        | What::If(..) => match spread(tree, root) {
            Some(Spread::Own | Spread::Joint) => Algorithm::Statistics,
            Some(Spread::Scored) => Algorithm::Correlation,
            None => Algorithm::Formula,
        },
    }
}

/// A column as it is.
pub(crate) fn is_plain(tree: &Tree, id: Id) -> bool {
    matches!(tree.what(id), What::Column(_))
}

/// A column as it is, or moved and stretched, each row by the same: no row can be singled out by that.
fn is_scaled(tree: &Tree, mut id: Id) -> bool {
    loop {
        id = match tree.what(id) {
            What::Column(_) => return true,
            What::Unary(Unary::Negate | Unary::Log | Unary::Sqrt | Unary::Score, x) => x,
            What::Binary(Binary::Add | Binary::Sub | Binary::Mul, x, y) => {
                match (public(tree, x), public(tree, y)) {
                    (None, Some(_)) => x,
                    (Some(_), None) => y,
                    _ => return false,
                }
            }
            What::Binary(Binary::Div, x, y) if public(tree, y).is_some() => x,
            What::Unary(..)
            | What::Binary(..)
            | What::Constant(_)
            | What::Quantile(..)
            | What::If(..)
            | What::Correlation(..) => return false,
        };
    }
}

/// The same, and wide enough for what models round features and labels to: of what is pressed together until rounding leaves
/// two values, one is a condition. 2^-6 are a thousand steps of 16 bits.
pub(crate) fn is_feature(tree: &Tree, id: Id) -> bool {
    let facts = tree.facts(id);
    is_scaled(tree, id) && facts.high - facts.low >= 1.0 / 64.0
}

fn is_mean(tree: &Tree, total: Id, rows: Id) -> bool {
    let is_total = matches!(tree.what(total), What::Unary(Unary::Sum, x) if is_plain(tree, x));
    is_total && public(tree, rows).is_some()
}

/// What is made of distances from means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spread {
    /// A variance.
    Own,
    /// A covariance.
    Joint,
    /// A covariance of what is in standard deviations.
    Scored,
}

fn spread(tree: &Tree, id: Id) -> Option<Spread> {
    let What::Binary(Binary::Div, total, fewer) = tree.what(id) else { return None };
    public(tree, fewer)?;
    let pair = |x, y, spread| (is_plain(tree, x) && is_plain(tree, y)).then_some(spread);
    if let Some((x, y)) = centred(tree, total) {
        return pair(x, y, if x == y { Spread::Own } else { Spread::Joint });
    }
    let What::Unary(Unary::Sum, products) = tree.what(total) else { return None };
    let What::Binary(Binary::Mul, x, y) = tree.what(products) else { return None };
    match (tree.what(x), tree.what(y)) {
        (What::Unary(Unary::Score, x), What::Unary(Unary::Score, y)) => pair(x, y, Spread::Scored),
        _ => None,
    }
}

/// Of which two columns it is the sum of the products of their distances from their means.
fn centred(tree: &Tree, id: Id) -> Option<(Id, Id)> {
    match tree.what(id) {
        What::Binary(Binary::Comoment, x, y) => Some((x, y)),
        What::Unary(Unary::Sum, products) => {
            let What::Binary(Binary::Mul, x, y) = tree.what(products) else { return None };
            match (tree.what(x), tree.what(y)) {
                (What::Unary(Unary::Centre, x), What::Unary(Unary::Centre, y)) => Some((x, y)),
                _ => None,
            }
        }
        What::Unary(..)
        | What::Binary(..)
        | What::Quantile(..)
        | What::Constant(_)
        | What::Column(_)
        | What::If(..)
        | What::Correlation(..) => None,
    }
}

fn public(tree: &Tree, id: Id) -> Option<f64> {
    match tree.what(id) {
        What::Constant(value) => Some(value.get()),
        What::Column(_)
        | What::Unary(..)
        | What::Binary(..)
        | What::Quantile(..)
        | What::If(..)
        | What::Correlation(..) => None,
    }
}
