//! `[actor.dataset] settings`: which files a data owner offers, and who may compute what on them.

use crate::error::{Errors, Problem};
use crate::moment::Moment;
use crate::name::Name;
use crate::section::{Section, read};
use crate::setting::{Choice, Field, Setting, Unit, Word, wrong_type};
use crate::value::{Table, Value};
use core::fmt;
use std::borrow::Cow;
use std::path::PathBuf;
use troupe_types::{Bytes, NodeId, UnixMillis};

/// What a `dataset` actor offers.
#[derive(Debug, Clone, PartialEq)]
pub struct DatasetSettings {
    /// Memory for the columns of all data sets; a file that does not fit is refused.
    pub memory: Bytes,
    /// Who may add and remove data sets while the process runs.
    pub keepers: Vec<NodeId>,
    /// The data sets.
    pub datasets: Vec<Dataset>,
}

/// One file of rows that never leave this process.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// What jobs call it.
    pub name: Name,
    /// The CSV or Parquet file, relative to the manifest.
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
    /// Whole numbers of at most 53 bits, to compute with.
    Integer,
    /// True or false, to compute with as one and zero.
    Boolean,
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
    /// What may be learned by matching rows with those of another owner.
    pub matching: Vec<Matching>,
    /// What of it whoever asked may have as well; without a word it stays with the owners.
    pub returned: Vec<Matching>,
    /// With whose rows they may be matched.
    pub partners: Vec<Requester>,
    /// A computation over fewer rows is refused: it would tell too much about each.
    pub min_rows: u64,
    /// Compute parties that may take part; empty: any that is not excluded.
    pub parties: Vec<NodeId>,
    /// Compute parties that may not.
    pub excluded: Vec<NodeId>,
    /// Nothing is computed from then on.
    pub until: Option<Moment>,
    /// The most computations that there will ever be.
    pub max_uses: Option<u64>,
}

/// What is learned when rows of two owners are matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matching {
    /// How many are common, by one owner or both.
    Count,
    /// Which are common, by one owner.
    Rows,
    /// Which are common and in what order, by both owners: their rows can then be computed on together.
    Aligned,
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
    const ALL: &'static [(&'static str, Self)] = &[
        ("number", Self::Number),
        ("integer", Self::Integer),
        ("boolean", Self::Boolean),
        ("key", Self::Key),
    ];
}

impl ColumnKind {
    /// Whether its cells can be computed with.
    #[must_use]
    pub const fn is_numeric(self) -> bool {
        match self {
            Self::Number | Self::Integer | Self::Boolean => true,
            Self::Key => false,
        }
    }
}

impl Choice for Matching {
    const WANT: &'static str = "a matching such as \"count\"";
    const ALL: &'static [(&'static str, Self)] =
        &[("count", Self::Count), ("rows", Self::Rows), ("aligned", Self::Aligned)];
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
const FILE: Field =
    Field { key: "file", why: "The CSV or Parquet file, relative to the manifest." };
const COLUMN_NAME: Field = Field { key: "name", why: "The header of the column in the file." };
const COLUMN_KIND: Field =
    Field { key: "kind", why: "Numbers are computed with, keys match rows of several owners." };
const KEEPERS: Field =
    Field { key: "keepers", why: "Only these may add, remove and list data sets while it runs." };
const REQUESTERS: Field =
    Field { key: "requesters", why: "Nobody may ask who is not named here; \"*\" is everyone." };
const STATISTICS: Field =
    Field { key: "statistics", why: "Nothing is computed that is not named here." };
const MATCHING: Field =
    Field { key: "matching", why: "Rows are matched with another owner's only to learn this." };
const RETURNED: Field =
    Field { key: "returned", why: "What matching shows leaves its owners only if named here." };
const PARTNERS: Field =
    Field { key: "partners", why: "Rows are matched with nobody's who is not named here." };
const PARTIES: Field =
    Field { key: "parties", why: "Only these compute; without names everybody not excluded may." };
