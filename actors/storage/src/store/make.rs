//! Making a state file, beside everything else.

use super::Store;
use super::keys;
use super::settings::History;
use super::view::{Pin, Reader};
use crate::log::{Kind, MAX_BATCH, Sequence};
use crate::state::{About, StateFile, write};
use crate::{Commit, Error, Progress};
use std::sync::Arc;
use troupe_runtime::Disk;
use troupe_types::{Bytes, Height};

/// How many state files are kept.
const KEPT: usize = 2;

/// A state file to be written; for the jobs pool. Until it is dropped or finished the index does not
/// move.
#[derive(Debug)]
pub struct Making {
    disk: Held,
    reader: Reader,
    about: About,
    expected: Bytes,
    since: u64,
    pin: Pin,
}

/// A state file that is durable.
#[derive(Debug)]
pub struct Made {
    state: StateFile,
    since: u64,
    _pin: Pin,
}

struct Held(Arc<dyn Disk>);

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the disk")
    }
}

impl Making {
    /// Writes it, in bounded memory, and tells after each chunk how far it is.
    pub fn run(self, progress: &mut dyn FnMut(Progress)) -> Result<Made, Error> {
        let Self { disk, reader, about, expected, since, pin } = self;
        let mut source = |after: Option<&[u8]>, limit| reader.scan(after, limit);
        let state = write(&*disk.0, about, expected, &mut source, progress)?;
        Ok(Made { state, since, _pin: pin })
    }
}

impl Made {
    /// The file.
    #[must_use]
    pub const fn state(&self) -> &StateFile {
        &self.state
    }
}

impl Store {
    /// Whether so much log came after the newest state file that the next one is due. Whoever knows
    /// settlement epochs asks for one at each as well.
    #[must_use]
    pub const fn is_state_due(&self) -> bool {
        self.since_state >= self.settings.state_every.0
    }

    /// Begins a state file of the block that was flushed last; `None` when there is none, its state
    /// file is there already, or a flush is under way.
    #[must_use]
    pub fn begin_state(&self) -> Option<Making> {
        let tip = self.applied?;
        if Arc::strong_count(&self.writing) > 1 {
            return None;
        }
        let newest = self.states.first();
        if newest.is_some_and(|state| state.about().height >= tip.height) {
            return None;
        }
        let chain = self.settings.identity.chain;
        let about = About { chain, height: tip.height, sequence: tip.sequence, root: tip.root };
        Some(Making {
            disk: Held(Arc::clone(&self.disk)),
            reader: self.reader(),
            about,
            expected: newest.map_or(Bytes::ZERO, StateFile::length),
            since: self.since_state,
            pin: self.pin(),
        })
    }

    /// Takes over a state file, lets go of the third and of the log before the second, but for blocks
    /// that have to stay.
    /// Records of other kinds than commits that `needed` still wants are written again first.
    pub fn finish_state(
        &mut self,
        made: Made,
        needed: &mut dyn FnMut(Kind, &[u8]) -> bool,
    ) -> Result<(), Error> {
        let Made { state, since, .. } = made;
        self.since_state = self.since_state.saturating_sub(since);
        self.states.insert(0, state);
        while self.states.len() > KEPT
            && let Some(oldest) = self.states.pop()
        {
            self.disk.remove(oldest.file()).map_err(Error::io(oldest.file()))?;
        }
        let older = self.states.get(KEPT - 1).map(|state| state.about().sequence);
        match (older, self.settings.history) {
            (Some(older), History::Pruned) => self.retire(older, needed),
            (None, History::Pruned) | (_, History::Kept) => Ok(()),
        }
    }

    /// Where the segment begins that has the lowest block which has to stay.
    fn oldest_needed(&self) -> Result<Sequence, Error> {
        let lowest = self.tip.and_then(|tip| tip.height.0.checked_sub(self.settings.blocks));
        let Some(lowest) = lowest.map(Height) else { return Ok(self.log.first()) };
        let place = self.lookup(&keys::block(lowest))?;
        let start = match place {
            Some(place) => self.log.start_of(keys::place(&place)?.segment),
            None => None,
        };
        // It went before it had to stay: under other settings.
        Ok(start.unwrap_or(self.log.first()))
    }

    fn retire(
        &mut self,
        before: Sequence,
        needed: &mut dyn FnMut(Kind, &[u8]) -> bool,
    ) -> Result<(), Error> {
        let before = before.min(self.oldest_needed()?);
        let stays = self.log.retirable(before);
        if stays == self.log.first() {
            return Ok(());
        }
        let mut kept: Vec<(Kind, Vec<u8>)> = Vec::new();
        let mut gone = Vec::new();
        self.log.replay(self.log.first()..stays, &mut |found| {
            match found.kind {
                Kind::Consensus | Kind::Evidence if needed(found.kind, found.payload) => {
                    kept.push((found.kind, found.payload.to_vec()));
                }
                Kind::Commit => {
                    let commit = Commit::decode(found.payload)?;
                    gone.extend([
                        (keys::block(commit.height), None),
                        (keys::hash(&commit.hash), None),
                    ]);
                    let derived = self.derived(&commit).into_iter();
                    gone.extend(derived.map(|(key, _)| (keys::derived(&key), None)));
                }
                Kind::Consensus | Kind::Evidence | Kind::Boot | Kind::Close | Kind::Origin => {}
            }
            Ok(())
        })?;
        let kept: Vec<(Kind, &[u8])> = kept.iter().map(|(kind, it)| (*kind, &it[..])).collect();
        for batch in kept.chunks(MAX_BATCH) {
            self.log.append(batch)?;
        }
        // The one of this process may be among those that go.
        self.log.append(&[(Kind::Boot, &self.settings.boot.0)])?;
        self.index.put(gone)?;
        self.log.retire(before)?;
        Ok(())
    }
}
