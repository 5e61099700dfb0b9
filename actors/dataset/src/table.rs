//! The columns of a file, read once and kept in memory. Rows never leave this process.

use crate::Error;
use crate::cells::{Cells, Texts};
use crate::model::Shape;
use crate::read::{self, Reading};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use troupe_config::{Column, ColumnKind, Dataset, Holds};
use troupe_learning::Real;
use troupe_learning::message::Description;
use troupe_learning::task::Bounded;
use troupe_types::{Bytes, Hash, SessionId};
use troupe_wire::{List, Text};

/// The rows of a data set, as jobs use them.
pub struct Table {
    /// How many there are.
    pub rows: usize,
    /// SHA-256 over the cells that were read, whatever file they stood in.
    pub(crate) content: Hash,
    /// Bytes held.
    pub(crate) weight: Bytes,
    numbers: BTreeMap<String, Numbers>,
    /// What identifies each row, for every column of kind key.
    keys: BTreeMap<String, Texts>,
    /// What a model looks like, where this is one: its numbers are weights, and belong to no row.
    pub(crate) model: Option<Shape>,
}

/// A column to compute with.
struct Numbers {
    values: Arc<[f64]>,
    /// What everybody may know of it: no value is less, and none is greater.
    bounds: (f64, f64),
}

impl Table {
    /// Reads a data set from its file, within what is left of the memory.
    ///
    /// Refused is what is neither CSV with a header nor Parquet, lacks a column, or has a cell that is not of its column's kind or
    /// bounds; and of models, what is no ONNX file of layers that can be computed.
    pub fn load(path: &Path, dataset: &Dataset, budget: Bytes) -> Result<Self, Error> {
        match dataset.holds {
            Holds::Rows => Self::of(&dataset.columns, read::file(path, &dataset.columns, budget)?),
            Holds::Model => crate::model::load(path, budget),
        }
    }

    /// A model, whose columns differ in length.
    pub(crate) fn model(shape: Shape, columns: Vec<(String, Vec<f64>)>) -> Self {
        let cells = |values: &Vec<f64>| Cells::Numbers(ColumnKind::Number, values.clone());
        let hashed = columns.iter().map(|(name, values)| (name.as_str(), cells(values))).collect();
        let content = content(1, &hashed);
        let weight = Bytes(hashed.values().map(Cells::weight).sum());
        let bounded = |values: Vec<f64>| Numbers {
            bounds: bounds(ColumnKind::Number, &values, (None, None)),
            values: values.into(),
        };
        let numbers = columns.into_iter().map(|(name, values)| (name, bounded(values))).collect();
        // A computation has to give it some number of rows.
        Self { rows: 1, content, weight, numbers, keys: BTreeMap::new(), model: Some(shape) }
    }

    fn of(columns: &[Column], reading: Reading<'_>) -> Result<Self, Error> {
        let Reading { cells, rows, .. } = reading;
        let weight = cells.iter().map(Cells::weight).sum();
        let mut by_name: BTreeMap<&str, Cells> =
            columns.iter().map(|column| column.name.as_str()).zip(cells).collect();
        let content = content(rows, &by_name);
        let (mut numbers, mut keys) = (BTreeMap::new(), BTreeMap::new());
        while let Some((name, cells)) = by_name.pop_first() {
            match cells {
                Cells::Numbers(kind, values) => {
                    let declared = columns.iter().find(|column| column.name == name);
                    let declared =
                        declared.map_or((None, None), |column| (column.low, column.high));
                    let bounds = bounds(kind, &values, declared);
                    check_bounds(name, &values, bounds)?;
                    numbers.insert(name.to_owned(), Numbers { values: values.into(), bounds });
                }
                Cells::Texts(texts) => {
                    keys.insert(name.to_owned(), texts);
                }
            }
        }
        // No more than items of an intersection.
        let rows = usize::try_from(rows).unwrap_or(usize::MAX);
        Ok(Self { rows, content, weight: Bytes(weight), numbers, keys, model: None })
    }

    #[cfg(test)]
    pub(crate) fn parse(bytes: &[u8], columns: &[Column]) -> Result<Self, Error> {
        Self::of(columns, read::text(bytes, columns, Bytes::mib(1))?)
    }

    /// A column of numbers.
    pub(crate) fn numbers(&self, name: &str) -> Option<Arc<[f64]>> {
        self.numbers.get(name).map(|column| Arc::clone(&column.values))
    }

    /// What everybody may know of a column of numbers: no value is less than the first, and none is greater than the other.
    pub(crate) fn bounds(&self, name: &str) -> Option<(f64, f64)> {
        self.numbers.get(name).map(|column| column.bounds)
    }

    /// The names of the columns of keys.
    pub(crate) fn key_columns(&self) -> impl Iterator<Item = &str> {
        self.keys.keys().map(String::as_str)
    }

    /// What the named columns of keys say about a row: each with its length, so that no two rows are alike that are not.
    #[must_use]
    pub fn key(&self, columns: &[&str], row: usize) -> Option<Vec<u8>> {
        let mut key = Vec::new();
        for column in columns {
            let text = self.keys.get(*column)?.get(row)?;
            key.extend_from_slice(&(text.len() as u64).to_le_bytes());
            key.extend_from_slice(text.as_bytes());
        }
        Some(key)
    }

