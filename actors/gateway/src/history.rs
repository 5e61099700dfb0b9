//! The last headers: most questions are about them, and contracts ask for their hashes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use troupe_rpc::Found;
use troupe_types::{Hash, Height};
use troupe_vault::Archived;
use troupe_vm::Ancestors;

/// How far back `BLOCKHASH` sees. Yellow paper, 9.4.2
const BEHIND: u64 = 256;
/// So many headers are held: what `BLOCKHASH` sees from each of the last states.
const MOST: usize = 512;

/// The last headers. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct History(Arc<Mutex<BTreeMap<Height, Found>>>);

/// The blocks before one, for `BLOCKHASH`.
#[derive(Debug, Clone)]
pub(crate) struct Before {
    history: History,
    height: Height,
}

impl History {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Height, Found>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, found: Found) {
        let mut headers = self.lock();
        headers.insert(found.header.height, found);
        if headers.len() > MOST {
            headers.pop_first();
        }
    }

    pub(crate) fn at(&self, height: Height) -> Option<Found> {
        self.lock().get(&height).cloned()
    }

    fn hash(&self, height: Height) -> Option<Hash> {
        self.lock().get(&height).map(|found| found.hash)
    }

    /// Heights below a block that are missing here and that `BLOCKHASH` may ask for there, the highest
    /// first.
    pub(crate) fn missing(&self, height: Height) -> Vec<Height> {
        let lowest = height.0.saturating_sub(BEHIND);
        let headers = self.lock();
        let all = (lowest..height.0).rev().map(Height);
        all.filter(|height| !headers.contains_key(height)).collect()
    }

    /// The blocks before one.
    pub(crate) fn before(&self, height: Height) -> Before {
        Before { history: self.clone(), height }
    }
}

impl Ancestors for Before {
    fn hash(&self, height: Height) -> Option<Hash> {
        let is_behind = height < self.height && self.height.0 - height.0 <= BEHIND;
        is_behind.then(|| self.history.hash(height)).flatten()
    }
}

/// The blocks before one of the past, read when a contract asks.
#[derive(Debug)]
pub(crate) struct Behind(pub(crate) Archived);

impl Ancestors for Behind {
    fn hash(&self, height: Height) -> Option<Hash> {
        self.0.ancestor(height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use troupe_chain::Header;

    fn found(height: u64) -> Found {
        let header = Header { height: Height(height), ..Header::default() };
        let hash = header.hash();
        Found { header, hash }
    }

    #[test]
    fn contracts_see_256_blocks_and_not_their_own() {
        let history = History::default();
        for height in 0..=300 {
            history.add(found(height));
        }
        let before = history.before(Height(300));
        assert_eq!(before.hash(Height(300)), None);
        assert_eq!(before.hash(Height(299)), Some(found(299).hash));
        assert_eq!(before.hash(Height(44)), Some(found(44).hash));
        assert_eq!(before.hash(Height(43)), None);
        assert_eq!(history.before(Height(10)).hash(Height(12)), None, "what came later");
    }

    proptest! {
        #[test]
        fn what_is_missing_and_what_is_there_are_all_that_may_be_asked_for(
            known in proptest::collection::btree_set(0u64..700, 0..300), height in 0u64..700,
        ) {
            let history = History::default();
            for height in &known {
                history.add(found(*height));
            }
            let missing = history.missing(Height(height));
            for at in height.saturating_sub(BEHIND)..height {
                let is_known = history.before(Height(height)).hash(Height(at)).is_some();
                prop_assert_eq!(is_known, known.contains(&at));
                prop_assert_eq!(!is_known, missing.contains(&Height(at)));
            }
            prop_assert!(missing.len() as u64 <= BEHIND);
        }
    }
}
