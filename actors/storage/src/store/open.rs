//! A store from whatever the process before left.

use super::keys;
use super::settings::Settings;
use super::{Store, Tip};
use crate::commit::Head;
use crate::index::{Index, Shelf};
use crate::log::{Cut, Found, Kind, Log, Opened, Sequence, size_on};
use crate::state::list;
use crate::{Commit, Error, Phase, Progress};
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use troupe_runtime::Disk;
use troupe_types::Bytes;

/// What became of the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexWas {
    /// It was as the process before left it.
    Reopened,
    /// There was none, as there were no blocks.
    New,
    /// It was filled again: the power may have been lost since it was used.
    PowerMayBeLost,
    /// It was filled again: it could not be opened.
    Damaged,
    /// It was filled again: it was not that of this log, held other things, or was not whole when the
    /// process before ended.
    Foreign,
}

/// How a store was found.
#[derive(Debug)]
pub struct Report {
    /// What was cut off the log, which nobody had been told of.
    pub cut: Option<Cut>,
    /// What became of the index.
    pub index: IndexWas,
    /// What is wrong with state files that are not used.
    pub refused: Vec<Error>,
}

/// What is done with each commit of a replay.
pub(super) type Take<'t> = &'t mut dyn FnMut(&mut Store, &Commit, &Found<'_>) -> Result<(), Error>;

/// What the log says, read once.
#[derive(Default)]
struct Seen {
    tip: Option<Tip>,
    boot: Option<Vec<u8>>,
    /// Bytes of records after the newest state file.
    since_state: u64,
}

impl Seen {
    fn take(&mut self, found: &Found<'_>, newest: Sequence) -> Result<(), Error> {
        if found.sequence > newest {
            self.since_state += u64::from(found.place.length);
        }
        match found.kind {
            Kind::Commit => {
                let Head { height, hash, root } = Head::of(found.payload)?;
                let want = self.tip.and_then(|tip| tip.height.next()).unwrap_or(height);
                if height != want {
                    return Err(Error::Gap { got: height, want });
                }
                self.tip = Some(Tip { height, hash, root, sequence: found.sequence });
            }
            Kind::Boot => self.boot = Some(found.payload.to_vec()),
            Kind::Consensus | Kind::Evidence | Kind::Close | Kind::Origin => {}
        }
        Ok(())
    }
}

impl Store {
    /// Opens all of it, and tells how far it is. Needs no operator after a crash or a loss of power;
    /// refuses, with file and offset, when anything that was acknowledged is not there.
    pub fn open(
        disk: Arc<dyn Disk>,
        shelf: Box<dyn Shelf>,
        settings: Settings,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(Self, Report), Error> {
        let (states, refused) = list(&*disk, settings.identity.chain)?;
        let newest = states.first().map_or(Sequence(0), |state| state.about().sequence);
        let mut seen = Seen::default();
        let mut items = 0;
        let (identity, segment) = (settings.identity, settings.segment);
        let total = size_on(&*disk)?;
        let opened = Log::open(Arc::clone(&disk), identity, segment, &mut |found, done| {
            items += 1;
            progress(Progress { phase: Phase::Checking, done, total, items });
            seen.take(&found, newest)
        })?;
        let Opened { mut log, cut, was_closed } = opened;
        let is_same_boot = seen.boot.as_deref() == Some(&settings.boot.0);
        // Before anything is written elsewhere: from here on the log was not closed.
        log.append(&[(Kind::Boot, &settings.boot.0)])?;
        let (reopened, index) = match (seen.tip, was_closed || is_same_boot) {
            (None, _) => (None, IndexWas::New),
            (Some(_), false) => (None, IndexWas::PowerMayBeLost),
            (Some(tip), true) => match reopen(&*shelf, &log, settings.rule(), &tip) {
                Ok(found) => (Some(found), IndexWas::Reopened),
                Err(why) => (None, why),
            },
        };
        let (index_handle, applied) = match reopened {
            Some((index, applied)) => (index, Some(applied)),
            None => {
                shelf.discard()?;
                (shelf.open()?, None)
            }
        };
        let mut store = Self {
            disk,
            shelf,
            index: index_handle,
            log,
            settings,
            tip: applied,
            applied,
            pending: VecDeque::new(),
            states,
            since_state: seen.since_state,
            pin: Arc::new(()),
            writing: Arc::default(),
        };
        let mut report = Report { cut, index, refused };
        if seen.tip.is_some() && applied.is_none() {
            store.rebuild(&mut report, progress)?;
        }
        store.catch_up(progress)?;
        if store.tip != seen.tip || (seen.tip.is_none() && !store.states.is_empty()) {
            return Err(Error::NoState { first: store.log.first() });
        }
        Ok((store, report))
    }

    /// Takes over what the log has beyond the index.
    fn catch_up(&mut self, progress: &mut dyn FnMut(Progress)) -> Result<(), Error> {
        let from = self.tip.map_or(Sequence::FIRST, |tip| tip.sequence.next());
        let all = from..self.log.next();
        self.replay(all, progress, &mut |store, commit, found| {
            store.take(commit, found.sequence, found.place);
            if store.pending() >= store.settings.pending {
                store.flush(commit.height)?;
            }
            Ok(())
        })
    }

    /// Goes through the commits of a part of the log.
    pub(super) fn replay(
        &mut self,
        range: Range<Sequence>,
        progress: &mut dyn FnMut(Progress),
        take: Take<'_>,
    ) -> Result<(), Error> {
        let (log, mut done, mut items) = (self.log.read_only(), 0, 0);
        let total = log.size();
        log.replay(range, &mut |found| {
            done += u64::from(found.place.length);
            if found.kind == Kind::Commit {
                take(self, &Commit::decode(found.payload)?, &found)?;
                items += 1;
                let done = Bytes(done);
                progress(Progress { phase: Phase::Replaying, done, total, items });
            }
            Ok(())
        })
    }
}

/// The index of this log, if that is what is there, and how far it came.
fn reopen(
    shelf: &dyn Shelf,
    log: &Log,
    rule: u32,
    last: &Tip,
) -> Result<(Arc<dyn Index>, Tip), IndexWas> {
    let damaged = |_| IndexWas::Damaged;
    let index = shelf.open().map_err(damaged)?;
    let applied = index.get(keys::APPLIED).map_err(damaged)?;
    let applied = applied.and_then(|bytes| keys::applied(&log.identity(), &bytes));
    let applied = applied.filter(|(known, _)| *known == rule);
    let (_, applied) = applied.ok_or(IndexWas::Foreign)?;
    let is_within = applied.sequence <= last.sequence && applied.sequence.next() >= log.first();
    let is_same = applied.sequence != last.sequence || applied == *last;
    if is_within && is_same { Ok((index, applied)) } else { Err(IndexWas::Foreign) }
}
