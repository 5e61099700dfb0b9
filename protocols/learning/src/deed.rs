//! Whose a model is that stays with the parties: what they note beside its shares, and what it is applied for.
//!
//! Predictions say what a model is, if there are enough of them. So it is applied for nobody but those for whom it
//! was kept, who hear no more by it than the owners of the rows that it was trained on let them have: they agreed to the training as if its
//! receivers were shown the weights.

use crate::Task;
use crate::task::{Kind, MAX_RECEIVERS, Origin};
use bincode::{Decode, Encode};
use troupe_mpc::{PARTIES, Received};
use troupe_types::{Hash, NodeId};
use troupe_wire::{Limit, List, codec};

/// Whose a model is.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Deed {
    /// What the model is [called](troupe_mpc::Kept::id).
    pub model: Hash,
    /// The three that have it, in their order.
    pub parties: [NodeId; PARTIES as usize],
    /// For whom it was kept: the receivers of the task that trained it.
    pub holders: List<NodeId, MAX_RECEIVERS>,
}

/// Why a model is not applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    /// The task applies another model, or none.
    #[error("the task does not apply this model")]
    Other,
    /// The parties are not those that have it, or have other seats.
    #[error("seat {seat} has another node than when the model was kept")]
    Seat {
        /// Which.
        seat: u8,
    },
    /// It would be applied for somebody for whom it was not kept.
    #[error("the model was not kept for receiver {receiver}")]
    Stranger {
        /// Which receiver of the task.
        receiver: u8,
    },
}

impl Deed {
    /// The largest encoding.
    pub const LIMIT: Limit = Limit::KiB1;

    /// Of the model that a task keeps under this name; `None` where it keeps none.
    #[must_use]
    pub fn new(task: &Task, model: Hash) -> Option<Self> {
        let Kind::Train(train) = &task.kind else { return None };
        let parties = task.parties.each_ref().map(|seat| seat.id);
        train.reveal.keeps().then(|| Self { model, parties, holders: task.receivers.clone() })
    }

    /// The same as a receiver has it, who hears what the model is called.
    #[must_use]
    pub fn heard(task: &Task, received: &Received) -> Option<Self> {
        Self::new(task, *received.kept.first()?)
    }

    /// Reads what [`encode`](Self::encode) wrote.
    pub fn decode(bytes: &[u8]) -> Result<Self, troupe_wire::Error> {
        codec::decode(bytes, Self::LIMIT)
    }

    /// The bytes that [`decode`](Self::decode) reads.
    pub fn encode(&self) -> Result<Vec<u8>, troupe_wire::Error> {
        codec::encode(self, Self::LIMIT)
    }

    /// Whether the model may be applied as a task says; for whoever has a part of it, before anything begins.
    pub fn allows(&self, task: &Task) -> Result<(), Withheld> {
        if task.applied().map(|predict| predict.model) != Some(Origin::Kept(self.model)) {
            return Err(Withheld::Other);
        }
        let mut seats = (0..).zip(task.parties.iter().zip(&self.parties));
        if let Some((seat, _)) = seats.find(|(_, (now, then))| now.id != **then) {
            return Err(Withheld::Seat { seat });
        }
        let mut receivers = (0..).zip(task.receivers.iter());
        match receivers.find(|(_, receiver)| !self.holders.contains(receiver)) {
            Some((receiver, _)) => Err(Withheld::Stranger { receiver }),
            None => Ok(()),
        }
    }
}
