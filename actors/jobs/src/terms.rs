//! A job file and what the owners say about their data become a task. Pure.

mod work;

pub use work::kind;

use crate::error::{Class, Error, Outcome};
use crate::models::Model;
use troupe_config::{ComputeJob, Engine as Trusted, JobInput, Layout as Written, Work};
use troupe_learning::formula::{Fault, Reason};
use troupe_learning::message::Description;
use troupe_learning::task::{Bounded, Deadlines, Engine, Keys, Layout, Seat, Source};
use troupe_learning::{Plan, Task};
use troupe_types::{NodeId, SessionId};
use troupe_wire::{List, Text};

/// An input of the job, with what its owner says.
#[derive(Debug, Clone)]
pub struct Input {
    /// Who holds it.
    pub owner: NodeId,
    /// The data set there.
    pub dataset: Text<64>,
    /// What its owner says of it.
    pub description: Description,
    /// What identifies its rows, where they are matched.
    pub keys: Option<Keys>,
}

/// Who takes part, and where, and with what they have.
#[derive(Debug, Clone)]
pub struct Cast {
    /// What the computation is known by.
    pub session: SessionId,
    /// Who computes.
    pub parties: [Seat; 3],
    /// Who gets the results.
    pub receiver: NodeId,
    /// The chain that it is settled on; 0 where it is not.
    pub chain: u64,
    /// The model that is applied, where it stays with its parties.
    pub model: Option<Model>,
}

/// Puts the terms together, and checks that they can be computed.
pub fn task(job: &ComputeJob, inputs: &[Input], cast: Cast) -> Outcome<Task> {
    let model = match &job.work {
        Work::Predict(predict) => predict.model.input(),
        Work::Statistics(_) | Work::Train(_) => None,
    };
    let owners = job.inputs.iter().zip(inputs).enumerate();
    let owners = owners.map(|(index, (listed, input))| source(listed, input, Some(index) == model));
    let owners = owners.collect::<Outcome<Vec<Source>>>()?;
    let troupe_config::Spans { inputs, computing, revealing } = job.within;
    let task = Task {
        session: cast.session,
        chain: cast.chain,
        number: 0,
        parties: cast.parties,
        owners: List::new(owners).map_err(too_long)?,
        receivers: List::new(vec![cast.receiver]).map_err(too_long)?,
        layout: match job.layout {
            Written::Aligned => Layout::Aligned,
            Written::Matched => Layout::Matched,
            Written::Joined => Layout::Joined,
            Written::Pooled => Layout::Pooled,
        },
        engine: match job.engine {
            Trusted::Malicious => Engine::Malicious,
            Trusted::SemiHonest => Engine::SemiHonest,
        },
        kind: work::kind(&job.work, cast.model.as_ref())?,
        within: Deadlines { inputs, computing, revealing },
    };
    // What is wrong is better known before anybody is asked.
    Plan::new(&task, task.most_matched()).map_err(|error| unfit(&task, &error))?;
    Ok(task)
}

/// What is wrong with a task; a column that is not there is likely to be another one.
fn unfit(task: &Task, error: &troupe_learning::Error) -> Error {
    let troupe_learning::Error::Formula {
        fault: Fault { reason: Reason::NoColumn { name }, .. },
        ..
    } = error
    else {
        return Error::new(Class::File, error);
    };
    let columns = task.owners.iter().flat_map(|source| {
        let known = source.columns.iter();
        known.map(|column| format!("{}.{}", &*source.alias, &*column.name))
    });
    let columns: Vec<String> = columns.collect();
    let nearest = troupe_config::nearest(name, columns.iter().map(String::as_str));
    let hint = nearest.map_or_else(
        || format!("; there are {}", columns.join(", ")),
        |nearest| format!(", nearest is `{nearest}`"),
    );
    Error::new(Class::File, format!("{error}{hint}"))
}

/// An owner's data set, with the columns that formulas may name.
fn source(listed: &JobInput, input: &Input, is_model: bool) -> Outcome<Source> {
    let Description { rows, columns, content, .. } = &input.description;
    let too_many = |_| {
        let text = format!("has {rows} rows, at most {} can be computed on", u32::MAX);
        Error::about(Class::File, format!("input.{}", listed.name), text)
    };
    let chosen = match (is_model, listed.columns.is_empty()) {
        (true, _) => Vec::new(),
        (false, true) => columns.iter().cloned().collect(),
        (false, false) => {
            let described = listed.columns.iter().map(|name| described(listed, columns, name));
            described.collect::<Outcome<Vec<Bounded>>>()?
        }
    };
    Ok(Source {
        id: input.owner,
        dataset: input.dataset.clone(),
        content: *content,
        alias: Text::new(listed.name.as_str()).map_err(too_long)?,
        rows: u32::try_from(*rows).map_err(too_many)?,
        keys: input.keys.clone(),
        columns: List::new(chosen).map_err(too_long)?,
    })
}

fn described(listed: &JobInput, columns: &[Bounded], wanted: &str) -> Outcome<Bounded> {
    let found = columns.iter().find(|column| *column.name == *wanted).cloned();
    found.ok_or_else(|| {
        let known: Vec<&str> = columns.iter().map(|column| &*column.name).collect();
        let text = format!("has no column \"{wanted}\"; it has {}", known.join(", "));
        Error::about(Class::File, format!("input.{}", listed.name), text)
    })
}

/// A job that is larger than tasks may be.
#[must_use]
pub fn too_long(error: troupe_wire::Error) -> Error {
    Error::new(Class::File, format!("the job is too large: {error}"))
}

#[cfg(test)]
pub(crate) mod tests;
