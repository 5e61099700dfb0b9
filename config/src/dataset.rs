//! `[actor.dataset] settings`: which files a data owner offers, and who may compute what on them.

use crate::error::Problem;
use crate::name::Name;
use crate::section::Section;
use crate::setting::{Choice, Field, Setting, Unit, Word, wrong_type};
use crate::value::Value;
use core::fmt;
use std::borrow::Cow;
use std::path::PathBuf;
use troupe_types::{Bytes, NodeId};

/// What a `dataset` actor offers.
#[derive(Debug, Clone, PartialEq)]
pub struct DatasetSettings {
    /// Memory for the columns of all data sets; a file that does not fit is refused.
    pub memory: Bytes,
    /// The data sets.
    pub datasets: Vec<Dataset>,
}

/// One file of rows that never leave this process.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// What jobs call it.
    pub name: Name,
    /// The CSV file, relative to the manifest.
    pub file: PathBuf,
    /// The columns that jobs may name; others in the file are not read.
    pub columns: Vec<Column>,
    /// Who may compute what.
    pub policy: Policy,
}

/// A column of a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its header in the file.
    pub name: String,
    /// What its cells are.
    pub kind: ColumnKind,
}

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Decimal numbers, to compute with.
    Number,
    /// Texts that identify a row, to match rows of several owners by.
    Key,
}

/// Who may compute what on a data set.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Who may ask.
    pub requesters: Vec<Requester>,
    /// Which statistics may be computed.
    pub statistics: Vec<Statistic>,
    /// A computation over fewer rows is refused: it would tell too much about each.
    pub min_rows: u64,
}

/// Somebody who may ask for a computation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Requester {
    /// Every authenticated node of the network.
    Anyone,
    /// The node of this identity.
    Node(NodeId),
}

/// A statistic over one or two columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Statistic {
    /// The sum of a column.
    Sum,
    /// The mean of a column.
    Mean,
    /// The variance of a column.
    Variance,
    /// The covariance of two columns.
    Covariance,
}

impl Choice for ColumnKind {
    const WANT: &'static str = "a kind such as \"number\"";
    const ALL: &'static [(&'static str, Self)] = &[("number", Self::Number), ("key", Self::Key)];
}

impl Choice for Statistic {
    const WANT: &'static str = "a statistic such as \"mean\"";
    const ALL: &'static [(&'static str, Self)] = &[
        ("sum", Self::Sum),
        ("mean", Self::Mean),
        ("variance", Self::Variance),
        ("covariance", Self::Covariance),
    ];
}

impl fmt::Display for Requester {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anyone => f.write_str("*"),
            Self::Node(node_id) => node_id.fmt(f),
        }
    }
}

impl Unit for Requester {
    const WANT: &'static str = "a node id of 64 hexadecimal digits, or \"*\" for everyone";

    fn read(value: &Value) -> Result<Self, Problem> {
        let wrong = || wrong_type(Self::WANT, value);
        let Value::Text(text) = value else { return Err(wrong()) };
        if text == "*" {
            return Ok(Self::Anyone);
        }
        text.parse().map(Self::Node).map_err(|_| wrong())
    }

    fn write(&self) -> Value {
        Value::Text(self.to_string())
    }
}

const MEMORY: Setting<Bytes> = Setting {
    key: "memory",
    default: Bytes::mib(256),
    range: Some((Bytes::mib(1), Bytes::mib(1 << 20))),
    why: "The columns of all data sets are held in memory; a file that does not fit is refused.",
};
const NAME: Field = Field { key: "name", why: "What jobs call it." };
const FILE: Field = Field { key: "file", why: "The CSV file, relative to the manifest." };
const COLUMN_NAME: Field = Field { key: "name", why: "The header of the column in the file." };
const COLUMN_KIND: Field =
    Field { key: "kind", why: "Numbers are computed with, keys match rows of several owners." };
const REQUESTERS: Field =
    Field { key: "requesters", why: "Nobody may ask who is not named here; \"*\" is everyone." };
const STATISTICS: Field =
    Field { key: "statistics", why: "Nothing is computed that is not named here." };
const MIN_ROWS: Setting<u64> = Setting {
    key: "min_rows",
    default: 20,
    range: Some((2, 1_000_000_000)),
    why: "A statistic over a few rows tells too much about each of them.",
};

impl DatasetSettings {
    /// Reads the settings table of a `dataset` actor.
    pub fn read(section: &mut Section<'_>) -> Self {
        let memory = section.get(&MEMORY);
        let datasets = section.tables("datasets", Dataset::read);
        for (index, dataset) in datasets.iter().enumerate() {
            if datasets[..index].iter().any(|earlier| earlier.name == dataset.name) {
                let got = format!("data set {:?}", dataset.name.as_str());
                section.fault("datasets", Problem::Twice { got });
            }
        }
        Self { memory, datasets }
    }
}

