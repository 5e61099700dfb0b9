//! Whose data a job is about.

use crate::error::Problem;
use crate::name::Name;
use crate::section::Section;
use crate::setting::Field;
use std::borrow::Cow;

/// Data sets of one job.
const MOST: usize = 16;

/// A data set of an owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobInput {
    /// What the job calls it.
    pub name: Name,
    /// The owner: its name on a development network, or its node id.
    pub owner: String,
    /// The data set at the owner.
    pub dataset: Name,
    /// The columns that identify a row, where rows are matched.
    pub keys: Vec<String>,
    /// The columns that formulas may name; empty: all that can be computed with.
    pub columns: Vec<String>,
}

const INPUT_NAME: Field = Field { key: "name", why: "What formulas call the input." };
const OWNER: Field =
    Field { key: "owner", why: "Who holds the rows: a node's name on a devnet, or its node id." };
const DATASET: Field = Field { key: "dataset", why: "The data set at its owner." };
const KEYS: Field =
    Field { key: "keys", why: "Columns that identify a row, to match rows of two owners by." };
const COLUMNS: Field =
    Field { key: "columns", why: "Columns that formulas may name; without a word all numbers." };

/// The inputs of a job, each with a name of its own.
pub(super) fn inputs(section: &mut Section<'_>) -> Vec<JobInput> {
    let inputs = section.tables("input", JobInput::read);
    section.refuse_twins("input", "input", inputs.iter().map(|input| input.name.as_str()));
    if inputs.is_empty() {
        section.fault("input", Problem::Missing { want: "at least one [[input]]" });
    }
    at_most(section, "input", inputs.len(), MOST);
    inputs
}

/// Rows are matched between two inputs, by as many columns of one as of the other.
pub(super) fn check_matched(section: &mut Section<'_>, inputs: &[&JobInput]) {
    if let [first, second] = inputs {
        let (one, other) = (first.keys.len(), second.keys.len());
        if one == 0 || one != other {
            let text =
                format!("rows are matched by {one} keys of one input and {other} of the other");
            section.fault("input", Problem::Conflict(text));
        }
    } else if !inputs.is_empty() {
        let text = format!("rows of 2 inputs are matched, got {}", inputs.len());
        section.fault("input", Problem::Conflict(text));
    }
}

/// Refuses a list that is too long.
pub(super) fn at_most(section: &mut Section<'_>, key: &str, got: usize, most: usize) {
    if got > most {
        let (got, most) = (format!("{got} entries"), most.to_string());
        section.fault(key, Problem::Range { got, least: "1".to_owned(), most });
    }
}

impl JobInput {
    fn read(section: &mut Section<'_>) -> Option<Self> {
        let name = section.need::<Name>(&INPUT_NAME);
        let owner = section.need::<Cow<'static, str>>(&OWNER);
        let dataset = section.need::<Name>(&DATASET);
        let keys = texts(section, &KEYS);
        let columns = texts(section, &COLUMNS);
        let (name, owner, dataset) = (name?, owner?.into_owned(), dataset?);
        Some(Self { name, owner, dataset, keys, columns })
    }
}

fn texts(section: &mut Section<'_>, field: &Field) -> Vec<String> {
    section.values::<Cow<'static, str>>(field).into_iter().map(Cow::into_owned).collect()
}
