//! Proof that a validator signed two things that exclude each other.
//!
//! It has one encoding, in which it is logged and in which blocks carry it, and its two statements are
//! written in the one way in which their signer signed them: what a signature does not cover cannot make
//! two statements of one.

use crate::{Claim, Error, Kind, Signature, Statement, Term};
use bincode::{Decode, Encode};
use troupe_types::{Epoch, Hash, View};
use troupe_wire::{Limit, codec};

/// The most evidence a block may carry. Each voter checks it.
pub const MAX_EVIDENCE: usize = 4;

/// Two contradicting statements of one validator. Anybody who knows the set of the epoch can check it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Evidence {
    /// Who signed, by position in the set of the epoch.
    pub signer: u16,
    /// The smaller of the two statements.
    pub first: Statement,
    /// The larger.
    pub second: Statement,
    /// The signature over the first.
    pub first_signature: Signature,
    /// The signature over the second.
    pub second_signature: Signature,
}

/// What a validator is punished for at most once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Offence {
    /// The epoch.
    pub epoch: Epoch,
    /// The view.
    pub view: View,
    /// What was signed twice.
    pub kind: Kind,
    /// Who, by position in the set of the epoch.
    pub signer: u16,
}

impl Evidence {
    /// The largest encoding.
    pub const LIMIT: Limit = Limit::KiB1;

    /// Evidence from two signed statements in any order; `None` where they do not exclude each other.
    #[must_use]
    pub fn new(
        signer: u16,
        one: (Statement, Signature),
        two: (Statement, Signature),
    ) -> Option<Self> {
        if !one.0.excludes(&two.0) {
            return None;
        }
        let (low, high) = if one.0 < two.0 { (one, two) } else { (two, one) };
        Some(Self {
            signer,
            first: low.0,
            second: high.0,
            first_signature: low.1,
            second_signature: high.1,
        })
    }

    /// What it is evidence of.
    #[must_use]
    pub const fn offence(&self) -> Offence {
        let place = self.first.place;
        Offence { epoch: place.epoch, view: place.view, kind: self.first.kind, signer: self.signer }
    }

    /// The encoding.
    pub fn encode(&self) -> Result<Vec<u8>, troupe_wire::Error> {
        codec::encode(self, Self::LIMIT)
    }

    /// Reads the encoding; refuses any other bytes of the same meaning.
    pub fn decode(bytes: &[u8]) -> Result<Self, troupe_wire::Error> {
        codec::decode(bytes, Self::LIMIT)
    }

    /// Checks all but the signatures, and says what is left to check: that is enough for anybody to
    /// come to the same verdict.
    pub fn check(&self, term: &Term, genesis: &Hash) -> Result<[Claim; 2], Error> {
        let (epoch, height) = (self.first.place.epoch, self.first.height);
        if epoch != term.epoch {
            return Err(Error::OutsideTerm { epoch, height });
        }
        if usize::from(self.signer) >= term.set.len() {
            return Err(Error::UnknownSigner { limit: term.set.len() });
        }
        self.claims(genesis)
    }

    /// As [`Evidence::check`], where it is known otherwise who the signer is: with [`check_signed`](crate::check_signed)
    /// for what is left.
    pub fn claims(&self, genesis: &Hash) -> Result<[Claim; 2], Error> {
        let epoch = self.first.place.epoch;
        // One order of the two, or one offence would have two proofs.
        let is_plain = self.first.is_canonical() && self.second.is_canonical();
        if !is_plain || !self.first.excludes(&self.second) || self.first >= self.second {
            return Err(Error::NoContradiction);
        }
        let claim = |statement: &Statement, signature| Claim::Signed {
            epoch,
            signer: self.signer,
            digest: statement.digest(genesis),
            signature,
        };
        Ok([claim(&self.first, self.first_signature), claim(&self.second, self.second_signature)])
    }
}
