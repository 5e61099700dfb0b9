//! A committed block as it is logged.

use crate::Error;
use crate::cursor::{Cursor, long_onto, short_onto};
use troupe_types::{Hash, Height};

/// One step of a block's changes to the flat state. Keys and values are whatever the chain says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Every key that begins so goes.
    Wipe(Vec<u8>),
    /// A key gets a value.
    Put(Vec<u8>, Vec<u8>),
    /// A key goes.
    Remove(Vec<u8>),
}

/// A committed block, with all that a node needs of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Commit {
    /// Its height.
    pub height: Height,
    /// Its hash.
    pub hash: Hash,
    /// The state root after it.
    pub root: Hash,
    /// The block.
    pub block: Vec<u8>,
    /// What shows that it is committed.
    pub proof: Vec<u8>,
    /// The receipts of its transactions.
    pub receipts: Vec<u8>,
    /// What it changed, in order.
    pub edits: Vec<Edit>,
}

const WIPE: u8 = 0;
const PUT: u8 = 1;
const REMOVE: u8 = 2;

/// What comes before the parts of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) height: Height,
    pub(crate) hash: Hash,
    pub(crate) root: Hash,
}

impl Commit {
    /// The payload of its record.
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let parts = [&self.block, &self.proof, &self.receipts];
        let size: usize = parts.iter().map(|part| part.len() + 4).sum();
        let mut out = Vec::with_capacity(72 + size + self.edits.len() * 128);
        out.extend(self.height.0.to_le_bytes());
        out.extend(self.hash.0);
        out.extend(self.root.0);
        for part in parts {
            long_onto(&mut out, "a part of a block", part)?;
        }
        for edit in &self.edits {
            match edit {
                Edit::Wipe(prefix) => {
                    out.push(WIPE);
                    short_onto(&mut out, "a key", prefix)?;
                }
                Edit::Put(key, value) => {
                    out.push(PUT);
                    short_onto(&mut out, "a key", key)?;
                    long_onto(&mut out, "a value", value)?;
                }
                Edit::Remove(key) => {
                    out.push(REMOVE);
                    short_onto(&mut out, "a key", key)?;
                }
            }
        }
        Ok(out)
    }

    /// Reads the one commit that `bytes` are.
    pub fn decode(bytes: &[u8]) -> Result<Self, Error> {
        let mut fields = Cursor::new("commit", bytes);
        let Head { height, hash, root } = Head::read(&mut fields)?;
        let [block, proof, receipts] = [fields.long()?, fields.long()?, fields.long()?];
        let mut edits = Vec::new();
        while !fields.is_empty() {
            edits.push(match fields.u8()? {
                WIPE => Edit::Wipe(fields.short()?.to_vec()),
                PUT => Edit::Put(fields.short()?.to_vec(), fields.long()?.to_vec()),
                REMOVE => Edit::Remove(fields.short()?.to_vec()),
                _ => return Err(fields.refuse("an unknown edit")),
            });
        }
        let (block, proof, receipts) = (block.to_vec(), proof.to_vec(), receipts.to_vec());
        Ok(Self { height, hash, root, block, proof, receipts, edits })
    }
}

impl Head {
    fn read(fields: &mut Cursor<'_>) -> Result<Self, Error> {
        Ok(Self { height: Height(fields.u64()?), hash: fields.hash()?, root: fields.hash()? })
    }

    /// What the bytes of a commit begin with.
    pub(crate) fn of(bytes: &[u8]) -> Result<Self, Error> {
        Self::read(&mut Cursor::new("commit", bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bytes(most: usize) -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(any::<u8>(), 0..most)
    }

    fn edit() -> impl Strategy<Value = Edit> {
        prop_oneof![
            bytes(60).prop_map(Edit::Wipe),
            (bytes(60), bytes(90)).prop_map(|(key, value)| Edit::Put(key, value)),
            bytes(60).prop_map(Edit::Remove),
        ]
    }

    proptest! {
        #[test]
        fn a_commit_is_read_back_and_no_cut_of_it_is_the_same(
            height in any::<u64>(),
            (block, proof, receipts) in (bytes(90), bytes(30), bytes(90)),
            edits in prop::collection::vec(edit(), 0..8),
            cut in any::<prop::sample::Index>(),
        ) {
            let (height, hash, root) = (Height(height), Hash([3; 32]), Hash([4; 32]));
            let commit = Commit { height, hash, root, block, proof, receipts, edits };
            let encoded = commit.encode().expect("short");
            prop_assert_eq!(&Commit::decode(&encoded).expect("whole"), &commit);
            prop_assert_eq!(Head::of(&encoded).expect("whole"), Head { height, hash, root });
            let cut = Commit::decode(&encoded[..cut.index(encoded.len())]);
            prop_assert!(cut.map_or(true, |cut| cut != commit));
        }

        #[test]
        fn what_is_read_from_any_bytes_has_one_form(bytes in bytes(200)) {
            if let Ok(commit) = Commit::decode(&bytes) {
                prop_assert_eq!(commit.encode().expect("it fitted"), bytes);
            }
        }
    }

    #[test]
    fn a_key_that_is_too_long_is_refused() {
        let edits = vec![Edit::Remove(vec![0; 1 << 16])];
        let error = Commit { edits, ..Commit::default() }.encode().expect_err("too long");
        assert_eq!(error.to_string(), "a key of 65536 exceeds 65535");
    }
}
