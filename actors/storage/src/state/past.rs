//! The state after any block that the log still has, without an index and beside whoever writes.

use super::layout::Item;
use super::read::{Chunks, StateFile, survey};
use crate::log::{Found, Kind, Sequence, look};
use crate::pending::Pending;
use crate::{Commit, Edit, Error, Phase, Progress};
use std::collections::btree_map;
use std::iter::Peekable;
use std::ops::ControlFlow;
use troupe_runtime::Disk;
use troupe_types::{Bytes, Hash, Height};

/// About how many bytes of later values are given at once.
const BATCH: usize = 1 << 20;

/// A state: the newest file that is not above it, and what the log changed since. What was changed is in memory.
#[derive(Debug)]
pub struct Past {
    base: Option<StateFile>,
    over: Pending,
    commit: Commit,
}

/// The items of a state, ascending.
pub struct Items<'p> {
    base: Option<Chunks<'p>>,
    over: &'p Pending,
    later: Peekable<btree_map::Iter<'p, Vec<u8>, Option<Vec<u8>>>>,
    items: u64,
    bytes: Bytes,
    total: Bytes,
}

impl std::fmt::Debug for Items<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Items({} given)", self.items)
    }
}

impl Past {
    /// Finds the state after the block of a height.
    pub fn at(
        disk: &dyn Disk,
        chain: Hash,
        height: Height,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Self, Error> {
        let files = survey(disk, chain)?.files;
        let base = files.into_iter().find(|file| file.about().height <= height);
        let from = base.as_ref().map_or(Sequence(0), |base| base.about().sequence);
        let (mut over, mut last, mut failed) = (Pending::default(), None, None);
        let total = crate::log::size_on(disk)?;
        let mut first = None;
        let mut take = |found: Found<'_>| -> Result<ControlFlow<()>, Error> {
            first.get_or_insert(found.sequence);
            if found.kind != Kind::Commit || found.sequence < from {
                return Ok(ControlFlow::Continue(()));
            }
            let commit = Commit::decode(found.payload)?;
            // That of the file itself is in it.
            if found.sequence > from {
                apply(&mut over, &commit.edits);
            }
            let is_it = commit.height >= height;
            last = Some(commit);
            Ok(if is_it { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        };
        let looked = look(disk, chain, &mut |found, done| {
            let items = found.sequence.0;
            progress(Progress { phase: Phase::Replaying, done, total, items });
            take(found).unwrap_or_else(|error| {
                failed = Some(error);
                ControlFlow::Break(())
            })
        })?;
        let wrong = looked.wrong.into_iter().next();
        if let Some(error) = failed.or(wrong) {
            return Err(error);
        }
        let first = first.unwrap_or(looked.next);
        if base.is_none() && first > Sequence::FIRST {
            return Err(Error::NoState { first });
        }
        let commit = last.filter(|commit| commit.height == height);
        let commit = commit.ok_or(Error::NoBlock { got: height })?;
        Ok(Self { base, over, commit })
    }

    /// The block.
    #[must_use]
    pub const fn commit(&self) -> &Commit {
        &self.commit
    }

    /// Its items.
    #[must_use]
    pub fn items<'p>(&'p self, disk: &'p dyn Disk) -> Items<'p> {
        let base = self.base.as_ref().map(|base| base.chunks(disk));
        let total = self.base.as_ref().map_or(Bytes::ZERO, StateFile::length);
        let total = Bytes(total.0 + self.over.size().0);
        let later = self.over.values().peekable();
        Items { base, over: &self.over, later, items: 0, bytes: Bytes::ZERO, total }
    }
}

fn apply(over: &mut Pending, edits: &[Edit]) {
    for edit in edits {
        match edit {
            Edit::Wipe(prefix) => over.wipe(prefix.clone()),
            Edit::Put(key, value) => over.put(key.clone(), Some(value.clone())),
            Edit::Remove(key) => over.put(key.clone(), None),
        }
    }
}

impl Items<'_> {
    /// The next ones; `None` after the last.
    pub fn read_next(&mut self) -> Result<Option<Vec<Item>>, Error> {
        let mut given = Vec::new();
        while given.is_empty() {
            let chunk = match &mut self.base {
                Some(base) => base.read_next()?,
                None => None,
            };
            match chunk {
                Some(chunk) => {
                    for (key, value) in chunk.items {
                        self.later_than(Some(&key), usize::MAX, &mut given);
                        if self.over.get(&key).is_none() {
                            given.push((key, value));
                        }
                    }
                }
                None => {
                    self.base = None;
                    self.later_than(None, BATCH, &mut given);
                    if given.is_empty() {
                        return Ok(None);
                    }
                }
            }
        }
        self.items += given.len() as u64;
        let size: usize = given.iter().map(|(key, value)| key.len() + value.len()).sum();
        self.bytes.0 += size as u64;
        Ok(Some(given))
    }

    /// Later values of keys up to one, or of all that are left; about so many bytes.
    fn later_than(&mut self, key: Option<&Vec<u8>>, most: usize, given: &mut Vec<Item>) {
        let mut size = 0;
        let is_before = |(later, _): &(&Vec<u8>, _)| key.is_none_or(|key| *later <= key);
        while size < most
            && let Some((later, value)) = self.later.next_if(is_before)
        {
            if let Some(value) = value {
                size += later.len() + value.len();
                given.push((later.clone(), value.clone()));
            }
        }
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let total = self.total.max(self.bytes);
        Progress { phase: Phase::Loading, done: self.bytes, total, items: self.items }
    }
}
