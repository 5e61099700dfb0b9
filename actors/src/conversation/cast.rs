//! Who plays which part in a session.

use std::collections::BTreeMap;
use troupe_mpc::Peer;
use troupe_types::NodeId;

/// The nodes of a session by the parts they play. A node plays one part: were it two, it would
/// hold shares that no single node may hold together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cast {
    nodes: BTreeMap<Peer, NodeId>,
    parts: BTreeMap<NodeId, Peer>,
}

/// A node with two parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{node} is both {first} and {second}")]
pub(crate) struct TwoParts {
    pub(crate) node: NodeId,
    pub(crate) first: Peer,
    pub(crate) second: Peer,
}

impl Cast {
    pub(crate) fn new(parts: impl IntoIterator<Item = (Peer, NodeId)>) -> Result<Self, TwoParts> {
        let mut cast = Self { nodes: BTreeMap::new(), parts: BTreeMap::new() };
        for (second, node) in parts {
            if let Some(first) = cast.parts.insert(node, second) {
                return Err(TwoParts { node, first, second });
            }
            cast.nodes.insert(second, node);
        }
        Ok(cast)
    }

    pub(crate) fn node(&self, peer: Peer) -> Option<NodeId> {
        self.nodes.get(&peer).copied()
    }

    pub(crate) fn part(&self, node: NodeId) -> Option<Peer> {
        self.parts.get(&node).copied()
    }

    /// Everyone but `node`.
    pub(crate) fn others(&self, node: NodeId) -> impl Iterator<Item = (Peer, NodeId)> + '_ {
        let nodes = self.nodes.iter().map(|(peer, node)| (*peer, *node));
        nodes.filter(move |(_, other)| *other != node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cast_has_every_node_once_or_is_refused(ids in proptest::collection::vec(0u8..12, 1..8)) {
            let parts: Vec<_> = ids
                .iter()
                .zip(0u8..)
                .map(|(id, index)| (Peer::Owner(index), NodeId([*id; 32])))
                .collect();
            let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
            match Cast::new(parts.clone()) {
                Ok(cast) => {
                    prop_assert_eq!(distinct.len(), ids.len());
                    for (peer, node) in parts {
                        prop_assert_eq!(cast.node(peer), Some(node));
                        prop_assert_eq!(cast.part(node), Some(peer));
                        prop_assert_eq!(cast.others(node).count(), ids.len() - 1);
                    }
                }
                Err(_) => prop_assert!(distinct.len() < ids.len()),
            }
        }
    }
}
