//! Many changes at once: every node on the way is touched once.

use super::forest::Edit;
use super::key::{NIBBLES, common, nibble, with_nibble};
use super::node::{Branch, Child, Extension, Place};
use super::{Forest, Key, NodeId, Value};

/// What becomes of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<V> {
    /// The key.
    pub key: Key,
    /// Its new value; `None` removes it.
    pub value: Option<V>,
}

/// A subtree after a change, and whether its encoding may differ from before.
type Changed = (NodeId, bool);

impl<V: Value> Forest<V> {
    /// Grows the trie with these changes from the one below `root`, which stays what it is unless the same
    /// edit made it. Changes are sorted here; of two for one key the last counts.
    pub fn update(&mut self, edit: &mut Edit, root: NodeId, mut changes: Vec<Change<V>>) -> NodeId {
        changes.sort_by_cached_key(|change| change.key);
        // Keeps the last of equals: they are compared with, and dropped in favour of, what follows.
        changes.reverse();
        changes.dedup_by_key(|change| change.key);
        changes.reverse();
        self.apply(edit, root, 0, &mut changes).0
    }

    /// `changes` are sorted, of different keys, and all agree with the path up to `depth`.
    fn apply(
        &mut self,
        edit: &mut Edit,
        id: NodeId,
        depth: usize,
        changes: &mut [Change<V>],
    ) -> Changed {
        if changes.is_empty() {
            return (id, false);
        }
        match id.place() {
            Place::Empty => {
                let leaves = self.add_leaves(edit, changes, None);
                (self.assemble(edit, depth, &leaves), !leaves.is_empty())
            }
            Place::Leaf(at) => self.apply_to_leaf(edit, at, depth, changes),
            Place::Branch(at) => self.apply_to_branch(edit, at, depth, changes),
            Place::Extension(at) => self.apply_to_extension(edit, at, depth, changes),
        }
    }

    fn apply_to_leaf(
        &mut self,
        edit: &mut Edit,
        at: u32,
        depth: usize,
        changes: &mut [Change<V>],
    ) -> Changed {
        let key = self.leaves.get(at).key;
        let mut kept = (Some(NodeId::leaf(at)), false);
        if let Ok(own) = changes.binary_search_by_key(&key, |change| change.key) {
            kept = match changes[own].value.take() {
                Some(value) => {
                    let (leaf, differs) = self.set_leaf(edit, at, value);
                    (Some(leaf), differs)
                }
                None => {
                    Self::drop_node(edit, NodeId::leaf(at));
                    (None, true)
                }
            };
        }
        let (kept, differs) = kept;
        let leaves = self.add_leaves(edit, changes, kept.map(|leaf| (key, leaf)));
        if kept.is_some() && leaves.len() == 1 {
            return (leaves[0].1, differs);
        }
        (self.assemble(edit, depth, &leaves), true)
    }

    fn apply_to_branch(
        &mut self,
        edit: &mut Edit,
        at: u32,
        depth: usize,
        changes: &mut [Change<V>],
    ) -> Changed {
        let key = changes[0].key;
        let branch = self.copy_branch(at);
        let (branch, differs) = self.apply_to_children(edit, branch, depth, changes);
        if !differs {
            self.recycle(branch.children);
            return (NodeId::branch(at), false);
        }
        if branch.children.len() > 1 {
            return (self.set_branch(edit, at, branch), true);
        }
        Self::drop_node(edit, NodeId::branch(at));
        let Some(only) = branch.children.first() else { return (NodeId::EMPTY, true) };
        let through = with_nibble(&key, depth, last_nibble(branch.mask));
        (self.hang(edit, *only, through, depth, depth + 1), true)
    }

    /// Changes the children of a copied branch; any number of them may be left.
    fn apply_to_children(
        &mut self,
        edit: &mut Edit,
        branch: Branch,
        depth: usize,
        changes: &mut [Change<V>],
    ) -> (Branch, bool) {
        let Branch { mut mask, children } = branch;
        let mut children = children.into_vec();
        let mut differs = false;
        for group in changes.chunk_by_mut(|a, b| nibble(&a.key, depth) == nibble(&b.key, depth)) {
            let nibble = nibble(&group[0].key, depth);
            match Branch::position(mask, nibble) {
                Ok(position) => {
                    let old = children[position].id;
                    let (child, child_differs) = self.apply(edit, old, depth + 1, group);
                    if child.is_empty() {
                        children.remove(position);
                        mask &= !(1 << nibble);
                    } else if child_differs {
                        children[position] = Child::changed(child);
                    }
                    differs |= child_differs;
                }
                Err(position) => {
                    let (child, _) = self.apply(edit, NodeId::EMPTY, depth + 1, group);
                    if !child.is_empty() {
                        children.insert(position, Child::changed(child));
                        mask |= 1 << nibble;
                        differs = true;
                    }
                }
            }
        }
        (Branch { mask, children: children.into_boxed_slice() }, differs)
    }

