//! Why a data set cannot be used.

use troupe_config::ColumnKind;
use troupe_types::Bytes;

/// What is wrong with a file of rows. No variant repeats a cell.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// It is neither CSV with a header nor Parquet.
    #[error("not a {0} file")]
    Format(&'static str),
    /// A column that was asked for is not there.
    #[error("has no column \"{0}\"")]
    NoColumn(String),
    /// Two columns have one name.
    #[error("has column \"{0}\" more than once")]
    ColumnTwice(String),
    /// A cell is empty.
    #[error("row {row}: column \"{column}\" is empty")]
    Empty {
        /// Its row, from 1.
        row: u64,
        /// Its column.
        column: String,
    },
    /// A cell is not what its column holds.
    #[error("row {row}: column \"{column}\" is no {}", want(*.kind))]
    Cell {
        /// Its row, from 1.
        row: u64,
        /// Its column.
        column: String,
        /// What it should be.
        kind: ColumnKind,
    },
    /// A column of a type that cannot be read as what is wanted.
    #[error("column \"{column}\" is of type {got}, which is no {}", want(*.kind))]
    Type {
        /// The column.
        column: String,
        /// The file's type.
        got: String,
        /// What it should be.
        kind: ColumnKind,
    },
    /// A row has more or fewer cells than the header.
    #[error("row {row}: {got} cells where the header has {want}")]
    Ragged {
        /// The row, from 1.
        row: u64,
        /// Its cells.
        got: u64,
        /// The header's.
        want: u64,
    },
    /// Bytes that are no text.
    #[error("row {0}: not UTF-8")]
    NotText(u64),
    /// A row that is longer than any should be.
    #[error("row {row} exceeds {limit}")]
    LongRow {
        /// The row, from 1.
        row: u64,
        /// The most there may be.
        limit: Bytes,
    },
    /// More rows than a computation can take.
    #[error("more than {0} rows")]
    ManyRows(u64),
    /// A value that the declaration of its column excludes.
    #[error("row {row}: column \"{column}\" lies outside the bounds that are declared for it")]
    Bounds {
        /// Its row, from 1.
        row: u64,
        /// Its column.
        column: String,
    },
    /// A file that is no model, or one that cannot be computed.
    #[error("{0}")]
    Model(#[from] troupe_learning::onnx::Fault),
    /// It does not fit into what is left of the memory.
    #[error("its columns exceed {0} that are left of memory")]
    Memory(Bytes),
}

const fn want(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Number => "finite number",
        ColumnKind::Integer => "whole number of at most 53 bits",
        ColumnKind::Boolean => "truth value",
        ColumnKind::Key => "text",
    }
}
