//! How good a model is, as numbers.

use super::{MAX_FEATURE, Unfit};
use bincode::{Decode, Encode};
use std::collections::BTreeSet;
use troupe_wire::{List, Text};

/// Metrics of one task.
pub const MAX_METRICS: usize = 16;

/// How good a model is. Where there would be nothing to divide by, the metric is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Metric {
    /// The part of rows whose class is the label.
    Accuracy,
    /// The rows that are rightly and wrongly taken for 1 and for 0: four counts.
    Confusion,
    /// Of those taken for 1, the part that are.
    Precision,
    /// Of those that are 1, the part taken for it.
    Recall,
    /// The harmonic mean of precision and recall.
    F1,
    /// The area under the receiver operating characteristic: of all pairs of a 1 and something else,
    /// the part in which the model adds up more for the 1. Equals count half.
    Auc,
    /// The mean logarithm of the probability that the model gives to the label, negative.
    LogLoss,
    /// The root of the mean squared error.
    Rmse,
    /// The mean of errors without their sign.
    Mae,
    /// The part of the labels' variance that is explained, no less than -63.
    R2,
}

/// What a model is judged by.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Judgement {
    /// A formula with one number for each row: what should come out. For classes, what is not 1 counts as 0.
    pub label: Text<MAX_FEATURE>,
    /// What receivers learn, and nothing else.
    pub metrics: List<Metric, MAX_METRICS>,
}

/// What becomes of a model that was trained.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Reveal {
    /// Every receiver learns its weights.
    Weights,
    /// Every receiver learns how good it is, and nobody the weights.
    Metrics(Trial),
    /// Every receiver learns both.
    Both(Trial),
    /// It stays with the parties, for them to [apply](super::Origin::Kept) later: nobody learns the weights. Every receiver learns
    /// what it is called, and how good it is where it is tried out.
    Kept(Option<Trial>),
}

/// How a model is tried out that was trained.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Trial {
    /// The rows that it was not trained with.
    pub held_out: HeldOut,
    /// What receivers learn of it.
    pub metrics: List<Metric, MAX_METRICS>,
}

/// Which rows are not trained with: by their place, which says nothing about them. Of pooled rows, it is
/// each owner's place that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum HeldOut {
    /// So many at the end.
    Last(u32),
    /// The last of so many, again and again.
    Every(u32),
}

impl Metric {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Accuracy,
        Self::Confusion,
        Self::Precision,
        Self::Recall,
        Self::F1,
        Self::Auc,
        Self::LogLoss,
        Self::Rmse,
        Self::Mae,
        Self::R2,
    ];

    /// What it is called, and its result; the four of [`Metric::Confusion`] have names of their own.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::Confusion => "confusion",
            Self::Precision => "precision",
            Self::Recall => "recall",
            Self::F1 => "f1",
            Self::Auc => "auc",
            Self::LogLoss => "log loss",
            Self::Rmse => "rmse",
            Self::Mae => "mae",
            Self::R2 => "r2",
        }
    }

    /// Whether it compares numbers rather than classes.
    #[must_use]
    pub const fn is_of_numbers(self) -> bool {
        match self {
            Self::Rmse | Self::Mae | Self::R2 => true,
            Self::Accuracy
            | Self::Confusion
            | Self::Precision
            | Self::Recall
            | Self::F1
            | Self::Auc
            | Self::LogLoss => false,
        }
    }

    /// That there are some, and none twice.
    pub(super) fn check(metrics: &[Self]) -> Result<(), Unfit> {
        if metrics.is_empty() {
            return Err(Unfit::Empty("metrics"));
        }
        let mut seen = BTreeSet::new();
        match metrics.iter().find(|metric| !seen.insert(**metric)) {
            Some(twice) => Err(Unfit::SameName { what: "metrics", name: twice.name().to_owned() }),
            None => Ok(()),
        }
    }
}

impl Reveal {
    /// How the model is tried out, where it is.
    #[must_use]
    pub const fn trial(&self) -> Option<&Trial> {
        match self {
            Self::Weights => None,
            Self::Metrics(trial) | Self::Both(trial) => Some(trial),
            Self::Kept(trial) => trial.as_ref(),
        }
    }

    /// Whether receivers learn the weights.
    #[must_use]
    pub const fn shows_weights(&self) -> bool {
        matches!(self, Self::Weights | Self::Both(_))
    }

    /// Whether the model stays with the parties.
    #[must_use]
    pub const fn keeps(&self) -> bool {
        matches!(self, Self::Kept(_))
    }
}

impl HeldOut {
    /// How many of so many rows are held out.
    #[must_use]
    pub fn of(self, rows: u64) -> u64 {
        match self {
            Self::Last(count) => rows.min(count.into()),
            Self::Every(step) => rows.checked_div(step.into()).unwrap_or(0),
        }
    }
}
