//! What is looked up besides blocks: transactions by their hash, and in an archive all states.

use crate::versions;
use troupe_chain::Block;
use troupe_storage::{Commit, Derive};
use troupe_types::{Hash, Height};

/// Where each transaction of a block is, and what the block made of the state.
pub(crate) struct Lookups {
    /// Whether states are kept.
    pub(crate) states: bool,
}

impl Derive for Lookups {
    fn entries(&self, commit: &Commit) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut entries = transactions(commit);
        if self.states {
            entries.extend(versions::of(commit));
        }
        entries
    }

    fn rule(&self) -> u32 {
        u32::from(self.states)
    }
}

fn transactions(commit: &Commit) -> Vec<(Vec<u8>, Vec<u8>)> {
    // What was committed was encoded here.
    let Ok(block) = Block::decode(&commit.block) else { return Vec::new() };
    let transactions = (0u32..).zip(&block.body().transactions);
    transactions
        .map(|(index, transaction)| {
            (transaction.hash().0.to_vec(), place(commit.height, index).to_vec())
        })
        .collect()
}

fn place(height: Height, index: u32) -> [u8; 12] {
    let mut bytes = [0; 12];
    bytes[..8].copy_from_slice(&height.0.to_be_bytes());
    bytes[8..].copy_from_slice(&index.to_be_bytes());
    bytes
}

/// Under which key a transaction's place is.
pub(crate) const fn key(hash: &Hash) -> &[u8] {
    &hash.0
}

/// Reads a place.
pub(crate) fn read(bytes: &[u8]) -> Option<(Height, u32)> {
    let (height, index) = bytes.split_first_chunk::<8>()?;
    let index: [u8; 4] = index.try_into().ok()?;
    Some((Height(u64::from_be_bytes(*height)), u32::from_be_bytes(index)))
}
