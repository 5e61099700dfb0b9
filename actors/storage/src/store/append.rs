//! What a store does while it runs.

use super::flush::{Flushed, Writing};
use super::keys;
use super::settings::Settings;
use super::view::{Pin, Reader};
use crate::index::{Closed, Index, Shelf};
use crate::log::{Kind, Log, Place, Sequence};
use crate::pending::Pending;
use crate::state::{Item, StateFile};
use crate::{Commit, Edit, Error};
use std::collections::VecDeque;
use std::sync::Arc;
use troupe_runtime::Disk;
use troupe_types::{Bytes, Hash, Height};

/// One thing to be written down.
#[derive(Debug, Clone, Copy)]
pub enum Entry<'a> {
    /// What consensus is about to say.
    Consensus(&'a [u8]),
    /// A block that is committed; the next one.
    Commit(&'a Commit),
    /// Evidence of a task.
    Evidence(&'a [u8]),
}

/// A block, and its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tip {
    /// Its height.
    pub height: Height,
    /// Its hash.
    pub hash: Hash,
    /// The state root after it.
    pub root: Hash,
    /// Its record in the log.
    pub sequence: Sequence,
}

/// All that a node keeps of the chain: the log, state files, the index.
///
/// What [`Store::append`] returned for is there after any crash. One thread at a time uses it;
/// [`Reader`] and [`Making`](super::Making) go to others.
pub struct Store {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) shelf: Box<dyn Shelf>,
    pub(super) index: Arc<dyn Index>,
    pub(super) log: Log,
    pub(super) settings: Settings,
    /// The last committed block.
    pub(super) tip: Option<Tip>,
    /// The last block that is in the index.
    pub(super) applied: Option<Tip>,
    /// What is not in the index yet, by block; the newest last.
    pub(super) pending: VecDeque<(Tip, Pending)>,
    /// The newest first.
    pub(super) states: Vec<StateFile>,
    /// Bytes of the log that came after the newest state file.
    pub(super) since_state: u64,
    pub(super) pin: Arc<()>,
    pub(super) writing: Arc<Writing>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({:?}, tip {:?}, {} states)", self.log, self.tip, self.states.len())
    }
}

impl Store {
    /// Writes a batch down. After a crash all of it is there or none of it, and all of it if this
    /// returned. Refused, with nothing written, is a block that is not the next one.
    pub fn append(&mut self, batch: &[Entry<'_>]) -> Result<(), Error> {
        let mut tip = self.tip;
        let mut commits = Vec::new();
        for entry in batch {
            let Entry::Commit(commit) = entry else { continue };
            let want = tip.map_or(Some(commit.height), |tip| tip.height.next());
            let want = want.unwrap_or(commit.height);
            if commit.height != want {
                return Err(Error::Gap { got: commit.height, want });
            }
            let Commit { height, hash, root, .. } = **commit;
            tip = Some(Tip { height, hash, root, sequence: Sequence(0) });
            commits.push(commit.encode()?);
        }
        let mut encoded = commits.iter();
        let records: Vec<(Kind, &[u8])> = batch
            .iter()
            .map(|entry| match entry {
                Entry::Consensus(bytes) => (Kind::Consensus, *bytes),
                Entry::Evidence(bytes) => (Kind::Evidence, *bytes),
                Entry::Commit(_) => (Kind::Commit, encoded.next().map_or(&[][..], Vec::as_slice)),
            })
            .collect();
        let before = self.log.size();
        let (mut sequence, mut place) = self.log.append_placed(&records)?;
        self.since_state += self.log.size().0 - before.0;
        for (entry, (_, payload)) in batch.iter().zip(&records) {
            place.length = Log::record_length(payload);
            if let Entry::Commit(commit) = entry {
                self.take(commit, sequence, place);
            }
            place.offset += u64::from(place.length);
            sequence = sequence.next();
        }
        Ok(())
    }

    /// Takes over a block that is in the log.
    pub(super) fn take(&mut self, commit: &Commit, sequence: Sequence, place: Place) {
        let mut layer = Pending::default();
        for edit in &commit.edits {
            match edit {
                Edit::Wipe(prefix) => layer.wipe(keys::flat(prefix)),
                Edit::Put(key, value) => layer.put(keys::flat(key), Some(value.clone())),
                Edit::Remove(key) => layer.put(keys::flat(key), None),
            }
        }
        self.locate(&mut layer, commit, place);
        let Commit { height, hash, root, .. } = *commit;
        let tip = Tip { height, hash, root, sequence };
        self.pending.push_back((tip, layer));
        self.tip = Some(tip);
    }

    /// Notes where a block is, and what follows from it.
    pub(super) fn locate(&self, layer: &mut Pending, commit: &Commit, place: Place) {
        layer.put(keys::block(commit.height), Some(keys::place_bytes(place)));
        let height = commit.height.0.to_be_bytes().to_vec();
        layer.put(keys::hash(&commit.hash), Some(height));
        for (key, value) in self.derived(commit) {
            layer.put(keys::derived(&key), Some(value));
        }
    }

    pub(super) fn derived(&self, commit: &Commit) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.settings.derive.as_ref().map(|derive| derive.entries(commit)).unwrap_or_default()
    }

