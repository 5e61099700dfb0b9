//! Formulas over values in the clear: what an owner computes of its own columns, and what tests compare
//! with.

use super::tree::{At, Binary, Id, Tree, Unary, What};

/// The values of a formula's parts over one table. Conditions are 0 and 1.
pub(crate) struct Plain<'a, F> {
    pub(crate) tree: &'a Tree,
    /// The values of a column, one for each row.
    pub(crate) column: F,
    /// Rows of the table, which are fewer than the formula's where these are pooled.
    pub(crate) rows: usize,
}

impl<'a, F: Fn(At) -> Option<&'a [f64]>> Plain<'a, F> {
    /// One value, or one for each row. `None` where a column is missing or of another length.
    pub(crate) fn values(&self, wanted: Id) -> Option<Vec<f64>> {
        let needed = self.tree.below(wanted);
        let mut done: Vec<Vec<f64>> = Vec::new();
        for (at, is_needed) in needed.iter().enumerate() {
            done.push(if *is_needed {
                self.one(self.tree.nodes[at].0, &done)?
            } else {
                Vec::new()
            });
        }
        done.pop()
    }

    fn one(&self, what: What, done: &[Vec<f64>]) -> Option<Vec<f64>> {
        let of = |id: Id| &*done[id.index()];
        Some(match what {
            What::Constant(value) => vec![value.get()],
            What::Column(at) => {
                (self.column)(at).filter(|values| values.len() == self.rows)?.to_vec()
            }
            What::Unary(Unary::Sum, a) => vec![sum(of(a).iter().copied())],
            What::Unary(Unary::Centre, a) => centred(of(a)),
            What::Unary(Unary::Score, a) => scores(of(a)),
            What::Unary(unary, a) => of(a).iter().map(|x| one(unary, *x)).collect(),
            What::Binary(Binary::Comoment, a, b) => {
                let (x, y) = (centred(of(a)), centred(of(b)));
                vec![sum(x.iter().zip(&y).map(|(x, y)| x * y))]
            }
            What::Binary(binary, a, b) => {
                let (x, y) = (of(a), of(b));
                let length = longest([x, y]);
                (0..length).map(|row| two(binary, row_of(x, row), row_of(y, row))).collect()
            }
            What::Quantile(a, part) => vec![quantile(of(a), part.get())],
            What::Correlation(a, b, c) => {
                let (x, root) = (of(a)[0], of(b)[0].sqrt() * of(c)[0].sqrt());
                vec![if root > 0.0 { (x / root).clamp(-1.0, 1.0) } else { 0.0 }]
            }
            What::If(condition, a, b) => {
                let (bits, x, y) = (of(condition), of(a), of(b));
                let length = longest([bits, x, y]);
                let choose = |row| if row_of(bits, row) != 0.0 { x } else { y };
                (0..length).map(|row| row_of(choose(row), row)).collect()
            }
        })
    }
}

/// One number goes with every row.
fn row_of(values: &[f64], row: usize) -> f64 {
    if values.len() == 1 { values[0] } else { values[row] }
}

fn longest<const N: usize>(all: [&[f64]; N]) -> usize {
    // One number and no rows are no rows.
    let lengths = all.iter().map(|values| values.len()).filter(|length| *length != 1);
    lengths.max().unwrap_or(1)
}

/// The value of a part over constants; `None` where machines may differ.
pub(super) fn constant(tree: &Tree, what: What) -> Option<f64> {
    let value = |id: Id| match tree.what(id) {
        What::Constant(value) => Some(value.get()),
        What::Column(_)
        | What::Unary(..)
        | What::Binary(..)
        | What::Quantile(..)
        | What::If(..)
        | What::Correlation(..) => None,
    };
    match what {
        What::Unary(Unary::Exp | Unary::Log, _) => None,
        What::Unary(unary, a) => Some(one(unary, value(a)?)),
        What::Binary(binary, a, b) => Some(two(binary, value(a)?, value(b)?)),
        What::Constant(_)
        | What::Column(_)
        | What::Quantile(..)
        | What::If(..)
        | What::Correlation(..) => None,
    }
}

fn one(unary: Unary, x: f64) -> f64 {
    match unary {
        Unary::Negate => -x,
        Unary::Not => 1.0 - x,
        Unary::Abs => x.abs(),
        Unary::Sqrt => x.sqrt(),
        Unary::Exp => x.exp(),
        Unary::Log => x.ln(),
        // Of all rows, and done above.
        Unary::Sum | Unary::Centre | Unary::Score => x,
        Unary::Shared => x,
    }
}

fn two(binary: Binary, x: f64, y: f64) -> f64 {
    let bit = |is_set: bool| f64::from(u8::from(is_set));
    match binary {
        Binary::Add => x + y,
        Binary::Sub => x - y,
        Binary::Mul | Binary::And => x * y,
        Binary::Div => x / y,
        Binary::Less => bit(x < y),
        Binary::Equal => bit(x == y),
        Binary::Or => x.max(y),
        Binary::Min => x.min(y),
        Binary::Max => x.max(y),
        // Of all rows, and done above.
        Binary::Comoment => x,
    }
}

/// A compensated sum (Neumaier 1974): what it loses does not grow with the rows.
pub(crate) fn sum(values: impl Iterator<Item = f64>) -> f64 {
    let (mut total, mut lost) = (0.0f64, 0.0f64);
    for value in values {
        let next = total + value;
        lost += if total.abs() >= value.abs() {
            (total - next) + value
        } else {
            (value - next) + total
        };
        total = next;
    }
    total + lost
}

/// The mean; zero of no values.
pub(crate) fn mean(values: &[f64]) -> f64 {
    sum(values.iter().copied()) / values.len().max(1) as f64
}

pub(crate) fn centred(values: &[f64]) -> Vec<f64> {
    let mean = mean(values);
    values.iter().map(|value| value - mean).collect()
}

/// Distances from the mean in standard deviations; zero where all values are one.
pub(crate) fn scores(values: &[f64]) -> Vec<f64> {
    let centred = centred(values);
    let squares = sum(centred.iter().map(|value| value * value));
    let deviation = (squares / values.len().saturating_sub(1).max(1) as f64).sqrt();
    let scale = if deviation > 0.0 { 1.0 / deviation } else { 0.0 };
    centred.into_iter().map(|value| value * scale).collect()
}

/// The least value that at least `part` of all values do not exceed.
fn quantile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = super::rank(part, sorted.len() as u64);
    sorted
        .get(usize::try_from(rank).unwrap_or(usize::MAX).saturating_sub(1))
        .copied()
        .unwrap_or(f64::NAN)
}
