//! The first block and the state after it.

use super::{Fault, Genesis};
use crate::block::{Block, Body, Header, receipts_root, term_hash};
use crate::state::{Account, Changes, StateTrie};
use troupe_crypto::hash::keccak256;
use troupe_types::{Address, Epoch, Hash, Height};
use troupe_wire::Fork;

impl Genesis {
    /// The genesis block, and what it puts into an empty state.
    pub fn build(&self, fork: &impl Fork) -> Result<(Block, Changes), Fault> {
        self.check()?;
        let mut changes = self.changes();
        let (mut trie, empty) = StateTrie::new();
        let (_root, state_root) = trie.grow(&empty, &mut changes, fork);
        let body = Body::default();
        let header = Header {
            state_root,
            transactions_root: body.transactions_root(),
            receipts_root: receipts_root(&[]),
            evidence_hash: body.evidence_hash(),
            gas_limit: self.gas_limit,
            time: self.time,
            base_fee: self.base_fee,
            extra: self.commitment().0.to_vec(),
            next_term: Some(self.first_term()),
            ..Header::default()
        };
        Ok((Block::new(header, body), changes))
    }

    fn first_term(&self) -> Hash {
        let first = Epoch(1);
        let heights = Height(1)..=Height(self.blocks_in_epoch(first));
        term_hash(first, heights, self.validators(first))
    }

    fn changes(&self) -> Changes {
        let mut changes = Changes::default();
        for (address, allocation) in &self.alloc {
            let address: Address = *address;
            let mut account = Account {
                nonce: allocation.nonce,
                balance: allocation.balance,
                ..Account::default()
            };
            if !allocation.code.is_empty() {
                account.code_hash = keccak256(&allocation.code);
                changes.codes.insert(account.code_hash, allocation.code.clone());
            }
            changes.accounts.insert(address, Some(account));
            let words = allocation.storage.iter().filter(|(_, word)| !word.is_zero());
            let words: std::collections::BTreeMap<_, _> =
                words.map(|(slot, word)| (*slot, *word)).collect();
            if !words.is_empty() {
                changes.storage.insert(address, words);
            }
        }
        changes
    }
}
