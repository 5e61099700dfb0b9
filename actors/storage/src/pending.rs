//! What is acknowledged and not in the index yet: last values only.

use crate::Error;
use crate::index::{Edits, Index};
use std::collections::{BTreeMap, BTreeSet, btree_map};
use std::ops::Bound::{Excluded, Included, Unbounded};
use troupe_types::Bytes;

/// How much is written to the index at a time.
const BATCH: usize = 1 << 20;

/// Edits over an index.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pending {
    edits: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    /// Prefixes of which the index holds nothing that counts. None begins with another.
    wiped: BTreeSet<Vec<u8>>,
    bytes: u64,
}

impl Pending {
    pub(crate) fn put(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        let size = |value: &Option<Vec<u8>>| value.as_ref().map_or(0, Vec::len) as u64;
        self.bytes += size(&value);
        let length = key.len() as u64;
        match self.edits.insert(key, value) {
            Some(before) => self.bytes -= size(&before),
            None => self.bytes += length,
        }
    }

    pub(crate) fn wipe(&mut self, prefix: Vec<u8>) {
        let gone: Vec<_> = starting(&self.edits, &prefix).cloned().collect();
        for key in gone {
            let value = self.edits.remove(&key).flatten();
            self.bytes -= (key.len() + value.map_or(0, |value| value.len())) as u64;
        }
        if !self.is_wiped(&prefix) {
            self.wiped.retain(|wiped| !wiped.starts_with(&prefix));
            self.wiped.insert(prefix);
        }
    }

    /// Becomes what it and then `newer` make.
    pub(crate) fn absorb(&mut self, newer: Self) {
        for prefix in newer.wiped {
            self.wipe(prefix);
        }
        for (key, value) in newer.edits {
            self.put(key, value);
        }
    }

    fn is_wiped(&self, key: &[u8]) -> bool {
        let before = self.wiped.range::<[u8], _>((Unbounded, Included(key))).next_back();
        before.is_some_and(|prefix| key.starts_with(prefix))
    }

    /// What a key became; `None` when the index says.
    pub(crate) fn get(&self, key: &[u8]) -> Option<Option<&Vec<u8>>> {
        match self.edits.get(key) {
            Some(value) => Some(value.as_ref()),
            None => self.is_wiped(key).then_some(None),
        }
    }

    /// The first value above a key among the keys that begin so.
    pub(crate) fn first_after(&self, prefix: &[u8], after: &[u8]) -> Option<(&Vec<u8>, &Vec<u8>)> {
        let above = self.edits.range::<[u8], _>((Excluded(after), Unbounded));
        let mut above = above.take_while(|(key, _)| key.starts_with(prefix));
        above.find_map(|(key, value)| Some((key, value.as_ref()?)))
    }

    /// What keys became, ascending; `None` where they go.
    pub(crate) fn values(&self) -> btree_map::Iter<'_, Vec<u8>, Option<Vec<u8>>> {
        self.edits.iter()
    }

    /// About how much memory the keys and values take.
    pub(crate) const fn size(&self) -> Bytes {
        Bytes(self.bytes)
    }

    /// Writes all of it to an index, and then `last`. Done again after a part of it was done, it
    /// comes to the same.
    pub(crate) fn write(&mut self, index: &dyn Index, last: Edits) -> Result<(), Error> {
        for prefix in &self.wiped {
            loop {
                let there = index.scan(prefix, None, BATCH)?;
                if there.is_empty() {
                    break;
                }
                index.put(there.into_iter().map(|(key, _)| (key, None)).collect())?;
            }
        }
        let (mut batch, mut size) = (Vec::new(), 0);
        for (key, value) in std::mem::take(&mut self.edits) {
            size += key.len() + value.as_ref().map_or(0, Vec::len);
            batch.push((key, value));
            if size >= BATCH {
                index.put(std::mem::take(&mut batch))?;
                size = 0;
            }
        }
        batch.extend(last);
        index.put(batch)?;
        *self = Self::default();
        Ok(())
    }
}

fn starting<'m>(
    edits: &'m BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    prefix: &'m [u8],
) -> impl Iterator<Item = &'m Vec<u8>> {
    edits
        .range(prefix.to_vec()..)
        .map(|(key, _)| key)
        .take_while(move |key| key.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{MemoryShelf, Shelf};
    use proptest::prelude::*;

    #[derive(Debug, Clone)]
    enum Step {
        Put(Vec<u8>, Option<Vec<u8>>),
        Wipe(Vec<u8>),
        Write,
    }

    fn key() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(0_u8..3, 1..5)
    }

    fn step() -> impl Strategy<Value = Step> {
        let value = prop::option::of(prop::collection::vec(any::<u8>(), 0..4));
        prop_oneof![
            6 => (key(), value).prop_map(|(key, value)| Step::Put(key, value)),
            2 => key().prop_map(Step::Wipe),
            1 => Just(Step::Write),
        ]
    }

    proptest! {
        #[test]
        fn over_an_index_it_reads_as_if_all_were_written(
            steps in prop::collection::vec(step(), 0..60),
        ) {
            let index = MemoryShelf::default().open().expect("in memory");
            let (mut pending, mut want) = (Pending::default(), BTreeMap::new());
            for step in steps {
                match step {
                    Step::Put(key, value) => {
                        match &value {
                            Some(value) => drop(want.insert(key.clone(), value.clone())),
                            None => drop(want.remove(&key)),
                        }
                        pending.put(key, value);
                    }
                    Step::Wipe(prefix) => {
                        want.retain(|key, _| !key.starts_with(&prefix));
                        pending.wipe(prefix);
                    }
                    Step::Write => {
                        pending.write(&*index, Vec::new()).expect("in memory");
                        prop_assert_eq!(pending.size(), Bytes::ZERO);
                        let all = index.scan(&[], None, usize::MAX).expect("in memory");
                        prop_assert!(all.into_iter().eq(want.clone()));
                    }
                }
                for key in want.keys().cloned().chain([vec![0], vec![1, 2], vec![2, 1, 0]]) {
                    let got = match pending.get(&key) {
                        Some(value) => value.cloned(),
                        None => index.get(&key).expect("in memory"),
                    };
                    prop_assert_eq!(got.as_ref(), want.get(&key));
                }
                let held: usize = pending.edits.iter().map(|(key, value)| {
                    key.len() + value.as_ref().map_or(0, Vec::len)
                }).sum();
                prop_assert_eq!(pending.size(), Bytes::of(held));
            }
        }
    }
}
