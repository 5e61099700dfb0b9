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

/// A task of fewer nodes with missing references costs more to hand over than to do.
const TASKS: usize = 32;

/// A reference that was made, and the parent and position it belongs to.
struct Made {
    parent: NodeId,
    position: usize,
    reference: Reference,
}

/// A node whose reference is missing, at a depth, and the parent and position it belongs to.
struct Missing {
    parent: NodeId,
    position: usize,
    id: NodeId,
    depth: usize,
}

/// Makes references without writing them down, so that several can work at once.
struct Hasher<'a, V> {
    forest: &'a Forest<V>,
    made: Vec<Made>,
    value: Vec<u8>,
    /// Encodings for use again.
    buffers: Vec<Vec<u8>>,
}

impl<V: Value> Forest<V> {
    /// The root hash of the trie below `root`; makes all references that are missing, below the top
    /// two levels in parallel.
    pub fn hash(&mut self, root: NodeId, fork: &impl Fork) -> Hash {
        if root.is_empty() {
            return EMPTY_ROOT;
        }
        let mut missing = Vec::new();
        self.missing_below(root, 0, 2, &mut missing);
        if missing.len() >= TASKS {
            let forest = &*self;
            let made = fork.map(split(missing), |tasks| {
                let mut hasher = Hasher::new(forest);
                for Missing { parent, position, id, depth } in tasks {
                    let reference = hasher.reference(id, depth);
                    hasher.made.push(Made { parent, position, reference });
                }
                hasher.made
            });
            for made in made {
                self.keep(made);
            }
        }
        let mut hasher = Hasher::new(self);
        let mut encoding = Vec::new();
        hasher.encode(root, 0, &mut encoding);
        let made = hasher.made;
        self.keep(made);
        keccak256(&encoding)
    }

    /// The children with missing references that hang at `level` branches below `id`.
    fn missing_below(&self, id: NodeId, depth: usize, level: usize, found: &mut Vec<Missing>) {
        match id.place() {
            Place::Empty | Place::Leaf(_) => {}
            Place::Branch(at) => {
                for (position, child) in self.branches.get(at).children.iter().enumerate() {
                    if !child.reference.is_missing() {
                        continue;
                    }
                    let (id, parent, depth) = (child.id, id, depth + 1);
                    if level == 1 {
                        found.push(Missing { parent, position, id, depth });
                    } else {
                        self.missing_below(id, depth, level - 1, found);
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

    /// The encoding of a node whose references are all made.
    pub(super) fn encoding(&self, id: NodeId, depth: usize) -> Vec<u8> {
        let mut out = Vec::new();
        Hasher::new(self).encode(id, depth, &mut out);
        out
    }
}

impl<'a, V: Value> Hasher<'a, V> {
    fn new(forest: &'a Forest<V>) -> Self {
        Self { forest, made: Vec::new(), value: Vec::new(), buffers: Vec::new() }
    }

    /// What a parent holds of the node `id` that hangs at `depth`.
    fn reference(&mut self, id: NodeId, depth: usize) -> Reference {
        let mut encoding = self.buffers.pop().unwrap_or_default();
        encoding.clear();
        self.encode(id, depth, &mut encoding);
        let reference = if encoding.len() < 32 {
            Reference::of_short(&encoding)
        } else {
            Reference::of_hash(keccak256(&encoding).0)
        };
        self.buffers.push(encoding);
        reference
    }

    /// Appends the encoding of the node `id` that hangs at `depth`, and collects the references that
    /// had to be made for it.
    fn encode(&mut self, id: NodeId, depth: usize, out: &mut Vec<u8>) {
        match id.place() {
            Place::Empty => out.push(0x80),
            Place::Leaf(at) => self.encode_leaf(at, depth, out),
            Place::Branch(at) => self.encode_branch(at, depth, out),
            Place::Extension(at) => self.encode_extension(at, depth, out),
        }
    }

    fn encode_leaf(&mut self, at: u32, depth: usize, out: &mut Vec<u8>) {
        let leaf = self.forest.leaves.get(at);
        self.value.clear();
        leaf.value.encode(&mut self.value);
        let value = string_length(&self.value);
        push_list_header(path_length(NIBBLES - depth) + value, out);
        push_path_string(&leaf.key, depth, NIBBLES, true, out);
        alloy_rlp::Encodable::encode(&self.value[..], out);
    }

    fn encode_branch(&mut self, at: u32, depth: usize, out: &mut Vec<u8>) {
        let branch = self.forest.branches.get(at);
        let mut references = [Reference::MISSING; 16];
        // Nothing hangs at the other half bytes; keys are all of one length, so none ends here.
        let mut length = 17 - branch.children.len();
        for (position, (child, reference)) in
            branch.children.iter().zip(&mut references).enumerate()
        {
            *reference = child.reference;
            if reference.is_missing() {
                *reference = self.reference(child.id, depth + 1);
                let made = Made { parent: NodeId::branch(at), position, reference: *reference };
                self.made.push(made);
            }
            length += reference.length();
        }
        push_list_header(length, out);
        // Room for a whole reference at every place: what is shorter is overwritten by what follows.
        let mut payload = [0x80; 16 * 33 + 1];
        let mut end = 0;
        let mut references = references.iter();
        for nibble in 0..16 {
            if branch.mask & (1 << nibble) == 0 {
                payload[end] = 0x80;
                end += 1;
            } else if let (Some(reference), Some(place)) =
                (references.next(), payload[end..].first_chunk_mut())
            {
                end += reference.write(place);
            }
        }
        payload[end] = 0x80;
        out.extend_from_slice(&payload[..length]);
    }

    fn encode_extension(&mut self, at: u32, depth: usize, out: &mut Vec<u8>) {
        let extension = self.forest.extensions.get(at);
        let end = usize::from(extension.end);
        let mut reference = extension.child.reference;
        if reference.is_missing() {
            reference = self.reference(extension.child.id, end);
            self.made.push(Made { parent: NodeId::extension(at), position: 0, reference });
        }
        push_list_header(path_length(end - depth) + reference.length(), out);
        push_path_string(&extension.key, depth, end, false, out);
        reference.push(out);
    }
}

/// Cuts tasks into at most 32 portions.
fn split<T>(tasks: Vec<T>) -> Vec<Vec<T>> {
    let portion = tasks.len().div_ceil(TASKS);
    let mut portions: Vec<Vec<T>> = Vec::new();
    for task in tasks {
        match portions.last_mut() {
            Some(last) if last.len() < portion => last.push(task),
            _ => portions.push(vec![task]),
        }
    }
    portions
}

/// Bytes of the encoding of a path of so many half bytes, as a string. Its first byte is below 0x80.
const fn path_length(nibbles: usize) -> usize {
    let bytes = nibbles / 2 + 1;
    if bytes == 1 { 1 } else { bytes + 1 }
}

fn push_path_string(key: &super::Key, from: usize, to: usize, is_leaf: bool, out: &mut Vec<u8>) {
    let bytes = (to - from) / 2 + 1;
    if bytes > 1 {
        // At most 33.
        out.push(0x80 + u8::try_from(bytes).expect("a path of at most 64 half bytes"));
    }
    push_path(key, from, to, is_leaf, out);
}

fn string_length(bytes: &[u8]) -> usize {
    alloy_rlp::Encodable::length(bytes)
}

fn push_list_header(payload_length: usize, out: &mut Vec<u8>) {
    alloy_rlp::Header { list: true, payload_length }.encode(out);
}
