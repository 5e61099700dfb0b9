//! Following a path through nodes that somebody else sent, from a root that is known.

use super::Path;
use super::key::NIBBLES;
use crate::Error;
use crate::rlp::Reader;
use troupe_crypto::hash::keccak256;
use troupe_types::Hash;

/// The longest encoding of a node: a branch of hashes takes 532 bytes, a leaf with an account less than 200.
pub const MAX_NODE: usize = 1 << 10;
/// The most nodes on one way.
pub const MAX_NODES: usize = NIBBLES;

/// What the nodes above a part say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// The branches that were passed, from the root on.
    pub passed: Vec<Passed>,
    /// What stands where the part hangs, as its parent has it: a hash in RLP, or a short encoding.
    reference: Vec<u8>,
}

/// A branch on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// Where it hangs, or the extension above it.
    pub hangs: Path,
    /// Where its children hang.
    pub children: Vec<Path>,
}

const WHAT: &str = "proof of a part of a trie";

const fn refuse(reason: &'static str) -> Error {
    Error::Malformed { what: WHAT, reason }
}

fn reference_of(hash: &Hash) -> Vec<u8> {
    [&[0xa0], &hash.0[..]].concat()
}

/// Whether a node is the one that its parent refers to.
fn is_meant(reference: &[u8], node: &[u8]) -> bool {
    if node.len() < 32 { reference == node } else { reference == reference_of(&keccak256(node)) }
}

impl Walk {
    /// Follows a path from a root through the nodes above where it ends, all of which must be used.
    pub fn along(root: &Hash, nodes: &[Vec<u8>], path: &Path) -> Result<Self, Error> {
        if nodes.len() > MAX_NODES {
            let got = nodes.len();
            return Err(Error::TooMany { what: "nodes of a proof", got, limit: MAX_NODES });
        }
        let mut left = nodes.iter();
        let (mut reference, mut at) = (reference_of(root), Path::default());
        let (mut hangs, mut passed) = (at, Vec::new());
        while at.length() < path.length() {
            // A node shorter than a hash is in its parent.
            let is_inside = reference.first().is_some_and(|first| *first >= 0xc0);
            let node = if is_inside {
                reference.clone()
            } else {
                let node = left.next().ok_or(refuse("it ends too early"))?;
                if !is_meant(&reference, node) {
                    return Err(refuse("a node with another hash"));
                }
                node.clone()
            };
            let items = items(&node)?;
            if let [bytes, child] = items[..] {
                at = extend(at, bytes, path)?;
                reference = child.to_vec();
                continue;
            }
            let halves = (0..16).zip(&items);
            let there = halves.filter(|(_, item)| **item != [0x80]);
            let children = there.map(|(half, _)| at.with(half)).collect();
            passed.push(Passed { hangs, children });
            let half = path.nibble(at.length());
            reference = items.get(usize::from(half)).map_or(&[][..], |item| item).to_vec();
            if reference == [0x80] {
                return Err(refuse("nothing hangs there"));
            }
            at = at.with(half);
            hangs = at;
        }
        if left.next().is_some() {
            return Err(refuse("a node that is not on the way"));
        }
        if hangs != *path {
            return Err(refuse("no part hangs there"));
        }
        Ok(Self { passed, reference })
    }

    /// Whether this is what hangs there.
    #[must_use]
    pub fn ends_at(&self, encoding: &[u8]) -> bool {
        // The root is a hash, however short it is.
        let is_root = self.passed.is_empty();
        match is_root {
            true => self.reference == reference_of(&keccak256(encoding)),
            false => is_meant(&self.reference, encoding),
        }
    }
}

/// The items of a node, as they stand there: two or seventeen.
fn items(node: &[u8]) -> Result<Vec<&[u8]>, Error> {
    let mut list = Reader::open(WHAT, node, MAX_NODE)?;
    let mut items = Vec::with_capacity(17);
    while !list.is_empty() {
        if items.len() == 17 {
            return Err(refuse("a node of another form"));
        }
        items.push(list.raw()?);
    }
    let is_node = match items[..] {
        [_, _] => true,
        // Keys are all of one length: none ends at a branch.
        [.., value] => items.len() == 17 && value == [0x80],
        [] => false,
    };
    if is_node { Ok(items) } else { Err(refuse("a node of another form")) }
}

/// The path below an extension that lies on the way to another.
fn extend(at: Path, item: &[u8], to: &Path) -> Result<Path, Error> {
    let bytes = Reader::item(WHAT, item).bytes(1 + NIBBLES / 2)?;
    let (first, rest) = bytes.split_first().ok_or(refuse("a path of another form"))?;
    let mut halves: Vec<u8> = rest.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]).collect();
    match first >> 4 {
        0 if first & 0x0f == 0 => {}
        1 => halves.insert(0, first & 0x0f),
        // A leaf has nothing below it.
        _ => return Err(refuse("nothing hangs there")),
    }
    let length = at.length() + halves.len();
    let extended = halves.into_iter().fold(at, Path::with);
    let is_on_the_way = extended.length() == length
        && length < to.length()
        && (at.length()..length).all(|depth| extended.nibble(depth) == to.nibble(depth));
    if is_on_the_way && length > at.length() { Ok(extended) } else { Err(refuse("another way")) }
}
