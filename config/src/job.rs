//! A job file: which private computation somebody wants, on whose data.

mod matching;

use crate::dataset::Statistic;
use crate::error::{Errors, Problem};
use crate::name::Name;
use crate::nearest::hint;
use crate::section::{Section, read};
use crate::setting::{Choice, Field, Setting, Word};
use crate::value::{Table, Value};
use std::borrow::Cow;
use troupe_types::Millis;

pub use matching::{Deliver, Learn, MatchJob};

/// What a job file asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Order {
    /// Statistics over columns of several owners.
    Statistics(Job),
    /// What rows of two owners have in common.
    Matching(MatchJob),
}

/// Joint statistics as a person asks for them.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// What people call it.
    pub name: String,
    /// How the rows of the inputs belong together.
    pub layout: Layout,
    /// How long it may take from its start.
    pub deadline: Millis,
    /// Whose data.
    pub inputs: Vec<JobInput>,
    /// What is computed; nothing else is revealed.
    pub statistics: Vec<Wanted>,
}

/// How the rows of several owners belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layout {
    /// Row i of every input is about the same thing; each owner has other columns.
    Aligned,
    /// Every input has the same columns for other rows.
    Pooled,
    /// Two inputs hold other columns of rows that they partly share; those are matched by their keys first.
    Matched,
}

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
}

/// A statistic and its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Which.
    pub statistic: Statistic,
    /// One column, or two for a covariance.
    pub of: Vec<ColumnOf>,
}

/// A column of an input; of every input where the rows are pooled.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ColumnOf {
    /// The index of the input; `None` where the rows are pooled.
    pub input: Option<usize>,
    /// The column's header.
    pub column: String,
}

const NAME: Field = Field { key: "name", why: "What people call the job." };
const LAYOUT: Setting<Word<Layout>> = Setting {
    key: "layout",
    default: Word(Layout::Aligned),
    range: None,
    why: "Whether owners hold other columns of the same rows (aligned) or other rows (pooled).",
};
const DEADLINE: Setting<Millis> = Setting {
    key: "deadline",
    default: Millis::secs(60),
    range: Some((Millis::secs(1), Millis::secs(86_400))),
    why: "A job whose participant went away must end.",
};
const INPUT_NAME: Field = Field { key: "name", why: "What statistics call the input." };
const OWNER: Field =
    Field { key: "owner", why: "Who holds the rows: a node's name on a devnet, or its node id." };
const DATASET: Field = Field { key: "dataset", why: "The data set at its owner." };
const KEYS: Field =
    Field { key: "keys", why: "Columns that identify a row, to match rows of two owners by." };
const COMPUTE: Field = Field { key: "compute", why: "The statistic; nothing else is revealed." };
const OF: Field = Field { key: "of", why: "Its columns, as input.column; as column where pooled." };

impl Choice for Layout {
    const WANT: &'static str = "a layout such as \"aligned\"";
    const ALL: &'static [(&'static str, Self)] =
        &[("aligned", Self::Aligned), ("pooled", Self::Pooled), ("matched", Self::Matched)];
}

/// What kind of job a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Statistics,
    Matching,
}

impl Choice for Kind {
    const WANT: &'static str = "a kind such as \"statistics\"";
    const ALL: &'static [(&'static str, Self)] =
        &[("statistics", Self::Statistics), ("psi", Self::Matching)];
}

const KIND: Setting<Word<Kind>> = Setting {
    key: "kind",
    default: Word(Kind::Statistics),
    range: None,
    why: "Statistics are computed on shares; psi finds what rows of two owners have in common.",
};

impl Order {
    /// Reads and checks a job file of any kind; all mistakes are reported at once.
    pub fn load(text: &str) -> Result<Self, Errors> {
        let table = Table::parse(text)?;
        let order = read(&table, "", |section| match section.get(&KIND).0 {
            Kind::Statistics => Job::read(section).map(Self::Statistics),
            Kind::Matching => MatchJob::read(section).map(Self::Matching),
        })?;
        Ok(order.expect("a part is only missing where a mistake was noted"))
    }
}

/// The inputs of a job, each with a name of its own.
fn inputs(section: &mut Section<'_>) -> Vec<JobInput> {
    let inputs = section.tables("input", JobInput::read);
    for (index, input) in inputs.iter().enumerate() {
        if inputs[..index].iter().any(|earlier| earlier.name == input.name) {
            let got = format!("input {:?}", input.name.as_str());
            section.fault("input", Problem::Twice { got });
        }
    }
    if inputs.is_empty() {
        section.fault("input", Problem::Missing { want: "at least one [[input]]" });
    }
    inputs
}

