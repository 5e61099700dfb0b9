//! From a file to columns: a cell at a time, never past what is left of the memory.

mod comma;
mod parquet;

use crate::Error;
use crate::cells::{Cells, Unfit};
use std::fs::File;
use std::io::{Read, Seek};
use std::path::Path;
use troupe_config::Column;
use troupe_types::Bytes;

/// Rows that an intersection can take, and more than a computation does.
const MOST_ROWS: u64 = troupe_psi::MAX_ITEMS as u64;
/// How often the memory is looked at.
const LOOK: u64 = 1_024;
/// How Parquet files begin and end.
const PARQUET: [u8; 4] = *b"PAR1";

/// The wanted columns of a file, as far as they are read.
pub(crate) struct Reading<'a> {
    columns: &'a [Column],
    pub(crate) cells: Vec<Cells>,
    pub(crate) rows: u64,
    budget: Bytes,
}

impl<'a> Reading<'a> {
    fn new(columns: &'a [Column], budget: Bytes) -> Self {
        let cells = columns.iter().map(|column| Cells::new(column.kind)).collect();
        Self { columns, cells, rows: 0, budget }
    }

    /// Where the wanted columns are among those of the file.
    fn places<'h>(
        &self,
        header: impl Iterator<Item = &'h str> + Clone,
    ) -> Result<Vec<usize>, Error> {
        let place = |column: &Column| {
            let mut found = header.clone().enumerate().filter(|(_, name)| *name == column.name);
            match (found.next(), found.next()) {
                (Some((place, _)), None) => Ok(place),
                (None, _) => Err(Error::NoColumn(column.name.clone())),
                (Some(_), Some(_)) => Err(Error::ColumnTwice(column.name.clone())),
            }
        };
        self.columns.iter().map(place).collect()
    }

    /// What is wrong with a cell, by its row and column.
    fn refused(&self, row: u64, index: usize, unfit: Unfit) -> Error {
        let column = &self.columns[index];
        match unfit {
            Unfit::Empty => Error::Empty { row, column: column.name.clone() },
            Unfit::Kind => Error::Cell { row, column: column.name.clone(), kind: column.kind },
        }
    }

    /// Refuses to go on past the memory.
    fn check(&self, rows: u64) -> Result<(), Error> {
        if rows > MOST_ROWS {
            return Err(Error::ManyRows(MOST_ROWS));
        }
        let held: u64 = self.cells.iter().map(Cells::weight).sum();
        if held > self.budget.0 { Err(Error::Memory(self.budget)) } else { Ok(()) }
    }
}

/// Reads the listed columns of a file. How it begins says what it is.
pub(crate) fn file<'a>(
    path: &Path,
    columns: &'a [Column],
    budget: Bytes,
) -> Result<Reading<'a>, Error> {
    let unreadable = |error: std::io::Error| Error::Unreadable(error.to_string());
    let mut file = File::open(path).map_err(unreadable)?;
    let mut start = Vec::new();
    Read::by_ref(&mut file)
        .take(PARQUET.len() as u64)
        .read_to_end(&mut start)
        .map_err(unreadable)?;
    file.rewind().map_err(unreadable)?;
    let reading = Reading::new(columns, budget);
    if start == PARQUET { parquet::read(file, reading) } else { comma::read(file, reading) }
}

#[cfg(test)]
pub(crate) fn text<'a>(
    bytes: &'a [u8],
    columns: &'a [Column],
    budget: Bytes,
) -> Result<Reading<'a>, Error> {
    comma::read(bytes, Reading::new(columns, budget))
}