    /// One cell of a column of keys.
    pub(crate) fn text(&self, column: &str, row: usize) -> Option<&str> {
        self.keys.get(column)?.get(row)
    }

    /// What others may know of it: rows, columns and their bounds. `None` where there are more columns than a
    /// description holds.
    #[must_use]
    pub fn description(&self) -> Option<Description> {
        let bounded = |(name, column): (&String, &Numbers)| {
            let (low, high) = column.bounds;
            let (low, high) = (Real::new(low)?, Real::new(high)?);
            Some(Bounded { name: Text::new(name).ok()?, low, high })
        };
        let columns = self.numbers.iter().map(bounded).collect::<Option<Vec<_>>>()?;
        let columns = List::new(columns).ok()?;
        Some(Description { rows: self.rows as u64, columns, content: self.content, listed: 0 })
    }

    /// The names of all columns that can be computed with.
    pub fn number_columns(&self) -> impl Iterator<Item = &str> {
        self.numbers.keys().map(String::as_str)
    }

    /// The named columns as a computation takes them in; `None` where one is missing or rows are too many.
    #[must_use]
    pub fn input(
        &self,
        session: SessionId,
        names: impl Iterator<Item = String>,
    ) -> Option<troupe_mpc::Table> {
        let column = |name: String| Some((name.clone(), self.numbers(&name)?.to_vec()));
        let columns = names.map(column).collect::<Option<BTreeMap<_, _>>>()?;
        let rows = u32::try_from(self.rows).ok()?;
        Some(troupe_mpc::Table { rows, alignment: self.alignment(session), columns })
    }

    /// The named columns of some rows, in the order of the rows, which two owners have agreed upon.
    #[must_use]
    pub fn chosen(
        &self,
        rows: &[u32],
        alignment: Hash,
        names: impl Iterator<Item = String>,
    ) -> Option<troupe_mpc::Table> {
        let column = |name: String| {
            let values = self.numbers(&name)?;
            let chosen = rows.iter().map(|row| values.get(*row as usize).copied());
            Some((name, chosen.collect::<Option<Vec<f64>>>()?))
        };
        let columns = names.map(column).collect::<Option<BTreeMap<_, _>>>()?;
        Some(troupe_mpc::Table { rows: u32::try_from(rows.len()).ok()?, alignment, columns })
    }

    /// What two owners compare to see that their rows belong together: a hash over all row keys in order, bound to the
    /// session so that it says nothing across sessions. Without a key column the order of the rows is all there is, and
    /// only their number counts.
    pub(crate) fn alignment(&self, session: SessionId) -> Hash {
        let mut digest = Sha256::new_with_prefix(b"troupe row keys 1");
        digest.update(session.0);
        digest.update((self.rows as u64).to_le_bytes());
        for key in self.keys.values().flat_map(Texts::iter) {
            digest.update((key.len() as u64).to_le_bytes());
            digest.update(key);
        }
        Hash(digest.finalize().into())
    }
}

impl core::fmt::Debug for Table {
    /// Rows stay where they are.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Table({} rows, {} columns)", self.rows, self.numbers.len() + self.keys.len())
    }
}

/// Columns by their names, each with its kind and its cells.
fn content(rows: u64, columns: &BTreeMap<&str, Cells>) -> Hash {
    let mut digest = Sha256::new_with_prefix(b"troupe content 1");
    digest.update(rows.to_le_bytes());
    for (name, cells) in columns {
        digest.update((name.len() as u64).to_le_bytes());
        digest.update(name);
        cells.hash_into(&mut digest);
    }
    Hash(digest.finalize().into())
}

/// The bounds that everybody is told: what the owner declared, and where it declared nothing what the values come to. That is
/// public, so it is coarse: it tells the size of the largest value within a factor of two, and whether one is negative.
fn bounds(kind: ColumnKind, values: &[f64], (low, high): (Option<f64>, Option<f64>)) -> (f64, f64) {
    if kind == ColumnKind::Boolean {
        return (low.unwrap_or(0.0), high.unwrap_or(1.0));
    }
    let limit = f64::from(magnitude(values)).exp2();
    let least = if values.iter().any(|value| *value < 0.0) { -limit } else { 0.0 };
    (low.unwrap_or(least), high.unwrap_or(limit))
}

/// That an owner declared what its own values keep.
fn check_bounds(name: &str, values: &[f64], (low, high): (f64, f64)) -> Result<(), Error> {
    match (1..).zip(values).find(|(_, value)| !(low..=high).contains(*value)) {
        None => Ok(()),
        Some((row, _)) => Err(Error::Bounds { row, column: name.to_owned() }),
    }
}

/// The least k for which every value lies strictly between -2^k and 2^k.
fn magnitude(values: &[f64]) -> u8 {
    let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    (0..62).find(|k| largest < f64::from(*k).exp2()).unwrap_or(62)
}

#[cfg(test)]
mod tests;
