//! A model that a job applies.

use super::JobInput;
use super::input::at_most;
use super::metric::{Metric, fit, metrics};
use super::train::{features, label};
use crate::error::Problem;
use crate::name::Name;
use crate::nearest::hint;
use crate::section::Section;
use crate::setting::{Choice, Field, Setting, Unit, Word, wrong_type};
use crate::value::Value;
use core::fmt;

/// Layers of a model.
const MOST_LAYERS: usize = 16;

/// A model applied to somebody's rows.
#[derive(Debug, Clone, PartialEq)]
pub struct PredictJob {
    /// Formulas with one number for each row, each of one owner's columns, in the model's order.
    pub features: Vec<String>,
    /// Where the model is.
    pub model: Origin,
    /// What is shown of what comes out.
    pub shown: Shown,
}

/// Where a model is that is applied.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// With an owner, who shares it as it does rows.
    Input {
        /// The input that is the model, by its index; it has no rows.
        index: usize,
        /// The model's layers.
        layers: Vec<Layer>,
        /// No weight of the model is larger than this in magnitude.
        limit: f64,
    },
    /// With the three parties that trained it. What it looks like is known to those for whom it stayed.
    Kept(ModelName),
}

/// What a model is called that stays with its parties: 64 hexadecimal digits, or the first 8 or more of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ModelName(String);

/// One layer of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layer {
    /// How many numbers come out of it.
    pub outputs: u32,
    /// What is done with each.
    pub activation: Activation,
}

/// What is done with what a layer adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Activation {
    /// Nothing.
    Identity,
    /// What is below zero becomes zero.
    Relu,
    /// The logistic function.
    Sigmoid,
}

/// What is shown of predictions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// What comes out of the last layer, row after row.
    Values,
    /// For each row the place of the greatest output, or of a single output whether it is above the middle.
    Class,
    /// How good the model is, and nothing about any row.
    Judged {
        /// A formula for what should come out.
        label: String,
        /// What is learned.
        metrics: Vec<Metric>,
    },
}

impl Choice for Activation {
    const WANT: &'static str = "an activation such as \"relu\"";
    const ALL: &'static [(&'static str, Self)] =
        &[("identity", Self::Identity), ("relu", Self::Relu), ("sigmoid", Self::Sigmoid)];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Show {
    Values,
    Class,
    Judged,
}

impl Choice for Show {
    const WANT: &'static str = "\"values\", \"class\" or \"judged\"";
    const ALL: &'static [(&'static str, Self)] =
        &[("values", Self::Values), ("class", Self::Class), ("judged", Self::Judged)];
}

const MODEL: Field = Field { key: "model", why: "The input that is a model; it has no rows." };
const KEPT: Field = Field {
    key: "kept",
    why: "The name of a model that stays with the parties that trained it, as their job printed it.",
};
const OUTPUTS: Field = Field { key: "outputs", why: "How many numbers come out of the layer." };
const ACTIVATION: Setting<Word<Activation>> = Setting {
    key: "activation",
    default: Word(Activation::Identity),
    range: None,
    why: "What is done with every number that comes out of the layer.",
};
const LIMIT: Setting<f64> = Setting {
    key: "limit",
    default: 16.0,
    range: Some((0.001, 4_096.0)),
    why: "No weight of the model is larger; its owner is held to it.",
};
const SHOW: Field = Field {
    key: "show",
    why: "What comes out for each row, its class, or only how good the model is.",
};

impl PredictJob {
    pub(super) fn read(section: &mut Section<'_>, inputs: &[JobInput]) -> Option<Self> {
        let features = features(section);
        let model = Origin::read(section, inputs);
        let shown = match section.need::<Word<Show>>(&SHOW).map(|word| word.0) {
            Some(Show::Values) => Some(Shown::Values),
            Some(Show::Class) => Some(Shown::Class),
            Some(Show::Judged) => judged(section, model.as_ref().map_or(1, Origin::outputs)),
            None => None,
        };
        Some(Self { features, model: model?, shown: shown? })
    }
}

impl Origin {
    /// The input that is the model, where one is.
    #[must_use]
    pub const fn input(&self) -> Option<usize> {
        match self {
            Self::Input { index, .. } => Some(*index),
            Self::Kept(_) => None,
        }
    }

    /// How many numbers come out of the last layer.
    fn outputs(&self) -> u32 {
        match self {
            Self::Input { layers, .. } => layers.last().map_or(1, |last| last.outputs),
            Self::Kept(_) => 1,
        }
    }

    fn read(section: &mut Section<'_>, inputs: &[JobInput]) -> Option<Self> {
        let (named, kept) =
            (section.optional::<Name>(&MODEL), section.optional::<ModelName>(&KEPT));
        let (layers, limit) = (section.tables("layer", Layer::read), section.get(&LIMIT));
        if section.has(KEPT.key) {
            for key in [MODEL.key, "layer", LIMIT.key] {
                if section.has(key) {
                    let text = "is said of an input that is a model, not of one that was kept";
                    section.fault(key, Problem::Conflict(text.to_owned()));
                }
            }
            return kept.map(Self::Kept);
        }
        if !section.has(MODEL.key) {
            let want = "the name of the input that is the model, or \"kept\" with that of one that was kept";
            section.fault(MODEL.key, Problem::Missing { want });
        }
        let index = named.and_then(|named| {
            let found = inputs.iter().position(|input| input.name == named);
            if found.is_none() {
                section.fault(MODEL.key, unknown(&named, inputs));
            }
            found
        });
        if layers.is_empty() {
            section.fault("layer", Problem::Missing { want: "at least one [[predict.layer]]" });
        }
        at_most(section, "layer", layers.len(), MOST_LAYERS);
        Some(Self::Input { index: index?, layers, limit })
    }
}

impl ModelName {
    /// Hexadecimal digits of a whole name.
    const WHOLE: usize = 64;
    /// As few of them say which model is meant.
    const FEWEST: usize = 8;

    /// The digits, or the first of them; small letters.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Unit for ModelName {
    const WANT: &'static str = "a model's name: 64 hexadecimal digits, or the first 8 or more";

    fn read(value: &Value) -> Result<Self, Problem> {
        let wrong = || wrong_type(Self::WANT, value);
        let Value::Text(text) = value else { return Err(wrong()) };
        let is_length = (Self::FEWEST..=Self::WHOLE).contains(&text.len());
        if !is_length || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        Ok(Self(text.to_ascii_lowercase()))
    }

    fn write(&self) -> Value {
        Value::Text(self.0.clone())
    }
}

fn judged(section: &mut Section<'_>, outputs: u32) -> Option<Shown> {
    let (label, metrics) = (label(section), metrics(section));
    if metrics.is_empty() {
        section.fault("metrics", Problem::Missing { want: Metric::WANT });
    }
    if outputs > 1 {
        fit(section, &metrics, "many-valued", |metric| metric == Metric::Accuracy);
    }
    Some(Shown::Judged { label: label?, metrics })
}

impl Layer {
    fn read(section: &mut Section<'_>) -> Option<Self> {
        let outputs = section.need_within::<u32>(&OUTPUTS, 1, 1 << 24);
        let activation = section.get(&ACTIVATION).0;
        Some(Self { outputs: outputs?, activation })
    }
}

/// A name that no input has.
pub(super) fn unknown(named: &Name, inputs: &[JobInput]) -> Problem {
    Problem::UnknownName {
        what: "input",
        got: Value::Text(named.to_string()).shown(),
        hint: hint(named.as_str(), inputs.iter().map(|input| input.name.as_str())),
    }
}
