//! A job whose result is computed on shares.

use super::ask::asks;
use super::{
    Ask, DEADLINE, JobInput, LAYOUT, Layout, NAME, PredictJob, TrainJob, check_matched, inputs,
};
use crate::amount::Amount;
use crate::error::Problem;
use crate::section::Section;
use crate::setting::{Choice, Setting, Word};
use std::borrow::Cow;
use troupe_types::Millis;

/// A computation on shares as a person asks for it.
#[derive(Debug, Clone, PartialEq)]
pub struct ComputeJob {
    /// What people call it.
    pub name: String,
    /// How the rows of the inputs belong together.
    pub layout: Layout,
    /// What the compute parties are trusted with.
    pub engine: Engine,
    /// How long each phase may take.
    pub within: Spans,
    /// What it may cost.
    pub pay: Pay,
    /// Whose data.
    pub inputs: Vec<JobInput>,
    /// What is computed; nothing else is revealed.
    pub work: Work,
}

/// What the compute parties are trusted with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Engine {
    /// No two put together what they hold; whoever does not follow the protocol is noticed.
    Malicious,
    /// All follow the protocol, and no two put together what they hold.
    SemiHonest,
}

/// How long each phase may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spans {
    /// Until all shares are with the parties.
    pub inputs: Millis,
    /// Until the parties have computed.
    pub computing: Millis,
    /// Until the receiver has the result.
    pub revealing: Millis,
}

/// What whoever runs the job pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pay {
    /// What the three parties get together.
    pub fee: Amount,
    /// The most that all data sets may cost together.
    pub prices: Amount,
}

/// What is computed.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// Answers to questions.
    Statistics(Vec<Ask>),
    /// A model is trained.
    Train(TrainJob),
    /// A model is applied.
    Predict(PredictJob),
}

impl Choice for Engine {
    const WANT: &'static str = "\"malicious\" or \"semi-honest\"";
    const ALL: &'static [(&'static str, Self)] =
        &[("malicious", Self::Malicious), ("semi-honest", Self::SemiHonest)];
}

const ENGINE: Setting<Word<Engine>> = Setting {
    key: "engine",
    default: Word(Engine::Malicious),
    range: None,
    why: "Against parties that cheat, or cheaper against those that are only curious, where all owners allow it.",
};
const FEE: Setting<Amount> = Setting {
    key: "fee",
    default: Amount::lat(3),
    range: None,
    why: "What the three compute parties get together for their work.",
};
const PRICES: Setting<Amount> = Setting {
    key: "prices",
    default: Amount(0),
    range: None,
    why: "The most that all data sets may cost together; a job that would cost more does not start.",
};

impl ComputeJob {
    pub(super) fn read(section: &mut Section<'_>) -> Option<Self> {
        let name = section.need::<Cow<'static, str>>(&NAME);
        let layout = section.get(&LAYOUT).0;
        let engine = section.get(&ENGINE).0;
        let each = section.get(&DEADLINE);
        let within = section.table("within", |inner| Spans::read(inner, each));
        let pay = section.table("pay", Pay::read);
        let inputs = inputs(section);
        one_owner_each(section, &inputs);
        let work = work(section, &inputs);
        check_layout(section, layout, &inputs, work.as_ref());
        Some(Self { name: name?.into_owned(), layout, engine, within, pay, inputs, work: work? })
    }
}

/// Exactly one of the things that can be done.
fn work(section: &mut Section<'_>, inputs: &[JobInput]) -> Option<Work> {
    let asks = asks(section);
    let train = section.optional_table("train", TrainJob::read);
    let predict = section.optional_table("predict", |inner| PredictJob::read(inner, inputs));
    let written: Vec<&str> =
        ["ask", "train", "predict"].into_iter().filter(|key| section.has(key)).collect();
    if let [_, second, ..] = *written {
        let text = format!("one job does one of {}", written.join(", "));
        section.fault(second, Problem::Conflict(text));
    }
    match (train, predict) {
        (Some(train), _) => train.map(Work::Train),
        (None, Some(predict)) => predict.map(Work::Predict),
        (None, None) => {
            if asks.is_empty() {
                let want = "at least one [[ask]], or [train] or [predict]";
                section.fault("ask", Problem::Missing { want });
            }
            Some(Work::Statistics(asks))
        }
    }
}

/// One owner brings one data set: its shares of two would not be told apart.
fn one_owner_each(section: &mut Section<'_>, inputs: &[JobInput]) {
    for (index, input) in inputs.iter().enumerate() {
        if inputs[..index].iter().any(|earlier| earlier.owner == input.owner) {
            let text = format!(
                "a job takes one data set of each owner, got a second of {:?}",
                input.owner
            );
            section.fault("input", Problem::Conflict(text));
        }
    }
}

/// Keys are for matching, and a model has no rows that could belong to anybody's.
fn check_layout(
    section: &mut Section<'_>,
    layout: Layout,
    inputs: &[JobInput],
    work: Option<&Work>,
) {
    let model = match work {
        Some(Work::Predict(predict)) => predict.model.input(),
        Some(Work::Statistics(_) | Work::Train(_)) | None => None,
    };
    if let Some(model) = model.and_then(|model| inputs.get(model)) {
        if !model.keys.is_empty() || !model.columns.is_empty() {
            let text = format!(
                "{:?} is the model; it has no keys, and its columns are its layers",
                model.name.as_str()
            );
            section.fault("input", Problem::Conflict(text));
        }
        if inputs.len() == 1 {
            let text = "a model without an input of rows to apply it to".to_owned();
            section.fault("input", Problem::Conflict(text));
        }
    }
    let rows = inputs.iter().enumerate().filter(|(index, _)| Some(*index) != model);
    let rows: Vec<&JobInput> = rows.map(|(_, input)| input).collect();
    match layout {
        Layout::Matched | Layout::Joined if model.is_some() => {
            let text = "an owner's model is applied to aligned or pooled rows, not to matched or joined ones";
            section.fault(LAYOUT.key, Problem::Conflict(text.to_owned()));
        }
        Layout::Matched | Layout::Joined => check_matched(section, &rows),
        Layout::Aligned | Layout::Pooled => {
            if let Some(input) = rows.iter().find(|input| !input.keys.is_empty()) {
                let text = format!(
                    "{:?} has keys, which only layout = \"matched\" and \"joined\" use",
                    input.name.as_str()
                );
                section.fault("input", Problem::Conflict(text));
            }
        }
    }
}

impl Spans {
    /// What is not written is as long as the job's deadline.
    fn read(section: &mut Section<'_>, each: Millis) -> Self {
        let mut span = |key, why| section.get(&Setting { key, default: each, why, ..DEADLINE });
        Self {
            inputs: span("inputs", "How long until all owners' shares are with the parties."),
            computing: span("computing", "How long the parties may compute."),
            revealing: span("revealing", "How long until the receiver has the result."),
        }
    }
}

impl Pay {
    fn read(section: &mut Section<'_>) -> Self {
        let pay = Self { fee: section.get(&FEE), prices: section.get(&PRICES) };
        if pay.fee.plus(pay.prices).is_none() {
            let text = format!("{} and {} are more than there can be", pay.fee, pay.prices);
            section.fault(FEE.key, Problem::Conflict(text));
        }
        pay
    }
}
