//! The index from nothing: a state file, and the log.

use super::open::Report;
use super::{Store, Tip, keys};
use crate::log::Sequence;
use crate::pending::Pending;
use crate::state::StateFile;
use crate::{Error, Progress};

impl Store {
    /// Fills an empty index from the newest state file that is whole, or from the first record of the
    /// log on. What came after is left to be caught up with.
    pub(super) fn rebuild(
        &mut self,
        report: &mut Report,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), Error> {
        let first = self.log.first();
        while let Some(state) = self.states.first().cloned() {
            let is_followed = state.about().sequence >= first;
            let outcome = match is_followed {
                true => self.load(&state, progress),
                false => Err(Error::NoState { first }),
            };
            match outcome {
                Ok(()) => return Ok(()),
                Err(error) if error.is_fatal() => return Err(error),
                Err(error) => {
                    self.disk.remove(state.file()).map_err(Error::io(state.file()))?;
                    report.refused.push(error);
                }
            }
            self.states.remove(0);
            self.shelf.discard()?;
            self.index = self.shelf.open()?;
        }
        if first > Sequence::FIRST { Err(Error::NoState { first }) } else { Ok(()) }
    }

    /// Fills the index from a state file, and notes where the blocks before it are.
    fn load(&mut self, state: &StateFile, progress: &mut dyn FnMut(Progress)) -> Result<(), Error> {
        let disk = std::sync::Arc::clone(&self.disk);
        let mut chunks = state.chunks(&*disk);
        while let Some(chunk) = chunks.read_next()? {
            let items = chunk.items.into_iter();
            self.index.put(items.map(|(key, value)| (keys::flat(&key), Some(value))).collect())?;
            progress(chunks.progress());
        }
        let about = *state.about();
        let (mut tip, mut places) = (None, Pending::default());
        let before = self.log.first()..about.sequence.next();
        self.replay(before, progress, &mut |store, commit, found| {
            store.locate(&mut places, commit, found.place);
            if found.sequence == about.sequence {
                let (height, hash, root) = (commit.height, commit.hash, commit.root);
                tip = Some(Tip { height, hash, root, sequence: found.sequence });
            }
            // Not yet with how far it came: what comes first is the last to be there.
            if places.size() >= store.settings.pending {
                places.write(&*store.index, Vec::new())?;
            }
            Ok(())
        })?;
        let fits = tip.filter(|tip| tip.height == about.height && tip.root == about.root);
        let tip =
            fits.ok_or_else(|| Error::damaged(state.file(), 0, "the log knows no such state"))?;
        let applied = keys::applied_bytes(&self.log.identity(), self.settings.rule(), &tip);
        places.write(&*self.index, vec![(keys::APPLIED.to_vec(), Some(applied))])?;
        (self.tip, self.applied) = (Some(tip), Some(tip));
        Ok(())
    }
}
