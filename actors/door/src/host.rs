//! Whoever knows the process that the server runs in.

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

/// Whoever knows how the process is that the server runs in.
pub trait Host: Send + Sync + 'static {
    /// Why it is not ready: a line for each part that is not.
    fn waiting(&self) -> Vec<String>;

    /// Its actors. Asked often: nothing is counted for it.
    fn actors(&self) -> Vec<Actor>;
}

/// A process without actors, which is always ready: a command.
#[derive(Debug, Clone, Copy)]
pub struct Nobody;

impl Host for Nobody {
    fn waiting(&self) -> Vec<String> {
        Vec::new()
    }

    fn actors(&self) -> Vec<Actor> {
        Vec::new()
    }
}
