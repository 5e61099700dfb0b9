//! The right and the duty to answer one message.

use crate::cx::Effects;
use std::fmt;
use tokio::sync::oneshot;
use troupe_wire::{CallError, Message};

/// What an asker receives.
pub(crate) type Answered<M> = Result<<M as Message>::Reply, CallError>;

/// Answers one message. A reply that is dropped tells the asker [`CallError::Crashed`] while its
/// handler panics and [`CallError::Lost`] otherwise.
pub struct Reply<M: Message>(To<M>);

enum To<M: Message> {
    Nobody,
    Task(oneshot::Sender<Answered<M>>),
    Call(Box<dyn FnOnce(Answered<M>) + Send>),
}

impl<M: Message> fmt::Debug for Reply<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_wanted() { "Reply(wanted)" } else { "Reply(nobody)" })
    }
}

impl<M: Message> Reply<M> {
    pub(crate) fn nobody() -> Self {
        Self(To::Nobody)
    }

    pub(crate) fn task() -> (Self, oneshot::Receiver<Answered<M>>) {
        let (sender, receiver) = oneshot::channel();
        (Self(To::Task(sender)), receiver)
    }

    pub(crate) fn call(answer: impl FnOnce(Answered<M>) + Send + 'static) -> Self {
        Self(To::Call(Box::new(answer)))
    }

    /// Whether anyone awaits the answer.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        match &self.0 {
            To::Nobody => false,
            To::Task(sender) => !sender.is_closed(),
            To::Call(_) => true,
        }
    }

    /// Answers. What was persisted before in the same actor is durable before the answer leaves.
    pub fn send(self, answer: M::Reply, effects: &mut impl Effects) {
        effects.perform(move || self.settle(Ok(answer)));
    }

    pub(crate) fn settle(mut self, answer: Answered<M>) {
        match std::mem::replace(&mut self.0, To::Nobody) {
            To::Nobody => {}
            // The asker may have given up; its answer then has no reader.
            To::Task(sender) => drop(sender.send(answer)),
            To::Call(call) => call(answer),
        }
    }
}

impl<M: Message> Drop for Reply<M> {
    fn drop(&mut self) {
        let why = if std::thread::panicking() { CallError::Crashed } else { CallError::Lost };
        match std::mem::replace(&mut self.0, To::Nobody) {
            To::Nobody => {}
            To::Task(sender) => drop(sender.send(Err(why))),
            To::Call(call) => call(Err(why)),
        }
    }
}
