//! Persist before send: what a machine wishes after a record waits until the record is durable.

use std::collections::VecDeque;
use troupe_consensus::{Output, Record};

/// Wishes in their order. Records that come while others are being saved are saved together.
#[derive(Debug, Default)]
pub(crate) struct Saver {
    waiting: VecDeque<Output>,
    /// How many of the wishes at the front wait for the records that are being saved.
    behind: Option<usize>,
}

impl Saver {
    pub(crate) fn push(&mut self, output: Output) {
        self.waiting.push_back(output);
    }

    /// The next wish that may be done now.
    pub(crate) fn next(&mut self) -> Option<Output> {
        let is_free =
            self.behind.is_none() && !matches!(self.waiting.front(), Some(Output::Persist(_)));
        if is_free { self.waiting.pop_front() } else { None }
    }

    /// All records that wait, when it is their turn; [`Saver::saved`] says that they are durable.
    pub(crate) fn begin(&mut self) -> Option<Vec<Record>> {
        if self.behind.is_some() || !matches!(self.waiting.front(), Some(Output::Persist(_))) {
            return None;
        }
        let mut records = Vec::new();
        let mut others = VecDeque::with_capacity(self.waiting.len());
        for output in self.waiting.drain(..) {
            match output {
                Output::Persist(record) => records.push(record),
                other => others.push_back(other),
            }
        }
        self.waiting = others;
        self.behind = Some(self.waiting.len());
        Some(records)
    }

    /// The records of the last [`Saver::begin`] are durable.
    pub(crate) fn saved(&mut self) {
        self.behind = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use troupe_consensus::{Block, Causes, Header, Place};
    use troupe_types::{Hash, Height, UnixMillis};
    use troupe_wire::Blob;

    fn record(number: u64) -> Output {
        let header = Header {
            hash: Hash::default(),
            parent: Hash::default(),
            height: Height(number),
            place: Place::default(),
            index: 0,
            time: UnixMillis(0),
            root: Hash::default(),
            causes: Causes::default(),
        };
        Output::Persist(Record::Block(Block { header, body: Blob::default() }))
    }

    fn wish(number: u64) -> Output {
        Output::Entered(Place::new(1, number))
    }

    proptest! {
        /// Every wish is done once, in order, and after every record before it is durable.
        #[test]
        fn no_wish_overtakes_a_record(steps in proptest::collection::vec(0u8..4, 0..60)) {
            let mut saver = Saver::default();
            let (mut pushed, mut durable, mut saving, mut done) = (0u64, 0, Vec::new(), 0);
            // The number of records pushed before each wish.
            let mut needs = Vec::new();
            for step in steps {
                match step {
                    0 => {
                        pushed += 1;
                        saver.push(record(pushed));
                    }
                    1 => {
                        saver.push(wish(needs.len() as u64));
                        needs.push(pushed);
                    }
                    2 => {
                        if let Some(records) = saver.begin() {
                            saving = records;
                        }
                    }
                    _ => {
                        durable += std::mem::take(&mut saving).len() as u64;
                        saver.saved();
                    }
                }
                while let Some(output) = saver.next() {
                    prop_assert_eq!(&output, &wish(done));
                    prop_assert!(needs[usize::try_from(done).unwrap()] <= durable);
                    done += 1;
                }
            }
        }
    }
}
