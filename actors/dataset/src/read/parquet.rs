//! Parquet: column by column, a row group at a time.

use super::Reading;
use crate::Error;
use crate::cells::{Cells, Unfit};
use parquet::basic::{ConvertedType, LogicalType, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;
use troupe_config::ColumnKind;

/// Cells that are decoded at a time.
const BATCH: usize = 4_096;

/// What the numbers of a file stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Truth,
    Signed,
    Unsigned,
    /// With so many digits behind the point.
    Decimal(i32),
    Real,
    Text,
}

pub(super) fn read<'a>(
    source: impl ChunkReader + 'static,
    mut reading: Reading<'a>,
) -> Result<Reading<'a>, Error> {
    let reader = SerializedFileReader::new(source).map_err(broken)?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let names: Vec<String> = schema.columns().iter().map(|column| column.path().string()).collect();
    let places = reading.places(names.iter().map(String::as_str))?;
    let mut meanings = Vec::new();
    for (place, column) in places.iter().zip(reading.columns) {
        let found = schema.column(*place);
        let meaning = meaning(&found).filter(|meaning| meaning.fits(column.kind));
        meanings.push(meaning.ok_or_else(|| Error::Type {
            column: column.name.clone(),
            got: described(&found),
            kind: column.kind,
        })?);
    }
    for number in 0..reader.num_row_groups() {
        let group = reader.get_row_group(number).map_err(broken)?;
        let rows = u64::try_from(group.metadata().num_rows()).map_err(|_| FORMAT)?;
        reading.check(reading.rows.saturating_add(rows))?;
        for (index, (place, meaning)) in places.iter().zip(&meanings).enumerate() {
            let column = group.get_column_reader(*place).map_err(broken)?;
            let part = Part {
                index,
                meaning: *meaning,
                optional: schema.column(*place).max_def_level() > 0,
                rows,
            };
            read_column(&mut reading, column, part)?;
        }
        reading.rows += rows;
    }
    Ok(reading)
}

const FORMAT: Error = Error::Format("Parquet");

/// The library's own words may repeat what is in the file; ours do not.
fn broken(error: ParquetError) -> Error {
    match error {
        ParquetError::External(error) => Error::Unreadable(error.to_string()),
        _ => FORMAT,
    }
}

/// A column of a row group.
#[derive(Clone, Copy)]
struct Part {
    index: usize,
    meaning: Meaning,
    /// Cells may be empty.
    optional: bool,
    rows: u64,
}

fn read_column(reading: &mut Reading<'_>, column: ColumnReader, part: Part) -> Result<(), Error> {
    let meaning = part.meaning;
    match column {
        ColumnReader::BoolColumnReader(column) => {
            cells(reading, column, part, |cells, truth| cells.push_truth(*truth))
        }
        ColumnReader::Int32ColumnReader(column) => cells(reading, column, part, |cells, whole| {
            let unsigned = i128::from(whole.cast_unsigned());
            push_whole(cells, meaning, (*whole).into(), unsigned)
        }),
        ColumnReader::Int64ColumnReader(column) => cells(reading, column, part, |cells, whole| {
            let unsigned = i128::from(whole.cast_unsigned());
            push_whole(cells, meaning, (*whole).into(), unsigned)
        }),
        ColumnReader::FloatColumnReader(column) => {
            cells(reading, column, part, |cells, real| cells.push_number((*real).into()))
        }
        ColumnReader::DoubleColumnReader(column) => {
            cells(reading, column, part, |cells, real| cells.push_number(*real))
        }
        ColumnReader::ByteArrayColumnReader(column) => {
            cells(reading, column, part, |cells, bytes: &ByteArray| {
                cells.push_text(bytes.as_utf8().map_err(|_| Unfit::Kind)?)
            })
        }
        ColumnReader::Int96ColumnReader(_) | ColumnReader::FixedLenByteArrayColumnReader(_) => {
            Err(FORMAT)
        }
    }
}

fn push_whole(
    cells: &mut Cells,
    meaning: Meaning,
    signed: i128,
    unsigned: i128,
) -> Result<(), Unfit> {
    match meaning {
        Meaning::Decimal(scale) => {
            // Both are exact, so the quotient is the number that is next to the decimal one.
            let whole = i64::try_from(signed).ok().filter(|whole| whole.unsigned_abs() <= 1 << 53);
            cells.push_number(whole.ok_or(Unfit::Kind)? as f64 / 10f64.powi(scale))
        }
        Meaning::Unsigned => cells.push_whole(unsigned),
        Meaning::Signed | Meaning::Truth | Meaning::Real | Meaning::Text => {
            cells.push_whole(signed)
        }
    }
}