    fn apply_to_extension(
        &mut self,
        edit: &mut Edit,
        at: u32,
        depth: usize,
        changes: &mut [Change<V>],
    ) -> Changed {
        let Extension { key, end, child } = self.extensions.get(at).clone();
        let end = usize::from(end);
        let (first, last) = (&changes[0].key, &changes[changes.len() - 1].key);
        // In sorted keys nothing leaves the path earlier than the first or the last does.
        let fork = common(&key, first).min(common(&key, last));
        if fork >= end {
            let (below, differs) = self.apply(edit, child.id, end, changes);
            if !differs {
                return (NodeId::extension(at), false);
            }
            if let Place::Branch(_) = below.place() {
                return (self.set_extension(edit, at, Child::changed(below)), true);
            }
            // What is left below knows its whole path and hangs here by itself.
            Self::drop_node(edit, NodeId::extension(at));
            return (below, true);
        }
        // The path is cut where the keys leave it: above, the fork, below.
        let below = if fork + 1 == end {
            Self::drop_node(edit, NodeId::extension(at));
            child
        } else {
            Child::changed(NodeId::extension(at))
        };
        let mask = 1 << nibble(&key, fork);
        let branch = Branch { mask, children: Box::new([below]) };
        let (branch, _) = self.apply_to_children(edit, branch, fork, changes);
        if branch.children.len() > 1 {
            let branch = Child::changed(self.add_branch(edit, branch));
            return (self.hang(edit, branch, key, depth, fork), true);
        }
        let Some(only) = branch.children.first() else { return (NodeId::EMPTY, true) };
        let through = with_nibble(&key, fork, last_nibble(branch.mask));
        (self.hang(edit, *only, through, depth, fork + 1), true)
    }

    /// Hangs a node that begins at `end` at `depth`, where nothing else is on the way. A leaf and an
    /// extension know their whole path; a branch wants an extension above it. Its own reference
    /// does not depend on where it hangs and is kept.
    fn hang(
        &mut self,
        edit: &mut Edit,
        child: Child,
        through: Key,
        depth: usize,
        end: usize,
    ) -> NodeId {
        let is_branch = matches!(child.id.place(), Place::Branch(_));
        if !is_branch || depth == end {
            return child.id;
        }
        let end = u8::try_from(end).expect("at most 64 half bytes");
        self.add_extension(edit, Extension { key: through, end, child })
    }

    /// New leaves for all that is not removed, and one that is kept, sorted by key.
    fn add_leaves(
        &mut self,
        edit: &mut Edit,
        changes: &mut [Change<V>],
        kept: Option<(Key, NodeId)>,
    ) -> Vec<(Key, NodeId)> {
        let mut leaves = Vec::with_capacity(changes.len() + 1);
        for change in changes {
            if let Some(value) = change.value.take() {
                leaves.push((change.key, self.add_leaf(edit, change.key, value)));
            }
        }
        if let Some((key, leaf)) = kept {
            let at = leaves.partition_point(|(other, _)| *other < key);
            leaves.insert(at, (key, leaf));
        }
        leaves
    }

    /// The trie of these leaves, below `depth`.
    fn assemble(&mut self, edit: &mut Edit, depth: usize, leaves: &[(Key, NodeId)]) -> NodeId {
        let (Some((first, leaf)), Some((last, _))) = (leaves.first(), leaves.last()) else {
            return NodeId::EMPTY;
        };
        if leaves.len() == 1 {
            return *leaf;
        }
        let fork = common(first, last);
        debug_assert!(depth <= fork && fork < NIBBLES, "the keys differ below this depth");
        let mut mask = 0;
        let mut children = Vec::new();
        for group in leaves.chunk_by(|a, b| nibble(&a.0, fork) == nibble(&b.0, fork)) {
            mask |= 1 << nibble(&group[0].0, fork);
            children.push(Child::changed(self.assemble(edit, fork + 1, group)));
        }
        let branch = Branch { mask, children: children.into_boxed_slice() };
        let branch = Child::changed(self.add_branch(edit, branch));
        self.hang(edit, branch, *first, depth, fork)
    }
}

/// The half byte of the only child.
fn last_nibble(mask: u16) -> u8 {
    u8::try_from(mask.trailing_zeros()).expect("at most sixteen")
}
