//! `[actor.dataset] settings`: which files a data owner offers, and who may compute what on them.

mod column;
mod policy;
#[cfg(test)]
mod tests;
mod words;

use crate::amount::Amount;
use crate::error::{Errors, Problem};
use crate::name::Name;
use crate::section::{Section, read};
use crate::setting::{Choice, Field, Setting, Word};
use crate::value::Table;
use std::borrow::Cow;
use std::path::PathBuf;
use troupe_types::Bytes;

pub use column::{Column, ColumnKind};
pub use policy::Policy;
pub use words::{Algorithm, Matching, Requester};

/// What a `dataset` actor offers.
#[derive(Debug, Clone, PartialEq)]
pub struct DatasetSettings {
    /// Memory for the columns of all data sets; a file that does not fit is refused.
    pub memory: Bytes,
    /// The data sets.
    pub datasets: Vec<Dataset>,
}

/// One file of rows, or of a model, that never leave this process.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// What jobs call it.
    pub name: Name,
    /// The CSV, Parquet or ONNX file, relative to the manifest.
    pub file: PathBuf,
    /// What the file holds.
    pub holds: Holds,
    /// The columns that jobs may name; others in the file are not read. A model has none.
    pub columns: Vec<Column>,
    /// What its owner gets for every computation on it.
    pub price: Amount,
    /// Who may compute what.
    pub policy: Policy,
}

/// What the file of a data set holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Rows that are computed on.
    Rows,
    /// A model that is applied to the rows of others.
    Model,
}

impl Choice for Holds {
    const WANT: &'static str = "\"rows\" or \"model\"";
    const ALL: &'static [(&'static str, Self)] = &[("rows", Self::Rows), ("model", Self::Model)];
}

const MEMORY: Setting<Bytes> = Setting {
    key: "memory",
    default: Bytes::mib(256),
    range: Some((Bytes::mib(1), Bytes::mib(1 << 20))),
    why: "The columns of all data sets are held in memory; a file that does not fit is refused.",
};
const NAME: Field = Field { key: "name", why: "What jobs call it." };
const FILE: Field =
    Field { key: "file", why: "The CSV, Parquet or ONNX file, relative to the manifest." };
const HOLDS: Setting<Word<Holds>> = Setting {
    key: "holds",
    default: Word(Holds::Rows),
    range: None,
    why: "Rows are computed on; a model, which is an ONNX file, is applied to the rows of others.",
};
const PRICE: Setting<Amount> = Setting {
    key: "price",
    default: Amount(0),
    range: None,
    why: "What the owner gets for every computation, from whoever asks for it.",
};
impl DatasetSettings {
    /// Reads the settings table of a `dataset` actor.
    pub fn read(section: &mut Section<'_>) -> Self {
        let memory = section.get(&MEMORY);
        let datasets = section.tables("datasets", Dataset::read);
        let names = datasets.iter().map(|dataset: &Dataset| dataset.name.as_str());
        section.refuse_twins("datasets", "data set", names);
        Self { memory, datasets }
    }
}

impl Dataset {
    /// Reads the declaration of one data set, a document of its own; all mistakes are reported at once.
    pub fn load(text: &str) -> Result<Self, Errors> {
        let dataset = read(&Table::parse(text)?, "", Self::read)?;
        Ok(dataset.expect("a part is only missing where a mistake was noted"))
    }

    fn read(section: &mut Section<'_>) -> Option<Self> {
        let name = section.need::<Name>(&NAME);
        let file = section.need::<Cow<'static, str>>(&FILE);
        let columns = section.tables("columns", Column::read);
        let names = columns.iter().map(|column: &Column| column.name.as_str());
        section.refuse_twins("columns", "column", names);
        let holds = section.get(&HOLDS).0;
        let price = section.get(&PRICE);
        let policy = section.table("policy", Policy::read);
        match holds {
            Holds::Rows if columns.is_empty() => {
                section.fault("columns", Problem::Missing { want: "at least one column" });
            }
            Holds::Model => check_model(section, &columns, &policy),
            Holds::Rows => {}
        }
        let numbers = columns.iter().filter(|column| column.kind.is_numeric()).count();
        if numbers == 0 && !policy.allow.is_empty() && !columns.is_empty() {
            let text = "policy.allow lets compute, but no column is of kind \"number\"";
            section.fault("columns", Problem::Conflict(text.to_owned()));
        }
        let keys = columns.len() - numbers;
        if keys == 0 && !policy.matching.is_empty() && !columns.is_empty() {
            let text = "policy.matching allows matching, but no column is of kind \"key\"";
            section.fault("columns", Problem::Conflict(text.to_owned()));
        }
        let file = PathBuf::from(file?.as_ref());
        Some(Self { name: name?, file, holds, columns, price, policy })
    }
}

/// A model is applied, and nothing else is done with it.
fn check_model(section: &mut Section<'_>, columns: &[Column], policy: &Policy) {
    if !columns.is_empty() {
        let text = "a model has no columns of rows".to_owned();
        section.fault("columns", Problem::Conflict(text));
    }
    let applied = [Algorithm::Prediction, Algorithm::Evaluation];
    if let Some(other) = policy.allow.iter().find(|algorithm| !applied.contains(algorithm)) {
        let text = format!("policy.allow names {}, which no model is used for", other.word());
        section.fault(HOLDS.key, Problem::Conflict(text));
    }
    if !policy.matching.is_empty() {
        let text = "policy.matching allows matching, but a model has no rows".to_owned();
        section.fault(HOLDS.key, Problem::Conflict(text));
    }
}
