//! Encodings, references and roots.

use super::key::{NIBBLES, push_path};
use super::node::{Place, Reference};
use super::{Forest, NodeId, Value};
use troupe_crypto::hash::keccak256;
use troupe_types::Hash;
use troupe_wire::Fork;

/// The root of the trie without keys: the hash of the empty string's encoding.
pub const EMPTY_ROOT: Hash = Hash([
    0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6, 0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8, 0x6e,
    0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c, 0xad, 0xc0, 0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21,
]);

/// A reference that was made, and the parent and position it belongs to.
struct Made {
    parent: NodeId,
    position: usize,
    reference: Reference,
}

impl<V: Value> Forest<V> {
    /// The root hash of the trie below `root`; makes all references that are missing, below the top
    /// two levels in parallel.
    pub fn hash(&mut self, root: NodeId, fork: &impl Fork) -> Hash {
        if root.is_empty() {
            return EMPTY_ROOT;
        }
        let mut far = Vec::new();
        self.missing_below(root, 0, 2, &mut far);
        // A task of few hashes costs more to hand over than to do.
        if far.len() >= 32 {
            let forest = &*self;
            let made = fork.map(split(far), |tasks| {
                let mut made = Vec::new();
                for (parent, position, id, depth) in tasks {
                    let reference = forest.reference(id, depth, &mut made);
                    made.push(Made { parent, position, reference });
                }
                made
            });
            for made in made {
                self.keep(made);
            }
        }
        let mut made = Vec::new();
        let mut encoding = Vec::new();
        self.encode(root, 0, &mut encoding, &mut made);
        self.keep(made);
        keccak256(&encoding)
    }

    /// The children with missing references that hang at `level` branches below `id`, each with
    /// its parent, its position and its depth.
    fn missing_below(
        &self,
        id: NodeId,
        depth: usize,
        level: usize,
        found: &mut Vec<(NodeId, usize, NodeId, usize)>,
    ) {
        match id.place() {
            Place::Empty | Place::Leaf(_) => {}
            Place::Branch(at) => {
                for (position, child) in self.branches.get(at).children.iter().enumerate() {
                    if !child.reference.is_missing() {
                        continue;
                    }
                    if level == 1 {
                        found.push((id, position, child.id, depth + 1));
                    } else {
                        self.missing_below(child.id, depth + 1, level - 1, found);
                    }
                }
            }
            Place::Extension(at) => {
                let extension = self.extensions.get(at);
                if extension.child.reference.is_missing() {
                    self.missing_below(extension.child.id, extension.end.into(), level, found);
                }
            }
        }
    }

    fn keep(&mut self, made: Vec<Made>) {
        for Made { parent, position, reference } in made {
            match parent.place() {
                Place::Branch(at) => {
                    self.branches.get_mut(at).children[position].reference = reference;
                }
                Place::Extension(at) => self.extensions.get_mut(at).child.reference = reference,
                Place::Empty | Place::Leaf(_) => {}
            }
        }
    }

    /// What a parent holds of the node `id` that hangs at `depth`.
    fn reference(&self, id: NodeId, depth: usize, made: &mut Vec<Made>) -> Reference {
        let mut encoding = Vec::with_capacity(544);
        self.encode(id, depth, &mut encoding, made);
        if encoding.len() < 32 {
            return Reference::of_short(&encoding);
        }
        Reference::of_hash(keccak256(&encoding).0)
    }

    /// Appends the encoding of the node `id` that hangs at `depth`, and collects the references that
    /// had to be made for it.
    fn encode(&self, id: NodeId, depth: usize, out: &mut Vec<u8>, made: &mut Vec<Made>) {
        match id.place() {
            Place::Empty => out.push(0x80),
            Place::Leaf(at) => {
                let leaf = self.leaves.get(at);
                let mut value = Vec::with_capacity(112);
                if let Some(held) = &leaf.value {
                    held.encode(&mut value);
                }
                let mut path = Vec::with_capacity(33);
                push_path(&leaf.key, depth, NIBBLES, true, &mut path);
                push_pair(&path, out, |out| push_string(&value, out));
            }
            Place::Branch(at) => {
                let mut payload = Vec::with_capacity(544);
                let branch = self.branches.get(at);
                let mut children = branch.children.iter().enumerate();
                for nibble in 0..16 {
                    if branch.mask & (1 << nibble) == 0 {
                        payload.push(0x80);
                        continue;
                    }
                    let Some((position, child)) = children.next() else { continue };
                    let mut reference = child.reference;
                    if reference.is_missing() {
                        reference = self.reference(child.id, depth + 1, made);
                        made.push(Made { parent: id, position, reference });
                    }
                    reference.push(&mut payload);
                }
                // Keys are all of one length: none ends at a branch.
                payload.push(0x80);
                push_list_header(payload.len(), out);
                out.extend_from_slice(&payload);
            }
            Place::Extension(at) => {
                let extension = self.extensions.get(at);
                let end = usize::from(extension.end);
                let mut reference = extension.child.reference;
                if reference.is_missing() {
                    reference = self.reference(extension.child.id, end, made);
                    made.push(Made { parent: id, position: 0, reference });
                }
                let mut path = Vec::with_capacity(33);
                push_path(&extension.key, depth, end, false, &mut path);
                push_pair(&path, out, |out| reference.push(out));
            }
        }
    }

    /// The encoding of a node whose references are all made.
    pub(super) fn encoding(&self, id: NodeId, depth: usize) -> Vec<u8> {
        let mut out = Vec::new();
        self.encode(id, depth, &mut out, &mut Vec::new());
        out
    }
}

/// Cuts tasks into at most 32 portions.
fn split<T>(tasks: Vec<T>) -> Vec<Vec<T>> {
    let portion = tasks.len().div_ceil(32);
    let mut portions: Vec<Vec<T>> = Vec::new();
    for task in tasks {
        match portions.last_mut() {
            Some(last) if last.len() < portion => last.push(task),
            _ => portions.push(vec![task]),
        }
    }
    portions
}

/// A list of a path and something else.
fn push_pair(path: &[u8], out: &mut Vec<u8>, second: impl FnOnce(&mut Vec<u8>)) {
    let mut payload = Vec::with_capacity(160);
    push_string(path, &mut payload);
    second(&mut payload);
    push_list_header(payload.len(), out);
    out.extend_from_slice(&payload);
}

fn push_string(bytes: &[u8], out: &mut Vec<u8>) {
    alloy_rlp::Encodable::encode(bytes, out);
}

fn push_list_header(payload_length: usize, out: &mut Vec<u8>) {
    alloy_rlp::Header { list: true, payload_length }.encode(out);
}
