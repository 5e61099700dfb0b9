//! The layers of all blocks that are not flushed.

use super::{Base, Changes, Layered};
use crate::Error;
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_types::{Hash, Height};

/// Layers by block: a tree of uncommitted ones above the committed ones, above the base.
///
/// Committed layers are merged into a few, each at least twice as large as the one after it: a commit
/// costs what it changed, times a logarithm, whoever holds views. To flush them, [`Layers::freeze`] sets them aside;
/// [`Layers::flush`] gives them out once no view is left that lacks them, and after
/// [`Layers::flushed`] they are forgotten. Views made after the freeze have them and are in nobody's way.
#[derive(Debug)]
pub struct Layers {
    base: Arc<dyn Base>,
    /// The block after which the base is.
    flushed: (Height, Hash),
    /// The highest committed block.
    committed: (Height, Hash),
    pending: BTreeMap<Hash, Layer>,
    /// The oldest first.
    settled: Vec<Arc<Changes>>,
    frozen: Option<Frozen>,
    /// Held by every view since the last freeze.
    pin: Arc<()>,
}

/// Holds the base still. See [`Layers::pin`].
#[derive(Debug, Clone)]
pub struct Pin {
    _held: Arc<()>,
}

#[derive(Debug)]
struct Layer {
    parent: Hash,
    height: Height,
    changes: Arc<Changes>,
}

#[derive(Debug)]
struct Frozen {
    /// The oldest first.
    changes: Vec<Arc<Changes>>,
    block: (Height, Hash),
    /// Held by every view from before the freeze.
    pin: Arc<()>,
}

impl Layers {
    /// No layers above a base, which is the state after this block.
    #[must_use]
    pub fn new(base: Arc<dyn Base>, height: Height, block: Hash) -> Self {
        Self {
            base,
            flushed: (height, block),
            committed: (height, block),
            pending: BTreeMap::new(),
            settled: Vec::new(),
            frozen: None,
            pin: Arc::default(),
        }
    }

    /// The highest committed block.
    #[must_use]
    pub const fn committed(&self) -> (Height, Hash) {
        self.committed
    }

    /// How far a block is from the genesis block.
    pub fn height(&self, block: Hash) -> Result<Height, Error> {
        if block == self.committed.1 {
            return Ok(self.committed.0);
        }
        let layer = self.pending.get(&block).ok_or(Error::UnknownBlock { got: block })?;
        Ok(layer.height)
    }

    /// The state after a block that is committed last or not yet.
    pub fn view(&self, block: Hash) -> Result<Layered, Error> {
        let mut layers = Vec::new();
        let mut at = block;
        while at != self.committed.1 {
            let layer = self.pending.get(&at).ok_or(Error::UnknownBlock { got: block })?;
            layers.push(Arc::clone(&layer.changes));
            at = layer.parent;
        }
        layers.extend(self.settled.iter().rev().cloned());
        let frozen = self.frozen.iter().flat_map(|frozen| frozen.changes.iter().rev());
        layers.extend(frozen.cloned());
        Ok(Layered::new(layers, Arc::clone(&self.base), Arc::clone(&self.pin)))
    }

    /// Takes the layer of a block above its parent.
    pub fn push(&mut self, block: Hash, parent: Hash, changes: Arc<Changes>) -> Result<(), Error> {
        if block == self.committed.1 || self.pending.contains_key(&block) {
            return Err(Error::KnownBlock { got: block });
        }
        let height = Height(self.height(parent)?.0.saturating_add(1));
        self.pending.insert(block, Layer { parent, height, changes });
        Ok(())
    }

    /// Commits a block right above the last committed one, and drops what can no longer be: the blocks
    /// returned. Their state is unknown from now on.
    pub fn commit(&mut self, block: Hash) -> Result<Vec<Hash>, Error> {
        let layer = self.pending.get(&block).ok_or(Error::UnknownBlock { got: block })?;
        if layer.parent != self.committed.1 {
            let (height, committed) = (layer.height, self.committed.0);
            return Err(Error::NotNext { height, committed });
        }
        let rivals: Vec<Hash> = self
            .pending
            .iter()
            .filter(|(hash, other)| **hash != block && other.parent == layer.parent)
            .map(|(hash, _)| *hash)
            .collect();
        let mut dropped = Vec::new();
        for rival in rivals {
            dropped.extend(self.discard(rival));
        }
        let layer = self.pending.remove(&block).expect("found above, and it is no rival of itself");
        self.committed = (layer.height, block);
        self.settle(layer.changes);
        Ok(dropped)
    }

    fn settle(&mut self, mut newest: Arc<Changes>) {
        if newest.is_empty() {
            return;
        }
        while let Some(older) = self.settled.last()
            && older.count() < 2 * newest.count()
            && let Some(mut older) = self.settled.pop()
        {
            // A copy where a view holds it, in place where none does.
            Arc::make_mut(&mut older).absorb(&newest);
            newest = older;
        }
        self.settled.push(newest);
    }

    /// How many values are committed and not set aside to be flushed.
    #[must_use]
    pub fn settled(&self) -> usize {
        self.settled.iter().map(|layer| layer.count()).sum()
    }

    /// Drops a block that is not committed, and all above it: the blocks returned.
    pub fn discard(&mut self, block: Hash) -> Vec<Hash> {
        let mut dropped = Vec::new();
        let mut todo = vec![block];
        while let Some(at) = todo.pop() {
            if self.pending.remove(&at).is_none() {
                continue;
            }
            dropped.push(at);
            let above = self.pending.iter().filter(|(_, layer)| layer.parent == at);
            todo.extend(above.map(|(hash, _)| *hash));
        }
        dropped
    }

    /// Blocks that are not committed.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Sets the committed layers aside to be flushed; false while others are, or when there are none.
    pub fn freeze(&mut self) -> bool {
        if self.frozen.is_some() || self.settled.is_empty() {
            return false;
        }
        self.frozen = Some(Frozen {
            changes: core::mem::take(&mut self.settled),
            block: self.committed,
            pin: core::mem::take(&mut self.pin),
        });
        true
    }

    /// What to write into the base, the oldest first, and up to which height, if no view is left that lacks it. The
    /// base may be written in any order and any number of steps: views have all of it.
    #[must_use]
    pub fn flush(&self) -> Option<(Height, &[Arc<Changes>])> {
        let frozen = self.frozen.as_ref()?;
        let is_free = Arc::strong_count(&frozen.pin) == 1;
        is_free.then_some((frozen.block.0, &frozen.changes[..]))
    }

    /// The base has all that [`Layers::flush`] gave out. Without effect before it gave something out.
    pub fn flushed(&mut self) {
        if self.flush().is_none() {
            return;
        }
        if let Some(frozen) = self.frozen.take() {
            self.flushed = frozen.block;
        }
    }

    /// Keeps the base as it is after the block that is named, for as long as the pin is held: to write a
    /// state file from it. `None` while something is set aside: the base may be written already.
    #[must_use]
    pub fn pin(&self) -> Option<(Height, Hash, Pin)> {
        let (height, block) = self.flushed;
        self.frozen.is_none().then(|| (height, block, Pin { _held: Arc::clone(&self.pin) }))
    }
}
