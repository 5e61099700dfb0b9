//! Why there is no answer.

use crate::exit::{ExitCode, Failure};
use serde_json::Value;
use std::time::Duration;

/// Why a question has no result.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum Error {
    /// Not where anybody could be asked.
    #[error("{0}")]
    Url(String),
    /// Nobody there, or gone in the middle.
    #[error("{url}: {reason}")]
    Unreachable {
        /// Whom it was about.
        url: String,
        /// What the system says.
        reason: String,
    },
    /// The time is over.
    #[error("{url}: no answer within {} ms", after.as_millis())]
    TimedOut {
        /// Whom it was about.
        url: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// The server refused before it read the question.
    #[error("{url}: HTTP {status}: {text}")]
    Http {
        /// Whom it was about.
        url: String,
        /// The status.
        status: u16,
        /// What the server says, cut.
        text: String,
    },
    /// An answer that is none.
    #[error("{url}: {what}")]
    Malformed {
        /// Whom it was about.
        url: String,
        /// What is wrong.
        what: String,
    },
    /// The server answered and said no.
    #[error("{0}")]
    Refused(#[from] Told),
}

/// The error that a server answers with.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Told {
    /// Its number.
    pub(crate) code: i64,
    /// Its text, as it is.
    pub(crate) message: String,
    /// What comes with it, such as the data of a revert.
    pub(crate) data: Option<Value>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = match &error {
            Error::Url(_) => return Self::about(ExitCode::Usage, "--rpc", error),
            Error::Unreachable { .. } | Error::Malformed { .. } => ExitCode::Unreachable,
            Error::TimedOut { .. } => ExitCode::TimedOut,
            Error::Http { .. } | Error::Refused(_) => ExitCode::Refused,
        };
        Self::new(code, error)
    }
}
