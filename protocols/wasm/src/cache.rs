//! Compiled contracts by the hash of their code: the ones used last, as many as fit.

use crate::compiled::Compiled;
use std::collections::BTreeMap;
use std::sync::Arc;
use troupe_types::Hash;

/// Whether something is in it changes how long a run takes, and nothing else.
pub(crate) struct Cache {
    entries: BTreeMap<Hash, Entry>,
    /// Hashes in the order of their last use.
    order: BTreeMap<u64, Hash>,
    uses: u64,
    bytes: usize,
    limit: usize,
}

struct Entry {
    compiled: Arc<Compiled>,
    bytes: usize,
    used: u64,
}

impl Cache {
    /// One that holds modules of so many bytes together.
    pub(crate) fn new(limit: usize) -> Self {
        Self { entries: BTreeMap::new(), order: BTreeMap::new(), uses: 0, bytes: 0, limit }
    }

    pub(crate) fn get(&mut self, hash: &Hash) -> Option<Arc<Compiled>> {
        let entry = self.entries.get_mut(hash)?;
        self.order.remove(&entry.used);
        self.uses += 1;
        entry.used = self.uses;
        self.order.insert(self.uses, *hash);
        Some(entry.compiled.clone())
    }

    /// Takes one in, and lets go of the ones that were not used for longest to make room.
    pub(crate) fn put(&mut self, hash: Hash, compiled: Arc<Compiled>) {
        let bytes = compiled.bytes;
        self.remove(&hash);
        if bytes > self.limit {
            return;
        }
        while self.bytes + bytes > self.limit {
            let Some((_, oldest)) = self.order.first_key_value() else { break };
            let oldest = *oldest;
            self.remove(&oldest);
        }
        self.uses += 1;
        self.order.insert(self.uses, hash);
        self.entries.insert(hash, Entry { compiled, bytes, used: self.uses });
        self.bytes += bytes;
    }

    fn remove(&mut self, hash: &Hash) {
        if let Some(entry) = self.entries.remove(hash) {
            self.order.remove(&entry.used);
            self.bytes -= entry.bytes;
        }
    }

    /// Bytes of all modules in it.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}
