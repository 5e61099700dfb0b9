//! What all participants of a joint computation agree on before it starts.
//!
//! Whoever wants a result writes a [`Task`]. Every participant derives the same [`Plan`](crate::Plan)
//! from it: an owner decides on formulas it can read and on the bounds of its own columns, never on a
//! program that it must trust.

mod algorithm;
mod check;
mod deputy;
mod metric;
mod policy;
#[cfg(test)]
mod tests;
mod unfit;

pub use algorithm::Algorithm;
pub use deputy::Deputy;
pub use metric::{HeldOut, Judgement, MAX_METRICS, Metric, Reveal, Trial};
pub use policy::Claim;
pub use unfit::Unfit;

use crate::Real;
use crate::formula::MAX_TEXT;
use bincode::{Decode, Encode};
use sha2::{Digest, Sha256};
use troupe_market::engine;
use troupe_mpc::Peer;
use troupe_mpc::program::Security;
use troupe_types::{Hash, Millis, NodeId, SessionId};
use troupe_wire::{Limit, List, Text, codec};

/// Data owners of one task.
pub const MAX_OWNERS: usize = 16;
/// Columns that one owner contributes.
pub const MAX_COLUMNS: usize = 1024;
/// Receivers of results.
pub const MAX_RECEIVERS: usize = 16;
/// Questions of one task.
pub const MAX_QUESTIONS: usize = 64;
/// Cut points of a histogram, and categories of a grouping.
pub const MAX_GROUPS: usize = 64;
/// Features of a model.
pub const MAX_FEATURES: usize = 1024;
/// Layers of a model.
pub const MAX_LAYERS: usize = 16;
/// Bytes of a feature's formula.
pub const MAX_FEATURE: usize = 256;
/// Columns that identify a row together.
pub const MAX_KEYS: usize = 4;
/// What the result is called that says how many rows were found to be common on shares, or 0 where not as many as owners said:
/// then nothing was computed.
pub const COMMON: &str = "rows in common";
/// Bytes of a name.
pub const NAME: usize = 64;

/// The terms of one joint computation.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Task {
    /// Drawn at random by the first receiver; nothing is computed twice under one.
    pub session: SessionId,
    /// The chain that it is settled on; 0 where it is not.
    pub chain: u64,
    /// Its number there; 0 where it is not on a chain.
    pub number: u64,
    /// The compute parties, in their order.
    pub parties: [Seat; 3],
    /// The data owners, in their order.
    pub owners: List<Source, MAX_OWNERS>,
    /// Who learns results, in their order.
    pub receivers: List<NodeId, MAX_RECEIVERS>,
    /// How the owners' rows belong together.
    pub layout: Layout,
    /// What the parties are trusted with.
    pub engine: Engine,
    /// What is computed.
    pub kind: Kind,
    /// How long it may take.
    pub within: Deadlines,
}

/// A compute party and where it can be reached.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Seat {
    /// Who it is.
    pub id: NodeId,
    /// Host and port.
    pub address: Text<256>,
    /// The process that computes, where that is another one.
    pub deputy: Option<Deputy>,
}

/// One owner's data set.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Source {
    /// Who it is.
    pub id: NodeId,
    /// Which of its data sets.
    pub dataset: Text<NAME>,
    /// The data set's content; all zero where it is not fixed.
    pub content: Hash,
    /// What formulas call it.
    pub alias: Text<NAME>,
    /// How many rows it has; everybody learns this.
    pub rows: u32,
    /// What says which rows belong together, where rows are matched.
    pub keys: Option<Keys>,
    /// The columns that formulas may name, in their order.
    pub columns: List<Bounded, MAX_COLUMNS>,
}

/// What says which rows of two owners belong together.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Keys {
    /// The columns that identify a row; those of both owners belong together in this order.
    pub columns: List<Text<NAME>, MAX_KEYS>,
    /// How many different keys there are; everybody learns this.
    pub items: u32,
    /// Host and port where the other owner finds this one.
    pub address: Text<256>,
}

/// What everybody knows of a column.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Bounded {
    /// Its header.
    pub name: Text<NAME>,
    /// Its owner's promise: no value is less. The precision of results depends on it.
    pub low: Real,
    /// And none is greater.
    pub high: Real,
}

/// How the rows of several owners belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Layout {
    /// Every owner has the same columns for other rows.
    Pooled,
    /// Row i of every owner is about the same thing; each has other columns.
    Aligned,
    /// As aligned, after the owners found by their keys which rows they have in common.
    Matched,
    /// As matched, and nobody learns which rows these are: they are found on shares, after the owners found how many there are.
    Joined,
}

impl Layout {
    /// Whether rows belong together that have the same keys.
    #[must_use]
    pub const fn has_keys(self) -> bool {
        match self {
            Self::Matched | Self::Joined => true,
            Self::Pooled | Self::Aligned => false,
        }
    }
}

