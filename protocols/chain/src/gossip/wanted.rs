//! Transactions that others have announced and that are not here.

use std::collections::BTreeMap;
use troupe_types::{Hash, NodeId};

/// So many more peers are remembered who have it.
const OTHERS: usize = 3;

#[derive(Debug, Clone)]
struct Want {
    /// Whom it is asked of.
    from: NodeId,
    size: u32,
    others: Vec<NodeId>,
}

/// Each is asked of one peer at a time.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted(BTreeMap<Hash, Want>);

impl Wanted {
    /// Somebody has it. True where it is to be asked of that one.
    pub(super) fn offer(&mut self, hash: Hash, size: u32, from: NodeId) -> bool {
        if let Some(want) = self.0.get_mut(&hash) {
            let is_new = want.from != from && !want.others.contains(&from);
            if is_new && want.others.len() < OTHERS {
                want.others.push(from);
            }
            return false;
        }
        self.0.insert(hash, Want { from, size, others: Vec::new() });
        true
    }

    pub(super) fn is_of(&self, hash: &Hash, from: NodeId) -> bool {
        self.0.get(hash).is_some_and(|want| want.from == from)
    }

    /// It is here.
    pub(super) fn found(&mut self, hash: &Hash) {
        self.0.remove(hash);
    }

    /// The one who was asked does not have it after all; the next one, and its size.
    pub(super) fn missed(
        &mut self,
        hash: &Hash,
        from: NodeId,
        can_deliver: impl Fn(&NodeId) -> bool,
    ) -> Option<(NodeId, u32)> {
        let want = self.0.get_mut(hash).filter(|want| want.from == from)?;
        while !want.others.is_empty() {
            let next = want.others.remove(0);
            if can_deliver(&next) {
                want.from = next;
                return Some((next, want.size));
            }
        }
        self.0.remove(hash);
        None
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
