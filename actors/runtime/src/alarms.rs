//! Alarms of asks that were answered in time, kept for the next ask of the same task.
//!
//! Arming a timer costs more than an ask itself, and nearly every ask is answered long before its
//! deadline. So an answered ask leaves its alarm armed, and the next one of the same thread takes
//! it over when it rings no later than needed; ringing early, it is replaced by the right one. This
//! is a cache: a thread without it behaves the same.

use crate::clock::{Alarm, Clock, millis};
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use troupe_types::Millis;

/// So many spare alarms stay with a thread, beside the last one.
const MOST: usize = 64;
/// So many of them are tried by an ask.
const LOOKS: usize = 4;

thread_local! {
    /// The last one: a task that asks, hears the answer and asks again finds its own here.
    static LAST: Cell<Option<Box<Armed>>> = const { Cell::new(None) };
    static SPARE: RefCell<Spares> = const { RefCell::new(Vec::new()) };
}

type Spares = Vec<Box<Armed>>;

/// An alarm that was polled, so that it will wake `waker`.
struct Armed {
    clock: Arc<dyn Clock>,
    at: Millis,
    alarm: Alarm,
    waker: Waker,
    /// Which thread's timers it belongs to; none where it may not be kept.
    thread: Option<usize>,
}

/// Wakes a task at a deadline.
pub(crate) struct Watch(Option<Box<Armed>>);

impl Watch {
    /// Makes sure that the polling task is woken at `deadline`, or before. `now` is in nanoseconds.
    #[inline]
    pub(crate) fn begin(
        clock: &Arc<dyn Clock>,
        now: u64,
        deadline: Millis,
        task: &mut Context<'_>,
    ) -> Self {
        if let Some(armed) = LAST.take() {
            let is_fit = armed.fits(clock, millis(now), deadline);
            if is_fit && is_same(&armed.waker, task.waker()) {
                return Self(Some(armed));
            }
            keep(armed);
        }
        Self::begin_slowly(clock, now, deadline, task)
    }

    fn begin_slowly(
        clock: &Arc<dyn Clock>,
        now: u64,
        deadline: Millis,
        task: &mut Context<'_>,
    ) -> Self {
        let mut watch = Self(take(clock, millis(now), deadline));
        if watch.poll(clock, deadline, task).is_ready() {
            // Passed already: the task looks again at once.
            task.waker().wake_by_ref();
        }
        watch
    }

    /// Ready once the deadline has passed; otherwise the task will be woken then, or before.
    pub(crate) fn poll(
        &mut self,
        clock: &Arc<dyn Clock>,
        deadline: Millis,
        task: &mut Context<'_>,
    ) -> Poll<()> {
        let armed = self.0.get_or_insert_with(|| Armed::new(clock, deadline, task));
        if armed.alarm.as_mut().poll(task).is_ready() {
            if armed.at >= deadline {
                self.0 = None;
                return Poll::Ready(());
            }
            // It was another ask's and rang early.
            *armed = Armed::new(clock, deadline, task);
            if armed.alarm.as_mut().poll(task).is_ready() {
                self.0 = None;
                return Poll::Ready(());
            }
        }
        armed.waker.clone_from(task.waker());
        Poll::Pending
    }
}

impl Armed {
    fn new(clock: &Arc<dyn Clock>, at: Millis, task: &Context<'_>) -> Box<Self> {
        let thread = clock.keeps_alarms().then(this_thread);
        let (clock, alarm) = (Arc::clone(clock), clock.alarm(at));
        Box::new(Self { clock, at, alarm, waker: task.waker().clone(), thread })
    }

    /// Whether it has not rung and rings by `deadline` of this clock.
    fn fits(&self, clock: &Arc<dyn Clock>, now: Millis, deadline: Millis) -> bool {
        self.at > now && self.at <= deadline && Arc::ptr_eq(&self.clock, clock)
    }
}

impl Drop for Watch {
    #[inline]
    fn drop(&mut self) {
        let Some(armed) = self.0.take() else { return };
        if armed.thread != Some(this_thread()) {
            return;
        }
        // While the thread ends there is no cache any more; the alarm is dropped then.
        if let Ok(Some(before)) = LAST.try_with(|last| last.replace(Some(armed))) {
            keep(before);
        }
    }
}

fn keep(armed: Box<Armed>) {
    let _ = SPARE.try_with(|spare| {
        let mut spare = spare.borrow_mut();
        if spare.len() < MOST {
            spare.push(armed);
        }
    });
}

fn take(clock: &Arc<dyn Clock>, now: Millis, deadline: Millis) -> Option<Box<Armed>> {
    for _ in 0..LOOKS {
        let found = SPARE.with(|spare| spare.borrow_mut().pop())?;
        if found.fits(clock, now, deadline) {
            return Some(found);
        }
        // Rung, too late or of another node: of no use to asks like this one.
    }
    None
}

/// Whether both wake the same task. [`Waker::will_wake`] compares where the functions are listed, and
/// a generic waker's list may stand in the binary several times; this compares the functions.
#[inline]
fn is_same(one: &Waker, other: &Waker) -> bool {
    one.data() == other.data() && one.vtable() == other.vtable()
}

/// Differs between threads that live at the same time.
#[inline]
fn this_thread() -> usize {
    LAST.try_with(|last| std::ptr::from_ref(last).addr()).unwrap_or(0)
}
