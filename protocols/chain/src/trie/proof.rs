//! Proofs that a key has a value, or none.

use super::key::{common, nibble};
use super::node::Place;
use super::{Forest, Key, NodeId, Value};

impl<V: Value> Forest<V> {
    /// The encodings of the nodes on the way from the root to the key, or to where the way ends; as
    /// `eth_getProof` gives them. The root's hash must have been made.
    ///
    /// A node whose encoding is shorter than a hash is part of its parent's and does not come again.
    // EIP-1186
    #[must_use]
    pub fn prove(&self, root: NodeId, key: &Key) -> Vec<Vec<u8>> {
        let mut nodes = Vec::new();
        let mut id = root;
        let mut depth = 0;
        let mut is_hashed = true;
        loop {
            if !id.is_empty() && is_hashed {
                nodes.push(self.encoding(id, depth));
            }
            let child = match id.place() {
                Place::Empty | Place::Leaf(_) => return nodes,
                Place::Branch(at) => {
                    let child = self.branches.get(at).child(nibble(key, depth)).copied();
                    depth += 1;
                    child
                }
                Place::Extension(at) => {
                    let extension = self.extensions.get(at);
                    depth = usize::from(extension.end);
                    (common(&extension.key, key) >= depth).then_some(extension.child)
                }
            };
            let Some(child) = child else { return nodes };
            id = child.id;
            is_hashed = child.reference.is_hash();
        }
    }
}
