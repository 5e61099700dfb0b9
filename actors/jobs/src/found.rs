//! What a job found.

use crate::error::{Class, Error, Outcome};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;
use troupe_learning::message::Status;
use troupe_learning::task::{COMMON, Kind, Layout};
use troupe_learning::{Plan, Task};
use troupe_mpc::Revealed;
use troupe_types::{Address, Hash, NodeId, SessionId};

/// The name that a model's weights have among results.
const WEIGHTS: &str = "weights";

/// A job that ended well.
#[derive(Debug, Clone)]
pub struct Finished {
    /// What people call the job.
    pub name: String,
    /// The session that computed it.
    pub session: SessionId,
    /// How many rows each owner took part with.
    pub rows: Vec<u32>,
    /// What was found.
    pub answers: Vec<Answer>,
    /// The compute parties by name, and what they moved.
    pub traffic: Vec<(String, Traffic)>,
    /// What it cost, where a chain settled it.
    pub settled: Option<Settled>,
    /// How long it took.
    pub took: Duration,
    /// Where the results are kept, or why they are not, where that is so.
    pub kept: Option<String>,
    /// What the model is called that stays with its parties, where one does.
    pub model: Option<Hash>,
    /// With which a contract is shown what the results are, where a chain settled them and they are not too many.
    pub opening: Option<Box<Opening>>,
    /// The model that was trained, where its weights are shown.
    pub onnx: Option<Box<Onnx>>,
}

/// With which others are shown what results are: bytes of an [`Opening`](troupe_mpc::Opening).
#[derive(Clone, PartialEq, Eq)]
pub struct Opening(pub Vec<u8>);

impl fmt::Debug for Opening {
    /// Results belong to the receiver, not to its log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opening({} bytes)", self.0.len())
    }
}

/// A trained model as a file.
#[derive(Clone, PartialEq, Eq)]
pub struct Onnx(pub Vec<u8>);

impl fmt::Debug for Onnx {
    /// Nor does a model.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Onnx({} bytes)", self.0.len())
    }
}

/// What a chain settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settled {
    /// The task's number there.
    pub number: u64,
    /// Who paid.
    pub payer: Address,
    /// What the parties got together, in von.
    pub fee: u128,
    /// What the owners got together, in von.
    pub prices: u128,
}

/// Something that the job found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// What the job calls it.
    pub name: String,
    /// One number, or one for each row, weight or category.
    pub values: Vec<f64>,
    /// No value differs from the exact one by more than this, where that is known.
    pub bound: Option<f64>,
}

/// What a compute party moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traffic {
    /// Which one.
    pub party: NodeId,
    /// Bytes.
    pub sent: u64,
    /// Bytes.
    pub received: u64,
}

impl Traffic {
    pub(crate) fn of(party: NodeId, status: &Option<Status>) -> Self {
        let (sent, received) = status.as_ref().map_or((0, 0), |s| (s.sent.0, s.received.0));
        Self { party, sent, received }
    }
}

/// Results as the plan of their task names them. Refused are those of rows that are not as many as owners said: they say nothing.
pub fn answers(task: &Task, matched: Option<u32>, revealed: Vec<Revealed>) -> Outcome<Vec<Answer>> {
    let plan = Plan::new(task, matched).map_err(|error| Error::new(Class::Internal, error))?;
    let answers = plan.results().iter().zip(revealed).map(|(expected, found)| Answer {
        name: expected.name.clone(),
        values: found.values,
        bound: expected.bound,
    });
    let answers: Vec<Answer> = answers.collect();
    let found = answers.iter().find(|answer| answer.name == COMMON);
    if task.layout == Layout::Joined && found.is_none_or(|found| found.values == [0.0]) {
        let text = "the parties did not find as many rows in common as the owners said; nothing was computed";
        return Err(Error::new(Class::Failed, text));
    }
    Ok(answers)
}

/// The model that a task trained, where its weights are among the answers.
pub(crate) fn trained(task: &Task, answers: &[Answer]) -> Option<Onnx> {
    let Kind::Train(train) = &task.kind else { return None };
    let weights = answers.iter().find(|answer| answer.name == WEIGHTS)?;
    train.onnx(&weights.values).ok().map(Onnx)
}
