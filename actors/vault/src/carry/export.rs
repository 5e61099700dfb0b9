//! Final blocks, read from a log that somebody may be writing.

use super::prove::{Around, prove};
use crate::keep::read;
use crate::{Error, Stored};
use std::collections::VecDeque;
use std::ops::{ControlFlow, RangeInclusive};
use std::sync::Arc;
use troupe_chain::{Header, block};
use troupe_consensus::MAX_LINKS;
use troupe_runtime::Disk;
use troupe_storage::log::{Found, Kind, look};
use troupe_storage::{Commit, Phase, Progress};
use troupe_types::{Bytes, Hash, Height};

/// Which blocks were given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exported {
    /// The first; `None` where there was none.
    pub first: Option<Height>,
    /// The last.
    pub last: Option<Height>,
    /// How many there are.
    pub blocks: u64,
    /// How many final blocks there are above that cannot be proven to others before the next ones are final.
    pub unproven: u64,
}

/// Takes a block in the form in which it travels.
pub type Give<'g, E> = &'g mut dyn FnMut(block::Stored, Progress) -> Result<(), E>;

/// Gives the final blocks of a range, each with the proof that it is, from the log that lies on a disk. Nothing is
/// written, and a running process may have the log open. At most as many blocks are in memory as prove one.
pub fn export<E: From<Error>>(
    disk: &dyn Disk,
    chain: Hash,
    range: RangeInclusive<Height>,
    give: Give<'_, E>,
) -> Result<Exported, E> {
    let mut window = Window::default();
    let (mut exported, mut failed) = (Exported::default(), None);
    let mut lowest = None;
    let total = log_size(disk)?;
    let mut take = |found: Found<'_>, done: Bytes| -> Result<ControlFlow<()>, E> {
        if found.kind != Kind::Commit {
            return Ok(ControlFlow::Continue(()));
        }
        let commit = Commit::decode(found.payload).map_err(Error::from)?;
        let first = *lowest.get_or_insert(commit.height);
        let is_below = commit.height < *range.start() || commit.proof.is_empty();
        let wanted = Height(range.start().0.max(1));
        if first > wanted && *range.start() != Height::ZERO {
            return Err(Error::NotKept { got: wanted, first }.into());
        }
        if is_below {
            return Ok(ControlFlow::Continue(()));
        }
        window.0.push_back(Arc::new(read(&commit)?));
        let progress = Progress { phase: Phase::Checking, done, total, items: exported.blocks };
        while let Some(stored) = window.next()? {
            let height = stored.block.header().height;
            if height > *range.end() {
                return Ok(ControlFlow::Break(()));
            }
            give(stored, progress)?;
            exported.first.get_or_insert(height);
            exported.last = Some(height);
            exported.blocks += 1;
        }
        Ok(ControlFlow::Continue(()))
    };
    let looked = look(disk, chain, &mut |found, done| match take(found, done) {
        Ok(flow) => flow,
        Err(error) => {
            failed = Some(error);
            ControlFlow::Break(())
        }
    });
    if let Some(error) = failed {
        return Err(error);
    }
    // Beyond a damaged place there are blocks, but none that follow.
    if let Some(wrong) = looked.map_err(Error::from)?.wrong.into_iter().next() {
        return Err(Error::from(wrong).into());
    }
    let left = window.0.iter().filter(|stored| range.contains(&stored.block.header().height));
    exported.unproven = left.count() as u64;
    Ok(exported)
}

/// Bytes of the log.
pub(crate) fn log_size(disk: &dyn Disk) -> Result<Bytes, Error> {
    let names = disk
        .list()
        .map_err(|source| troupe_storage::Error::Io { file: "the folder".to_owned(), source })?;
    let logs = names.iter().filter(|(name, _)| name.starts_with("log-"));
    Ok(Bytes(logs.map(|(_, length)| length).sum()))
}

/// Blocks that wait for those above them.
#[derive(Default)]
struct Window(VecDeque<Arc<Stored>>);

impl Window {
    fn get(&self, height: Height) -> Option<&Arc<Stored>> {
        let lowest = self.0.front()?.block.header().height;
        let at = usize::try_from(height.0.checked_sub(lowest.0)?).ok()?;
        self.0.get(at).filter(|stored| stored.block.header().height == height)
    }

    /// The lowest one, if those above it prove it.
    fn next(&mut self) -> Result<Option<block::Stored>, Error> {
        let Some(lowest) = self.0.front().cloned() else { return Ok(None) };
        let height = lowest.block.header().height;
        let proof = prove(height, self)?.and_then(|proven| proven.encode());
        let Some(proof) = proof else {
            let is_hopeless = self.0.len() > MAX_LINKS;
            return if is_hopeless { Err(Error::Unprovable { height }) } else { Ok(None) };
        };
        self.0.pop_front();
        Ok(Some(block::Stored { block: (*lowest.block).clone(), proof: proof.into() }))
    }
}

impl Around for Window {
    fn stored(&mut self, height: Height) -> Result<Option<Arc<Stored>>, Error> {
        Ok(self.get(height).cloned())
    }

    fn header(&mut self, height: Height, hash: &Hash) -> Result<Option<Header>, Error> {
        let stored = self.get(height).filter(|stored| stored.block.hash() == *hash);
        Ok(stored.map(|stored| stored.block.header().clone()))
    }
}
