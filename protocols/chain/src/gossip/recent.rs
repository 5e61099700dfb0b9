//! Transactions that came and went: nobody needs to bring them again soon.

use std::collections::BTreeSet;
use troupe_types::Hash;

/// So many are remembered at least, twice as many at most.
const REMEMBERED: usize = 16_384;

/// The first bytes of hashes: to find another transaction with the same eight costs more than that it is
/// once not pulled.
#[derive(Debug, Clone, Default)]
pub(super) struct Recent {
    young: BTreeSet<u64>,
    old: BTreeSet<u64>,
}

fn key(hash: &Hash) -> u64 {
    let (first, _) = hash.0.split_first_chunk().expect("a hash has 32 bytes");
    u64::from_be_bytes(*first)
}

impl Recent {
    pub(super) fn insert(&mut self, hash: &Hash) {
        if self.young.len() >= REMEMBERED {
            self.old = core::mem::take(&mut self.young);
        }
        self.young.insert(key(hash));
    }

    pub(super) fn contains(&self, hash: &Hash) -> bool {
        let key = key(hash);
        self.young.contains(&key) || self.old.contains(&key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(number: u64) -> Hash {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        Hash(bytes)
    }

    #[test]
    fn the_last_ones_are_remembered_and_the_memory_is_bounded() {
        let mut recent = Recent::default();
        for number in 0..100_000 {
            recent.insert(&hash(number));
            assert!(recent.contains(&hash(number.saturating_sub(REMEMBERED as u64 - 1))));
            assert!(recent.young.len() + recent.old.len() <= 2 * REMEMBERED);
        }
        assert!(!recent.contains(&hash(0)));
    }
}
