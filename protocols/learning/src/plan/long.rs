//! Where totals need [long numbers](crate::numbers::long).
//!
//! What is decided here follows from the formulas and the bounds of columns alone, so that everybody decides the same.

use super::contribution::{Part, Take};
use crate::formula::{Binary, Id, Place, Totals, Tree, Unary, What};
use crate::numbers::long::LONG;

/// Magnitudes from which owners' parts of products, and what they add up to alone, are long: below, there
/// are sixteen bits behind the point.
const LARGE_FACTOR: f64 = 16_384.0;
const LARGE_TOTAL: f64 = (1u64 << 32) as f64;
/// Those of single numbers that are multiplied on shares; larger ones have no other form.
const LARGE_SINGLE: f64 = (1u64 << 30) as f64;

/// The most bits behind the point of a column, and of a number in halves.
const MAX_FRACTION: u8 = 31;
const MAX_HALVES_FRACTION: u8 = 40;
/// The most bits of a mean that is multiplied; those of the values of a sum, and of a number in halves.
const MEAN_BITS: u32 = 50;
const TERM_BITS: u32 = 60;
const HALVES_BITS: u32 = 100;

/// A sum of owners' parts, each with its sign: one factor of products that are summed up, or what is summed up itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Side {
    /// Who has what, and whether it is taken away.
    pub(super) leaves: Vec<(u8, Take, bool)>,
}

/// What is summed up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Total {
    Sum(Side),
    Products([Side; 2]),
}

/// How the sum of a part over all rows is made of long numbers, if it is.
pub(super) fn total(tree: &Tree, a: Id) -> Option<Total> {
    if tree.totals() == Totals::None {
        // Owners share rows that are still to be found, which go through a program as they are.
        return None;
    }
    let rows = tree.rows() as f64;
    let rows_bits = bits_of(rows);
    if let What::Binary(Binary::Mul, x, y) = tree.what(a) {
        let sides = [linear(tree, x)?, linear(tree, y)?];
        if sides.iter().all(|side| largest(tree, side) < LARGE_FACTOR) {
            return None;
        }
        let bits = (LONG - 2).checked_sub(rows_bits)? / 2;
        let [x, y] = sides.map(|side| written(tree, side, bits));
        return Some(Total::Products([x?, y?]));
    }
    let side = linear(tree, a)?;
    // Sixteen bits behind the point, and room for all rows.
    if largest(tree, &side) * rows < (1u64 << 45) as f64 {
        return None;
    }
    written(tree, side, TERM_BITS).map(Total::Sum)
}

/// A moment of pooled rows that needs long numbers: what is taken of the means of its columns.
pub(super) fn means(tree: &Tree, id: Id, [a, b]: [Id; 2]) -> Option<[Take; 2]> {
    let facts = tree.facts(id);
    if facts.low.abs().max(facts.high.abs()) < LARGE_SINGLE {
        return None;
    }
    // A product of two distances, as often as there are rows, and some room.
    let bits = (LONG - 8).checked_sub(bits_of(tree.rows() as f64))? / 2;
    let take = |of: Id| {
        let facts = tree.facts(of);
        let largest = facts.low.abs().max(facts.high.abs());
        let fraction = fraction(largest, bits.min(MEAN_BITS), MAX_FRACTION)?;
        Some(Take::Wide(of, Part::Mean, fraction))
    };
    Some([take(a)?, take(b)?])
}

/// The bits behind the point of a single number that its owner shares in halves, if it does.
pub(super) fn in_halves(largest: f64, is_factor: bool) -> Option<u8> {
    let is_large = largest >= LARGE_TOTAL || (is_factor && largest >= LARGE_SINGLE);
    fraction(largest, HALVES_BITS, MAX_HALVES_FRACTION).filter(|_| is_large)
}

/// The range of what is taken.
pub(super) fn range(tree: &Tree, id: Id, part: Part) -> (f64, f64) {
    let facts = tree.facts(id);
    match part {
        Part::Value | Part::Mean => (facts.low, facts.high),
        Part::Centred => (facts.low - facts.high, facts.high - facts.low),
    }
}

type Leaves = Vec<(u8, Id, Part, bool)>;

/// A part as a sum of what owners have, row by row.
fn linear(tree: &Tree, id: Id) -> Option<Leaves> {
    let facts = tree.facts(id);
    if !facts.is_rows || facts.is_truth {
        return None;
    }
    match (facts.place, tree.what(id)) {
        (Place::One(owner), _) => Some(vec![(owner, id, Part::Value, false)]),
        (Place::Shared, What::Binary(Binary::Add, a, b)) => {
            Some([linear(tree, a)?, linear(tree, b)?].concat())
        }
        (Place::Shared, What::Binary(Binary::Sub, a, b)) => {
            Some([linear(tree, a)?, turned(linear(tree, b)?)].concat())
        }
        (Place::Shared, What::Unary(Unary::Negate, a)) => linear(tree, a).map(turned),
        // The distance of a sum from its mean is the sum of the distances.
        (Place::Shared, What::Unary(Unary::Centre, a)) => {
            let leaves = linear(tree, a)?.into_iter();
            Some(leaves.map(|(owner, id, _, sign)| (owner, id, Part::Centred, sign)).collect())
        }
        (Place::Shared | Place::Nowhere | Place::Everywhere, _) => None,
    }
}

fn turned(leaves: Leaves) -> Leaves {
    leaves.into_iter().map(|(owner, id, part, is_minus)| (owner, id, part, !is_minus)).collect()
}

fn largest(tree: &Tree, side: &Leaves) -> f64 {
    let all = side.iter().map(|(_, id, part, _)| range(tree, *id, *part));
    all.map(|(low, high)| low.abs().max(high.abs())).sum()
}

/// All in one format, as fine as so many bits allow.
fn written(tree: &Tree, side: Leaves, bits: u32) -> Option<Side> {
    let fraction = fraction(largest(tree, &side), bits, MAX_FRACTION)?;
    let leaves = side
        .into_iter()
        .map(|(owner, id, part, is_minus)| (owner, Take::Wide(id, part, fraction), is_minus));
    Some(Side { leaves: leaves.collect() })
}

fn fraction(largest: f64, bits: u32, most: u8) -> Option<u8> {
    let fits = |fraction: &u8| largest * scale((*fraction).into()) < scale(bits) - 2.0;
    (0..=most).rev().find(fits)
}

fn bits_of(count: f64) -> u32 {
    (0..64).find(|bits| count <= scale(*bits)).unwrap_or(64)
}

fn scale(bits: u32) -> f64 {
    2f64.powi(bits.cast_signed())
}
