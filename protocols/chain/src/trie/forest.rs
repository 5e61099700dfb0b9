//! All nodes of all tries, and what they share.

use super::arena::Arena;
use super::key::{common, nibble};
use super::node::{Branch, Extension, Leaf, Place};
use super::{Key, NodeId, Value};

/// The nodes of any number of tries and versions. See the [module](super).
#[derive(Debug)]
pub struct Forest<V> {
    pub(super) leaves: Arena<Leaf<V>>,
    pub(super) branches: Arena<Branch>,
    pub(super) extensions: Arena<Extension>,
    /// Roots of other tries that values which are gone held last.
    orphans: Vec<NodeId>,
}

/// How many nodes there are, and what they take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Leaves.
    pub leaves: usize,
    /// Branches.
    pub branches: usize,
    /// Extensions.
    pub extensions: usize,
    /// Memory of all of them, about; what values point to aside.
    pub bytes: usize,
}

impl<V> Default for Forest<V> {
    fn default() -> Self {
        Self {
            leaves: Arena::default(),
            branches: Arena::default(),
            extensions: Arena::default(),
            orphans: Vec::new(),
        }
    }
}

impl<V: Value> Forest<V> {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of a key in the trie below `root`.
    #[must_use]
    pub fn get(&self, root: NodeId, key: &Key) -> Option<&V> {
        let mut id = root;
        let mut depth = 0;
        loop {
            match id.place() {
                Place::Empty => return None,
                Place::Leaf(at) => {
                    let leaf = self.leaves.get(at);
                    return leaf.value.as_ref().filter(|_| leaf.key == *key);
                }
                Place::Branch(at) => {
                    id = self.branches.get(at).child(nibble(key, depth))?.id;
                    depth += 1;
                }
                Place::Extension(at) => {
                    let extension = self.extensions.get(at);
                    let end = usize::from(extension.end);
                    if common(&extension.key, key) < end {
                        return None;
                    }
                    id = extension.child.id;
                    depth = end;
                }
            }
        }
    }

    /// Takes one more reference to a root, for another version to grow from it.
    pub fn retain(&mut self, root: NodeId) {
        match root.place() {
            Place::Empty => {}
            Place::Leaf(at) => self.leaves.retain(at),
            Place::Branch(at) => self.branches.retain(at),
            Place::Extension(at) => self.extensions.retain(at),
        }
    }

    /// Gives one reference to a root up; what no other version holds is gone.
    pub fn release(&mut self, root: NodeId) {
        match root.place() {
            Place::Empty => {}
            Place::Leaf(at) => {
                if self.leaves.release(at) {
                    let value = self.leaves.get_mut(at).value.take();
                    self.orphans.extend(value.and_then(V::into_orphan));
                }
            }
            Place::Branch(at) => {
                if self.branches.release(at) {
                    let children = core::mem::take(&mut self.branches.get_mut(at).children);
                    for child in &children {
                        self.release(child.id);
                    }
                }
            }
            Place::Extension(at) => {
                if self.extensions.release(at) {
                    let child = self.extensions.get(at).child.id;
                    self.release(child);
                }
            }
        }
    }

    /// The roots of other tries that nobody holds any more since the last time this was asked.
    pub fn take_orphans(&mut self) -> Vec<NodeId> {
        core::mem::take(&mut self.orphans)
    }

    /// How many nodes there are.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let (leaves, branches) = (self.leaves.len(), self.branches.len());
        let extensions = self.extensions.len();
        // Branches are nearly full or nearly empty; counting would touch them all.
        let children = leaves + branches;
        let bytes = self.leaves.bytes() + self.branches.bytes() + self.extensions.bytes();
        let bytes = bytes + children * size_of::<super::node::Child>();
        Counts { leaves, branches, extensions, bytes }
    }

    /// A leaf with this value in the place of one that is held; and whether it differs.
    pub(super) fn set_leaf(&mut self, at: u32, value: V) -> (NodeId, bool) {
        let leaf = self.leaves.get(at);
        if leaf.value.as_ref() == Some(&value) {
            self.orphans.extend(value.into_orphan());
            return (NodeId::leaf(at), false);
        }
        if self.leaves.is_shared(at) {
            let key = leaf.key;
            self.leaves.release(at);
            return (self.add_leaf(key, value), true);
        }
        let old = self.leaves.get_mut(at).value.replace(value);
        self.orphans.extend(old.and_then(V::into_orphan));
        (NodeId::leaf(at), true)
    }

    pub(super) fn add_leaf(&mut self, key: Key, value: V) -> NodeId {
        NodeId::leaf(self.leaves.add(Leaf { key, value: Some(value) }))
    }

    /// The same branch, held by nobody else.
    pub(super) fn own_branch(&mut self, at: u32) -> u32 {
        if !self.branches.is_shared(at) {
            return at;
        }
        let copy = self.branches.get(at).clone();
        for child in &copy.children {
            self.retain(child.id);
        }
        self.branches.release(at);
        self.branches.add(copy)
    }

    /// The same extension, held by nobody else.
    pub(super) fn own_extension(&mut self, at: u32) -> u32 {
        if !self.extensions.is_shared(at) {
            return at;
        }
        let copy = self.extensions.get(at).clone();
        self.retain(copy.child.id);
        self.extensions.release(at);
        self.extensions.add(copy)
    }
}