/// Appends a column of a row group, checking that it has as many cells as the group has rows and none is empty.
fn cells<T: DataType>(
    reading: &mut Reading<'_>,
    mut column: ColumnReaderImpl<T>,
    part: Part,
    push: impl Fn(&mut Cells, &T::T) -> Result<(), Unfit>,
) -> Result<(), Error> {
    let (mut values, mut levels) = (Vec::with_capacity(BATCH), Vec::new());
    let mut done = 0;
    loop {
        values.clear();
        levels.clear();
        let wanted = part.optional.then_some(&mut levels);
        let (rows, _, _) = column.read_records(BATCH, wanted, None, &mut values).map_err(broken)?;
        if rows == 0 {
            return if done == part.rows { Ok(()) } else { Err(FORMAT) };
        }
        let row = |place: usize| reading.rows + done + place as u64 + 1;
        if values.len() < rows {
            let place = levels.iter().position(|level| *level == 0).unwrap_or(0);
            return Err(reading.refused(row(place), part.index, Unfit::Empty));
        }
        let mut wrong = None;
        for (place, value) in values.iter().enumerate() {
            if let Err(unfit) = push(&mut reading.cells[part.index], value) {
                wrong = Some((place, unfit));
                break;
            }
        }
        if let Some((place, unfit)) = wrong {
            let row = reading.rows + done + place as u64 + 1;
            return Err(reading.refused(row, part.index, unfit));
        }
        done += rows as u64;
        if done > part.rows {
            return Err(FORMAT);
        }
        reading.check(reading.rows + done)?;
    }
}

impl Meaning {
    const fn fits(self, kind: ColumnKind) -> bool {
        match kind {
            ColumnKind::Number => {
                matches!(self, Self::Signed | Self::Unsigned | Self::Decimal(_) | Self::Real)
            }
            ColumnKind::Integer => matches!(self, Self::Signed | Self::Unsigned | Self::Truth),
            ColumnKind::Boolean => matches!(self, Self::Truth | Self::Signed | Self::Unsigned),
            ColumnKind::Key => matches!(self, Self::Text | Self::Signed | Self::Unsigned),
        }
    }
}

/// What the cells of a column stand for; `None` where we read none of that type.
fn meaning(column: &ColumnDescriptor) -> Option<Meaning> {
    if column.max_rep_level() > 0 || column.path().parts().len() != 1 {
        return None;
    }
    match (column.physical_type(), column.logical_type_ref()) {
        (Type::BOOLEAN, None) => Some(Meaning::Truth),
        (Type::INT32 | Type::INT64, Some(LogicalType::Integer(whole))) => {
            Some(if whole.is_signed { Meaning::Signed } else { Meaning::Unsigned })
        }
        (Type::INT32 | Type::INT64, Some(LogicalType::Decimal(decimal))) => {
            Some(Meaning::Decimal(decimal.scale))
        }
        (Type::INT32 | Type::INT64, None) => match column.converted_type() {
            ConvertedType::NONE
            | ConvertedType::INT_8
            | ConvertedType::INT_16
            | ConvertedType::INT_32
            | ConvertedType::INT_64 => Some(Meaning::Signed),
            ConvertedType::UINT_8
            | ConvertedType::UINT_16
            | ConvertedType::UINT_32
            | ConvertedType::UINT_64 => Some(Meaning::Unsigned),
            ConvertedType::DECIMAL => Some(Meaning::Decimal(column.type_scale())),
            // Dates and times are neither numbers nor names.
            _ => None,
        },
        (Type::FLOAT | Type::DOUBLE, None) => Some(Meaning::Real),
        (Type::BYTE_ARRAY, Some(LogicalType::String | LogicalType::Enum)) => Some(Meaning::Text),
        (Type::BYTE_ARRAY, None) => match column.converted_type() {
            ConvertedType::NONE | ConvertedType::UTF8 | ConvertedType::ENUM => Some(Meaning::Text),
            _ => None,
        },
        _ => None,
    }
}

/// The file's type, in its own words.
fn described(column: &ColumnDescriptor) -> String {
    match column.converted_type() {
        ConvertedType::NONE => column.physical_type().to_string(),
        converted => format!("{} ({converted})", column.physical_type()),
    }
}
