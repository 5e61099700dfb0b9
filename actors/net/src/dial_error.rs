//! Why a peer could not be reached.

use crate::Close;
use crate::frame::FrameError;
use troupe_types::NodeId;

/// The reason of the last failed dial, or of the last line's end, as `status` shows it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DialError {
    /// No address of the name can be dialed from here.
    #[error("the address does not resolve")]
    Address,
    /// Nobody answered in time.
    #[error("no answer in time")]
    TimedOut,
    /// Another node answered.
    #[error("node {got} answered there")]
    WrongPeer {
        /// The node that answered.
        got: NodeId,
    },
    /// The peer closed the connection, or this process did, for a reason of the protocol.
    #[error("closed: {0}")]
    Closed(Close),
    /// What answered is no process of this kind, or holds no key.
    #[error("handshake failed: {0}")]
    Handshake(String),
    /// The peer's hello is none.
    #[error("hello: {0}")]
    Hello(FrameError),
    /// The connection broke.
    #[error("connection lost")]
    Lost,
}

impl DialError {
    /// Every label in metrics.
    pub(crate) const LABELS: [&'static str; 7] =
        ["address", "timed_out", "wrong_peer", "closed", "handshake", "hello", "lost"];

    pub(crate) const fn label(&self) -> &'static str {
        match self {
            Self::Address => Self::LABELS[0],
            Self::TimedOut => Self::LABELS[1],
            Self::WrongPeer { .. } => Self::LABELS[2],
            Self::Closed(_) => Self::LABELS[3],
            Self::Handshake(_) => Self::LABELS[4],
            Self::Hello(_) => Self::LABELS[5],
            Self::Lost => Self::LABELS[6],
        }
    }
}

impl DialError {
    /// What a library said, which may repeat what the peer said: short, and without anything that a
    /// terminal or a log would take for more than text.
    pub(crate) fn handshake(error: &dyn std::fmt::Display) -> Self {
        let visible = |letter: &char| letter.is_ascii_graphic() || *letter == ' ';
        Self::Handshake(error.to_string().chars().filter(visible).take(120).collect())
    }
}

impl From<&quinn::ConnectionError> for DialError {
    fn from(error: &quinn::ConnectionError) -> Self {
        use quinn::ConnectionError as E;
        if let Some(close) = Close::of(error) {
            return Self::Closed(close);
        }
        match error {
            E::TimedOut => Self::TimedOut,
            // A server that is too busy, or that does not take our key, says so here.
            E::TransportError(_) | E::ConnectionClosed(_) | E::VersionMismatch => {
                Self::handshake(error)
            }
            E::ApplicationClosed(_) | E::Reset | E::LocallyClosed | E::CidsExhausted => Self::Lost,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn what_a_peer_says_cannot_forge_a_line_of_the_log() {
        let said = "no\n2026 ERROR \u{1b}[31m all is lost\u{202e}";
        let shown = DialError::handshake(&said).to_string();
        assert_eq!(shown, "handshake failed: no2026 ERROR [31m all is lost");
        let DialError::Handshake(long) = DialError::handshake(&"x".repeat(1_000)) else {
            panic!("another error")
        };
        assert_eq!(long.len(), 120);
    }

    #[test]
    fn every_reason_has_a_label_of_its_own() {
        let reasons = [
            DialError::Address,
            DialError::TimedOut,
            DialError::WrongPeer { got: NodeId([0; 32]) },
            DialError::Closed(Close::Full),
            DialError::handshake(&"x"),
            DialError::Hello(FrameError::Malformed("x")),
            DialError::Lost,
        ];
        let labels: BTreeSet<&str> = reasons.iter().map(DialError::label).collect();
        assert_eq!(labels, DialError::LABELS.into());
    }
}
