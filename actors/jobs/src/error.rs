//! Why there is no result.

use serde::{Deserialize, Serialize};
use std::fmt;
use troupe_wire::CallError;

/// What kind of failure it is: what may be done next follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// What was asked for makes no sense here; nothing was done.
    Usage,
    /// A job or a file cannot be used as it is; nothing was done.
    File,
    /// Somebody who is needed cannot be reached; asking again is safe.
    Unreachable,
    /// The time for it is over; it may have been done.
    TimedOut,
    /// Somebody said no; nothing was done.
    Refused,
    /// The job was accepted and has no result.
    Failed,
    /// The transaction is in a block and had no effect.
    Reverted,
    /// A fault of our own.
    Internal,
}

impl Class {
    /// All of them.
    pub(crate) const ALL: [Self; 8] = [
        Self::Usage,
        Self::File,
        Self::Unreachable,
        Self::TimedOut,
        Self::Refused,
        Self::Failed,
        Self::Reverted,
        Self::Internal,
    ];

    /// A word for it, for programs.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::File => "file",
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed_out",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Reverted => "reverted",
            Self::Internal => "internal",
        }
    }
}

/// One reason, a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// All of it, for people.
    pub text: String,
    /// What it is about, for programs: a field of a file, a node.
    pub field: Option<String>,
}

/// What a contract said when it refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Its number.
    pub code: u32,
    /// In the contract's words.
    pub reason: String,
}

/// Why there is no result: what kind of failure it is, and a line for each reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", Lines(reasons))]
pub struct Error {
    /// What kind of failure.
    pub class: Class,
    /// The reasons.
    pub reasons: Vec<Reason>,
    /// The contract's own words, where one refused.
    pub refusal: Option<Refusal>,
}

/// What a step of a job comes to.
pub type Outcome<T> = Result<T, Error>;

impl Error {
    /// One reason.
    #[must_use]
    pub fn new(class: Class, text: impl fmt::Display) -> Self {
        Self::all(class, vec![Reason { text: text.to_string(), field: None }])
    }

    /// One reason about a field or a node, which begins the line.
    #[must_use]
    pub fn about(class: Class, field: impl fmt::Display, text: impl fmt::Display) -> Self {
        let field = field.to_string();
        let text = format!("{field}: {text}");
        Self::all(class, vec![Reason { text, field: Some(field) }])
    }

    /// These reasons.
    #[must_use]
    pub const fn all(class: Class, reasons: Vec<Reason>) -> Self {
        Self { class, reasons, refusal: None }
    }
}

/// A line for each reason.
struct Lines<'a>(&'a [Reason]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, reason) in self.0.iter().enumerate() {
            let end_of_last = if index > 0 { "\n" } else { "" };
            write!(f, "{end_of_last}{}", reason.text)?;
        }
        Ok(())
    }
}

/// A call that was not answered.
#[must_use]
pub fn unanswered(who: &str, error: CallError) -> Error {
    let class = match error {
        CallError::TimedOut | CallError::Expired => Class::TimedOut,
        CallError::Busy
        | CallError::Closing
        | CallError::Unsupported
        | CallError::NotHere
        | CallError::Crashed
        | CallError::Lost => Class::Unreachable,
    };
    Error::about(class, who, error)
}
