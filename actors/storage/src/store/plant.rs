//! A store that begins in the middle of a chain: with a state from elsewhere.

use crate::log::{Identity, Kind, Log, Sequence, look};
use crate::state::{self, About, Source, StateFile};
use crate::{Commit, Error, Progress};
use std::ops::ControlFlow;
use std::sync::Arc;
use troupe_runtime::Disk;
use troupe_types::{Bytes, Hash};

/// The record of the first block of such a log; the one before it says what came before.
const FIRST_BLOCK: Sequence = Sequence(2);

/// A place for a store that begins with a block of which the state after it is at hand.
pub struct Plot {
    disk: Arc<dyn Disk>,
    identity: Identity,
}

impl std::fmt::Debug for Plot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Plot({})", self.identity.chain)
    }
}

impl Plot {
    /// Takes a disk that holds no block. What an earlier attempt left there goes.
    pub fn clear(disk: Arc<dyn Disk>, identity: Identity) -> Result<Self, Error> {
        let mut has_block = false;
        let found = look(&*disk, identity.chain, &mut |found, _| {
            has_block |= found.kind == Kind::Commit;
            if has_block { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if let Some(wrong) = found.wrong.into_iter().next() {
            return Err(wrong);
        }
        if has_block {
            return Err(Error::Occupied);
        }
        // The mark before the log: a mark alone would say that a log was lost.
        for file in disk.list().map_err(Error::io("the folder"))?.into_keys().rev() {
            if file.starts_with("log-") || file.starts_with("state-") {
                disk.remove(&file).map_err(Error::io(&file))?;
            }
        }
        Ok(Self { disk, identity })
    }

    /// Writes the state, and then the log with the block: before that there is nothing that a start would
    /// take for a chain. `origin` is for whoever opens the store to make sense of.
    pub fn plant(
        self,
        commit: &Commit,
        origin: &[u8],
        expected: Bytes,
        source: Source<'_>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<StateFile, Error> {
        let Self { disk, identity } = self;
        let (chain, sequence) = (identity.chain, FIRST_BLOCK);
        let Commit { height, root, .. } = *commit;
        let about = About { chain, height, sequence, root };
        let state = state::write(&*disk, about, expected, source, progress)?;
        let mut log = Log::open(disk, identity, Bytes::mib(64), &mut |_, _| Ok(()))?.log;
        let first = log.append(&[(Kind::Origin, origin), (Kind::Commit, &commit.encode()?)])?;
        debug_assert_eq!(first.next(), FIRST_BLOCK, "the log was empty");
        Ok(state)
    }

    /// Whose store it becomes.
    #[must_use]
    pub const fn chain(&self) -> Hash {
        self.identity.chain
    }
}
