//! Parts of a trie: all keys below one of its nodes, which one hash vouches for.

use super::node::Place;
use super::{Forest, Key, NodeId, Path, Value};

impl<V: Value> Forest<V> {
    /// Cuts a trie into parts, ascending, of at most `limit` by what `weigh` says of each value; one value alone may
    /// weigh more. Together they hold every key.
    pub fn parts(&self, root: NodeId, limit: u64, weigh: &dyn Fn(&V) -> u64) -> Vec<Path> {
        let mut parts = Vec::new();
        if !root.is_empty() {
            self.cut(root, Path::default(), &mut parts, (limit, weigh));
        }
        parts
    }

    /// Adds the parts below a node that hangs at a path; what all of it weighs.
    fn cut(
        &self,
        id: NodeId,
        hangs: Path,
        parts: &mut Vec<Path>,
        (limit, weigh): (u64, &dyn Fn(&V) -> u64),
    ) -> u64 {
        let before = parts.len();
        let (branch, path) = match id.place() {
            Place::Empty => return 0,
            Place::Leaf(at) => {
                parts.push(hangs);
                return weigh(&self.leaves.get(at).value);
            }
            Place::Branch(at) => (at, hangs),
            Place::Extension(at) => {
                let extension = self.extensions.get(at);
                let path = Path::of(&extension.key, usize::from(extension.end));
                // What hangs below an extension is a branch.
                let Place::Branch(at) = extension.child.id.place() else { return 0 };
                (at, path)
            }
        };
        let branch = self.branches.get(branch);
        let halves = (0..16).filter(|half| branch.mask & (1 << half) != 0);
        let mut weight = 0_u64;
        for (half, child) in halves.zip(&branch.children) {
            let below = self.cut(child.id, path.with(half), parts, (limit, weigh));
            weight = weight.saturating_add(below);
        }
        if weight <= limit {
            parts.truncate(before);
            parts.push(hangs);
        }
        weight
    }

    /// The encodings of the nodes above the part that hangs at a path. The root's hash must have been made.
    #[must_use]
    pub fn prove_part(&self, root: NodeId, path: &Path) -> Vec<Vec<u8>> {
        let mut nodes = Vec::new();
        let (mut id, mut depth, mut is_hashed) = (root, 0, true);
        while depth < path.length() && !id.is_empty() {
            if is_hashed {
                nodes.push(self.encoding(id, depth));
            }
            let child = match id.place() {
                Place::Empty | Place::Leaf(_) => return nodes,
                Place::Branch(at) => {
                    let child = self.branches.get(at).child(path.nibble(depth)).copied();
                    depth += 1;
                    child
                }
                Place::Extension(at) => {
                    let extension = self.extensions.get(at);
                    depth = usize::from(extension.end);
                    Some(extension.child)
                }
            };
            let Some(child) = child else { return nodes };
            (id, is_hashed) = (child.id, child.reference.is_hash());
        }
        nodes
    }

    /// The encoding of what hangs at a depth in a trie whose keys agree up to there. The root's hash must have
    /// been made.
    #[must_use]
    pub fn encoding_of_part(&self, root: NodeId, depth: usize) -> Vec<u8> {
        match root.place() {
            Place::Extension(at) if usize::from(self.extensions.get(at).end) <= depth => {
                self.encoding(self.extensions.get(at).child.id, depth)
            }
            Place::Empty | Place::Leaf(_) | Place::Branch(_) | Place::Extension(_) => {
                self.encoding(root, depth)
            }
        }
    }

    /// The sum of what `weigh` says of each value of a trie, if that is below `most`; otherwise some number from
    /// there on, at the cost of no more nodes than needed.
    pub fn sum_to(&self, root: NodeId, most: u64, weigh: &dyn Fn(&V) -> u64) -> u64 {
        match root.place() {
            Place::Empty => 0,
            Place::Leaf(at) => weigh(&self.leaves.get(at).value),
            Place::Branch(at) => {
                let mut sum = 0_u64;
                for child in &self.branches.get(at).children {
                    if sum >= most {
                        break;
                    }
                    sum = sum.saturating_add(self.sum_to(child.id, most - sum, weigh));
                }
                sum
            }
            Place::Extension(at) => self.sum_to(self.extensions.get(at).child.id, most, weigh),
        }
    }

    /// Shows every key of a trie with its value, ascending.
    pub fn each(&self, root: NodeId, show: &mut dyn FnMut(&Key, &V)) {
        match root.place() {
            Place::Empty => {}
            Place::Leaf(at) => {
                let leaf = self.leaves.get(at);
                show(&leaf.key, &leaf.value);
            }
            Place::Branch(at) => {
                for child in &self.branches.get(at).children {
                    self.each(child.id, show);
                }
            }
            Place::Extension(at) => self.each(self.extensions.get(at).child.id, show),
        }
    }
}
