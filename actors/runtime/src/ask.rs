//! Awaiting an answer, with a deadline.

use crate::alarms::Watch;
use crate::clock::millis;
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
    until: Until,
    state: State<M>,
}

#[derive(Clone, Copy)]
enum Until {
    Within(Millis),
    By(Millis),
}

enum State<M: Message> {
    Unsent(M),
    Waiting { answer: oneshot::Receiver<Answered<M>>, deadline: Millis, watch: Watch },
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
        Self { link, until: Until::Within(M::DEADLINE), state: State::Unsent(message) }
    }

    /// Gives the answer at most so long from when the question is sent; without it the message
    /// type's own deadline counts.
    #[must_use]
    pub fn within(mut self, span: Millis) -> Self {
        self.until = Until::Within(span);
        self
    }

    /// Gives the answer until an instant of the node's clock.
    #[must_use]
    pub fn by(mut self, deadline: Millis) -> Self {
        self.until = Until::By(deadline);
        self
    }

    fn send(&mut self, message: M, task: &mut Context<'_>) -> Poll<Answered<M>> {
        let sent = self.link.clock().nanos();
        let deadline = match self.until {
            Until::Within(span) => millis(sent).plus(span),
            Until::By(deadline) => deadline,
        };
        let (reply, mut answer) = Reply::task();
        let post = Post { message, reply, deadline, origin: Origin::Local, sent };
        if let Err(refused) = self.link.deliver(post) {
            return Poll::Ready(Err(refused.why));
        }
        if let Poll::Ready(outcome) = Pin::new(&mut answer).poll(task) {
            return Poll::Ready(outcome.unwrap_or(Err(CallError::Lost)));
        }
        let watch = Watch::begin(self.link.clock(), sent, deadline, task);
        self.state = State::Waiting { answer, deadline, watch };
        Poll::Pending
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
            return this.send(message, task);
        }
        let State::Waiting { answer, deadline, watch } = &mut this.state else {
            return Poll::Ready(Err(CallError::Lost));
        };
        let outcome = match Pin::new(&mut *answer).poll(task) {
            Poll::Ready(outcome) => outcome.unwrap_or(Err(CallError::Lost)),
            Poll::Pending => {
                if watch.poll(this.link.clock(), *deadline, task).is_pending() {
                    return Poll::Pending;
                }
                // The answer may have come while the alarm rang.
                answer.try_recv().unwrap_or(Err(CallError::TimedOut))
            }
        };
        this.state = State::Done;
        Poll::Ready(outcome)
    }
}
