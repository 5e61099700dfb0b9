//! What a job file wants done, as a task says it.

use super::too_long;
use crate::error::{Class, Error, Outcome};
use crate::models::Model;
use troupe_config::{Activation as Written, Ask, Family as Fitted, PredictJob, Shown, TrainJob};
use troupe_config::{Origin as Place, What, Work};
use troupe_learning::Real;
use troupe_learning::task::{
    Activation, Family, HeldOut, Judgement, Kind, Layer, Metric, Origin, Outcome as Learned,
    Predict, Question, Reveal, Schedule, Train, Trial, Wanted,
};
use troupe_wire::{List, Text};

/// What a job file wants done, as a task says it; `model` is the one that it applies, where that stays with its parties.
pub fn kind(work: &Work, model: Option<&Model>) -> Outcome<Kind> {
    Ok(match work {
        Work::Statistics(asks) => {
            Kind::Statistics(list(asks.iter().map(wanted).collect::<Outcome<_>>()?)?)
        }
        Work::Train(job) => Kind::Train(train(job)?),
        Work::Predict(job) => Kind::Predict(predict(job, model)?),
    })
}

fn wanted(ask: &Ask) -> Outcome<Wanted> {
    let question = match &ask.what {
        What::Formula(formula) => Question::Formula(text(formula)?),
        What::Rows(formula) => Question::Rows(text(formula)?),
        What::Histogram { of, cuts, minimum } => {
            Question::Histogram { of: text(of)?, cuts: reals(cuts)?, minimum: *minimum }
        }
        What::Groups { by, categories, of, minimum } => Question::Groups {
            by: text(by)?,
            categories: reals(categories)?,
            of: text(of)?,
            minimum: *minimum,
        },
    };
    Ok(Wanted { receiver: 0, name: text(&ask.name)?, question })
}

fn train(job: &TrainJob) -> Outcome<Train> {
    Ok(Train {
        family: match job.family {
            Fitted::Linear => Family::Linear,
            Fitted::Logistic => Family::Logistic,
        },
        features: features(&job.features)?,
        label: text(&job.label)?,
        schedule: Schedule {
            epochs: job.epochs,
            batch: job.batch,
            rate: real(job.rate)?,
            decay: real(job.decay)?,
            limit: real(job.limit)?,
            shuffle: job.shuffle,
        },
        reveal: match (&job.trial, job.weights) {
            (trial, _) if job.keep => Reveal::Kept(trial.as_ref().map(self::trial).transpose()?),
            (None, _) => Reveal::Weights,
            (Some(trial), false) => Reveal::Metrics(self::trial(trial)?),
            (Some(trial), true) => Reveal::Both(self::trial(trial)?),
        },
    })
}

fn trial(trial: &troupe_config::Trial) -> Outcome<Trial> {
    let held_out = match trial.held_out {
        troupe_config::HeldOut::Last(rows) => HeldOut::Last(rows),
        troupe_config::HeldOut::Every(rows) => HeldOut::Every(rows),
    };
    Ok(Trial { held_out, metrics: metrics(&trial.metrics)? })
}

fn metrics<const MOST: usize>(written: &[troupe_config::Metric]) -> Outcome<List<Metric, MOST>> {
    use troupe_config::Metric as Written;
    let metric = |metric: &Written| match metric {
        Written::Accuracy => Metric::Accuracy,
        Written::Confusion => Metric::Confusion,
        Written::Precision => Metric::Precision,
        Written::Recall => Metric::Recall,
        Written::F1 => Metric::F1,
        Written::Auc => Metric::Auc,
        Written::LogLoss => Metric::LogLoss,
        Written::Rmse => Metric::Rmse,
        Written::Mae => Metric::Mae,
        Written::R2 => Metric::R2,
    };
    list(written.iter().map(metric).collect())
}

fn layer(layer: &troupe_config::Layer) -> Layer {
    Layer {
        outputs: layer.outputs,
        activation: match layer.activation {
            Written::Identity => Activation::Identity,
            Written::Relu => Activation::Relu,
            Written::Sigmoid => Activation::Sigmoid,
        },
    }
}

fn predict(job: &PredictJob, stayed: Option<&Model>) -> Outcome<Predict> {
    let (model, layers, limit) = match (&job.model, stayed) {
        (Place::Input { index, layers, limit }, _) => {
            // There are at most 16 inputs.
            let owner = Origin::Owner(u8::try_from(*index).unwrap_or(u8::MAX));
            (owner, layers.iter().map(layer).collect(), real(*limit)?)
        }
        (Place::Kept(_), Some(model)) => {
            (Origin::Kept(model.name), vec![model.layer()], model.limit)
        }
        (Place::Kept(name), None) => {
            return Err(Error::new(Class::Internal, format!("nobody looked for model {name}")));
        }
    };
    Ok(Predict {
        features: features(&job.features)?,
        model,
        layers: list(layers)?,
        limit,
        outcome: match &job.shown {
            Shown::Values => Learned::Values,
            Shown::Class => Learned::Class,
            Shown::Judged { label, metrics } => {
                let metrics = self::metrics(metrics)?;
                Learned::Judged(Judgement { label: text(label)?, metrics })
            }
        },
    })
}

fn features<const BYTES: usize, const MOST: usize>(
    texts: &[String],
) -> Outcome<List<Text<BYTES>, MOST>> {
    list(texts.iter().map(|formula| text(formula)).collect::<Outcome<_>>()?)
}

fn text<const BYTES: usize>(given: &str) -> Outcome<Text<BYTES>> {
    Text::new(given).map_err(too_long)
}

fn list<T, const MOST: usize>(items: Vec<T>) -> Outcome<List<T, MOST>> {
    List::new(items).map_err(too_long)
}

fn reals<const MOST: usize>(numbers: &[f64]) -> Outcome<List<Real, MOST>> {
    list(numbers.iter().map(|number| real(*number)).collect::<Outcome<_>>()?)
}

fn real(number: f64) -> Outcome<Real> {
    let wrong = || Error::new(Class::File, format!("{number} is not finite"));
    Real::new(number).ok_or_else(wrong)
}
