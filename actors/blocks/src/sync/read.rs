//! Reading blocks for others, in a pool.

use crate::shared::Shared;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use troupe_chain::Header;
use troupe_chain::block;
use troupe_chain::message::Fetched;
use troupe_chain::sync::answer;
use troupe_consensus::MAX_LINKS;
use troupe_types::{Hash, Height};
use troupe_vault::{Around, Error, Stored, Vault, prove};

/// The most blocks that are read for one answer. One that is not full is no fault: the rest is asked for.
const MOST: u16 = 128;
/// How far below the head it is searched for a block that can be proven.
const DEPTH: u64 = MAX_LINKS as u64;

/// Reads final blocks and puts their proofs into the form in which they travel.
pub(super) struct Reading {
    vault: Arc<Mutex<Vault>>,
    /// Headers of blocks that are not final here, by hash.
    tips: BTreeMap<Hash, Arc<Header>>,
    /// The blocks around the one that is wanted: each is read once for an answer.
    near: BTreeMap<Height, Arc<Stored>>,
}

/// What can be served.
pub(super) struct Servable {
    pub(super) first: Height,
    pub(super) last: Option<(Height, Hash)>,
}

impl Reading {
    pub(super) fn new(vault: Arc<Mutex<Vault>>, tips: BTreeMap<Hash, Arc<Header>>) -> Self {
        Self { vault, tips, near: BTreeMap::new() }
    }

    pub(super) fn vault(&self) -> &Mutex<Vault> {
        &self.vault
    }

    /// Forgets what was read: what comes next is elsewhere.
    pub(super) fn forget(&mut self) {
        self.near.clear();
    }

    fn get(&mut self, height: Height) -> Result<Option<Arc<Stored>>, Error> {
        if let Some(stored) = self.near.get(&height) {
            return Ok(Some(Arc::clone(stored)));
        }
        // The vault is let go of between any two blocks: others write to it.
        let stored = Shared::lock(&self.vault).stored(height)?.map(Arc::new);
        if let Some(stored) = &stored {
            self.near.insert(height, Arc::clone(stored));
        }
        Ok(stored)
    }

    /// The header of a block that is kept.
    pub(super) fn header_of(&mut self, height: Height) -> Result<Option<Header>, Error> {
        let stored = Shared::lock(&self.vault).stored(height)?;
        Ok(stored.map(|stored| stored.block.header().clone()))
    }

    /// A block as others can read it. `None` where there is none that could be proven to them.
    pub(super) fn stored(&mut self, height: Height) -> Result<Option<block::Stored>, Error> {
        let Some(stored) = self.get(height)? else { return Ok(None) };
        let proven = prove(height, self)?;
        let proof = proven.and_then(|proven| proven.encode());
        Ok(proof.map(|proof| block::Stored { block: (*stored.block).clone(), proof: proof.into() }))
    }

    /// The bytes that follow in an answer, of blocks up to `last`.
    pub(super) fn answer(
        mut self,
        fetch: troupe_chain::message::Fetch,
        last: Height,
    ) -> Result<Fetched, Error> {
        let mut failed = None;
        let heights = (fetch.from.0..=last.0).take(fetch.most.min(MOST).into()).map(Height);
        let encoded = heights.map_while(|height| {
            self.near.retain(|near, _| *near >= height);
            let stored = self
                .stored(height)
                .and_then(|stored| Ok(stored.map(|stored| stored.encode()).transpose()?));
            match stored {
                Ok(bytes) => bytes,
                Err(error) => {
                    failed = Some(error);
                    None
                }
            }
        });
        let fetched = answer(&fetch, encoded);
        failed.map_or(Ok(fetched), Err)
    }

    /// The lowest block that is kept, and the highest one up to `head` that can be proven to others.
    pub(super) fn servable(mut self, head: Height) -> Result<Servable, Error> {
        let first = Shared::lock(&self.vault).first()?;
        let mut height = head;
        while height.0 > first.0 && head.since(height) < DEPTH {
            if self.stored(height)?.is_some() {
                let hash = self.get(height)?.map(|stored| stored.block.hash());
                return Ok(Servable { first, last: hash.map(|hash| (height, hash)) });
            }
            height = Height(height.0 - 1);
        }
        let lowest = self.get(first)?.map(|stored| (first, stored.block.hash()));
        Ok(Servable { first, last: lowest })
    }
}

impl Around for Reading {
    fn stored(&mut self, height: Height) -> Result<Option<Arc<Stored>>, Error> {
        self.get(height)
    }

    fn header(&mut self, height: Height, hash: &Hash) -> Result<Option<Header>, Error> {
        let stored = self.get(height)?.filter(|stored| stored.block.hash() == *hash);
        let header = stored.map(|stored| stored.block.header().clone());
        Ok(header.or_else(|| self.tips.get(hash).map(|header| (**header).clone())))
    }
}
