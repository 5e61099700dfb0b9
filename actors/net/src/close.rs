//! Numbers that end connections and streams. They never change; new ones are added at the end.

use quinn::VarInt;
use troupe_wire::CallError;

/// Why a connection was closed, by us or by the peer: a QUIC application close code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Close {
    /// The process ended in good order.
    #[error("drained")]
    Drained,
    /// The peer belongs to another network.
    #[error("another network")]
    Network,
    /// No version of the protocol is common to both.
    #[error("no common version")]
    Version,
    /// Another connection between the same two processes was kept.
    #[error("duplicate connection")]
    Duplicate,
    /// The same node has started anew, or connected anew.
    #[error("replaced by a newer connection")]
    Replaced,
    /// A newer start of the same node is connected already.
    #[error("an older start of this node")]
    Stale,
    /// A node dialed itself.
    #[error("a connection to oneself")]
    Oneself,
    /// No hello within its time.
    #[error("hello took too long")]
    SlowHello,
    /// As many peers as allowed are connected.
    #[error("too many peers")]
    Full,
    /// The peer sent rubbish not long ago.
    #[error("refused after earlier violations")]
    Refused,
    /// The peer sent bytes that are no frame or no message.
    #[error("malformed bytes")]
    Malformed,
    /// The peer announced more bytes than a message of its type may have.
    #[error("oversized message")]
    Oversized,
    /// The peer sent what it may not send.
    #[error("not allowed")]
    NotAllowed,
}

impl Close {
    /// All of them, for tests and metrics.
    pub const ALL: [Self; 13] = [
        Self::Drained,
        Self::Network,
        Self::Version,
        Self::Duplicate,
        Self::Replaced,
        Self::Stale,
        Self::Oneself,
        Self::SlowHello,
        Self::Full,
        Self::Refused,
        Self::Malformed,
        Self::Oversized,
        Self::NotAllowed,
    ];

    /// The number on the wire.
    #[must_use]
    pub const fn code(self) -> u32 {
        match self {
            Self::Drained => 1,
            Self::Network => 2,
            Self::Version => 3,
            Self::Duplicate => 4,
            Self::Replaced => 5,
            Self::Stale => 6,
            Self::Oneself => 7,
            Self::SlowHello => 8,
            Self::Full => 9,
            Self::Refused => 10,
            Self::Malformed => 11,
            Self::Oversized => 12,
            Self::NotAllowed => 13,
        }
    }

    /// The reason that a number stands for; `None` where this build does not know it.
    #[must_use]
    pub fn from_code(code: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|close| u64::from(close.code()) == code)
    }

    /// The label in metrics.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Drained => "drained",
            Self::Network => "network",
            Self::Version => "version",
            Self::Duplicate => "duplicate",
            Self::Replaced => "replaced",
            Self::Stale => "stale",
            Self::Oneself => "oneself",
            Self::SlowHello => "slow_hello",
            Self::Full => "full",
            Self::Refused => "refused",
            Self::Malformed => "malformed",
            Self::Oversized => "oversized",
            Self::NotAllowed => "not_allowed",
        }
    }

    /// Closes a connection and says why.
    pub(crate) fn close(self, connection: &quinn::Connection) {
        connection.close(VarInt::from_u32(self.code()), self.label().as_bytes());
    }

    /// Why a connection ended, where its peer closed it with one of these numbers.
    pub(crate) fn of(error: &quinn::ConnectionError) -> Option<Self> {
        match error {
            quinn::ConnectionError::ApplicationClosed(closed) => {
                Self::from_code(closed.error_code.into_inner())
            }
            _ => None,
        }
    }
}

/// The number of an outcome, in answers and where a stream is stopped or reset.
#[must_use]
pub const fn outcome_code(outcome: CallError) -> u8 {
    match outcome {
        CallError::Busy => 1,
        CallError::Closing => 2,
        CallError::Expired => 3,
        CallError::Unsupported => 4,
        CallError::NotHere => 5,
        CallError::TimedOut => 6,
        CallError::Crashed => 7,
        CallError::Lost => 8,
    }
}

/// The outcome that a number stands for.
#[must_use]
pub fn outcome_of(code: u64) -> Option<CallError> {
    CallError::ALL.into_iter().find(|outcome| u64::from(outcome_code(*outcome)) == code)
}

/// An outcome as the code of a stopped or reset stream.
pub(crate) fn stream_code(outcome: CallError) -> VarInt {
    VarInt::from_u32(u32::from(outcome_code(outcome)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_numbers_are_the_published_ones() {
        let codes: Vec<u32> = Close::ALL.into_iter().map(Close::code).collect();
        assert_eq!(codes, (1..=13).collect::<Vec<u32>>());
        let outcomes: Vec<u8> = CallError::ALL.into_iter().map(outcome_code).collect();
        assert_eq!(outcomes, [1, 2, 3, 4, 5, 6, 7, 8]);
    }

    #[test]
    fn every_number_leads_back_and_others_lead_nowhere() {
        for close in Close::ALL {
            assert_eq!(Close::from_code(u64::from(close.code())), Some(close));
        }
        for outcome in CallError::ALL {
            assert_eq!(outcome_of(u64::from(outcome_code(outcome))), Some(outcome));
        }
        assert_eq!((Close::from_code(0), Close::from_code(14), outcome_of(0)), (None, None, None));
        let labels: BTreeSet<&str> = Close::ALL.into_iter().map(Close::label).collect();
        assert_eq!(labels.len(), Close::ALL.len());
    }
}
