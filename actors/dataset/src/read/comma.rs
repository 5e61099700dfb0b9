//! Comma-separated values with a header.

use super::{LOOK, Reading};
use crate::Error;
use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;
use troupe_types::Bytes;

/// A row of more bytes is refused: one quote that is never closed would take all memory.
const LONGEST_ROW: Bytes = Bytes::mib(1);

/// A source that ends with an error once a single row has taken too much of it.
struct Rationed<R> {
    inner: R,
    left: Rc<Cell<u64>>,
}

impl<R: Read> Read for Rationed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buffer)?;
        match self.left.get().checked_sub(got as u64) {
            Some(left) => {
                self.left.set(left);
                Ok(got)
            }
            None => Err(io::ErrorKind::FileTooLarge.into()),
        }
    }
}

pub(super) fn read<'a>(source: impl Read, mut reading: Reading<'a>) -> Result<Reading<'a>, Error> {
    let left = Rc::new(Cell::new(LONGEST_ROW.0));
    let source = Rationed { inner: source, left: Rc::clone(&left) };
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(source);
    let header = reader.headers().map_err(|error| told(&error, 0))?.clone();
    let places = reading.places(header.iter())?;
    let mut record = csv::StringRecord::new();
    loop {
        left.set(LONGEST_ROW.0);
        let row = reading.rows + 1;
        if !reader.read_record(&mut record).map_err(|error| told(&error, row))? {
            reading.check(reading.rows)?;
            return Ok(reading);
        }
        for (index, place) in places.iter().enumerate() {
            let cell = record.get(*place).unwrap_or_default();
            let pushed = reading.cells[index].push_text(cell);
            pushed.map_err(|unfit| reading.refused(row, index, unfit))?;
        }
        reading.rows = row;
        if row.is_multiple_of(LOOK) {
            reading.check(row)?;
        }
    }
}

/// The reader's own words may repeat a cell; ours do not.
fn told(error: &csv::Error, row: u64) -> Error {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            Error::Ragged { row, got: *len, want: *expected_len }
        }
        csv::ErrorKind::Utf8 { .. } => Error::NotText(row),
        csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
            Error::LongRow { row, limit: LONGEST_ROW }
        }
        csv::ErrorKind::Io(error) => Error::Unreadable(error.to_string()),
        _ => Error::Format("CSV"),
    }
}
