//! What the rules do not know themselves.

use troupe_records::Meter;
use troupe_types::{Address, Epoch};

/// That a validator contradicted itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offence {
    /// Whose key signed twice.
    pub vote_key: [u8; 48],
    /// In which round.
    pub round: Epoch,
}

/// Why nobody is punished for what was shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotJudged {
    /// It shows nothing.
    #[error("{0}")]
    NoEvidence(String),
    /// It is of a round that has not begun.
    #[error("round {round} has not begun, this one is {now}")]
    NotYet {
        /// The round.
        round: Epoch,
        /// The one that goes on.
        now: Epoch,
    },
    /// It is of a round that is too long ago.
    #[error("round {round} is too long ago, evidence counts from round {oldest} on")]
    TooOld {
        /// The round.
        round: Epoch,
        /// The first one that counts.
        oldest: Epoch,
    },
    /// It was punished before.
    #[error("the validator was punished for this already")]
    Punished,
}

/// What the rules do not know: how much gas is left, and what signatures are worth.
pub trait Outside: Meter {
    /// Checks evidence that a validator contradicted itself, and remembers the offence, so that it is punished once.
    /// What it remembers is taken back with everything else if the call is refused.
    fn judge(&mut self, evidence: &[u8]) -> Result<Offence, NotJudged>;

    /// Whether an offence was remembered.
    fn is_punished(&mut self, offence: &Offence) -> bool;

    /// Tells PlatON's clients what came of a call of their form: a log of the contract without topics, with this data. They look
    /// for it first, so it stands in front of all that the call told otherwise.
    fn receipt(&mut self, contract: Address, data: Vec<u8>);
}