    /// The last committed block.
    #[must_use]
    pub const fn committed(&self) -> Option<&Tip> {
        self.tip.as_ref()
    }

    /// The last block that is in the index: that of the state a [`Reader`] sees.
    #[must_use]
    pub const fn flushed(&self) -> Option<&Tip> {
        self.applied.as_ref()
    }

    /// The log, to be looked at.
    #[must_use]
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// The state files there are, the newest first.
    #[must_use]
    pub fn states(&self) -> &[StateFile] {
        &self.states
    }

    /// Shows the records of a kind that are kept, in order; for consensus to begin where it ended.
    pub fn records(
        &self,
        kind: Kind,
        visit: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let all = self.log.first()..self.log.next();
        self.log.replay(all, &mut |found| {
            if found.kind == kind { visit(found.payload) } else { Ok(()) }
        })
    }

    pub(super) fn lookup(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        for (_, layer) in self.pending.iter().rev() {
            if let Some(value) = layer.get(key) {
                return Ok(value.cloned());
            }
        }
        self.index.get(key)
    }

    /// The value of a key of the flat state after the last committed block.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.lookup(&keys::flat(key))
    }

    /// What [`Derive`](super::Derive) put under a key.
    pub fn derived_value(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.lookup(&keys::derived(key))
    }

    /// As [`Reader::derived_after`], with what is not in the index yet.
    pub fn derived_after(&self, prefix: &[u8], after: &[u8]) -> Result<Option<Item>, Error> {
        let mut first = self.reader().derived_after(prefix, after)?;
        let (prefix, after) = (keys::derived(prefix), keys::derived(after));
        for (_, layer) in &self.pending {
            let Some((key, value)) = layer.first_after(&prefix, &after) else { continue };
            let key = &key[keys::DERIVED.len()..];
            if first.as_ref().is_none_or(|(lowest, _)| key < lowest.as_slice()) {
                first = Some((key.to_vec(), value.clone()));
            }
        }
        Ok(first)
    }

    /// The height of a block, if it is kept.
    pub fn height_of(&self, hash: &Hash) -> Result<Option<Height>, Error> {
        let height = self.lookup(&keys::hash(hash))?.and_then(|bytes| bytes.try_into().ok());
        Ok(height.map(|bytes| Height(u64::from_be_bytes(bytes))))
    }

    /// A block, if it is kept.
    pub fn block(&self, height: Height) -> Result<Option<Commit>, Error> {
        let Some(place) = self.lookup(&keys::block(height))? else { return Ok(None) };
        match self.log.read(keys::place(&place)?) {
            Ok(payload) => Commit::decode(&payload).map(Some),
            Err(Error::Missing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The lowest block that is kept: all above it are. `None` before the first commit.
    pub fn first_block(&self) -> Result<Option<Height>, Error> {
        let Some(tip) = &self.tip else { return Ok(None) };
        let (mut low, mut high) = (0, tip.height.0);
        while low < high {
            let middle = low.midpoint(high);
            if self.lookup(&keys::block(Height(middle)))?.is_some() {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok(Some(Height(high)))
    }

    /// How much waits to be flushed.
    #[must_use]
    pub fn pending(&self) -> Bytes {
        Bytes(self.pending.iter().map(|(_, layer)| layer.size().0).sum())
    }

    /// Reads the state as it was last flushed.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader { index: Arc::clone(&self.index) }
    }

    /// Holds back flushes.
    #[must_use]
    pub fn pin(&self) -> Pin {
        Pin { _held: Arc::clone(&self.pin) }
    }

    /// Ends: everything is synced, so that the next start finds the index as it is. Refused as long as
    /// anything of the store is held; nothing is lost without it. The store takes and gives no more.
    pub fn close(&mut self) -> Result<(), Error> {
        if self.flush(Height(u64::MAX))? == Flushed::Held || Arc::strong_count(&self.index) > 1 {
            return Err(Error::InUse);
        }
        let index = std::mem::replace(&mut self.index, Arc::new(Closed));
        self.shelf.close(index)?;
        self.log.append(&[(Kind::Close, &[])])?;
        Ok(())
    }
}
