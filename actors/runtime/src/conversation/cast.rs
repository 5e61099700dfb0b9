//! Who plays which part in a conversation.

use std::collections::BTreeMap;
use std::fmt::{Debug, Display};
use troupe_types::NodeId;

/// The nodes of a conversation by the parts they play. A node plays one part: were it two, it would hold what no
/// single node may hold together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cast<P> {
    nodes: BTreeMap<P, NodeId>,
    parts: BTreeMap<NodeId, P>,
}

/// A node with two parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{node} is both {first} and {second}")]
pub struct TwoParts<P: Display + Debug> {
    /// The node.
    pub node: NodeId,
    /// One part.
    pub first: P,
    /// The other.
    pub second: P,
}

impl<P: Copy + Ord + Display + Debug> Cast<P> {
    /// The parts with their nodes.
    pub fn new(parts: impl IntoIterator<Item = (P, NodeId)>) -> Result<Self, TwoParts<P>> {
        let mut cast = Self { nodes: BTreeMap::new(), parts: BTreeMap::new() };
        for (second, node) in parts {
            if let Some(first) = cast.parts.insert(node, second) {
                return Err(TwoParts { node, first, second });
            }
            cast.nodes.insert(second, node);
        }
        Ok(cast)
    }

    /// Who plays a part.
    #[must_use]
    pub fn node(&self, part: P) -> Option<NodeId> {
        self.nodes.get(&part).copied()
    }

    /// What a node plays.
    #[must_use]
    pub fn part(&self, node: NodeId) -> Option<P> {
        self.parts.get(&node).copied()
    }

    /// Everyone but `node`.
    pub fn others(&self, node: NodeId) -> impl Iterator<Item = (P, NodeId)> + '_ {
        let nodes = self.nodes.iter().map(|(part, node)| (*part, *node));
        nodes.filter(move |(_, other)| *other != node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn a_cast_has_every_node_once_or_is_refused(ids in proptest::collection::vec(0u8..12, 1..8)) {
            let nodes = ids.iter().map(|id| NodeId([*id; 32]));
            let parts: Vec<_> = (0u8..).zip(nodes).collect();
            let distinct: BTreeSet<_> = ids.iter().collect();
            match Cast::new(parts.clone()) {
                Ok(cast) => {
                    prop_assert_eq!(distinct.len(), ids.len());
                    for (part, node) in parts {
                        prop_assert_eq!(cast.node(part), Some(node));
                        prop_assert_eq!(cast.part(node), Some(part));
                        prop_assert_eq!(cast.others(node).count(), ids.len() - 1);
                    }
                }
                Err(_) => prop_assert!(distinct.len() < ids.len()),
            }
        }
    }
}
