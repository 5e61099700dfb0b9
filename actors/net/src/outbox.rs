//! What waits to be sent to one peer: bounded by count and by bytes, first in, first out.

use bytes::Bytes;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use tokio::sync::Notify;
use troupe_runtime::Queue;
use troupe_types::Millis;
use troupe_wire::{CallError, Version};

/// A tell on its way out.
#[derive(Debug)]
pub(crate) struct Tell {
    pub(crate) service: &'static str,
    pub(crate) tag: u16,
    pub(crate) since: Version,
    /// Instant after which it is not worth sending.
    pub(crate) deadline: Millis,
    pub(crate) body: Bytes,
}

/// The tells of one lane that wait to be sent to one peer.
#[derive(Debug)]
pub(crate) struct Outbox {
    limit: Queue,
    held: Mutex<Held>,
    filled: Notify,
}

#[derive(Debug, Default)]
struct Held {
    tells: VecDeque<Tell>,
    bytes: u64,
    is_closed: bool,
}

/// What a tell holds besides its body.
const OVERHEAD: u64 = size_of::<Tell>() as u64;

impl Tell {
    fn weight(&self) -> u64 {
        OVERHEAD + u64::try_from(self.body.len()).unwrap_or(u64::MAX / 2)
    }
}

impl Outbox {
    pub(crate) fn new(limit: Queue) -> Self {
        Self { limit, held: Mutex::default(), filled: Notify::new() }
    }

    /// Queues a tell, or says that there is no room.
    pub(crate) fn push(&self, tell: Tell) -> Result<(), CallError> {
        let weight = tell.weight();
        {
            let mut held = self.lock();
            if held.is_closed {
                return Err(CallError::Closing);
            }
            let count = u32::try_from(held.tells.len()).unwrap_or(u32::MAX);
            if count >= self.limit.messages || held.bytes + weight > self.limit.bytes.0 {
                return Err(CallError::Busy);
            }
            held.bytes += weight;
            held.tells.push_back(tell);
        }
        self.filled.notify_one();
        Ok(())
    }

    /// Waits for tells and moves up to `count` of them to `batch`; false when the outbox was closed
    /// and is empty. Safe to cancel; one taker at a time.
    pub(crate) async fn take(&self, count: usize, batch: &mut Vec<Tell>) -> bool {
        batch.clear();
        loop {
            let filled = self.filled.notified();
            {
                let mut held = self.lock();
                let taken = held.tells.len().min(count);
                if taken > 0 {
                    batch.extend(held.tells.drain(..taken));
                    let weight: u64 = batch.iter().map(Tell::weight).sum();
                    held.bytes = held.bytes.saturating_sub(weight);
                    return true;
                }
                if held.is_closed {
                    return false;
                }
            }
            filled.await;
        }
    }

    /// Forgets what waits: there is nobody to send it to.
    pub(crate) fn clear(&self) -> usize {
        let mut held = self.lock();
        held.bytes = 0;
        std::mem::take(&mut held.tells).len()
    }

    /// Takes nothing more; what is queued is still sent.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
        self.filled.notify_one();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use proptest::prelude::*;
    use troupe_types::Bytes as Size;

    fn tell(tag: u16, length: usize) -> Tell {
        Tell {
            service: "x",
            tag,
            since: Version(1),
            deadline: Millis::MAX,
            body: Bytes::from(vec![0; length]),
        }
    }

    fn take(outbox: &Outbox, count: usize) -> Option<Vec<u16>> {
        let mut batch = Vec::new();
        let more = outbox.take(count, &mut batch).now_or_never()?;
        more.then(|| batch.iter().map(|tell| tell.tag).collect())
    }

    proptest! {
        #[test]
        fn order_is_kept_and_no_bound_is_passed(
            steps in proptest::collection::vec((any::<bool>(), 0usize..300), 1..200),
        ) {
            let limit = Queue { messages: 8, bytes: Size(2_000) };
            let outbox = Outbox::new(limit);
            let mut model: VecDeque<(u16, u64)> = VecDeque::new();
            for (at, (push, size)) in (0u16..).zip(steps) {
                if push {
                    let weight = tell(at, size).weight();
                    let held: u64 = model.iter().map(|(_, weight)| weight).sum();
                    let fits = model.len() < 8 && held + weight <= 2_000;
                    prop_assert_eq!(outbox.push(tell(at, size)).is_ok(), fits);
                    if fits {
                        model.push_back((at, weight));
                    }
                } else {
                    let count = 1 + size % 5;
                    let taken = model.len().min(count);
                    let expected: Vec<u16> = model.drain(..taken).map(|(tag, _)| tag).collect();
                    let got = take(&outbox, count);
                    prop_assert_eq!(got.unwrap_or_default(), expected);
                }
            }
        }
    }

    #[test]
    fn a_closed_outbox_gives_out_what_it_has_and_takes_nothing() {
        let outbox = Outbox::new(Queue { messages: 8, bytes: Size::mib(1) });
        outbox.push(tell(1, 0)).unwrap();
        outbox.close();
        assert_eq!(outbox.push(tell(2, 0)), Err(CallError::Closing));
        assert_eq!(take(&outbox, 8), Some(vec![1]));
        let mut batch = Vec::new();
        assert_eq!(outbox.take(8, &mut batch).now_or_never(), Some(false));
    }

    #[test]
    fn a_taker_wakes_when_something_comes() {
        let outbox = Outbox::new(Queue { messages: 8, bytes: Size::mib(1) });
        let mut batch = Vec::new();
        let mut waiting = Box::pin(outbox.take(8, &mut batch));
        assert_eq!(waiting.as_mut().now_or_never(), None);
        outbox.push(tell(1, 0)).unwrap();
        assert_eq!(waiting.as_mut().now_or_never(), Some(true));
        drop(waiting);
        assert_eq!(batch.len(), 1);
        outbox.push(tell(2, 0)).unwrap();
        assert_eq!((outbox.clear(), outbox.clear()), (1, 0));
    }
}
