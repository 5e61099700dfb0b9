//! A valid program and its encoding.

use super::check::{Shapes, check};
use super::schedule::{PORTION, kept};
use super::weight::weights;
use super::{
    Checks, Column, Cost, Defect, Exchange, Keep, Kind, MAX_KEEPS, Op, Reveal, Rows, Schedule,
    Security, Taken,
};
use crate::rep3::traffic::Words;
use crate::{PARTIES, Peer};
use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{Decode, Encode};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use troupe_evidence::Shape;
use troupe_types::Hash;
use troupe_wire::{Limit, List, codec};

/// Owners of a program.
pub const MAX_OWNERS: usize = 64;
/// Columns of all its owners together.
pub const MAX_COLUMNS: usize = 256;
/// Operations.
pub const MAX_OPS: usize = 1 << 16;
/// Results.
pub const MAX_REVEALS: usize = 256;

/// A program as it is written down: anybody's claim, until it is checked.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Listing {
    pub(crate) security: Security,
    pub(crate) owners: List<Rows, MAX_OWNERS>,
    pub(crate) columns: List<Column, MAX_COLUMNS>,
    pub(crate) ops: List<Op, MAX_OPS>,
    pub(crate) reveals: List<Reveal, MAX_REVEALS>,
    pub(crate) taken: List<Taken, MAX_KEEPS>,
    pub(crate) keeps: List<Keep, MAX_KEEPS>,
    /// Receivers that are there even where nothing is revealed to them, and hear what is kept.
    pub(crate) witnesses: u8,
}

/// A program that may run. Cheap to clone.
#[derive(Clone)]
pub struct Program(Arc<Checked>);

struct Checked {
    listing: Listing,
    shapes: Shapes,
    schedule: Schedule,
    checks: Vec<Checks>,
    weights: Vec<u32>,
    hash: Hash,
}

impl Program {
    /// The largest encoding.
    pub const LIMIT: Limit = Limit::KiB512;

    pub(crate) fn new(listing: Listing) -> Result<Self, Defect> {
        Self::in_portions(listing, PORTION)
    }

    /// The same, proven as often as so many words are kept.
    #[cfg(test)]
    pub(crate) fn proven_by(&self, words: u64) -> Self {
        Self::in_portions(self.0.listing.clone(), words).expect("it may run otherwise")
    }

    fn in_portions(listing: Listing, words: u64) -> Result<Self, Defect> {
        let shapes = check(&listing)?;
        let schedule = Schedule::new(&listing, &shapes, words)?;
        let bytes = codec::encode(&listing, Self::LIMIT)?;
        let hash = Hash(
            Sha256::new_with_prefix(b"troupe mpc program 2").chain_update(&bytes).finalize().into(),
        );
        let checks = Checks::all(&listing, &shapes, &schedule.portions);
        let weights = weights(&listing, &shapes, &schedule);
        Ok(Self(Arc::new(Checked { listing, shapes, schedule, checks, weights, hash })))
    }

    /// Reads and checks a program.
    pub fn decode(bytes: &[u8]) -> Result<Self, Defect> {
        Self::new(codec::decode(bytes, Self::LIMIT)?)
    }