/// What the parties are trusted with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Engine {
    /// To follow the protocol, and no two to put together what they hold.
    SemiHonest,
    /// No two to put together what they hold; whoever does not follow the protocol is noticed.
    Malicious,
}

/// How long each phase may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Deadlines {
    /// Until all shares are with the parties.
    pub inputs: Millis,
    /// Until the parties have computed.
    pub computing: Millis,
    /// Until the receivers have their results.
    pub revealing: Millis,
}

/// What is computed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Kind {
    /// Answers to questions; nothing else is revealed.
    Statistics(List<Wanted, MAX_QUESTIONS>),
    /// A model is trained, and every receiver learns its weights, or how good it is; or it stays with the parties.
    Train(Train),
    /// A model of one owner, or one that stayed with the parties, is applied to rows, and every receiver learns what comes out.
    Predict(Predict),
}

/// A question and who learns the answer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Wanted {
    /// Which receiver.
    pub receiver: u8,
    /// What the answer is called.
    pub name: Text<NAME>,
    /// The question.
    pub question: Question,
}

/// What can be asked. Formulas are those of [`crate::formula`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Question {
    /// One number over all rows: `sum(shop.price * store.units)`.
    Formula(Text<MAX_TEXT>),
    /// One number for each row.
    Rows(Text<MAX_TEXT>),
    /// How many rows lie below the first cut point, between neighbouring ones, and from the last on.
    Histogram {
        /// A formula with one number for each row.
        of: Text<MAX_TEXT>,
        /// In ascending order.
        cuts: List<Real, MAX_GROUPS>,
        /// Counts below this are revealed as 0.
        minimum: u32,
    },
    /// Rows and sums of a formula for each category of another one.
    Groups {
        /// A formula with one category for each row.
        by: Text<MAX_TEXT>,
        /// The categories, in ascending order; other rows are not counted.
        categories: List<Real, MAX_GROUPS>,
        /// What is added up in each.
        of: Text<MAX_TEXT>,
        /// Groups of fewer rows are revealed as of no rows and a sum of 0.
        minimum: u32,
    },
}

/// A model to be trained by gradient descent over batches of rows, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Train {
    /// What is fitted.
    pub family: Family,
    /// Formulas with one number for each row, each of one owner's columns. What a model is applied to
    /// later goes through the same formulas: they say how columns are scaled.
    pub features: List<Text<MAX_FEATURE>, MAX_FEATURES>,
    /// A formula with one number for each row: what is to be predicted.
    pub label: Text<MAX_FEATURE>,
    /// The steps.
    pub schedule: Schedule,
    /// What receivers learn.
    pub reveal: Reveal,
}

/// What is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Family {
    /// A weighted sum of the features.
    Linear,
    /// The probability of a label that is 0 or 1.
    Logistic,
}

/// The public schedule of a training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Schedule {
    /// How often all rows are gone through.
    pub epochs: u16,
    /// Rows of a step; what is left at the end of an epoch is left out.
    pub batch: u32,
    /// How far a step goes.
    pub rate: Real,
    /// By how much of themselves times the rate weights shrink at every step, but not the bias.
    pub decay: Real,
    /// No weight comes to be larger than this in magnitude. Where one would, the results are wrong, and
    /// nobody learns more from that.
    pub limit: Real,
    /// Whether rows are put in another order before they are gone through, each time in one that nobody knows.
    pub shuffle: bool,
}

/// A model to be applied.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Predict {
    /// Formulas with one number for each row, each of one owner's columns, in the model's order.
    pub features: List<Text<MAX_FEATURE>, MAX_FEATURES>,
    /// Where the model is.
    pub model: Origin,
    /// The model's layers.
    pub layers: List<Layer, MAX_LAYERS>,
    /// No weight of the model is larger than this in magnitude.
    pub limit: Real,
    /// What receivers learn.
    pub outcome: Outcome,
}

/// Where a model is that is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Origin {
    /// With this owner, whose data set it is: a column `weights k` for each layer, input by input, and
    /// a column `bias k`. It has no other columns, and its rows belong to nobody's.
    Owner(u8),
    /// With the parties, the same three in the same order, who [kept](Reveal::Kept) what is called so when it was trained: a
    /// layer with one output.
    Kept(Hash),
}

/// One layer of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Layer {
    /// How many numbers come out of it.
    pub outputs: u32,
    /// What is done with each.
    pub activation: Activation,
}

/// What is done with what a layer adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Activation {
    /// Nothing.
    Identity,
    /// What is below zero becomes zero.
    Relu,
    /// The logistic function.
    Sigmoid,
}

impl Activation {
    /// What people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Relu => "relu",
            Self::Sigmoid => "sigmoid",
        }
    }
}

