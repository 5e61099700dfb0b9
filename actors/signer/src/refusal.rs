//! Why there is no signature.

use troupe_consensus::{Kind, Mark};
use troupe_types::Hash;

/// The signer says no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It would go back behind what was signed.
    #[error(
        "not later than the {kind} of view {place}, height {height}, index {index}",
        kind = word(.0.kind), place = .0.place, height = .0.height, index = .0.index
    )]
    NotLater(Mark),
    /// The signer votes on another chain.
    #[error("the signer votes on the chain {got}")]
    OtherChain {
        /// Its genesis block.
        got: Hash,
    },
    /// The signer has another key.
    #[error("the signer has another key")]
    OtherKey,
    /// The signer's disk failed; it signs again once it was started anew.
    #[error("the signer cannot write down what it signs: {0}")]
    Storage(String),
}

/// What people call it.
const fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Proposal => "proposal",
        Kind::Vote => "vote",
        Kind::ViewChange => "view change",
    }
}

/// No signature came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The signer said no.
    #[error(transparent)]
    Refused(Refusal),
    /// There was no answer; asking again is safe.
    #[error("{0}")]
    Unreachable(String),
}