    /// The bytes that [`Program::decode`] reads.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(&self.0.listing, Self::LIMIT).expect("encoded once already, for its hash")
    }

    /// SHA-256 over a prefix and the encoding: what all participants agree on.
    #[must_use]
    pub fn hash(&self) -> Hash {
        self.0.hash
    }

    /// What a run takes, to the byte.
    #[must_use]
    pub fn cost(&self) -> Cost {
        Cost::of(self)
    }

    /// Against what it is protected.
    #[must_use]
    pub fn security(&self) -> Security {
        self.0.listing.security
    }

    /// What is public about each owner's table.
    #[must_use]
    pub fn owners(&self) -> &[Rows] {
        &self.0.listing.owners
    }

    /// The columns, in the order in which their owners share them.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.0.listing.columns
    }

    /// The operations.
    #[must_use]
    pub fn ops(&self) -> &[Op] {
        &self.0.listing.ops
    }

    /// Everything that anybody will learn.
    #[must_use]
    pub fn reveals(&self) -> &[Reveal] {
        &self.0.listing.reveals
    }

    /// What is taken up that the same parties kept before: registers that follow those of columns.
    #[must_use]
    pub fn taken(&self) -> &[Taken] {
        &self.0.listing.taken
    }

    /// Everything that stays with the parties, and is learned by nobody.
    #[must_use]
    pub fn keeps(&self) -> &[Keep] {
        &self.0.listing.keeps
    }

    /// How many receivers there are.
    #[must_use]
    pub fn receivers(&self) -> u8 {
        self.0.shapes.receivers
    }

    /// Whether the program has a place for a peer.
    #[must_use]
    pub fn has(&self, peer: Peer) -> bool {
        match peer {
            Peer::Party(index) => index < crate::PARTIES,
            Peer::Owner(index) => usize::from(index) < self.owners().len(),
            Peer::Receiver(index) => index < self.receivers(),
        }
    }

    /// The columns of one owner, with their places among all columns.
    pub(crate) fn columns_of(&self, owner: u8) -> impl Iterator<Item = (usize, &Column)> {
        self.columns().iter().enumerate().filter(move |(_, column)| column.owner == owner)
    }

    /// The results of one receiver, in order.
    pub(crate) fn reveals_to(&self, receiver: u8) -> impl Iterator<Item = &Reveal> {
        self.reveals().iter().filter(move |reveal| reveal.receiver == receiver)
    }

    /// What is public of the results of one receiver, in order.
    pub(crate) fn shapes(&self, receiver: u8) -> Vec<Shape> {
        let shape = |reveal: &Reveal| {
            let register = reveal.register.index();
            let kind = match self.kinds()[register] {
                Kind::Number => troupe_evidence::Kind::Number,
                Kind::Bits => troupe_evidence::Kind::Bits,
                Kind::Wide => troupe_evidence::Kind::Wide,
            };
            Shape {
                name: reveal.name.clone(),
                kind,
                length: self.lengths()[register],
                fraction: reveal.fraction,
                divisor: reveal.divisor,
            }
        };
        self.reveals_to(receiver).map(shape).collect()
    }

    pub(crate) fn schedule(&self) -> &Schedule {
        &self.0.schedule
    }

    /// How much there is to do in a round, from 0; nothing beyond the last.
    pub(crate) fn weight(&self, round: usize) -> u32 {
        self.0.weights.get(round).copied().unwrap_or(0)
    }

    /// What follows the last round of each portion; none where nothing is proven.
    pub(crate) fn checks(&self) -> &[Checks] {
        &self.0.checks
    }

    /// How often the parties wait for each other to prove what they sent.
    pub(crate) fn check_rounds(&self) -> u32 {
        // Far fewer than 2^32: of each of at most 65 portions some fifteen.
        self.checks().iter().map(Checks::rounds).fold(0, u32::saturating_add)
    }

    /// What the words in the frames that `select` finds are, round after round, checks among them.
    pub(crate) fn exchanged<'a>(
        &'a self,
        select: impl Fn(&[Words; PARTIES as usize]) -> u64 + 'a,
    ) -> impl Iterator<Item = u64> + 'a {
        let rounds = &self.schedule().frames;
        let mut from = 0;
        let portions = self.checks().iter().flat_map(move |check| {
            let before = core::mem::replace(&mut from, check.until);
            rounds[before..check.until].iter().chain(&check.frames)
        });
        let proven = self.checks().last().map_or(0, |check| check.until);
        portions.chain(&rounds[proven..]).map(select)
    }

    /// The most words that an operation keeps until it is proven.
    pub(crate) fn kept(&self, op: usize) -> u64 {
        kept(&self.0.listing, &self.0.shapes, op)
    }

    /// What an operation asks of the parties.
    pub(crate) fn exchange(&self, op: usize) -> Exchange {
        self.0.shapes.exchanges[op]
    }

    /// Whether each register holds numbers or bits.
    pub(crate) fn kinds(&self) -> &[Kind] {
        &self.0.shapes.kinds
    }

    /// The least and the greatest value that a register can have.
    pub(crate) fn range(&self, register: usize) -> (i64, i64) {
        self.0.shapes.spans[register].ends()
    }

    /// Words of one piece of a register.
    pub(crate) fn words(&self, register: usize) -> u64 {
        self.kinds()[register].words(self.lengths()[register])
    }

    /// Elements of every register.
    pub(crate) fn lengths(&self) -> &[u32] {
        &self.0.shapes.lengths
    }
}

impl core::fmt::Debug for Program {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Program({}, {:?})", self.0.hash.short(), self.0.listing)
    }
}

impl PartialEq for Program {
    fn eq(&self, other: &Self) -> bool {
        self.0.listing == other.0.listing
    }
}

impl Eq for Program {}

impl Encode for Program {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.0.listing.encode(encoder)
    }
}

impl<Context> Decode<Context> for Program {
    /// Refuses what [`Program::decode`] refuses, without its reason.
    fn decode<D: Decoder<Context = Context>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let listing = Listing::decode(decoder)?;
        Self::new(listing).map_err(|_| DecodeError::Other("not a valid program"))
    }
}
