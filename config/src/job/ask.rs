//! What a job asks about rows: each answer is revealed, and nothing else.

use super::formula::Question;
use super::input::at_most;
use crate::error::Problem;
use crate::section::Section;
use crate::setting::{Field, Setting, Unit};
use std::borrow::Cow;

/// Questions of one job.
const MOST: usize = 64;
/// Cut points of a histogram, and categories of a grouping.
const MOST_GROUPS: usize = 64;
/// Bytes of a name.
const LONGEST_NAME: usize = 64;

/// A question and what its answer is called.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// What the answer is called.
    pub name: String,
    /// The question.
    pub what: What,
}

/// What can be asked.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// One number over all rows.
    Formula(String),
    /// One number for each row.
    Rows(String),
    /// How many rows lie below the first cut point, between neighbouring ones, and from the last on.
    Histogram {
        /// A formula with one number for each row.
        of: String,
        /// In ascending order.
        cuts: Vec<f64>,
        /// Counts below this are shown as 0.
        minimum: u32,
    },
    /// Rows and sums of a formula for each category of another one.
    Groups {
        /// A formula with one category for each row.
        by: String,
        /// In ascending order; other rows are not counted.
        categories: Vec<f64>,
        /// What is added up in each.
        of: String,
        /// Groups of fewer rows are shown as of no rows and a sum of 0.
        minimum: u32,
    },
}

const NAME: Field = Field { key: "name", why: "What the answer is called." };
const FORMULA: Field = Field { key: "formula", why: "One number over all rows." };
const ROWS: Field = Field { key: "rows", why: "One number for each row, where owners allow it." };
const HISTOGRAM: Field =
    Field { key: "histogram", why: "How many rows lie between the cut points of this formula." };
const GROUPS: Field = Field { key: "groups", why: "Rows and sums for each category of this." };
const CUTS: Field = Field { key: "cuts", why: "Where the ranges of a histogram begin." };
const CATEGORIES: Field = Field { key: "categories", why: "The values that make a group each." };
const OF: Field = Field { key: "of", why: "What is added up in each group." };
const MINIMUM: Setting<u32> = Setting {
    key: "minimum",
    default: 20,
    range: Some((1, 1_000_000_000)),
    why: "Counts of fewer rows are shown as 0; owners demand at least so many as their policies say.",
};

/// The questions of a job, each with a name of its own.
pub(super) fn asks(section: &mut Section<'_>) -> Vec<Ask> {
    let asks = section.tables("ask", Ask::read);
    section.refuse_twins("ask", "ask", asks.iter().map(|ask| ask.name.as_str()));
    at_most(section, "ask", asks.len(), MOST);
    asks
}

impl Ask {
    fn read(section: &mut Section<'_>) -> Option<Self> {
        let name = section.need::<Cow<'static, str>>(&NAME);
        if let Some(long) = name.as_ref().filter(|name| name.len() > LONGEST_NAME) {
            let text =
                format!("a name of {} bytes, at most {LONGEST_NAME} are allowed", long.len());
            section.fault(NAME.key, Problem::Conflict(text));
        }
        let keys = [FORMULA, ROWS, HISTOGRAM, GROUPS];
        let [formula, rows, histogram, groups] =
            keys.map(|field| section.optional::<Question>(&field).map(|formula| formula.0));
        let written: Vec<&str> =
            keys.iter().map(|field| field.key).filter(|key| section.has(key)).collect();
        if written.is_empty() {
            let want = "one of formula, rows, histogram and groups";
            section.fault(FORMULA.key, Problem::Missing { want });
        }
        if let [_, second, ..] = *written {
            let text = format!("one question has {}; write one [[ask]] each", written.join(", "));
            section.fault(second, Problem::Conflict(text));
        }
        // The keys of a kind are read where it was written, also where its formula is wrong.
        let ranges = section.has(HISTOGRAM.key).then(|| ascending(section, &CUTS));
        let classes = section.has(GROUPS.key).then(|| {
            let of = section.need::<Question>(&OF).map(|formula| formula.0);
            (ascending(section, &CATEGORIES), of)
        });
        let is_counted = ranges.is_some() || classes.is_some();
        let minimum = if is_counted { section.get(&MINIMUM) } else { MINIMUM.default };
        let what = match (formula, rows, histogram.zip(ranges), groups.zip(classes)) {
            (Some(formula), ..) => What::Formula(formula),
            (_, Some(rows), ..) => What::Rows(rows),
            (_, _, Some((of, cuts)), _) => What::Histogram { of, cuts, minimum },
            (_, _, _, Some((by, (categories, of)))) => {
                What::Groups { by, categories, of: of?, minimum }
            }
            (None, None, None, None) => return None,
        };
        Some(Self { name: name?.into_owned(), what })
    }
}

/// Numbers that rise, at least one.
fn ascending(section: &mut Section<'_>, field: &Field) -> Vec<f64> {
    let values = section.values::<f64>(field);
    if !section.has(field.key) || values.is_empty() {
        section.fault(field.key, Problem::Missing { want: "at least one number" });
    }
    if let Some(pair) = values.windows(2).find(|pair| pair[0] >= pair[1]) {
        let shown = |value: f64| value.write().to_string();
        let text =
            format!("{} stands before {}, wants them to rise", shown(pair[0]), shown(pair[1]));
        section.fault(field.key, Problem::Conflict(text));
    }
    at_most(section, field.key, values.len(), MOST_GROUPS);
    values
}
