//! The columns of a CSV file, read once and kept in memory. Rows never leave this process.

use crate::Error;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use troupe_config::{Column, ColumnKind, Dataset};
use troupe_mpc::agreement::ColumnTerms;
use troupe_mpc::message::Description;
use troupe_types::{Bytes, Hash, SessionId};
use troupe_wire::{List, Text};

/// A data set as jobs use it.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) rows: usize,
    /// SHA-256 of the file.
    pub(crate) content: Hash,
    numbers: BTreeMap<String, Arc<[f64]>>,
    /// What identifies each row, for every column of kind key.
    keys: BTreeMap<String, Vec<String>>,
}

impl Table {
    /// Reads the file of a data set; `budget` is what is left of the memory for all of them.
    pub(crate) fn load(base: &Path, dataset: &Dataset, budget: &mut Bytes) -> Result<Self, Error> {
        let path = base.join(&dataset.file);
        let failed = |reason: String| Error::File {
            what: format!("data set {}", dataset.name),
            path: path.clone(),
            reason,
        };
        let mut file = File::open(&path).map_err(|error| failed(error.to_string()))?;
        let size = file.metadata().map_err(|error| failed(error.to_string()))?.len();
        if size > budget.0 {
            return Err(failed(format!("{} exceed {budget} that are left of memory", Bytes(size))));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        // The file may grow while it is read; never past what was checked.
        Read::by_ref(&mut file)
            .take(size)
            .read_to_end(&mut bytes)
            .map_err(|error| failed(error.to_string()))?;
        let table = Self::parse(&bytes, &dataset.columns).map_err(failed)?;
        budget.0 = budget.0.saturating_sub(table.weight().0.max(size));
        Ok(table)
    }

    /// Reads the listed columns; the error names row and column but repeats no cell.
    pub(crate) fn parse(bytes: &[u8], columns: &[Column]) -> Result<Self, String> {
        let content = Hash(Sha256::digest(bytes).into());
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes);
        let header = reader.headers().map_err(|error| shown(&error))?.clone();
        let mut places = Vec::new();
        for column in columns {
            let found: Vec<usize> = header
                .iter()
                .enumerate()
                .filter(|(_, h)| *h == column.name)
                .map(|(i, _)| i)
                .collect();
            match found[..] {
                [place] => places.push(place),
                [] => return Err(format!("has no column \"{}\"", column.name)),
                _ => return Err(format!("has column \"{}\" more than once", column.name)),
            }
        }
        let mut numbers: Vec<Vec<f64>> = vec![Vec::new(); columns.len()];
        let mut keys: Vec<Vec<String>> = vec![Vec::new(); columns.len()];
        let mut rows = 0usize;
        for record in reader.records() {
            let record = record.map_err(|error| shown(&error))?;
            rows += 1;
            for (index, (column, place)) in columns.iter().zip(&places).enumerate() {
                let cell = record.get(*place).unwrap_or_default();
                match column.kind {
                    ColumnKind::Key => keys[index].push(cell.to_owned()),
                    ColumnKind::Number => {
                        let number = cell.parse::<f64>().ok().filter(|number| number.is_finite());
                        let number = number.ok_or_else(|| {
                            format!("row {rows}: column \"{}\" is no finite number", column.name)
                        })?;
                        numbers[index].push(number);
                    }
                }
            }
        }
        let named =
            |kind| columns.iter().enumerate().filter(move |(_, column)| column.kind == kind);
        let number_columns = named(ColumnKind::Number)
            .map(|(i, column)| (column.name.clone(), Arc::from(std::mem::take(&mut numbers[i]))));
        let number_columns = number_columns.collect();
        let key_columns = named(ColumnKind::Key)
            .map(|(i, column)| (column.name.clone(), std::mem::take(&mut keys[i])))
            .collect();
        Ok(Self { rows, content, numbers: number_columns, keys: key_columns })
    }

    /// A column of numbers.
    pub(crate) fn numbers(&self, name: &str) -> Option<Arc<[f64]>> {
        self.numbers.get(name).cloned()
    }

    /// What others may know of it: rows, columns and their magnitudes. `None` where there are more
    /// columns than a description holds.
    pub(crate) fn description(&self) -> Option<Description> {
        let terms = |(name, values): (&String, &Arc<[f64]>)| {
            Some(ColumnTerms { name: Text::new(name).ok()?, magnitude: magnitude(values) })
        };
        let columns = self.numbers.iter().map(terms).collect::<Option<Vec<_>>>()?;
        let columns = List::new(columns).ok()?;
        Some(Description { rows: self.rows as u64, columns, content: self.content })
    }

    /// The named columns as a computation takes them in; `None` where one is missing or rows are
    /// too many.
    pub(crate) fn input(
        &self,
        session: SessionId,
        names: impl Iterator<Item = String>,
    ) -> Option<troupe_mpc::Table> {
        let column = |name: String| Some((name.clone(), self.numbers(&name)?.to_vec()));
        let columns = names.map(column).collect::<Option<BTreeMap<_, _>>>()?;
        let rows = u32::try_from(self.rows).ok()?;
        Some(troupe_mpc::Table { rows, alignment: self.alignment(session), columns })
    }

