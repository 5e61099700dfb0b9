//! What is written down before it is said.

use crate::message::{Propose, Vote};
use crate::{
    Block, Certificate, Kind, Mark, Place, PublicKey, Signature, Statement, ViewChange,
    ViewChangeCertificate,
};
use bincode::{Decode, Encode};
use troupe_types::Height;
use troupe_wire::Limit;

/// One entry of the log, at most [`Record::LIMIT`] when encoded.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Record {
    /// A block that is proposed or voted for next.
    Block(Block),
    /// A vote, with the certificate of the block's parent.
    Vote(Vote),
    /// A proposal; its block was recorded before.
    Proposal(Proposed),
    /// A view given up, with the certificate of the highest block.
    ViewChange(ViewChange),
    /// What led into a view in which something is signed next: others may need it to follow.
    Entry(ViewChangeCertificate),
    /// From here on this key signs, until another record of this kind.
    Holder(PublicKey),
    /// What a key signed elsewhere: here it signs later things only.
    Barred(PublicKey, Mark),
}

/// A proposal without its block.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Proposed {
    /// What was signed.
    pub statement: Statement,
    /// The certificate of the parent, where there was one.
    pub parent: Option<Certificate>,
    /// Why the view starts where it does.
    pub entry: Option<ViewChangeCertificate>,
    /// The signature.
    pub signature: Signature,
}

impl Record {
    /// The largest encoding.
    pub const LIMIT: Limit = Limit::KiB512;

    /// Whether it may be needed after a restart on a final block at `committed`, by a node whose newest
    /// record is of `place`. Everything that is not may be deleted.
    #[must_use]
    pub fn is_needed(&self, committed: Height, place: Place) -> bool {
        match self {
            Self::Block(block) => block.header.height > committed,
            Self::Vote(vote) => vote.height > committed || vote.place >= place,
            Self::Proposal(proposed) => {
                proposed.statement.height > committed || proposed.statement.place >= place
            }
            Self::ViewChange(change) => change.place >= place,
            Self::Entry(whole) => whole.place.next_view() >= Some(place),
            Self::Holder(_) | Self::Barred(..) => true,
        }
    }

    /// The view it is of.
    #[must_use]
    pub const fn place(&self) -> Place {
        match self {
            Self::Block(block) => block.header.place,
            Self::Vote(vote) => vote.place,
            Self::Proposal(proposed) => proposed.statement.place,
            Self::ViewChange(change) => change.place,
            Self::Entry(whole) => whole.place,
            // Of none here: they must not let others be forgotten.
            Self::Holder(_) | Self::Barred(..) => Place::new(0, 0),
        }
    }
}

impl Proposed {
    /// What a proposal leaves behind.
    #[must_use]
    pub fn of(proposal: &Propose) -> Self {
        Self {
            statement: proposal.block.header.statement(Kind::Proposal),
            parent: proposal.parent,
            entry: proposal.entry.clone(),
            signature: proposal.signature,
        }
    }
}
