//! Blocks as far as consensus looks at them.

use crate::{Certificate, Kind, Place, Statement};
use bincode::{Decode, Encode};
use troupe_types::{Hash, Height, UnixMillis};
use troupe_wire::Blob;

/// The largest body, in bytes: what fits a message beside its certificates.
pub const MAX_BODY: usize = 472 << 10;

/// Why a block needs to become final soon; an empty block has no reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Encode, Decode)]
pub struct Causes {
    /// It carries transactions.
    pub has_transactions: bool,
    /// It carries evidence.
    pub has_evidence: bool,
    /// It is the last block of its epoch.
    pub ends_epoch: bool,
}

impl Causes {
    /// Whether there is one.
    #[must_use]
    pub const fn any(self) -> bool {
        self.has_transactions || self.has_evidence || self.ends_epoch
    }
}

/// What consensus reads of a block's header. That it belongs to `hash` is checked by whoever knows the
/// chain's encoding, as part of [`Task`](crate::Task)s and before anything else is believed of it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Header {
    /// The block's name.
    pub hash: Hash,
    /// The block below.
    pub parent: Hash,
    /// One more than the parent's.
    pub height: Height,
    /// The view it was proposed in.
    pub place: Place,
    /// Its number among the blocks of that view, from 0.
    pub index: u32,
    /// When its proposer says it was made; never before its parent.
    pub time: UnixMillis,
    /// The state its proposer says it leads to.
    pub root: Hash,
    /// Why it needs to become final.
    pub causes: Causes,
}

/// A block: what consensus reads, and bytes that are the chain's.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Block {
    /// What consensus reads.
    pub header: Header,
    /// Evidence, transactions and what else the chain puts there.
    pub body: Blob<MAX_BODY>,
}

impl Header {
    /// The statement about this block.
    #[must_use]
    pub const fn statement(&self, kind: Kind) -> Statement {
        let Self { place, height, index, hash, .. } = *self;
        Statement { kind, place, height, index, hash, certified: None }
    }

    /// Whether a certificate is of this block, in all its fields.
    #[must_use]
    pub fn is_certified_by(&self, certificate: &Certificate) -> bool {
        certificate.statement() == self.statement(Kind::Vote)
    }
}
