//! Whether a task on the chain leaves its parties the time that they need, for whoever takes part.
//!
//! A party that says nothing in the time for computing loses what it binds of its stake. How long that is, whoever declares the task says.

use crate::Task;
use troupe_market::message::Seen;
use troupe_types::Millis;

/// What an elected party has, besides the phases of the computation, to say on the chain what came of it.
pub const SAY: Millis = Millis::secs(60);

/// It leaves too little.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("on the chain there are {got} for computing, the task wants {least} at least")]
pub struct Untimely {
    /// What the chain says.
    pub got: Millis,
    /// What the task takes at most, and the parties to say what came of it.
    pub least: Millis,
}

/// The least time that a task needs on the chain to be computed.
#[must_use]
pub const fn least_compute(task: &Task) -> Millis {
    task.within.total().plus(SAY)
}

/// Whether parties have time to compute a task and to say so.
pub fn timely(task: &Task, seen: &Seen) -> Result<(), Untimely> {
    let (got, least) = (Millis(seen.task.spans.compute), least_compute(task));
    if got < least { Err(Untimely { got, least }) } else { Ok(()) }
}