impl Dataset {
    fn read(section: &mut Section<'_>) -> Option<Self> {
        let name = section.need::<Name>(&NAME);
        let file = section.need::<Cow<'static, str>>(&FILE);
        let columns = section.tables("columns", Column::read);
        for (index, column) in columns.iter().enumerate() {
            if columns[..index].iter().any(|earlier| earlier.name == column.name) {
                let got = Value::Text(column.name.clone()).shown();
                section.fault("columns", Problem::Twice { got: format!("column {got}") });
            }
        }
        if columns.is_empty() {
            section.fault("columns", Problem::Missing { want: "at least one column" });
        }
        let policy = section.table("policy", Policy::read);
        let numbers = columns.iter().filter(|column| column.kind == ColumnKind::Number).count();
        if numbers == 0 && !policy.statistics.is_empty() && !columns.is_empty() {
            let text = "policy.statistics allows statistics, but no column is of kind \"number\"";
            section.fault("columns", Problem::Conflict(text.to_owned()));
        }
        let file = PathBuf::from(file?.as_ref());
        Some(Self { name: name?, file, columns, policy })
    }
}

impl Column {
    fn read(section: &mut Section<'_>) -> Option<Self> {
        let name = section.need::<Cow<'static, str>>(&COLUMN_NAME);
        let kind = section.need::<Word<ColumnKind>>(&COLUMN_KIND);
        Some(Self { name: name?.into_owned(), kind: kind?.0 })
    }
}

impl Policy {
    fn read(section: &mut Section<'_>) -> Self {
        let requesters = section.values::<Requester>(&REQUESTERS);
        if requesters.contains(&Requester::Anyone) && requesters.len() > 1 {
            let text = "\"*\" is everyone, the other names have no effect; remove them or \"*\"";
            section.fault(REQUESTERS.key, Problem::Conflict(text.to_owned()));
        }
        let statistics = section.values::<Word<Statistic>>(&STATISTICS);
        Self {
            requesters,
            statistics: statistics.into_iter().map(|word| word.0).collect(),
            min_rows: section.get(&MIN_ROWS),
        }
    }

    /// Whether this node may ask.
    #[must_use]
    pub fn admits(&self, node_id: &NodeId) -> bool {
        self.requesters.iter().any(|requester| match requester {
            Requester::Anyone => true,
            Requester::Node(known) => known == node_id,
        })
    }

    /// Whether this statistic may be computed.
    #[must_use]
    pub fn allows(&self, statistic: Statistic) -> bool {
        self.statistics.contains(&statistic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Table, read};

    const GOOD: &str = r#"
        [[datasets]]
        name = "patients"
        file = "patients.csv"
        columns = [{ name = "id", kind = "key" }, { name = "Age (years)", kind = "number" }]
        policy = { requesters = ["*"], statistics = ["sum", "mean"] }
    "#;

    fn settings(text: &str) -> Result<DatasetSettings, String> {
        let table = Table::parse(text).map_err(|error| error.to_string())?;
        read(&table, "s", DatasetSettings::read).map_err(|error| error.to_string())
    }

    #[test]
    fn a_data_set_is_read_with_its_policy() {
        let read = settings(GOOD).unwrap();
        let dataset = &read.datasets[0];
        assert_eq!(dataset.columns[1].kind, ColumnKind::Number);
        assert_eq!(dataset.policy.min_rows, 20);
        assert!(dataset.policy.allows(Statistic::Mean));
        assert!(!dataset.policy.allows(Statistic::Covariance));
        assert!(dataset.policy.admits(&NodeId([7; 32])));
    }

    #[test]
    fn without_a_policy_nobody_may_ask_anything() {
        let line = GOOD.lines().find(|line| line.contains("policy")).unwrap();
        let read = settings(&GOOD.replace(line, "")).unwrap();
        let policy = &read.datasets[0].policy;
        assert!(!policy.admits(&NodeId([7; 32])));
        assert!(!policy.allows(Statistic::Sum));
    }

    #[test]
    fn a_named_requester_is_admitted_and_no_other() {
        let name = NodeId([9; 32]).to_string();
        let read = settings(&GOOD.replace("[\"*\"]", &format!("[\"{name}\"]"))).unwrap();
        let policy = &read.datasets[0].policy;
        assert!(policy.admits(&NodeId([9; 32])));
        assert!(!policy.admits(&NodeId([8; 32])));
    }

    #[test]
    fn each_mistake_has_its_text() {
        let twice = format!("{GOOD}{GOOD}");
        let cases = [
            (
                GOOD.replace("\"mean\"]", "\"meen\"]"),
                "line 6: s.datasets.patients.policy.statistics: unknown value \"meen\", nearest is \"mean\"",
            ),
            (
                GOOD.replace("[\"*\"]", "[\"*\", \"abcd\"]"),
                "line 6: s.datasets.patients.policy.requesters: wants a node id of 64 hexadecimal digits, or \"*\" for everyone, got \"abcd\"",
            ),
            (
                GOOD.replace("\"id\"", "\"Age (years)\""),
                "line 5: s.datasets.patients.columns: column \"Age (years)\" is listed twice",
            ),
            (
                GOOD.replace("kind = \"number\"", "kind = \"key\""),
                "line 5: s.datasets.patients.columns: policy.statistics allows statistics, but no column is of kind \"number\"",
            ),
            (
                GOOD.replace("file = \"patients.csv\"", ""),
                "line 2: s.datasets.patients.file: missing, wants a text of 1 to 512 bytes without control characters",
            ),
            (twice, "line 2: s.datasets: data set \"patients\" is listed twice"),
            ("memory = \"1KiB\"".to_owned(), "line 1: s.memory: got 1KiB, allowed is 1MiB to 1TiB"),
        ];
        for (text, want) in cases {
            assert_eq!(settings(&text).unwrap_err(), want);
        }
    }
}
