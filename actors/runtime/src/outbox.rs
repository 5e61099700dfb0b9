//! Persist before send: what an actor does after a write waits until the write is durable.

use std::collections::VecDeque;

type Effect = Box<dyn FnOnce()>;

/// Bytes to be appended, by file.
pub(crate) type Writes = Vec<(String, Vec<u8>)>;

/// With more than this held back, the actor handles nothing new until the disk has answered.
const MOST_EFFECTS: usize = 4_096;
const MOST_BYTES: usize = 4 << 20;

/// Effects in the order in which they were wished for. Writes of the handlers that ran while a
/// sync was under way go to disk together in the next one.
#[derive(Default)]
pub(crate) struct Outbox {
    /// Bytes by file that no sync has covered yet.
    unsynced: Writes,
    /// Effects behind those bytes.
    held: VecDeque<Effect>,
    /// Effects behind the sync that is under way.
    in_flight: Option<VecDeque<Effect>>,
}

impl Outbox {
    /// Whether effects must wait.
    #[inline]
    pub(crate) fn is_holding(&self) -> bool {
        self.in_flight.is_some() || !self.unsynced.is_empty()
    }

    /// Whether so much is held back that the queue has to wait for the disk.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        if !self.is_holding() {
            return false;
        }
        let effects = self.held.len() + self.in_flight.as_ref().map_or(0, VecDeque::len);
        let bytes: usize = self.unsynced.iter().map(|(_, bytes)| bytes.len()).sum();
        effects >= MOST_EFFECTS || bytes >= MOST_BYTES
    }

    pub(crate) fn write(&mut self, file: String, bytes: Vec<u8>) {
        match self.unsynced.iter_mut().find(|(name, _)| *name == file) {
            Some((_, gathered)) => gathered.extend(bytes),
            None => self.unsynced.push((file, bytes)),
        }
    }

    /// Performs the effect now, or behind the writes before it.
    #[inline]
    pub(crate) fn perform(&mut self, effect: impl FnOnce() + 'static) {
        if self.is_holding() {
            self.hold(Box::new(effect));
        } else {
            effect();
        }
    }

    #[cold]
    fn hold(&mut self, effect: Effect) {
        match &mut self.in_flight {
            Some(waiting) if self.unsynced.is_empty() => waiting.push_back(effect),
            _ => self.held.push_back(effect),
        }
    }

    /// The writes for the next sync, unless one is under way or there are none.
    pub(crate) fn begin_sync(&mut self) -> Option<Writes> {
        if self.in_flight.is_some() || self.unsynced.is_empty() {
            return None;
        }
        self.in_flight = Some(std::mem::take(&mut self.held));
        Some(std::mem::take(&mut self.unsynced))
    }

    /// The sync under way is durable: its effects, to be performed in order.
    pub(crate) fn end_sync(&mut self) -> VecDeque<Effect> {
        self.in_flight.take().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::cell::RefCell;
    use std::rc::Rc;

    #[derive(Debug, Clone, Copy)]
    enum Step {
        Write,
        Effect,
        Begin,
        End,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![Just(Step::Write), Just(Step::Effect), Just(Step::Begin), Just(Step::End)]
    }

    proptest! {
        /// Effects keep their order, and none runs before every write wished for before it is durable.
        #[test]
        fn no_effect_overtakes_a_write(steps in proptest::collection::vec(step(), 0..60)) {
            let mut outbox = Outbox::default();
            let performed = Rc::new(RefCell::new(Vec::new()));
            let (mut written, mut syncing, mut durable, mut effects) = (0, None, 0, 0);
            for step in steps {
                match step {
                    Step::Write => {
                        outbox.write("log".into(), vec![1]);
                        written += 1;
                    }
                    Step::Effect => {
                        let (performed, number, needs) = (Rc::clone(&performed), effects, written);
                        outbox.perform(move || performed.borrow_mut().push((number, needs)));
                        effects += 1;
                    }
                    Step::Begin => {
                        if let Some(writes) = outbox.begin_sync() {
                            let count: usize = writes.iter().map(|(_, bytes)| bytes.len()).sum();
                            syncing = Some(durable + count);
                        }
                    }
                    Step::End => {
                        if let Some(now_durable) = syncing.take() {
                            durable = now_durable;
                            outbox.end_sync().into_iter().for_each(|effect| effect());
                        }
                    }
                }
                for (position, (number, needs)) in performed.borrow().iter().enumerate() {
                    prop_assert_eq!(position, *number);
                    prop_assert!(*needs <= durable);
                }
            }
        }
    }
}
