//! What is looked up besides blocks: transactions by their hash; validators by their epoch; where blocks stay, what is in them; in an archive
//! all states.

use crate::{Keeps, marks, rosters, versions};
use troupe_chain::Block;
use troupe_chain::block::decode_receipts;
use troupe_storage::{Commit, Derive};
use troupe_types::{Hash, Height};

/// What is looked up where this is kept of the past.
pub(crate) struct Lookups(pub(crate) Keeps);

impl Derive for Lookups {
    fn entries(&self, commit: &Commit) -> Vec<(Vec<u8>, Vec<u8>)> {
        // What was committed was encoded here.
        let Ok(block) = Block::decode(&commit.block) else { return Vec::new() };
        let mut entries = transactions(commit.height, &block);
        entries.extend(rosters::of(block.header(), &commit.edits));
        if self.0 == Keeps::Recent {
            return entries;
        }
        let receipts = decode_receipts(&commit.receipts).unwrap_or_default();
        let mut marks = marks::of_logs(commit.height, &receipts);
        if self.0 == Keeps::States {
            marks.extend(marks::of_accounts(&block, &commit.edits));
            entries.extend(versions::of(commit));
        }
        entries.extend(marks.into_iter().map(|mark| (mark, Vec::new())));
        entries
    }

    fn rule(&self) -> u32 {
        match self.0 {
            Keeps::Recent => 1,
            Keeps::Blocks => 4,
            Keeps::States => 5,
        }
    }
}

/// What the index of a vault derives, as the number in it says.
#[must_use]
pub fn rules(rule: u32) -> Option<Box<dyn Derive>> {
    let all = [Keeps::Recent, Keeps::Blocks, Keeps::States].map(Lookups);
    let found = all.into_iter().find(|lookups| lookups.rule() == rule)?;
    Some(Box::new(found))
}

fn transactions(height: Height, block: &Block) -> Vec<(Vec<u8>, Vec<u8>)> {
    let transactions = (0u32..).zip(&block.body().transactions);
    transactions
        .map(|(index, transaction)| (transaction.hash().0.to_vec(), place(height, index).to_vec()))
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
