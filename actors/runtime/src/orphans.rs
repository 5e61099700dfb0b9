//! Replies that an actor drops without an answer.
//!
//! Whether their askers hear [`CallError::Lost`] (it went on without answering) or
//! [`CallError::Crashed`] (it fell) is known only once the handler has returned. Until then they
//! wait here.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use troupe_wire::CallError;

/// Tells one asker why there is no answer.
pub(crate) type Orphan = Box<dyn FnOnce(CallError)>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    Collecting,
    HasSome,
}

thread_local! {
    static STATE: Cell<State> = const { Cell::new(State::Idle) };
    static COLLECTED: RefCell<Vec<Orphan>> = const { RefCell::new(Vec::new()) };
}

/// Runs `piece`, which must not unwind, and returns the replies dropped meanwhile on this thread.
#[inline]
pub(crate) fn collect<T>(piece: impl FnOnce() -> T) -> (T, Vec<Orphan>) {
    let outer = begin();
    let outcome = piece();
    (outcome, end(outer))
}

#[inline]
fn begin() -> State {
    let outer = STATE.get();
    if outer == State::Idle {
        STATE.set(State::Collecting);
    }
    outer
}

#[inline]
fn end(outer: State) -> Vec<Orphan> {
    // Inside of another collection all go to the outer one.
    if outer != State::Idle || STATE.replace(State::Idle) == State::Collecting {
        return Vec::new();
    }
    COLLECTED.take()
}

/// Hands over a reply that is being dropped, or gives it back where nobody collects.
pub(crate) fn hand_over<T>(reply: T, tell: impl FnOnce(T, CallError) + 'static) -> Result<(), T>
where
    T: 'static,
{
    if STATE.get() == State::Idle {
        return Err(reply);
    }
    STATE.set(State::HasSome);
    COLLECTED.with_borrow_mut(|all| all.push(Box::new(move |why| tell(reply, why))));
    Ok(())
}

/// Tells all of them.
pub(crate) fn settle(orphans: Vec<Orphan>, why: CallError) {
    for orphan in orphans {
        guarded("an answer's way back", || orphan(why));
    }
}

/// Runs a piece of somebody else's code that must not cost the thread anything when it panics.
pub(crate) fn guarded(what: &'static str, piece: impl FnOnce()) -> bool {
    let is_whole = catch_unwind(AssertUnwindSafe(piece)).is_ok();
    if !is_whole {
        report(what);
    }
    is_whole
}

/// Apart, so that a log line is not compiled into each of the pieces.
#[cold]
fn report(what: &'static str) {
    tracing::error!(what, "panicked");
}
