//! Both forms of the state, one block at a time.

use super::{AccountProof, Base, Changes, Layered, Layers, Root, Slot, StateTrie};
use crate::Error;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use troupe_types::{Address, Hash, Height};
use troupe_wire::Fork;

/// The state after every block that is not committed, and after the last committed ones.
#[derive(Debug)]
pub struct State {
    layers: Layers,
    trie: StateTrie,
    roots: BTreeMap<Hash, Held>,
    /// Committed blocks whose tries are kept, the oldest first.
    history: VecDeque<Hash>,
    history_limit: usize,
}

#[derive(Debug)]
struct Held {
    root: Root,
    hash: Hash,
}

/// A block's changes with the root that they give, not yet under the block's hash: that depends on the
/// root. To be given to [`State::insert`] or [`State::abandon`].
#[derive(Debug)]
#[must_use]
pub struct Sealed {
    parent: Hash,
    changes: Arc<Changes>,
    root: Root,
    hash: Hash,
}

impl Sealed {
    /// The state root for the header.
    #[must_use]
    pub const fn root(&self) -> Hash {
        self.hash
    }

    /// The changes, with storage roots, for the log.
    #[must_use]
    pub fn changes(&self) -> Arc<Changes> {
        Arc::clone(&self.changes)
    }
}

impl State {
    /// A state without accounts, as it is after this block.
    #[must_use]
    pub fn new(base: Arc<dyn Base>, height: Height, block: Hash) -> Self {
        let (trie, root) = StateTrie::new();
        Self::rebuilt(base, (trie, root, crate::trie::EMPTY_ROOT), height, block)
    }

    /// The state of a base whose trie was [rebuilt](super::Rebuild), as it is after this block.
    #[must_use]
    pub fn rebuilt(
        base: Arc<dyn Base>,
        (trie, root, hash): (StateTrie, Root, Hash),
        height: Height,
        block: Hash,
    ) -> Self {
        Self {
            layers: Layers::new(base, height, block),
            trie,
            roots: BTreeMap::from([(block, Held { root, hash })]),
            history: VecDeque::from([block]),
            history_limit: 1,
        }
    }

    /// Keeps the tries of so many committed blocks, at least one, for proofs. Each costs what it changed.
    #[must_use]
    pub fn with_history(mut self, blocks: usize) -> Self {
        self.history_limit = blocks.max(1);
        self
    }

    /// The root that changes give above a block.
    pub fn seal(
        &mut self,
        parent: Hash,
        mut changes: Changes,
        fork: &impl Fork,
    ) -> Result<Sealed, Error> {
        // Only above what can still be built on.
        self.layers.height(parent)?;
        let held = self.roots.get(&parent).ok_or(Error::UnknownBlock { got: parent })?;
        let (root, hash) = self.trie.grow(&held.root, &mut changes, fork);
        Ok(Sealed { parent, changes: Arc::new(changes), root, hash })
    }

    /// Takes the state after a block, under the block's hash.
    pub fn insert(&mut self, block: Hash, sealed: Sealed) -> Result<(), Error> {
        let Sealed { parent, changes, root, hash } = sealed;
        if let Err(error) = self.layers.push(block, parent, changes) {
            self.trie.release(root);
            return Err(error);
        }
        self.roots.insert(block, Held { root, hash });
        Ok(())
    }

    /// Gives a sealed state up that belongs to no block after all.
    pub fn abandon(&mut self, sealed: Sealed) {
        self.trie.release(sealed.root);
    }

    /// Commits a block right above the last committed one. Other blocks at its height, and what was
    /// built on them, are dropped and returned.
    pub fn commit(&mut self, block: Hash) -> Result<Vec<Hash>, Error> {
        let dropped = self.layers.commit(block)?;
        for gone in dropped.iter().rev() {
            self.release(*gone);
        }
        self.history.push_back(block);
        while self.history.len() > self.history_limit {
            if let Some(oldest) = self.history.pop_front() {
                self.release(oldest);
            }
        }
        Ok(dropped)
    }

    /// Drops a block that is not committed, and all above it: the blocks returned.
    pub fn discard(&mut self, block: Hash) -> Vec<Hash> {
        let dropped = self.layers.discard(block);
        for gone in dropped.iter().rev() {
            self.release(*gone);
        }
        dropped
    }

    fn release(&mut self, block: Hash) {
        if let Some(held) = self.roots.remove(&block) {
            self.trie.release(held.root);
        }
    }

    /// The state after a block that is committed last or not yet.
    pub fn view(&self, block: Hash) -> Result<Layered, Error> {
        self.layers.view(block)
    }

    /// The state root after a block whose trie is held.
    pub fn root(&self, block: Hash) -> Result<Hash, Error> {
        let held = self.roots.get(&block).ok_or(Error::UnknownBlock { got: block })?;
        Ok(held.hash)
    }

    /// Proves an account and words of its storage against the state root after a block.
    pub fn prove(
        &self,
        block: Hash,
        address: &Address,
        slots: &[Slot],
    ) -> Result<AccountProof, Error> {
        let held = self.roots.get(&block).ok_or(Error::UnknownBlock { got: block })?;
        Ok(self.trie.prove(&held.root, address, slots))
    }

    /// The layers, to read where they are and to flush them.
    #[must_use]
    pub const fn layers(&self) -> &Layers {
        &self.layers
    }

    /// The layers, to flush them.
    pub const fn layers_mut(&mut self) -> &mut Layers {
        &mut self.layers
    }

    /// The tries.
    #[must_use]
    pub const fn trie(&self) -> &StateTrie {
        &self.trie
    }
}
