//! Models that stay with their parties: what whoever had one trained remembers of it, to have it applied.
//!
//! Shares are with the parties alone. A file here says what a model is called, who has it, for whom it was kept and what it looks like.

mod file;
#[cfg(test)]
mod tests;
mod told;

pub(crate) use told::{heard, told};

use crate::error::{Class, Error, Outcome};
use std::collections::BTreeMap;
use std::path::PathBuf;
use troupe_config::{ComputeJob, ModelName, Moment, Origin, Work};
use troupe_learning::deed::Deed;
use troupe_learning::task::{self, Activation, Family, Kind, Layer, MAX_RECEIVERS, Seat};
use troupe_learning::{Real, Task};
use troupe_types::{Hash, NodeId};
use troupe_wire::{List, Text};

/// So many models are remembered: parties keep them for weeks, and nobody tells when they have gone.
const MOST: usize = 1_024;
/// Digits of a name that are shown where a whole one is too long.
const SHOWN: usize = 16;

/// Where models are remembered, a file each.
#[derive(Debug, Clone)]
pub struct Models {
    folder: PathBuf,
    /// How many.
    most: usize,
}

/// A model that stays with its parties.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// What it is called.
    pub name: Hash,
    /// What people call the job that trained it.
    pub job: String,
    /// When its training was over.
    pub since: Moment,
    /// The chain that settled its training; 0 where none did.
    pub chain: u64,
    /// The training's number there.
    pub task: u64,
    /// What was fitted.
    pub family: Family,
    /// How many features it has.
    pub features: u32,
    /// No weight is larger than this in magnitude.
    pub limit: Real,
    /// Who has it, in their order.
    pub parties: [Keeper; 3],
    /// For whom it was kept.
    pub holders: List<NodeId, MAX_RECEIVERS>,
}

/// A party that has its part of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keeper {
    /// What people called it then.
    pub name: String,
    /// Who it is.
    pub id: NodeId,
    /// Host and port where it was.
    pub address: Text<256>,
}

impl Model {
    /// Of a task that kept something which is called so; `None` where it keeps nothing.
    pub fn new(
        (job, task): (&str, &Task),
        name: Hash,
        since: Moment,
        called: impl Fn(NodeId) -> String,
    ) -> Option<Self> {
        let Kind::Train(train) = &task.kind else { return None };
        let Deed { model, holders, .. } = Deed::new(task, name)?;
        let keeper = |seat: &Seat| Keeper {
            name: called(seat.id),
            id: seat.id,
            address: seat.address.clone(),
        };
        Some(Self {
            name: model,
            job: job.to_owned(),
            since,
            chain: task.chain,
            task: task.number,
            family: train.family,
            features: u32::try_from(train.features.len()).unwrap_or(u32::MAX),
            limit: train.schedule.limit,
            parties: task.parties.each_ref().map(keeper),
            holders,
        })
    }

    /// Its one layer.
    #[must_use]
    pub const fn layer(&self) -> Layer {
        let activation = match self.family {
            Family::Linear => Activation::Identity,
            Family::Logistic => Activation::Sigmoid,
        };
        Layer { outputs: 1, activation }
    }

    /// The first digits of its name.
    #[must_use]
    pub fn short(&self) -> String {
        short(&self.name)
    }

    /// Its parties' seats, at the addresses where they are known to be, or were.
    #[must_use]
    pub fn seats(&self, known: &BTreeMap<NodeId, Seat>) -> [Seat; 3] {
        self.parties.each_ref().map(|keeper| {
            let then = || Seat { id: keeper.id, address: keeper.address.clone(), deputy: None };
            known.get(&keeper.id).cloned().unwrap_or_else(then)
        })
    }

