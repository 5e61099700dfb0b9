//! Blocks that were read a moment ago: a request asks for a header, then for its block, then for the receipts.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use troupe_types::Height;
use troupe_vault::Stored;

/// So many are held.
const MOST: usize = 4;

/// The last blocks that were read, the newest last.
#[derive(Debug, Default)]
pub(crate) struct Lately(Mutex<VecDeque<Arc<Stored>>>);

impl Lately {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<Stored>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn at(&self, height: Height) -> Option<Arc<Stored>> {
        self.lock().iter().find(|stored| stored.block.header().height == height).cloned()
    }

    pub(crate) fn add(&self, stored: Arc<Stored>) {
        let mut held = self.lock();
        if held.len() == MOST {
            held.pop_front();
        }
        held.push_back(stored);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use troupe_chain::block::Body;
    use troupe_chain::{Block, Header};

    #[test]
    fn the_last_ones_are_held() {
        let lately = Lately::default();
        for height in (0..6).map(Height) {
            let header = Header { height, ..Header::default() };
            let block = Arc::new(Block::new(header, Body::default()));
            lately.add(Arc::new(Stored { block, receipts: Arc::default(), proof: None }));
        }
        let held: Vec<bool> = (0..6).map(|at| lately.at(Height(at)).is_some()).collect();
        assert_eq!(held, [false, false, true, true, true, true]);
    }
}
