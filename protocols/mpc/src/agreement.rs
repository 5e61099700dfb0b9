//! What all participants of a joint computation agree on before it starts.
//!
//! Whoever wants a result writes an [`Agreement`]; every participant derives the [`Program`](crate::Program) from it
//! by itself, so that a data owner decides on statistics it can read, never on a program it must trust.

mod plan;
#[cfg(test)]
mod tests;

use crate::{Error, Peer};
use bincode::{Decode, Encode};
use sha2::{Digest, Sha256};
use troupe_types::{Hash, Millis, NodeId, SessionId};
use troupe_wire::{Limit, List, Text, codec};

/// Data owners of one computation.
pub const MAX_OWNERS: usize = 16;
/// Columns that one owner contributes.
pub const MAX_COLUMNS: usize = 32;
/// Statistics of one computation.
pub const MAX_STATISTICS: usize = 64;

/// The terms of one joint computation.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Agreement {
    /// Drawn at random by the receiver; nothing is computed twice under one.
    pub session: SessionId,
    /// The compute parties, in their order.
    pub parties: [Seat; 3],
    /// The data owners, in their order.
    pub owners: List<Terms, MAX_OWNERS>,
    /// The only one who learns the results.
    pub receiver: NodeId,
    /// How the owners' rows belong together.
    pub layout: Layout,
    /// What is revealed; nothing else is.
    pub statistics: List<Wanted, MAX_STATISTICS>,
    /// How long it may take from its start.
    pub within: Millis,
}

/// A compute party and where it can be reached.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Seat {
    /// Who it is.
    pub id: NodeId,
    /// Host and port.
    pub address: Text<256>,
}

/// What one owner contributes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Terms {
    /// Who it is.
    pub id: NodeId,
    /// Which of its data sets.
    pub dataset: Text<64>,
    /// How many rows it has; everybody learns this.
    pub rows: u64,
    /// The columns that go in, in their order.
    pub columns: List<ColumnTerms, MAX_COLUMNS>,
}

/// What everybody knows of a column.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ColumnTerms {
    /// Its header.
    pub name: Text<64>,
    /// Its owner's promise: every value lies strictly between -2^magnitude and 2^magnitude. The
    /// precision of results depends on it.
    pub magnitude: u8,
}

/// How the rows of several owners belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Layout {
    /// Row i of every owner is about the same thing; each has other columns.
    Aligned,
    /// Every owner has the same columns for other rows.
    Pooled,
}

/// A statistic over one or two columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Wanted {
    /// The sum of a column.
    Sum(At),
    /// Its arithmetic mean.
    Mean(At),
    /// Its sample variance.
    Variance(At),
    /// The sample covariance of two columns.
    Covariance(At, At),
}

/// A column by its owner and its place there. Where rows are pooled the owner is 0 and means all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct At {
    /// Index among the owners.
    pub owner: u8,
    /// Index among that owner's columns.
    pub column: u8,
}

/// Terms that nobody should agree to.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Unfit {
    /// One node plays two parts, and would hold what no single node may hold.
    #[error("node {0} plays two parts")]
    TwoParts(NodeId),
    /// A statistic of a column that no owner contributes.
    #[error("statistic {statistic} names column {column} of owner {owner}, which is not there")]
    NoColumn {
        /// Which statistic, from 0.
        statistic: usize,
        /// The owner named.
        owner: u8,
        /// The column named.
        column: u8,
    },
    /// Owners whose rows belong together have different numbers of them, or columns differ where
    /// they must not.
    #[error("owners 0 and {owner} differ in {what}")]
    Differ {
        /// The owner that differs.
        owner: usize,
        /// In what.
        what: &'static str,
    },
    /// Nothing to compute, or nobody to compute on.
    #[error("the agreement has no {0}")]
    Empty(&'static str),
    /// The program made from it is refused.
    #[error(transparent)]
    Program(#[from] Error),
}

impl Agreement {
    /// The largest encoding.
    pub const LIMIT: Limit = Limit::KiB64;

    /// What every participant binds its streams to.
    #[must_use]
    pub fn hash(&self) -> Hash {
        let bytes = codec::encode(self, Self::LIMIT).unwrap_or_default();
        Hash(Sha256::new_with_prefix(b"troupe agreement 1").chain_update(bytes).finalize().into())
    }

    /// The index of an owner.
    #[must_use]
    pub fn owner(&self, id: NodeId) -> Option<u8> {
        self.owners.iter().zip(0..).find(|(terms, _)| terms.id == id).map(|(_, index)| index)
    }

    /// The index of a compute party.
    #[must_use]
    pub fn party(&self, id: NodeId) -> Option<u8> {
        self.parties.iter().zip(0..).find(|(seat, _)| seat.id == id).map(|(_, index)| index)
    }
}

impl Agreement {
    /// Who plays which part; the receiver is the program's first.
    pub fn parts(&self) -> impl Iterator<Item = (Peer, NodeId)> + '_ {
        let parties = (0u8..).map(Peer::Party).zip(self.parties.iter().map(|seat| seat.id));
        let owners = (0u8..).map(Peer::Owner).zip(self.owners.iter().map(|terms| terms.id));
        parties.chain(owners).chain([(Peer::Receiver(0), self.receiver)])
    }
}

impl Terms {
    fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| &*column.name)
    }
}

impl Wanted {
    /// The columns it is of.
    pub fn columns(self) -> impl Iterator<Item = At> {
        let (first, second) = match self {
            Self::Sum(at) | Self::Mean(at) | Self::Variance(at) => (at, None),
            Self::Covariance(first, second) => (first, Some(second)),
        };
        std::iter::once(first).chain(second)
    }
}
