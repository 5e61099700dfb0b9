//! How a call can fail to be answered, and whether it is safe to make it again.

use bincode::{Decode, Encode};

/// A call that was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode, thiserror::Error)]
pub enum CallError {
    /// The receiver's queue is full for this lane.
    #[error("busy")]
    Busy,
    /// The receiver is draining.
    #[error("closing")]
    Closing,
    /// The deadline passed while the message waited.
    #[error("expired before it ran")]
    Expired,
    /// The receiver does not know the message, or not in this version, or not from this sender.
    #[error("unsupported")]
    Unsupported,
    /// No such actor is there (any more).
    #[error("not here")]
    NotHere,
    /// The deadline passed while the answer was awaited.
    #[error("timed out")]
    TimedOut,
    /// The receiver panicked or failed while it handled the message.
    #[error("the receiver crashed")]
    Crashed,
    /// The connection or the receiver went away before it answered.
    #[error("lost")]
    Lost,
}

/// What the caller may conclude about a call that was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Certainty {
    /// The message did not run; sending it again is always safe.
    NotRun,
    /// It may have run; only an idempotent message may be sent again.
    Unknown,
}

impl CallError {
    /// Every outcome, for tests and metrics.
    pub const ALL: [Self; 8] = [
        Self::Busy,
        Self::Closing,
        Self::Expired,
        Self::Unsupported,
        Self::NotHere,
        Self::TimedOut,
        Self::Crashed,
        Self::Lost,
    ];

    /// Whether the message can have run.
    #[must_use]
    pub const fn certainty(self) -> Certainty {
        match self {
            Self::Busy | Self::Closing | Self::Expired | Self::Unsupported | Self::NotHere => {
                Certainty::NotRun
            }
            Self::TimedOut | Self::Crashed | Self::Lost => Certainty::Unknown,
        }
    }

    /// The label in metrics.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Closing => "closing",
            Self::Expired => "expired",
            Self::Unsupported => "unsupported",
            Self::NotHere => "not_here",
            Self::TimedOut => "timed_out",
            Self::Crashed => "crashed",
            Self::Lost => "lost",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limit, codec};
    use std::collections::BTreeSet;

    #[test]
    fn a_call_that_never_ran_may_always_be_made_again() {
        let not_run: Vec<&str> = CallError::ALL
            .into_iter()
            .filter(|error| error.certainty() == Certainty::NotRun)
            .map(CallError::label)
            .collect();
        assert_eq!(not_run, ["busy", "closing", "expired", "unsupported", "not_here"]);
    }

    #[test]
    fn every_outcome_has_a_tag_a_label_and_a_text_of_its_own() {
        let labels: BTreeSet<&str> = CallError::ALL.into_iter().map(CallError::label).collect();
        let texts: BTreeSet<String> = CallError::ALL.iter().map(ToString::to_string).collect();
        assert_eq!((labels.len(), texts.len()), (CallError::ALL.len(), CallError::ALL.len()));
        for (tag, error) in CallError::ALL.into_iter().enumerate() {
            let bytes = codec::encode(&error, Limit::KiB1).expect("one byte");
            assert_eq!(bytes, [u8::try_from(tag).expect("eight outcomes")]);
            assert_eq!(codec::decode(&bytes, Limit::KiB1), Ok(error));
        }
    }
}
