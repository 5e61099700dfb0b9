//! The right and the duty to answer one message.

use crate::cx::Effects;
use crate::orphans;
use crate::promise::Promise;
use std::fmt;
use tokio::sync::oneshot;
use troupe_wire::{CallError, Message};

/// What an asker receives.
pub(crate) type Answered<M> = Result<<M as Message>::Reply, CallError>;

/// Answers one message. A reply that is dropped tells the asker [`CallError::Crashed`] where its
/// actor fell and [`CallError::Lost`] otherwise.
pub struct Reply<M: Message> {
    to: To<M>,
    /// Its message lies in a queue and has not begun.
    is_queued: bool,
}

enum To<M: Message> {
    Nobody,
    Task(oneshot::Sender<Answered<M>>),
    Actor(Promise<M::Reply>),
    Call(Box<dyn FnOnce(Answered<M>) + Send>),
}

impl<M: Message> fmt::Debug for Reply<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_wanted() { "Reply(wanted)" } else { "Reply(nobody)" })
    }
}

impl<M: Message> To<M> {
    #[inline]
    fn answer(self, answer: Answered<M>) {
        match self {
            Self::Nobody => {}
            // The asker may have given up; its answer then has no reader.
            Self::Task(sender) => drop(sender.send(answer)),
            Self::Actor(promise) => promise.keep(answer),
            Self::Call(call) => {
                orphans::guarded("an answer's way back", || call(answer));
            }
        }
    }
}

impl<M: Message> Reply<M> {
    const fn new(to: To<M>) -> Self {
        Self { to, is_queued: false }
    }

    #[inline]
    pub(crate) fn nobody() -> Self {
        Self::new(To::Nobody)
    }

    #[inline]
    pub(crate) fn task() -> (Self, oneshot::Receiver<Answered<M>>) {
        let (sender, receiver) = oneshot::channel();
        (Self::new(To::Task(sender)), receiver)
    }

    pub(crate) fn actor(promise: Promise<M::Reply>) -> Self {
        Self::new(To::Actor(promise))
    }

    pub(crate) fn call(answer: impl FnOnce(Answered<M>) + Send + 'static) -> Self {
        Self::new(To::Call(Box::new(answer)))
    }

    /// Whether anyone awaits the answer.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        match &self.to {
            To::Nobody => false,
            To::Task(sender) => !sender.is_closed(),
            To::Actor(_) | To::Call(_) => true,
        }
    }

    /// Answers. What was persisted before in the same actor is durable before the answer leaves.
    #[inline]
    pub fn send(self, answer: M::Reply, effects: &mut impl Effects) {
        effects.perform(move || self.settle(Ok(answer)));
    }

    /// Tells the asker [`CallError::Busy`]: nothing was done, and it may ask again later, or somebody else.
    pub fn refuse(self, effects: &mut impl Effects) {
        effects.perform(move || self.settle(Err(CallError::Busy)));
    }

    #[inline]
    pub(crate) fn settle(mut self, answer: Answered<M>) {
        std::mem::replace(&mut self.to, To::Nobody).answer(answer);
    }

    /// The message was put in a queue: dropped with it, it did not run.
    #[inline]
    pub(crate) fn queue(&mut self) {
        self.is_queued = true;
    }

    /// The message is about to run.
    #[inline]
    pub(crate) fn begin(&mut self) {
        self.is_queued = false;
    }
}

impl<M: Message> Drop for Reply<M> {
    fn drop(&mut self) {
        let to = match std::mem::replace(&mut self.to, To::Nobody) {
            To::Nobody => return,
            to => to,
        };
        if self.is_queued {
            return to.answer(Err(CallError::Closing));
        }
        if let Err(to) = orphans::hand_over(to, |to, why| to.answer(Err(why))) {
            let is_falling = std::thread::panicking();
            to.answer(Err(if is_falling { CallError::Crashed } else { CallError::Lost }));
        }
    }
}
