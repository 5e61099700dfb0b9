//! The way back to an actor that awaits an outcome.

use std::sync::Arc;
use troupe_wire::CallError;

/// Names something that is awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) index: u32,
    /// Never used twice, so a late outcome finds nothing in place of its own.
    pub(crate) serial: u64,
}

/// The outcome of a call, a job or a child's life, on its way to the actor's queue.
pub(crate) struct Came<R> {
    pub(crate) incarnation: u64,
    pub(crate) ticket: Ticket,
    pub(crate) outcome: Result<R, CallError>,
}

impl<R: Send> actix::Message for Came<R> {
    type Result = ();
}

/// Takes outcomes, from whatever thread.
pub(crate) trait Hear<R>: Send + Sync {
    fn hear(&self, came: Came<R>);
}

/// Keeps its word: dropped without an outcome, it says [`CallError::Lost`].
pub(crate) struct Promise<R> {
    to: Option<Arc<dyn Hear<R>>>,
    incarnation: u64,
    ticket: Ticket,
}

impl<R> Promise<R> {
    pub(crate) fn new(to: Arc<dyn Hear<R>>, incarnation: u64, ticket: Ticket) -> Self {
        Self { to: Some(to), incarnation, ticket }
    }

    pub(crate) fn keep(mut self, outcome: Result<R, CallError>) {
        self.say(outcome);
    }

    fn say(&mut self, outcome: Result<R, CallError>) {
        if let Some(to) = self.to.take() {
            to.hear(Came { incarnation: self.incarnation, ticket: self.ticket, outcome });
        }
    }
}

impl<R> Drop for Promise<R> {
    fn drop(&mut self) {
        self.say(Err(CallError::Lost));
    }
}
