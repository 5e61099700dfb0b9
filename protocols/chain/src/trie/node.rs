//! What a trie is made of.

use super::Key;

/// Where a node is: its kind in the two highest bits, then its place among its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NodeId(u32);

/// The kind and place of a node, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Empty,
    Leaf(u32),
    Branch(u32),
    Extension(u32),
}

const PLACE_BITS: u32 = 30;
const PLACES: u32 = 1 << PLACE_BITS;

impl NodeId {
    /// The trie without keys.
    pub const EMPTY: Self = Self(0);

    /// Whether it is the trie without keys.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn place(self) -> Place {
        let at = self.0 & (PLACES - 1);
        match self.0 >> PLACE_BITS {
            1 => Place::Leaf(at),
            2 => Place::Branch(at),
            3 => Place::Extension(at),
            _ => Place::Empty,
        }
    }

    fn of(kind: u32, at: u32) -> Self {
        assert!(at < PLACES, "memory ends long before 2^30 nodes of a kind");
        Self((kind << PLACE_BITS) | at)
    }

    pub(super) fn leaf(at: u32) -> Self {
        Self::of(1, at)
    }

    pub(super) fn branch(at: u32) -> Self {
        Self::of(2, at)
    }

    pub(super) fn extension(at: u32) -> Self {
        Self::of(3, at)
    }
}

/// What leaves hold.
pub trait Value: Clone + PartialEq + Send + Sync {
    /// Appends what the trie commits to; never nothing.
    fn encode(&self, out: &mut Vec<u8>);

    /// Takes over from the value whose place it takes what it was not told; whether it did.
    fn follow(&mut self, _before: &Self) -> bool {
        false
    }
}

/// What a parent holds of a child: the hash of the child's encoding, the encoding itself where it is
/// shorter than a hash, or nothing yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reference {
    /// 0: to be made; 32: a hash.
    length: u8,
    bytes: [u8; 32],
}

impl Reference {
    pub(super) const MISSING: Self = Self { length: 0, bytes: [0; 32] };

    pub(super) const fn of_hash(hash: [u8; 32]) -> Self {
        Self { length: 32, bytes: hash }
    }

    /// Of an encoding shorter than 32 bytes.
    pub(super) fn of_short(encoding: &[u8]) -> Self {
        let mut bytes = [0; 32];
        bytes[..encoding.len()].copy_from_slice(encoding);
        let length = u8::try_from(encoding.len()).expect("shorter than 32");
        Self { length, bytes }
    }

    pub(super) const fn is_missing(&self) -> bool {
        self.length == 0
    }

    pub(super) const fn is_hash(&self) -> bool {
        self.length == 32
    }

    /// Bytes it takes in the parent's encoding.
    pub(super) fn length(&self) -> usize {
        usize::from(self.length) + usize::from(self.is_hash())
    }

    /// As it stands in the parent's encoding.
    pub(super) fn push(&self, out: &mut Vec<u8>) {
        let mut encoding = [0; 33];
        let length = self.write(&mut encoding);
        out.extend_from_slice(&encoding[..length]);
    }

    /// Writes it as it stands in the parent's encoding; gives the bytes written. A number of bytes
    /// that is known beforehand is copied faster.
    pub(super) fn write(&self, encoding: &mut [u8; 33]) -> usize {
        if self.is_hash() {
            encoding[0] = 0xa0;
            encoding[1..].copy_from_slice(&self.bytes);
        } else {
            encoding[..32].copy_from_slice(&self.bytes);
        }
        self.length()
    }
}

/// One key and its value. Its reference depends on the depth at which it hangs; it does not.
#[derive(Debug, Clone)]
pub(super) struct Leaf<V> {
    pub(super) key: Key,
    pub(super) value: V,
}

/// A child as its parent holds it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Child {
    pub(super) id: NodeId,
    pub(super) reference: Reference,
}

impl Child {
    pub(super) const fn changed(id: NodeId) -> Self {
        Self { id, reference: Reference::MISSING }
    }
}

/// Two to sixteen children, one for each half byte in `mask`, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Branch {
    pub(super) mask: u16,
    pub(super) children: Box<[Child]>,
}

impl Branch {
    /// Where the child of a half byte is, or would be.
    pub(super) fn position(mask: u16, nibble: u8) -> Result<usize, usize> {
        let bit = 1u16 << nibble;
        let before = (mask & (bit - 1)).count_ones() as usize;
        if mask & bit == 0 { Err(before) } else { Ok(before) }
    }

    pub(super) fn child(&self, nibble: u8) -> Option<&Child> {
        let at = Self::position(self.mask, nibble).ok()?;
        self.children.get(at)
    }
}

/// A path without choice, down to a branch. `key` is any key through it, so that the path is what
/// lies between the depth where it hangs and `end`.
#[derive(Debug, Clone)]
pub(super) struct Extension {
    pub(super) key: Key,
    pub(super) end: u8,
    pub(super) child: Child,
}
