//! Why there is no plan.

use crate::formula::Fault;
use crate::task::Unfit;

/// Everything that can be wrong with a task, a formula, or an owner's table.
///
/// No variant carries a value of anybody's data.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// Terms that nobody should agree to.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// A formula that cannot be computed.
    #[error("`{name}`: {fault}")]
    Formula {
        /// The result that it is of.
        name: String,
        /// What is wrong, and where.
        fault: Fault,
    },
    /// The program made from the task is refused, or a table does not fit it.
    #[error(transparent)]
    Program(#[from] troupe_mpc::Error),
    /// A task that is too large to be sent.
    #[error(transparent)]
    Encoding(#[from] troupe_wire::Error),
    /// A table that lacks a column, or whose columns differ in length.
    #[error("the table has no column `{name}` of {rows} rows")]
    Column {
        /// The column.
        name: String,
        /// How many rows it should have.
        rows: u64,
    },
    /// A value outside the public bounds of its column.
    #[error("column `{name}`: the value in row {row} lies outside {low} to {high}")]
    Bounds {
        /// The column.
        name: String,
        /// The row, from 0.
        row: usize,
        /// The least value allowed.
        low: f64,
        /// The greatest value allowed.
        high: f64,
    },
}

impl From<troupe_mpc::program::Defect> for Error {
    fn from(defect: troupe_mpc::program::Defect) -> Self {
        Self::Program(defect.into())
    }
}