const EXCLUDED: Field = Field { key: "excluded", why: "These never compute." };
const UNTIL: Field = Field { key: "until", why: "Nothing is computed from this moment on." };
const MAX_USES: Field =
    Field { key: "max_uses", why: "Every answer tells something; after so many there is no more." };
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
        let keepers = section.values(&KEEPERS);
        let datasets = section.tables("datasets", Dataset::read);
        for (index, dataset) in datasets.iter().enumerate() {
            if datasets[..index].iter().any(|earlier| earlier.name == dataset.name) {
                let got = format!("data set {:?}", dataset.name.as_str());
                section.fault("datasets", Problem::Twice { got });
            }
        }
        Self { memory, keepers, datasets }
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
        let numbers = columns.iter().filter(|column| column.kind.is_numeric()).count();
        if numbers == 0 && !policy.statistics.is_empty() && !columns.is_empty() {
            let text = "policy.statistics allows statistics, but no column is of kind \"number\"";
            section.fault("columns", Problem::Conflict(text.to_owned()));
        }
        let keys = columns.len() - numbers;
        if keys == 0 && !policy.matching.is_empty() && !columns.is_empty() {
            let text = "policy.matching allows matching, but no column is of kind \"key\"";
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
    /// Reads the table of a policy.
    pub fn read(section: &mut Section<'_>) -> Self {
        Self {
            requesters: people(section, &REQUESTERS),
            statistics: words(section, &STATISTICS),
            matching: words(section, &MATCHING),
            returned: words(section, &RETURNED),
            partners: people(section, &PARTNERS),
            min_rows: section.get(&MIN_ROWS),
            parties: section.values(&PARTIES),
            excluded: section.values(&EXCLUDED),
            until: section.optional(&UNTIL),
            max_uses: section.optional(&MAX_USES),
        }
    }

    /// Whether this node may ask.
    #[must_use]
    pub fn admits(&self, node_id: &NodeId) -> bool {
        names(&self.requesters, node_id)
    }

    /// Whether rows may be matched with this node's.
    #[must_use]
    pub fn matches_with(&self, node_id: &NodeId) -> bool {
        names(&self.partners, node_id)
    }

    /// Whether this may be learned by matching.
    #[must_use]
    pub fn allows_matching(&self, matching: Matching) -> bool {
        self.matching.contains(&matching)
    }

    /// Whether whoever asked may have what this matching shows.
    #[must_use]
    pub fn returns(&self, matching: Matching) -> bool {
        self.returned.contains(&matching)
    }

    /// Whether this node may be a compute party.
    #[must_use]
    pub fn trusts(&self, node_id: &NodeId) -> bool {
        let is_named = self.parties.is_empty() || self.parties.contains(node_id);
        is_named && !self.excluded.contains(node_id)
    }

    /// Whether it has expired.
    #[must_use]
    pub fn is_over(&self, now: UnixMillis) -> bool {
        self.until.is_some_and(|until| until.0 <= now)
    }

    /// Whether this statistic may be computed.
    #[must_use]
    pub fn allows(&self, statistic: Statistic) -> bool {
        self.statistics.contains(&statistic)
    }
}

fn people(section: &mut Section<'_>, field: &Field) -> Vec<Requester> {
    let people = section.values::<Requester>(field);
    if people.contains(&Requester::Anyone) && people.len() > 1 {
        let text = "\"*\" is everyone, the other names have no effect; remove them or \"*\"";
        section.fault(field.key, Problem::Conflict(text.to_owned()));
    }
    people
}

fn words<T: Choice + 'static>(section: &mut Section<'_>, field: &Field) -> Vec<T> {
    section.values::<Word<T>>(field).into_iter().map(|word| word.0).collect()
}

fn names(people: &[Requester], node_id: &NodeId) -> bool {
    people.iter().any(|requester| match requester {
        Requester::Anyone => true,
        Requester::Node(known) => known == node_id,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_declaration_is_read_like_a_data_set_of_a_manifest() {
        let one = GOOD.replace("[[datasets]]", "");
        let dataset = Dataset::load(&one).unwrap();
        assert_eq!(dataset, settings(GOOD).unwrap().datasets[0]);
        let errors = Dataset::load(&one.replace("sum", "sam")).unwrap_err().to_string();
        assert!(errors.contains("nearest is \"sum\""), "{errors}");
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
