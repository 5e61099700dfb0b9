//! What jobs and commands say to each other of failures.

use crate::economy::Refusal;
use crate::exit::{ExitCode, Failure, Reason};
use troupe_jobs::{Class, Error};

/// What a job's failures are for the shell, and the other way.
const CODES: [(Class, ExitCode); 8] = [
    (Class::Usage, ExitCode::Usage),
    (Class::File, ExitCode::BadFile),
    (Class::Unreachable, ExitCode::Unreachable),
    (Class::TimedOut, ExitCode::TimedOut),
    (Class::Refused, ExitCode::Refused),
    (Class::Failed, ExitCode::JobFailed),
    (Class::Reverted, ExitCode::Reverted),
    (Class::Internal, ExitCode::Internal),
];

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let found = CODES.iter().find(|(class, _)| *class == error.class);
        let code = found.map_or(ExitCode::Internal, |(_, code)| *code);
        let reasons = error.reasons.into_iter();
        let reasons = reasons.map(|reason| Reason { text: reason.text, field: reason.field });
        let failure = Self::all(code, reasons.collect()).on_lines();
        match error.refusal {
            Some(troupe_jobs::Refusal { code, reason }) => {
                failure.with("refusal", Refusal { code, reason }.json())
            }
            None => failure,
        }
    }
}

/// What a command could not do for a job.
pub(super) fn told(failure: Failure) -> Error {
    let found = CODES.iter().find(|(_, code)| *code == failure.code);
    let class = found.map_or(Class::Internal, |(class, _)| *class);
    let reasons = failure.reasons.into_iter();
    let reason = |reason: Reason| troupe_jobs::Reason { text: reason.text, field: reason.field };
    Error::all(class, reasons.map(reason).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_keep_their_code_their_lines_and_a_contracts_words() {
        for (class, code) in CODES {
            let failure = Failure::from(Error::about(class, "input.a", "is\nwrong"));
            assert_eq!(failure.code, code);
            assert_eq!(failure.to_string(), "input.a: is wrong");
            let back = told(failure);
            assert_eq!((back.class, back.reasons[0].field.as_deref()), (class, Some("input.a")));
        }
        let refusal = troupe_jobs::Refusal { code: 1, reason: "no".into() };
        let error = Error { refusal: Some(refusal), ..Error::new(Class::Refused, "1 x: no") };
        assert_eq!(Failure::from(error).json()["error"]["refusal"]["code"], 1);
    }
}
