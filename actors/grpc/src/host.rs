//! Whoever knows the process that the server runs in.

use troupe_rpc::Operator;

/// What an actor is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doing {
    /// Its work.
    Runs,
    /// It is not ready, for a reason.
    Waits(String),
    /// It does not come back from a message, for a reason.
    Stuck(String),
}

/// The actors of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The kind, as manifests name it.
    pub name: String,
    /// What they are doing.
    pub doing: Doing,
}

/// What was counted of the actors of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Messages that wait.
    pub queued: u64,
    /// How often they fell and were built again.
    pub restarts: u64,
}

/// Whoever knows the process that the server runs in.
pub trait Host: Operator {
    /// The role of its manifest.
    fn role(&self) -> String;

    /// Why it is not ready: a line for each part that is not.
    fn waiting(&self) -> Vec<String>;

    /// Its actors. Asked often: nothing is counted for it.
    fn actors(&self) -> Vec<Actor>;

    /// What was counted of its actors, by kind.
    fn counts(&self) -> Vec<(String, Counts)>;
}