/// Rows are matched between two inputs, by as many columns of one as of the other.
fn check_matched(section: &mut Section<'_>, inputs: &[JobInput]) {
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

impl Job {
    /// Reads and checks a file of joint statistics; all mistakes are reported at once.
    pub fn load(text: &str) -> Result<Self, Errors> {
        let table = Table::parse(text)?;
        let job = read(&table, "", Self::read)?;
        Ok(job.expect("a part is only missing where a mistake was noted"))
    }

    fn read(section: &mut Section<'_>) -> Option<Self> {
        let name = section.need::<Cow<'static, str>>(&NAME);
        let layout = section.get(&LAYOUT).0;
        let deadline = section.get(&DEADLINE);
        let inputs = inputs(section);
        if layout == Layout::Matched {
            check_matched(section, &inputs);
        }
        let statistics = section.tables("statistic", |inner| Wanted::read(inner, layout, &inputs));
        if statistics.is_empty() {
            section.fault("statistic", Problem::Missing { want: "at least one [[statistic]]" });
        }
        Some(Self { name: name?.into_owned(), layout, deadline, inputs, statistics })
    }
}

impl JobInput {
    fn read(section: &mut Section<'_>) -> Option<Self> {
        let name = section.need::<Name>(&INPUT_NAME);
        let owner = section.need::<Cow<'static, str>>(&OWNER);
        let dataset = section.need::<Name>(&DATASET);
        let keys = section.values::<Cow<'static, str>>(&KEYS);
        let keys = keys.into_iter().map(Cow::into_owned).collect();
        Some(Self { name: name?, owner: owner?.into_owned(), dataset: dataset?, keys })
    }
}

impl Wanted {
    fn read(section: &mut Section<'_>, layout: Layout, inputs: &[JobInput]) -> Option<Self> {
        let statistic = section.need::<Word<Statistic>>(&COMPUTE)?.0;
        let texts = section.values::<Cow<'static, str>>(&OF);
        let wanted = match statistic {
            Statistic::Covariance => 2,
            Statistic::Sum | Statistic::Mean | Statistic::Variance => 1,
        };
        if texts.len() != wanted {
            let (word, got) = (statistic.word(), texts.len());
            let text = format!("{word} is of {wanted} column(s), got {got}");
            section.fault(OF.key, Problem::Conflict(text));
        }
        let of = texts.iter().filter_map(|text| {
            let column = ColumnOf::parse(text, layout, inputs);
            column.map_err(|problem| section.fault(OF.key, problem)).ok()
        });
        Some(Self { statistic, of: of.collect() })
    }
}

impl ColumnOf {
    fn parse(text: &str, layout: Layout, inputs: &[JobInput]) -> Result<Self, Problem> {
        if layout == Layout::Pooled {
            return Ok(Self { input: None, column: text.to_owned() });
        }
        let got = || Value::Text(text.to_owned()).shown();
        let names = || inputs.iter().map(|input| input.name.as_str());
        // Names may hold dots themselves; the longest input that fits is meant.
        let fits = |name: &str| text.strip_prefix(name).and_then(|rest| rest.strip_prefix('.'));
        let found = inputs
            .iter()
            .enumerate()
            .filter_map(|(index, input)| Some((index, fits(input.name.as_str())?)))
            .min_by_key(|(_, column)| column.len());
        match found {
            Some((index, column)) if !column.is_empty() => {
                Ok(Self { input: Some(index), column: column.to_owned() })
            }
            Some(_) | None => {
                let prefix = text.split('.').next().unwrap_or(text);
                Err(Problem::UnknownName {
                    what: "column of an input",
                    got: got(),
                    hint: hint(prefix, names()),
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = r#"
name = "two columns"

[[input]]
name = "clinic"
owner = "data-1"
dataset = "clinic"

[[input]]
name = "lab"
owner = "data-2"
dataset = "laboratory"

[[statistic]]
compute = "mean"
of = ["clinic.radius_mean"]

[[statistic]]
compute = "covariance"
of = ["clinic.radius_mean", "lab.concavity.mean"]
"#;

    #[test]
    fn a_job_names_its_columns_by_input() {
        let job = Job::load(GOOD).unwrap();
        assert_eq!((job.layout, job.deadline), (Layout::Aligned, Millis::secs(60)));
        let columns = &job.statistics[1].of;
        assert_eq!(columns[1], ColumnOf { input: Some(1), column: "concavity.mean".into() });
    }

    #[test]
    fn pooled_columns_belong_to_every_input() {
        let text = GOOD.replace("name = \"two columns\"", "name = \"x\"\nlayout = \"pooled\"");
        let job = Job::load(&text.replace("clinic.radius_mean", "radius")).unwrap();
        assert_eq!(job.statistics[0].of, [ColumnOf { input: None, column: "radius".into() }]);
    }

    #[test]
    fn mistakes_name_field_value_and_what_is_known() {
        for (old, new, want) in [
            ("\"mean\"", "\"maen\"", "unknown value \"maen\", nearest is \"mean\""),
            (
                "clinic.radius_mean\"]\n",
                "clinik.r\"]\n",
                "unknown column of an input \"clinik.r\", nearest is \"clinic\"",
            ),
            (", \"lab.concavity.mean\"", "", "covariance is of 2 column(s), got 1"),
            ("name = \"lab\"", "name = \"clinic\"", "input \"clinic\""),
            ("dataset = \"clinic\"", "datasets = \"clinic\"", "nearest is \"dataset\""),
            ("name = \"two columns\"", "name = \"x\"\ndeadline = \"0s\"", "deadline"),
        ] {
            let text = GOOD.replacen(old, new, 1);
            assert_ne!(text, GOOD, "{old}");
            let errors = Job::load(&text).unwrap_err().to_string();
            assert!(errors.contains(want), "{old} -> {new}: {errors}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(\\[\\[(input|statistic)\\]\\]|[a-z]+ = \"[a-z.]*\"|of = \\[\\]|\n| ){0,30}") {
            let _ = Job::load(&text);
        }
    }
}
