//! Maps that are looked into and never walked through but in order.

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;

/// A map without an order. Its hashes are mixed with a seed that is unknown before the block below is
/// known, so that nobody can choose addresses and slots that fall together.
pub(crate) struct Table<K, V>(HashMap<K, V, FixedState>);

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self::new(0)
    }
}

impl<K, V> Table<K, V> {
    pub(crate) fn new(seed: u64) -> Self {
        Self(HashMap::with_hasher(FixedState::with_seed(seed)))
    }
}

impl<K: Eq + Hash + Ord, V> Table<K, V> {
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.0.get(key)
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.0.get_mut(key)
    }

    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.0.insert(key, value)
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        self.0.remove(key)
    }

    /// The keys for which something holds, in order. Takes as long as there are entries.
    pub(crate) fn keys_where(&self, holds: impl Fn(&K, &V) -> bool) -> BTreeSet<K>
    where
        K: Clone,
    {
        let found = self.0.iter().filter(|(key, value)| holds(key, value));
        found.map(|(key, _)| key.clone()).collect()
    }

    /// All there is, in order.
    pub(crate) fn into_sorted(self) -> BTreeMap<K, V> {
        self.0.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Table;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_comes_out_does_not_depend_on_the_seed(
            pairs in proptest::collection::vec((any::<[u8; 4]>(), any::<u8>()), 0..200),
            seeds in any::<[u64; 2]>(),
        ) {
            let [one, other] = seeds.map(|seed| {
                let mut table = Table::new(seed);
                for (key, value) in &pairs {
                    table.insert(*key, *value);
                }
                table.into_sorted()
            });
            prop_assert_eq!(one, other);
        }
    }
}