/// What receivers learn of predictions.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Outcome {
    /// What comes out of the last layer, row after row.
    Values,
    /// For each row the place of the greatest output; of a single output, whether it is above a half
    /// after a logistic function, or above zero.
    Class,
    /// How good the model is against a label that somebody holds, and nothing about any row. A model of several
    /// outputs has an accuracy and no other metric.
    Judged(Judgement),
}

fn first_half(hash: Hash) -> SessionId {
    let mut id = [0; 16];
    id.copy_from_slice(&hash.0[..16]);
    SessionId(id)
}

/// In the place of parties that are not elected yet: three that nobody is.
#[must_use]
pub fn nobody() -> [Seat; 3] {
    [1, 2, 3].map(|number| {
        let mut id = [0; 32];
        id[31] = number;
        Seat { id: NodeId(id), address: Text::default(), deputy: None }
    })
}

impl Engine {
    /// What programs are made for.
    #[must_use]
    pub const fn security(self) -> Security {
        match self {
            Self::SemiHonest => Security::SemiHonest,
            Self::Malicious => Security::Malicious,
        }
    }

    /// Its number in tasks of the market.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::SemiHonest => engine::SEMI_HONEST,
            Self::Malicious => engine::MALICIOUS,
        }
    }

    /// Its name in policies and job files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SemiHonest => "semi-honest",
            Self::Malicious => "malicious",
        }
    }
}

impl Deadlines {
    /// All phases together.
    #[must_use]
    pub const fn total(&self) -> Millis {
        self.inputs.plus(self.computing).plus(self.revealing)
    }
}

impl Task {
    /// The largest encoding.
    pub const LIMIT: Limit = Limit::KiB256;

    /// Reads a task; whether anybody should agree to it is [another question](Self::check).
    pub fn decode(bytes: &[u8]) -> Result<Self, troupe_wire::Error> {
        codec::decode(bytes, Self::LIMIT)
    }

    /// The bytes that [`Task::decode`] reads. Refused is what is over the limit.
    pub fn encode(&self) -> Result<Vec<u8>, troupe_wire::Error> {
        codec::encode(self, Self::LIMIT)
    }

    /// What every participant binds its streams to. A task over the size limit has none.
    pub fn hash(&self) -> Result<Hash, troupe_wire::Error> {
        let digest = Sha256::new_with_prefix(b"troupe task 6").chain_update(self.encode()?);
        Ok(Hash(digest.finalize().into()))
    }

    /// What is declared on a chain, and what owners authorise there: a hash of all but the number that the chain
    /// gives the task and the parties that it elects afterwards.
    pub fn terms(&self) -> Result<Hash, troupe_wire::Error> {
        let nobody = || Seat { id: NodeId([0; 32]), address: Text::default(), deputy: None };
        let open = Self { number: 0, parties: [nobody(), nobody(), nobody()], ..self.clone() };
        let digest = Sha256::new_with_prefix(b"troupe task terms 6").chain_update(open.encode()?);
        Ok(Hash(digest.finalize().into()))
    }

    /// What its streams are called: something else where it has other parties, so that nothing that is on its way to those
    /// arrives here.
    pub fn streams(&self) -> Result<SessionId, troupe_wire::Error> {
        Ok(first_half(self.hash()?))
    }

    /// What the streams between the owners are called that match their rows.
    pub fn matching(&self) -> Result<SessionId, troupe_wire::Error> {
        let digest = Sha256::new_with_prefix(b"troupe task matching 1").chain_update(self.hash()?);
        Ok(first_half(Hash(digest.finalize().into())))
    }

    /// Which process plays which part.
    pub fn parts(&self) -> impl Iterator<Item = (Peer, NodeId)> + '_ {
        let parties = (0u8..).map(Peer::Party).zip(self.parties.iter().map(Seat::process));
        let owners = (0u8..).map(Peer::Owner).zip(self.owners.iter().map(|source| source.id));
        let receivers = (0u8..).map(Peer::Receiver).zip(self.receivers.iter().copied());
        parties.chain(owners).chain(receivers)
    }

    /// The index of an owner.
    #[must_use]
    pub fn owner(&self, id: NodeId) -> Option<u8> {
        self.owners.iter().zip(0..).find(|(source, _)| source.id == id).map(|(_, index)| index)
    }

    /// The index of a compute party.
    #[must_use]
    pub fn party(&self, id: NodeId) -> Option<u8> {
        self.parties.iter().zip(0..).find(|(seat, _)| seat.id == id).map(|(_, index)| index)
    }

    /// The index of the party that a process computes for.
    #[must_use]
    pub fn computes_for(&self, process: NodeId) -> Option<u8> {
        let mut seats = self.parties.iter().zip(0..);
        seats.find(|(seat, _)| seat.process() == process).map(|(_, index)| index)
    }

    /// The index of a receiver.
    #[must_use]
    pub fn receiver(&self, id: NodeId) -> Option<u8> {
        self.receivers.iter().zip(0..).find(|(node, _)| **node == id).map(|(_, index)| index)
    }
}
