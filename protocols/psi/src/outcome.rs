//! What a run was good for.

use core::fmt;
use troupe_types::Hash;

/// What one side has in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What it learned beyond sizes.
    pub learned: Learned,
    /// The root of the transcript: SHA-256 over the agreement and over the last marks of both streams. The two
    /// sides have the same one exactly if each received what the other sent.
    pub transcript: Hash,
}

/// What one side learned.
///
/// Rows count from 0 in the order in which the items were given to [`Set::new`](crate::Set::new); of items that
/// were there twice it is the first.
#[derive(Clone, PartialEq, Eq)]
pub enum Learned {
    /// Nothing: the mode has another receiver.
    Nothing,
    /// How many items are common.
    Count(u32),
    /// The rows of its items that are common, ascending.
    Rows(Vec<u32>),
    /// The rows of its items that are common, in the order that both sides have.
    Aligned {
        /// The rows.
        rows: Vec<u32>,
        /// A digest of the common items and their order; the same at both sides. Only these two can compute it,
        /// so that whoever computes with the rows of both may compare it without learning any.
        alignment: Hash,
    },
}

impl fmt::Debug for Learned {
    /// Without rows: they are the result, and a log is not its receiver.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "Nothing",
            Self::Count(_) => "Count(..)",
            Self::Rows(_) => "Rows(..)",
            Self::Aligned { .. } => "Aligned(..)",
        })
    }
}
