//! A job file: which private computation somebody wants, on whose data.

mod ask;
mod compute;
mod formula;
mod input;
mod matching;
mod metric;
mod predict;
#[cfg(test)]
mod tests;
mod train;

use crate::error::Errors;
use crate::section::read;
use crate::setting::{Choice, Field, Setting, Word};
use crate::value::Table;
use troupe_types::Millis;

pub use ask::{Ask, What};
pub use compute::{ComputeJob, Engine, Pay, Spans, Work};
pub use input::JobInput;
use input::{check_matched, inputs};
pub use matching::{Deliver, Learn, MatchJob};
pub use metric::{HeldOut, Metric, Trial};
pub use predict::{Activation, Layer, ModelName, Origin, PredictJob, Shown};
pub use train::{Family, TrainJob};

/// What a job file asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Order {
    /// Something computed on shares.
    Compute(ComputeJob),
    /// What rows of two owners have in common.
    Matching(MatchJob),
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
    /// The same, and nobody learns which rows they share.
    Joined,
}

const NAME: Field = Field { key: "name", why: "What people call the job." };
const LAYOUT: Setting<Word<Layout>> = Setting {
    key: "layout",
    default: Word(Layout::Aligned),
    range: None,
    why: "Whether owners hold other columns of the same rows (aligned; or matched by keys first; or joined by keys, so that nobody learns which they are) or other rows (pooled).",
};
const DEADLINE: Setting<Millis> = Setting {
    key: "deadline",
    default: Millis::secs(60),
    range: Some((Millis::secs(1), Millis::secs(86_400))),
    why: "A job whose participant went away must end.",
};

impl Choice for Layout {
    const WANT: &'static str = "a layout such as \"aligned\"";
    const ALL: &'static [(&'static str, Self)] = &[
        ("aligned", Self::Aligned),
        ("pooled", Self::Pooled),
        ("matched", Self::Matched),
        ("joined", Self::Joined),
    ];
}

/// What kind of job a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Compute,
    Matching,
}

impl Choice for Kind {
    const WANT: &'static str = "\"compute\" or \"psi\"";
    const ALL: &'static [(&'static str, Self)] =
        &[("compute", Self::Compute), ("psi", Self::Matching)];
}

const KIND: Setting<Word<Kind>> = Setting {
    key: "kind",
    default: Word(Kind::Compute),
    range: None,
    why: "Compute works on shares; psi finds what rows of two owners have in common.",
};

impl Order {
    /// Reads and checks a job file of any kind; all mistakes are reported at once.
    pub fn load(text: &str) -> Result<Self, Errors> {
        let table = Table::parse(text)?;
        let order = read(&table, "", |section| match section.get(&KIND).0 {
            Kind::Compute => ComputeJob::read(section).map(Self::Compute),
            Kind::Matching => MatchJob::read(section).map(Self::Matching),
        })?;
        Ok(order.expect("a part is only missing where a mistake was noted"))
    }
}
