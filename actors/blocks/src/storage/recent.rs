//! The last final blocks, which most questions are about.

use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_types::{Hash, Height};
use troupe_vault::Stored;

/// So many blocks are held.
const MOST: usize = 64;

/// The last final blocks, by height, by hash and by transaction.
#[derive(Default)]
pub(super) struct Recent {
    blocks: BTreeMap<Height, Arc<Stored>>,
    heights: BTreeMap<Hash, Height>,
    places: BTreeMap<Hash, (Height, u32)>,
}

impl Recent {
    pub(super) fn add(&mut self, stored: Stored) {
        let height = stored.block.header().height;
        self.heights.insert(stored.block.hash(), height);
        for (index, transaction) in (0u32..).zip(&stored.block.body().transactions) {
            self.places.insert(transaction.hash(), (height, index));
        }
        self.blocks.insert(height, Arc::new(stored));
        while self.blocks.len() > MOST
            && let Some((_, oldest)) = self.blocks.pop_first()
        {
            self.heights.remove(&oldest.block.hash());
            for transaction in &oldest.block.body().transactions {
                self.places.remove(&transaction.hash());
            }
        }
    }

    pub(super) fn get(&self, height: Height) -> Option<Arc<Stored>> {
        self.blocks.get(&height).cloned()
    }

    pub(super) fn height_of(&self, block: &Hash) -> Option<Height> {
        self.heights.get(block).copied()
    }

    pub(super) fn find(&self, transaction: &Hash) -> Option<(Height, u32)> {
        self.places.get(transaction).copied()
    }
}
