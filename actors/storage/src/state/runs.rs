//! Sorting more items than memory holds: runs that are sorted each, and merged.
//!
//! A run is a state file of its own disk: its height is the number of the run, its record what the caller calls
//! how far it has come. So it is whole or not there, its parts have checksums, and a process that was killed
//! goes on behind the last one.

use super::layout::{About, Item};
use super::read::{Chunks, StateFile, survey};
use super::write::write;
use crate::Error;
use crate::log::Sequence;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::vec::IntoIter;
use troupe_runtime::Disk;
use troupe_types::{Bytes, Hash, Height};

/// Runs on a disk that holds nothing else.
pub struct Runs {
    disk: Arc<dyn Disk>,
    of: Hash,
    runs: Vec<StateFile>,
}

/// The next item of a run: its key, the number of the run, its value.
type Next = (Vec<u8>, usize, Vec<u8>);

/// The items of all runs, ascending.
pub struct Merge<'r> {
    runs: Vec<(Chunks<'r>, IntoIter<Item>)>,
    heap: BinaryHeap<Reverse<Next>>,
    last: Option<Vec<u8>>,
}

impl std::fmt::Debug for Runs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Runs({} of {})", self.runs.len(), self.of)
    }
}

impl std::fmt::Debug for Merge<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Merge({} runs)", self.runs.len())
    }
}

impl Runs {
    /// Takes over the runs of something with a name that are there; everything else goes.
    pub fn open(disk: Arc<dyn Disk>, of: Hash) -> Result<Self, Error> {
        let mut runs = survey(&*disk, of)?.files;
        runs.reverse();
        let follow = |(at, run): (u64, &StateFile)| run.about().height == Height(at);
        let count = (0..).zip(&runs).take_while(|(at, run)| follow((*at, run))).count();
        runs.truncate(count);
        for file in disk.list().map_err(Error::io("the folder"))?.into_keys() {
            if !runs.iter().any(|run| run.file() == file) {
                disk.remove(&file).map_err(Error::io(&file))?;
            }
        }
        Ok(Self { disk, of, runs })
    }

    /// How far the caller had come with the last one; 0 where there is none.
    #[must_use]
    pub fn upto(&self) -> u64 {
        self.runs.last().map_or(0, |run| run.about().sequence.0)
    }

    /// How many items there are.
    #[must_use]
    pub fn items(&self) -> u64 {
        self.runs.iter().map(StateFile::items).sum()
    }

    /// Bytes of all of them.
    #[must_use]
    pub fn size(&self) -> Bytes {
        Bytes(self.runs.iter().map(|run| run.length().0).sum())
    }

    /// Adds a run, with how far the caller has come. Durable when it returns.
    pub fn add(&mut self, mut items: Vec<Item>, upto: u64) -> Result<(), Error> {
        items.sort_unstable();
        let mut items = items.into_iter();
        let mut source = |_: Option<&[u8]>, limit: usize| {
            let (mut given, mut size) = (Vec::new(), 0);
            while size < limit
                && let Some((key, value)) = items.next()
            {
                size += key.len() + value.len();
                given.push((key, value));
            }
            Ok(given)
        };
        let height = Height(self.runs.len() as u64);
        let about = About { chain: self.of, height, sequence: Sequence(upto), root: self.of };
        let run = write(&*self.disk, about, Bytes::ZERO, &mut source, &mut |_| {})?;
        self.runs.push(run);
        Ok(())
    }

    /// All items in order. One chunk of each run is in memory at a time.
    pub fn merge(&self) -> Result<Merge<'_>, Error> {
        let runs = self.runs.iter().map(|run| (run.chunks(&*self.disk), Vec::new().into_iter()));
        let mut merge = Merge { runs: runs.collect(), heap: BinaryHeap::new(), last: None };
        for at in 0..merge.runs.len() {
            merge.fetch(at)?;
        }
        Ok(merge)
    }

    /// Removes all of them.
    pub fn clear(self) -> Result<(), Error> {
        for run in self.runs.iter().rev() {
            self.disk.remove(run.file()).map_err(Error::io(run.file()))?;
        }
        Ok(())
    }
}

impl Merge<'_> {
    fn fetch(&mut self, at: usize) -> Result<(), Error> {
        let Some((chunks, items)) = self.runs.get_mut(at) else { return Ok(()) };
        if items.len() == 0
            && let Some(chunk) = chunks.read_next()?
        {
            *items = chunk.items.into_iter();
        }
        if let Some((key, value)) = items.next() {
            self.heap.push(Reverse((key, at, value)));
        }
        Ok(())
    }

    /// The next item; `None` after the last. Refused are two of one key.
    pub fn read_next(&mut self) -> Result<Option<Item>, Error> {
        let Some(Reverse((key, at, value))) = self.heap.pop() else { return Ok(None) };
        if self.last.as_ref() == Some(&key) {
            return Err(Error::Malformed { what: "state", reason: "a key comes twice" });
        }
        self.fetch(at)?;
        self.last = Some(key.clone());
        Ok(Some((key, value)))
    }

    /// The next items, about so many bytes of them; none after the last.
    pub fn read_some(&mut self, limit: usize) -> Result<Vec<Item>, Error> {
        let (mut given, mut size) = (Vec::new(), 0);
        while size < limit
            && let Some((key, value)) = self.read_next()?
        {
            size += key.len() + value.len();
            given.push((key, value));
        }
        Ok(given)
    }
}
