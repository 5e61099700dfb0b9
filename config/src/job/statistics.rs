//! Joint statistics as they were asked for before there were formulas.

use super::{DEADLINE, JobInput, LAYOUT, Layout, NAME, check_matched, inputs};
use crate::dataset::Statistic;
use crate::error::{Errors, Problem};
use crate::nearest::hint;
use crate::section::{Section, read};
use crate::setting::{Choice, Field, Word};
use crate::value::{Table, Value};
use std::borrow::Cow;
use troupe_types::Millis;

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

const COMPUTE: Field = Field { key: "compute", why: "The statistic; nothing else is revealed." };
const OF: Field = Field { key: "of", why: "Its columns, as input.column; as column where pooled." };

impl Job {
    /// Reads and checks a file of joint statistics; all mistakes are reported at once.
    pub fn load(text: &str) -> Result<Self, Errors> {
        let table = Table::parse(text)?;
        let job = read(&table, "", Self::read)?;
        Ok(job.expect("a part is only missing where a mistake was noted"))
    }

    pub(super) fn read(section: &mut Section<'_>) -> Option<Self> {
        let name = section.need::<Cow<'static, str>>(&NAME);
        let layout = section.get(&LAYOUT).0;
        let deadline = section.get(&DEADLINE);
        let inputs = inputs(section);
        if layout == Layout::Matched {
            check_matched(section, &inputs.iter().collect::<Vec<_>>());
        }
        let statistics = section.tables("statistic", |inner| Wanted::read(inner, layout, &inputs));
        if statistics.is_empty() {
            section.fault("statistic", Problem::Missing { want: "at least one [[statistic]]" });
        }
        Some(Self { name: name?.into_owned(), layout, deadline, inputs, statistics })
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
