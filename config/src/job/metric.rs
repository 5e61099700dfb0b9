//! How good a model is, for those who ask.

use crate::error::Problem;
use crate::section::Section;
use crate::setting::{Choice, Field, Word};

/// How a trained model is tried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// The rows that it is not trained with.
    pub held_out: HeldOut,
    /// What is learned of it.
    pub metrics: Vec<Metric>,
}

/// Which rows are not trained with, by their place at each owner of other rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HeldOut {
    /// So many at the end.
    Last(u32),
    /// The last of so many, again and again.
    Every(u32),
}

/// A number that says how good a model is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// The part of rows whose class is the label.
    Accuracy,
    /// The rows that are rightly and wrongly taken for 1 and for 0.
    Confusion,
    /// Of those taken for 1, the part that are.
    Precision,
    /// Of those that are 1, the part taken for it.
    Recall,
    /// The harmonic mean of precision and recall.
    F1,
    /// The area under the receiver operating characteristic.
    Auc,
    /// The mean logarithm of the probability given to the label, negative.
    LogLoss,
    /// The root of the mean squared error.
    Rmse,
    /// The mean of errors without their sign.
    Mae,
    /// The part of the labels' variance that is explained.
    R2,
}

impl Choice for Metric {
    const WANT: &'static str = "a metric such as \"accuracy\"";
    const ALL: &'static [(&'static str, Self)] = &[
        ("accuracy", Self::Accuracy),
        ("confusion", Self::Confusion),
        ("precision", Self::Precision),
        ("recall", Self::Recall),
        ("f1", Self::F1),
        ("auc", Self::Auc),
        ("log loss", Self::LogLoss),
        ("rmse", Self::Rmse),
        ("mae", Self::Mae),
        ("r2", Self::R2),
    ];
}

impl Metric {
    /// Whether it compares numbers rather than classes.
    pub(super) const fn is_of_numbers(self) -> bool {
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
}

const METRICS: Field =
    Field { key: "metrics", why: "How good the model is; of all else of it nobody learns more." };
const EVERY: Field = Field { key: "every", why: "Every so manieth row is held out." };
const LAST: Field = Field { key: "last", why: "So many rows at the end are held out." };

/// The metrics that are asked for.
pub(super) fn metrics(section: &mut Section<'_>) -> Vec<Metric> {
    section.values::<Word<Metric>>(&METRICS).into_iter().map(|word| word.0).collect()
}

/// Refuses metrics that such a model does not have.
pub(super) fn fit(
    section: &mut Section<'_>,
    metrics: &[Metric],
    model: &str,
    has: impl Fn(Metric) -> bool,
) {
    for strange in metrics.iter().filter(|metric| !has(**metric)) {
        let text = format!("a {model} model has no {:?}", strange.word());
        section.fault(METRICS.key, Problem::Conflict(text));
    }
}

impl Trial {
    /// How a model is tried out; `None` where nobody asks.
    pub(super) fn read(section: &mut Section<'_>) -> Option<Self> {
        let metrics = metrics(section);
        let held_out = section.optional_table("held_out", HeldOut::read);
        if metrics.is_empty() && held_out.is_some() {
            let text = "rows are held out, but no metrics are asked for".to_owned();
            section.fault("held_out", Problem::Conflict(text));
        }
        let is_asked = !metrics.is_empty();
        is_asked
            .then(|| Self { held_out: held_out.flatten().unwrap_or(HeldOut::Every(5)), metrics })
    }
}

impl HeldOut {
    fn read(section: &mut Section<'_>) -> Option<Self> {
        let most = 1 << 24;
        let every = section.has(EVERY.key).then(|| section.need_within::<u32>(&EVERY, 2, most));
        let last = section.has(LAST.key).then(|| section.need_within::<u32>(&LAST, 1, most));
        match (every, last) {
            (Some(every), None) => every.map(Self::Every),
            (None, Some(last)) => last.map(Self::Last),
            (Some(_), Some(_)) => {
                let text = "rows are held out by \"every\" or by \"last\", got both".to_owned();
                section.fault(LAST.key, Problem::Conflict(text));
                None
            }
            (None, None) => {
                let want = "{ every = 5 } or { last = 100 }";
                section.fault(EVERY.key, Problem::Missing { want });
                None
            }
        }
    }
}
