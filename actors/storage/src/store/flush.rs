//! Bringing the index up to date, beside those who append.

use super::append::{Store, Tip};
use super::keys;
use crate::Error;
use crate::index::{Edits, Index};
use crate::pending::Pending;
use std::sync::{Arc, Mutex, PoisonError};
use troupe_types::Height;

/// What became of a flush.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flushed {
    /// The index is the state after the block that was named, or a newer one.
    Done,
    /// Somebody holds a [`Pin`](super::Pin): nothing was written.
    Held,
}

/// What is to be written to the index, by a thread that need not hold the store meanwhile.
#[derive(Debug)]
pub struct Flushing {
    index: Held,
    values: Pending,
    last: Edits,
    tip: Tip,
    writing: Arc<Writing>,
}

struct Held(Arc<dyn Index>);

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the index")
    }
}

/// How far the index has been written; held by whoever writes, so that old values never come over new.
#[derive(Debug, Default)]
pub(super) struct Writing(Mutex<Option<Height>>);

/// What [`Store::begin_flush`] says.
#[derive(Debug)]
pub enum Begun {
    /// Nothing is to be written.
    Nothing,
    /// As [`Flushed::Held`].
    Held,
    /// This is to be written.
    Flushing(Box<Flushing>),
}

impl Flushing {
    /// Writes it. Nothing of it counts before [`Store::finish_flush`].
    pub fn write(&mut self) -> Result<(), Error> {
        let mut done = self.writing.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody was faster, and wrote more.
        if done.is_some_and(|height| height >= self.tip.height) {
            return Ok(());
        }
        self.values.write(&*self.index.0, std::mem::take(&mut self.last))?;
        *done = Some(self.tip.height);
        Ok(())
    }
}

impl Store {
    /// The last values of what waits up to the block of a height, to be written to the index. Whoever
    /// reads an earlier state through a [`Reader`](super::Reader) has to be done, or has layers above it.
    #[must_use]
    pub fn begin_flush(&self, to: Height) -> Begun {
        let mut values = Pending::default();
        let mut tip = None;
        for (at, layer) in self.pending.iter().take_while(|(at, _)| at.height <= to) {
            values.absorb(layer.clone());
            tip = Some(*at);
        }
        let Some(tip) = tip else { return Begun::Nothing };
        if Arc::strong_count(&self.pin) > 1 {
            return Begun::Held;
        }
        let bytes = keys::applied_bytes(&self.log.identity(), self.settings.rule(), &tip);
        Begun::Flushing(Box::new(Flushing {
            index: Held(Arc::clone(&self.index)),
            values,
            last: vec![(keys::APPLIED.to_vec(), Some(bytes))],
            tip,
            writing: Arc::clone(&self.writing),
        }))
    }

    /// What was written is in the index, and waits no longer.
    pub fn finish_flush(&mut self, flushing: Flushing) {
        let Flushing { tip, .. } = flushing;
        while self.pending.front().is_some_and(|(at, _)| at.height <= tip.height) {
            self.pending.pop_front();
        }
        if self.applied.is_none_or(|applied| applied.height < tip.height) {
            self.applied = Some(tip);
        }
    }

    /// All three in one.
    pub fn flush(&mut self, to: Height) -> Result<Flushed, Error> {
        match self.begin_flush(to) {
            Begun::Nothing => Ok(Flushed::Done),
            Begun::Held => Ok(Flushed::Held),
            Begun::Flushing(mut flushing) => {
                flushing.write()?;
                self.finish_flush(*flushing);
                Ok(Flushed::Done)
            }
        }
    }
}
