//! A validator's key that is not in this process.

use std::pin::Pin;
use troupe_consensus::{Mark, PublicKey, Signature, Statement};
use troupe_types::{Hash, Millis};

/// Why no signature came from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsigned {
    /// It is not later than this, which the key signed. So it would be refused again.
    NotLater(Mark),
    /// The signer is for another chain, or has another key: somebody has to change its settings, or this node's.
    Misplaced(String),
    /// The signer cannot write down what it signs; once it was started anew it may.
    Storage(String),
    /// There was no answer. Asking again is safe.
    Unreachable(String),
}

impl Unsigned {
    /// What metrics call it.
    pub(crate) const fn label(&self) -> &'static str {
        match self {
            Self::NotLater(_) => "not_later",
            Self::Misplaced(_) => "misplaced",
            Self::Storage(_) => "storage",
            Self::Unreachable(_) => "unreachable",
        }
    }
}

/// What a [`Pen`] promises.
pub type Signing = Pin<Box<dyn Future<Output = Result<Signature, Unsigned>>>>;

/// Signs elsewhere. The same statement may be asked for again: it is signed again.
pub trait Pen: Send + Sync + 'static {
    /// The key that signs.
    fn key(&self) -> PublicKey;

    /// Asks for a signature on a chain. What takes longer than three seconds is taken for lost, and asked for again.
    fn sign(&self, genesis: Hash, statement: Statement) -> Signing;
}

/// How long a pen may take.
pub(crate) const PATIENCE: Millis = Millis::secs(3);
