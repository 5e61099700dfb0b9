//! What the index holds under which keys.

use super::Tip;
use crate::Error;
use crate::cursor::Cursor;
use crate::log::{Identity, Place, Sequence};
use troupe_types::{Hash, Height};

/// The flat state.
pub(super) const FLAT: &[u8] = b"f";
/// What was derived from blocks.
pub(super) const DERIVED: &[u8] = b"x";
/// How far the index has come.
pub(super) const APPLIED: &[u8] = b"a";
/// Where blocks are in the log.
const BLOCK: u8 = b'b';
/// The heights of blocks by hash.
const HASH: u8 = b'h';

pub(super) fn flat(key: &[u8]) -> Vec<u8> {
    [FLAT, key].concat()
}

pub(super) fn derived(key: &[u8]) -> Vec<u8> {
    [DERIVED, key].concat()
}

pub(super) fn block(height: Height) -> Vec<u8> {
    [&[BLOCK], &height.0.to_be_bytes()[..]].concat()
}

pub(super) fn hash(hash: &Hash) -> Vec<u8> {
    [&[HASH], &hash.0[..]].concat()
}

pub(super) fn place_bytes(place: Place) -> Vec<u8> {
    let Place { segment, offset, length } = place;
    [&segment.to_le_bytes()[..], &offset.to_le_bytes(), &length.to_le_bytes()].concat()
}

pub(super) fn place(bytes: &[u8]) -> Result<Place, Error> {
    let mut fields = Cursor::new("place in the log", bytes);
    let place = Place { segment: fields.u64()?, offset: fields.u64()?, length: fields.u32()? };
    fields.end()?;
    Ok(place)
}

/// What stands under [`APPLIED`]: whose index it is, what is derived in it, and after which block.
pub(super) fn applied_bytes(identity: &Identity, rule: u32, tip: &Tip) -> Vec<u8> {
    let mut out = Vec::with_capacity(120);
    out.extend(identity.chain.0);
    out.extend(identity.salt.to_le_bytes());
    out.extend(rule.to_le_bytes());
    out.extend(tip.sequence.0.to_le_bytes());
    out.extend(tip.height.0.to_le_bytes());
    out.extend(tip.hash.0);
    out.extend(tip.root.0);
    out
}

/// Reads it: the rule by which it is derived, and the block. `None` where it is the index of another log.
pub(super) fn applied(identity: &Identity, bytes: &[u8]) -> Option<(u32, Tip)> {
    let mut fields = Cursor::new("applied", bytes);
    let is_ours = fields.hash().ok()? == identity.chain && fields.u32().ok()? == identity.salt;
    let rule = fields.u32().ok()?;
    let (sequence, height) = (Sequence(fields.u64().ok()?), Height(fields.u64().ok()?));
    let (hash, root) = (fields.hash().ok()?, fields.hash().ok()?);
    fields.end().ok()?;
    is_ours.then_some((rule, Tip { sequence, height, hash, root }))
}
