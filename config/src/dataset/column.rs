//! A column of a data set, and what everybody may know of it.

use crate::error::Problem;
use crate::section::Section;
use crate::setting::{Choice, Field, Word};
use std::borrow::Cow;

/// A column of a data set.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its header in the file.
    pub name: String,
    /// What its cells are.
    pub kind: ColumnKind,
    /// Its owner's public promise: no value is less.
    pub low: Option<f64>,
    /// And none is greater.
    pub high: Option<f64>,
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

const NAME: Field = Field { key: "name", why: "The header of the column in the file." };
const KIND: Field =
    Field { key: "kind", why: "Numbers are computed with, keys match rows of several owners." };
const LOW: Field = Field {
    key: "low",
    why: "Everybody learns that no value is less; the closer the bounds, the finer the results.",
};
const HIGH: Field = Field { key: "high", why: "Everybody learns that no value is greater." };

impl Column {
    /// A column without bounds of its own.
    #[must_use]
    pub fn new(name: impl Into<String>, kind: ColumnKind) -> Self {
        Self { name: name.into(), kind, low: None, high: None }
    }

    pub(super) fn read(section: &mut Section<'_>) -> Option<Self> {
        let name = section.need::<Cow<'static, str>>(&NAME);
        let kind = section.need::<Word<ColumnKind>>(&KIND).map(|word| word.0);
        let (low, high) = (section.optional::<f64>(&LOW), section.optional::<f64>(&HIGH));
        if let (Some(low), Some(high)) = (low, high)
            && low > high
        {
            let text = format!("no value lies between {low} and {high}");
            section.fault(LOW.key, Problem::Conflict(text));
        }
        let has_bounds = low.is_some() || high.is_some();
        if has_bounds && matches!(kind, Some(ColumnKind::Key | ColumnKind::Boolean)) {
            let text = "bounds are for columns of kind \"number\" or \"integer\"".to_owned();
            section.fault(if low.is_some() { LOW.key } else { HIGH.key }, Problem::Conflict(text));
        }
        Some(Self { name: name?.into_owned(), kind: kind?, low, high })
    }
}