    /// What two owners compare to see that their rows belong together: a hash over all row keys in
    /// order, bound to the session so that it says nothing across sessions. Without a key column
    /// the order of the rows is all there is, and only their number counts.
    pub(crate) fn alignment(&self, session: SessionId) -> Hash {
        let mut digest = Sha256::new_with_prefix(b"troupe row keys 1");
        digest.update(session.0);
        digest.update((self.rows as u64).to_le_bytes());
        for keys in self.keys.values() {
            for key in keys {
                digest.update((key.len() as u64).to_le_bytes());
                digest.update(key);
            }
        }
        Hash(digest.finalize().into())
    }

    fn weight(&self) -> Bytes {
        let numbers: usize = self.numbers.values().map(|column| column.len() * 8).sum();
        let keys: usize = self.keys.values().flatten().map(|key| key.len() + 24).sum();
        Bytes::of(numbers + keys)
    }
}

/// The least k for which every value lies strictly between -2^k and 2^k. It is public, so it is
/// coarse: it tells the size of the largest value within a factor of two.
fn magnitude(values: &[f64]) -> u8 {
    let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    (0..62).find(|k| largest < f64::from(*k).exp2()).unwrap_or(62)
}

/// The reader's own words may repeat a cell; ours do not.
fn shown(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let row = pos.as_ref().map_or(0, csv::Position::record);
            format!("row {row}: {len} cells where the header has {expected_len}")
        }
        csv::ErrorKind::Utf8 { pos, .. } => {
            let row = pos.as_ref().map_or(0, csv::Position::record);
            format!("row {row}: not UTF-8")
        }
        csv::ErrorKind::Io(error) => error.to_string(),
        _ => "not a CSV file".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn columns() -> Vec<Column> {
        vec![
            Column { name: "id".into(), kind: ColumnKind::Key },
            Column { name: "age".into(), kind: ColumnKind::Number },
        ]
    }

    #[test]
    fn columns_are_read_by_name_whatever_their_order() {
        let table = Table::parse(b"age,note,id\n41.5,x,a\n-3,y,b\n", &columns()).unwrap();
        assert_eq!(table.rows, 2);
        assert_eq!(table.numbers("age").as_deref(), Some(&[41.5, -3.0][..]));
        assert_eq!(table.numbers("note"), None);
        let description = table.description().unwrap();
        assert_eq!((&*description.columns[0].name, description.columns[0].magnitude), ("age", 6));
    }

    #[test]
    fn a_bad_file_is_named_by_row_and_column_and_no_cell_is_repeated() {
        for (text, want) in [
            ("id\nsecret\n", "has no column \"age\""),
            ("id,age,age\na,1,2\n", "has column \"age\" more than once"),
            ("id,age\na,1\nb,secret\n", "row 2: column \"age\" is no finite number"),
            ("id,age\na,inf\n", "row 1: column \"age\" is no finite number"),
            ("id,age\na,NaN\n", "row 1: column \"age\" is no finite number"),
            ("id,age\na,1,secret\n", "row 1: 3 cells where the header has 2"),
        ] {
            let error = Table::parse(text.as_bytes(), &columns()).unwrap_err();
            assert_eq!(error, want);
            assert!(!error.contains("secret"));
        }
        assert!(Table::parse(b"id,age\na\xff,1\n", &columns()).unwrap_err().contains("not UTF-8"));
    }

    #[test]
    fn owners_with_the_same_keys_in_the_same_order_agree_and_others_do_not() {
        let session = SessionId([1; 16]);
        let of = |text: &str, session| {
            let key = [Column { name: "id".into(), kind: ColumnKind::Key }];
            Table::parse(text.as_bytes(), &key).unwrap().alignment(session)
        };
        assert_eq!(of("id,x\na,1\nb,2\n", session), of("y,id\n7,a\n8,b\n", session));
        assert_ne!(of("id\na\nb\n", session), of("id\nb\na\n", session));
        assert_ne!(of("id\nab\nc\n", session), of("id\na\nbc\n", session));
        assert_ne!(of("id\na\n", session), of("id\na\n", SessionId([2; 16])));
    }

    proptest! {
        #[test]
        fn every_value_lies_within_the_magnitude(values in proptest::collection::vec(-1e15f64..1e15, 0..20)) {
            let bound = f64::from(magnitude(&values)).exp2();
            prop_assert!(values.iter().all(|value| value.abs() < bound));
        }

        #[test]
        fn no_file_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Table::parse(&bytes, &columns());
            let mut with_header = b"id,age\n".to_vec();
            with_header.extend(bytes);
            let _ = Table::parse(&with_header, &columns());
        }
    }
}
