//! Whoever knows the process that the server runs in, and tells of it.

use troupe_rpc::Operator;

/// What was counted of the actors of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Messages that wait.
    pub queued: u64,
    /// How often they fell and were built again.
    pub restarts: u64,
}

/// Whoever knows the process that the server runs in, and tells of it.
pub trait Host: troupe_door::Host + Operator {
    /// The role of its manifest.
    fn role(&self) -> String;

    /// What was counted of its actors, by kind.
    fn counts(&self) -> Vec<(String, Counts)>;
}
