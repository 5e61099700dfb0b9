//! All nodes of all tries, and what they share.

use super::arena::Arena;
use super::key::{common, nibble};
use super::node::{Branch, Child, Extension, Leaf, Place};
use super::{Key, NodeId, Value};

/// The nodes of any number of tries and versions. See the [module](super).
#[derive(Debug)]
pub struct Forest<V> {
    pub(super) leaves: Arena<Leaf<V>>,
    pub(super) branches: Arena<Branch>,
    pub(super) extensions: Arena<Extension>,
    edits: u32,
    /// Children of branches that are gone, by their number: what the next copies are written into.
    spare: [Vec<Box<[Child]>>; 17],
}

/// The most boxes of a size that are kept.
const SPARE: usize = 1 << 12;

/// One version in the making, and afterwards what tells it from its parent. To be given back to
/// [`Forest::undo`] or [`Forest::settle`].
#[derive(Debug)]
#[must_use]
pub struct Edit {
    number: u32,
    /// Nodes that no other version has but those grown from this one.
    made: Vec<NodeId>,
    /// Nodes that this version and those grown from it do not have any more.
    left: Vec<NodeId>,
    /// Keys whose values took something over.
    followed: Vec<Key>,
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

impl Edit {
    /// The keys whose values [took something over](Value::follow), once.
    pub fn take_followed(&mut self) -> Vec<Key> {
        core::mem::take(&mut self.followed)
    }
}

impl<V> Default for Forest<V> {
    fn default() -> Self {
        Self {
            leaves: Arena::default(),
            branches: Arena::default(),
            extensions: Arena::default(),
            edits: 0,
            spare: Default::default(),
        }
    }
}

impl<V: Value> Forest<V> {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins a version.
    pub fn edit(&mut self) -> Edit {
        self.edits = self.edits.checked_add(1).expect("fewer versions than 2^32");
        Edit { number: self.edits, made: Vec::new(), left: Vec::new(), followed: Vec::new() }
    }

    /// Drops a version that nothing was grown from, or whose offspring is dropped already.
    pub fn undo(&mut self, edit: Edit) {
        for id in edit.made {
            self.free(id);
        }
    }

    /// Drops the parent of a version, from which nothing else is grown any more.
    pub fn settle(&mut self, edit: Edit) {
        for id in edit.left {
            self.free(id);
        }
    }

    /// Leaves a whole trie behind.
    pub fn leave(&mut self, edit: &mut Edit, root: NodeId) {
        edit.left.extend((!root.is_empty()).then_some(root));
        match root.place() {
            Place::Empty | Place::Leaf(_) => {}
            Place::Branch(at) => {
                for place in 0..self.branches.get(at).children.len() {
                    let child = self.branches.get(at).children[place].id;
                    self.leave(edit, child);
                }
            }
            Place::Extension(at) => {
                let child = self.extensions.get(at).child.id;
                self.leave(edit, child);
            }
        }
    }

    fn free(&mut self, id: NodeId) {
        match id.place() {
            Place::Empty => {}
            Place::Leaf(at) => self.leaves.free(at),
            Place::Branch(at) => {
                let children = core::mem::take(&mut self.branches.get_mut(at).children);
                self.recycle(children);
                self.branches.free(at);
            }
            Place::Extension(at) => self.extensions.free(at),
        }
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
                    return (leaf.key == *key).then_some(&leaf.value);
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

    /// How many nodes there are.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let (leaves, branches) = (self.leaves.len(), self.branches.len());
        let extensions = self.extensions.len();
        // Every node but a root is one parent's child.
        let children = leaves + branches;
        let bytes = self.leaves.bytes() + self.branches.bytes() + self.extensions.bytes();
        let bytes = bytes + children * size_of::<Child>();
        Counts { leaves, branches, extensions, bytes }
    }

    /// A leaf with this value in the place of another; and whether it differs.
    pub(super) fn set_leaf(&mut self, edit: &mut Edit, at: u32, mut value: V) -> (NodeId, bool) {
        let leaf = self.leaves.get(at);
        if value.follow(&leaf.value) {
            edit.followed.push(leaf.key);
        }
        if leaf.value == value {
            return (NodeId::leaf(at), false);
        }
        if self.leaves.maker(at) == edit.number {
            self.leaves.get_mut(at).value = value;
            return (NodeId::leaf(at), true);
        }
        let key = leaf.key;
        edit.left.push(NodeId::leaf(at));
        (self.add_leaf(edit, key, value), true)
    }

    pub(super) fn add_leaf(&mut self, edit: &mut Edit, key: Key, value: V) -> NodeId {
        let id = NodeId::leaf(self.leaves.add(Leaf { key, value }, edit.number));
        edit.made.push(id);
        id
    }

    pub(super) fn add_branch(&mut self, edit: &mut Edit, branch: Branch) -> NodeId {
        let id = NodeId::branch(self.branches.add(branch, edit.number));
        edit.made.push(id);
        id
    }

    pub(super) fn add_extension(&mut self, edit: &mut Edit, extension: Extension) -> NodeId {
        let id = NodeId::extension(self.extensions.add(extension, edit.number));
        edit.made.push(id);
        id
    }

    /// One node is left behind; what hangs below it may still be needed.
    pub(super) fn drop_node(edit: &mut Edit, id: NodeId) {
        edit.left.push(id);
    }

    /// A branch to be changed.
    pub(super) fn copy_branch(&mut self, at: u32) -> Branch {
        let branch = self.branches.get(at);
        let spare = self.spare.get_mut(branch.children.len()).and_then(Vec::pop);
        let children = match spare {
            Some(mut children) => {
                children.copy_from_slice(&branch.children);
                children
            }
            None => branch.children.clone(),
        };
        Branch { mask: branch.mask, children }
    }

    /// Keeps a box for the next copy.
    pub(super) fn recycle(&mut self, children: Box<[Child]>) {
        if let Some(spare) = self.spare.get_mut(children.len())
            && spare.len() < SPARE
            && !children.is_empty()
        {
            spare.push(children);
        }
    }

    /// A branch with these children in the place of another.
    pub(super) fn set_branch(&mut self, edit: &mut Edit, at: u32, branch: Branch) -> NodeId {
        if self.branches.maker(at) == edit.number {
            let old = core::mem::replace(self.branches.get_mut(at), branch);
            self.recycle(old.children);
            return NodeId::branch(at);
        }
        edit.left.push(NodeId::branch(at));
        self.add_branch(edit, branch)
    }

    /// An extension with this child in the place of another.
    pub(super) fn set_extension(&mut self, edit: &mut Edit, at: u32, child: Child) -> NodeId {
        if self.extensions.maker(at) == edit.number {
            self.extensions.get_mut(at).child = child;
            return NodeId::extension(at);
        }
        edit.left.push(NodeId::extension(at));
        let Extension { key, end, .. } = *self.extensions.get(at);
        self.add_extension(edit, Extension { key, end, child })
    }
}