    /// Whether it may be applied for `receiver` in a task that is settled on `chain`, where that is known: 0 where it is not settled.
    pub fn check(&self, receiver: NodeId, chain: Option<u64>) -> Outcome<()> {
        let name = self.short();
        let wrong = |text: String| Err(Error::about(Class::File, "predict.kept", text));
        if !self.holders.contains(&receiver) {
            let holders: Vec<String> = self.holders.iter().map(|id| id.short()).collect();
            let (holders, receiver) = (holders.join(", "), receiver.short());
            return wrong(format!("model {name} was kept for node {holders}, not for {receiver}"));
        }
        let place = |chain: u64| match chain {
            0 => "without a chain".to_owned(),
            number => format!("on chain {number}"),
        };
        if let Some(chain) = chain.filter(|chain| *chain != self.chain) {
            let (then, now) = (place(self.chain), place(chain));
            return wrong(format!("model {name} was kept {then}, this job is run {now}"));
        }
        Ok(())
    }
}

fn short(name: &Hash) -> String {
    let mut digits = name.to_string();
    digits.truncate(SHOWN);
    digits
}

impl Models {
    /// In a folder, which need not be there yet.
    #[must_use]
    pub const fn of(folder: PathBuf) -> Self {
        Self { folder, most: MOST }
    }

    /// The one that is called so, by all of its digits or the first.
    pub fn find(&self, wanted: &ModelName) -> Outcome<Model> {
        let meant = self.meant(wanted);
        self.get(&meant.map_err(|text| Error::about(Class::File, "predict.kept", text))?)
    }

    /// What the one is called whose name begins so, or why there is none.
    fn meant(&self, wanted: &ModelName) -> Result<Hash, String> {
        let known = self.names().map_err(|error| error.to_string())?;
        let meant = |name: &&Hash| name.to_string().starts_with(wanted.digits());
        match known.iter().filter(meant).collect::<Vec<_>>()[..] {
            [one] => Ok(*one),
            [] => {
                let cut = wanted.digits().len().min(SHOWN);
                let starts: Vec<String> =
                    known.iter().map(|name| short(name)[..cut].to_owned()).collect();
                let near = troupe_config::nearest(
                    &wanted.digits()[..cut],
                    starts.iter().map(String::as_str),
                );
                let hint = near.map(|name| format!(", nearest is \"{name}\"")).unwrap_or_default();
                Err(format!(
                    "no model \"{wanted}\" is remembered here{hint}; `troupe job models` lists those that are"
                ))
            }
            ref several => {
                let all: Vec<String> = several.iter().map(|name| short(name)).collect();
                Err(format!("\"{wanted}\" begins {} models: {}", all.len(), all.join(", ")))
            }
        }
    }

    /// The model that a task applies, where that stays with its parties.
    pub(crate) fn taken_by(&self, task: &Task) -> Outcome<Option<Model>> {
        match task.applied().map(|predict| predict.model) {
            Some(task::Origin::Kept(name)) => self.get(&name).map(Some),
            Some(task::Origin::Owner(_)) | None => Ok(None),
        }
    }

    /// The model that a job applies, where it stays with its parties; it has as many features.
    pub fn named(&self, job: &ComputeJob) -> Outcome<Option<Model>> {
        let Work::Predict(predict) = &job.work else { return Ok(None) };
        let Origin::Kept(name) = &predict.model else { return Ok(None) };
        let model = self.find(name)?;
        let (got, want) = (predict.features.len(), model.features);
        if usize::try_from(want).ok() != Some(got) {
            let text = format!("model {} has {want} features, the job {got}", model.short());
            return Err(Error::about(Class::File, "predict.features", text));
        }
        Ok(Some(model))
    }

    /// The same, where it [may be applied](Model::check) for `receiver`.
    pub(crate) fn applied(
        &self,
        job: &ComputeJob,
        receiver: NodeId,
        chain: Option<u64>,
    ) -> Outcome<Option<Model>> {
        let model = self.named(job)?;
        model.iter().try_for_each(|model| model.check(receiver, chain))?;
        Ok(model)
    }
}
