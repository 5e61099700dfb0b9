//! Awaiting an answer, with a deadline.

use crate::clock::Alarm;
use crate::link::{Link, Origin, Post};
use crate::reply::{Answered, Reply};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::oneshot;
use troupe_types::Millis;
use troupe_wire::{CallError, Message};

/// A question on its way. Sent when first polled; dropping it gives up on the answer only.
pub struct Ask<M: Message> {
    link: Link<M>,
    deadline: Option<Millis>,
    state: State<M>,
}

enum State<M: Message> {
    Unsent(M),
    Waiting { answer: oneshot::Receiver<Answered<M>>, deadline: Millis, alarm: Option<Alarm> },
    Done,
}

impl<M: Message> fmt::Debug for Ask<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ask<{}>({:?})", M::NAME, self.link)
    }
}

// Nothing in it is self-referential; the message is moved out before it is sent.
impl<M: Message> Unpin for Ask<M> {}

impl<M: Message> Ask<M> {
    pub(crate) fn new(link: Link<M>, message: M) -> Self {
        Self { link, deadline: None, state: State::Unsent(message) }
    }

    /// Gives the answer at most so long; without it the message type's own deadline counts.
    #[must_use]
    pub fn within(mut self, span: Millis) -> Self {
        self.deadline = Some(self.link.deadline(span));
        self
    }

    /// Gives the answer until an instant of the node's clock.
    #[must_use]
    pub fn by(mut self, deadline: Millis) -> Self {
        self.deadline = Some(deadline);
        self
    }
}

impl<M: Message> Future for Ask<M> {
    type Output = Answered<M>;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let State::Unsent(_) = this.state {
            let State::Unsent(message) = std::mem::replace(&mut this.state, State::Done) else {
                return Poll::Ready(Err(CallError::Lost));
            };
            let deadline = this.deadline.unwrap_or_else(|| this.link.deadline(M::DEADLINE));
            let (reply, answer) = Reply::task();
            let post = Post { message, reply, deadline, origin: Origin::Local };
            if let Err(refused) = this.link.deliver(post) {
                return Poll::Ready(Err(refused.why));
            }
            this.state = State::Waiting { answer, deadline, alarm: None };
        }
        let State::Waiting { answer, deadline, alarm } = &mut this.state else {
            return Poll::Ready(Err(CallError::Lost));
        };
        let outcome = match Pin::new(answer).poll(task) {
            Poll::Ready(Ok(outcome)) => outcome,
            Poll::Ready(Err(_)) => Err(CallError::Lost),
            Poll::Pending => {
                let clock = this.link.clock();
                let alarm = alarm.get_or_insert_with(|| clock.alarm(*deadline));
                if alarm.as_mut().poll(task).is_pending() {
                    return Poll::Pending;
                }
                Err(CallError::TimedOut)
            }
        };
        this.state = State::Done;
        Poll::Ready(outcome)
    }
}
