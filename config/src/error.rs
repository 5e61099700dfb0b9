//! What can be wrong with a manifest, and where.

use crate::value::{escape, shorten};
use core::fmt;
use troupe_types::Bytes;

/// So many characters of a path stand in an error: keys are as long as the document's writer likes.
const LONGEST_FIELD: usize = 160;

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Nowhere in particular: it concerns the document.
    Document,
    /// A line of the document, counted from 1.
    Line(usize),
    /// Something laid over the document: the name of a flag or of an environment variable.
    Given(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Document => f.write_str("document"),
            Self::Line(number) => write!(f, "line {number}"),
            Self::Given(source) => f.write_str(source),
        }
    }
}

/// One mistake: where, which field, and what is wrong with it. Its text is one line.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{place}: {field}: {problem}")]
pub struct Error {
    /// Where the offending value stands.
    pub place: Place,
    /// The path of the field: `process.threads.jobs`, `group.work.actors`.
    pub field: String,
    /// What is wrong.
    pub problem: Box<Problem>,
}

impl Error {
    pub(crate) fn new(place: Place, field: impl Into<String>, problem: Problem) -> Self {
        let field = escape(&shorten(&field.into(), LONGEST_FIELD));
        Self { place, field, problem: Box::new(problem) }
    }
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Problem {
    /// The document is no TOML.
    #[error("no valid TOML: {reason}")]
    Syntax {
        /// The parser's words.
        reason: String,
    },
    /// The document is larger than any manifest.
    #[error("got {got}, allowed is at most {limit}")]
    TooLarge {
        /// Size of the document.
        got: Bytes,
        /// Size allowed.
        limit: Bytes,
    },
    /// A key that nothing reads.
    #[error("unknown key with value {got}, {hint}")]
    UnknownKey {
        /// The value found there.
        got: String,
        /// The nearest known key, or all of them.
        hint: Hint,
    },
    /// A name that is not in the list it must come from.
    #[error("unknown {what} {got}, {hint}")]
    UnknownName {
        /// What the name should be of: an actor, a service, a value.
        what: &'static str,
        /// The name found.
        got: String,
        /// The nearest known name, or all of them.
        hint: Hint,
    },
    /// Another type than the field has.
    #[error("wants {want}, got {got}")]
    Type {
        /// What the field wants, with an example.
        want: &'static str,
        /// The value found.
        got: String,
    },
    /// The type is right, the text is not one of its values.
    #[error(transparent)]
    Text(#[from] troupe_types::Error),
    /// Outside the allowed range.
    #[error("got {got}, allowed is {least} to {most}")]
    Range {
        /// The value found.
        got: String,
        /// The smallest allowed.
        least: String,
        /// The largest allowed.
        most: String,
    },
    /// A field that has no default.
    #[error("missing, wants {want}")]
    Missing {
        /// What the field wants, with an example.
        want: &'static str,
    },
    /// The same thing twice in one list.
    #[error("{got} is listed twice")]
    Twice {
        /// The thing.
        got: String,
    },
    /// An actor kind that this binary was built without.
    #[error("actor {got} is not compiled in, it needs the feature {feature:?}")]
    NotCompiled {
        /// The actor kind.
        got: String,
        /// The feature of the binary that brings it.
        feature: &'static str,
    },
    /// Two settings that contradict each other, in words.
    #[error("{0}")]
    Conflict(String),
}

/// What may have been meant instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// One known name is close.
    Nearest(String),
    /// None is close; these are known.
    Known(Vec<String>),
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nearest(name) => write!(f, "nearest is {name:?}"),
            Self::Known(names) if names.is_empty() => f.write_str("none is known here"),
            Self::Known(names) => write!(f, "known are {}", names.join(", ")),
        }
    }
}

/// Everything that is wrong with a manifest, in the order of the document; never empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Errors(Vec<Error>);

impl Errors {
    /// Sorts the mistakes by place; `None` when there are none.
    #[must_use]
    pub fn of(mut errors: Vec<Error>) -> Option<Self> {
        errors.sort_by(|a, b| a.place.cmp(&b.place));
        (!errors.is_empty()).then_some(Self(errors))
    }

    /// The mistakes, at least one.
    #[must_use]
    pub fn as_slice(&self) -> &[Error] {
        &self.0
    }
}

impl From<Error> for Errors {
    fn from(error: Error) -> Self {
        Self(vec![error])
    }
}

impl fmt::Display for Errors {
    /// One line for each mistake.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl core::error::Error for Errors {}
