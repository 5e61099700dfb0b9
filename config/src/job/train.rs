//! A model that a job trains.

use super::formula::Feature;
use super::metric::{Trial, fit};
use crate::error::Problem;
use crate::section::Section;
use crate::setting::{Choice, Field, Setting, Word};
use std::borrow::Cow;

/// A model to be trained on shares.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainJob {
    /// What is fitted.
    pub family: Family,
    /// Formulas with one number for each row, each of one owner's columns.
    pub features: Vec<String>,
    /// A formula with one number for each row: what is to be predicted.
    pub label: String,
    /// How often all rows are gone through.
    pub epochs: u16,
    /// Rows of a step.
    pub batch: u32,
    /// How far a step goes.
    pub rate: f64,
    /// By how much of themselves times the rate weights shrink at every step.
    pub decay: f64,
    /// No weight comes to be larger than this in magnitude.
    pub limit: f64,
    /// Whether rows are put in another order, which nobody knows, before they are gone through each time.
    pub shuffle: bool,
    /// Whether the model stays with the three parties that train it, for them to apply later.
    pub keep: bool,
    /// Whether whoever runs the job learns the weights; of a model that stays nobody does.
    pub weights: bool,
    /// Whether and how the model is tried out; where it is not, its weights are learned, or it stays.
    pub trial: Option<Trial>,
    /// The file that the model is written to, for whoever runs the job.
    pub output: Option<String>,
}

/// What is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// A weighted sum of the features.
    Linear,
    /// The probability of a label that is 0 or 1.
    Logistic,
}

impl Choice for Family {
    const WANT: &'static str = "\"linear\" or \"logistic\"";
    const ALL: &'static [(&'static str, Self)] =
        &[("linear", Self::Linear), ("logistic", Self::Logistic)];
}

const FAMILY: Field =
    Field { key: "family", why: "A weighted sum, or the probability of a label of 0 or 1." };
const FEATURES: Field =
    Field { key: "features", why: "What the model sees; their formulas say how they are scaled." };
const LABEL: Field = Field { key: "label", why: "What the model is to say." };
const EPOCHS: Setting<u32> = Setting {
    key: "epochs",
    default: 10,
    range: Some((1, 1_500)),
    why: "How often all rows are gone through.",
};
const BATCH: Setting<u32> = Setting {
    key: "batch",
    default: 128,
    range: Some((1, 1 << 24)),
    why: "Rows of a step; what is left at the end of an epoch is left out.",
};
const RATE: Setting<f64> = Setting {
    key: "rate",
    default: 0.5,
    range: Some((0.000_001, 64.0)),
    why: "How far a step goes down the gradient.",
};
const DECAY: Setting<f64> = Setting {
    key: "decay",
    default: 0.0,
    range: Some((0.0, 1_000.0)),
    why: "Weights shrink by so much of themselves times the rate at every step.",
};
const LIMIT: Setting<f64> = Setting {
    key: "limit",
    default: 16.0,
    range: Some((0.001, 1_048_576.0)),
    why: "No weight becomes larger; where one would, the result is wrong.",
};
const SHUFFLE: Setting<bool> = Setting {
    key: "shuffle",
    default: false,
    range: None,
    why: "Whether rows are put in another order each time, one that nobody knows: for rows that are sorted.",
};
const KEEP: Setting<bool> = Setting {
    key: "keep",
    default: false,
    range: None,
    why: "Whether the model stays with the three parties as shares, for them to apply, and nobody learns it.",
};
const WEIGHTS: Setting<bool> = Setting {
    key: "weights",
    default: true,
    range: None,
    why: "Whether whoever runs the job learns the model, or only how good it is.",
};
const OUTPUT: Field =
    Field { key: "output", why: "The file for the trained model, at whoever runs the job." };

/// The largest limit of the weights of a model that stays: as of every model that is applied.
const MOST_KEPT: f64 = 4_096.0;

/// The features of a model, at least one.
pub(super) fn features(section: &mut Section<'_>) -> Vec<String> {
    let features = section.values::<Feature>(&FEATURES);
    if features.is_empty() {
        section.fault(FEATURES.key, Problem::Missing { want: "at least one formula" });
    }
    features.into_iter().map(|feature| feature.0).collect()
}

/// What a model is to say.
pub(super) fn label(section: &mut Section<'_>) -> Option<String> {
    section.need::<Feature>(&LABEL).map(|label| label.0)
}

impl TrainJob {
    pub(super) fn read(section: &mut Section<'_>) -> Option<Self> {
        let family = section.need::<Word<Family>>(&FAMILY);
        let (features, label) = (features(section), label(section));
        let epochs = u16::try_from(section.get(&EPOCHS)).expect("at most 1500");
        let batch = section.get(&BATCH);
        let (rate, decay, limit) = (section.get(&RATE), section.get(&DECAY), section.get(&LIMIT));
        if rate * decay >= 1.0 {
            let text = format!("{decay} times the rate of {rate} leaves nothing of the weights");
            section.fault(DECAY.key, Problem::Conflict(text));
        }
        let shuffle = section.get(&SHUFFLE);
        let output = section.optional::<Cow<'static, str>>(&OUTPUT).map(Cow::into_owned);
        let keep = section.get(&KEEP);
        let weights = section.get(&WEIGHTS) && !keep;
        let trial = Trial::read(section);
        if let (Some(trial), Some(Word(family))) = (&trial, family) {
            let is_linear = family == Family::Linear;
            fit(section, &trial.metrics, family.word(), |one| one.is_of_numbers() == is_linear);
        }
        if keep {
            check_kept(section, limit);
        } else if !weights && trial.is_none() {
            let text = "neither weights nor metrics: nobody would learn anything".to_owned();
            section.fault(WEIGHTS.key, Problem::Conflict(text));
        }
        if !weights && output.is_some() {
            let text = "a file for a model whose weights nobody learns".to_owned();
            section.fault(OUTPUT.key, Problem::Conflict(text));
        }
        Some(Self {
            family: family?.0,
            features,
            label: label?,
            epochs,
            batch,
            rate,
            decay,
            limit,
            shuffle,
            keep,
            weights,
            trial,
            output,
        })
    }
}

/// What does not go with a model that stays with its parties.
fn check_kept(section: &mut Section<'_>, limit: f64) {
    if section.has(WEIGHTS.key) {
        let text =
            "a model that is kept is shown to nobody; write \"keep\" or \"weights\"".to_owned();
        section.fault(WEIGHTS.key, Problem::Conflict(text));
    }
    if limit > MOST_KEPT {
        let text = format!("weights of a model that is kept are at most {MOST_KEPT}, got {limit}");
        section.fault(LIMIT.key, Problem::Conflict(text));
    }
}
