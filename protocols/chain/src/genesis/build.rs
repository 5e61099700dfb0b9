//! The first block and the state after it.

use super::{Fault, Genesis};
use crate::block::{Block, Body, Header, Roster, receipts_root};
use crate::state::{Account, Changes, StateTrie};
use troupe_crypto::hash::keccak256;
use troupe_types::{Address, Epoch, Height};
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
            next_term: Some(self.roster(Epoch(1), Height(1)).hash()),
            ..Header::default()
        };
        Ok((Block::new(header, body), changes))
    }

    /// The validators of an epoch that begins at a height.
    #[must_use]
    pub fn roster(&self, epoch: Epoch, first: Height) -> Roster {
        let length = self.blocks_in_epoch(epoch).max(1);
        let last = Height(first.0.saturating_add(length - 1));
        Roster { epoch, first, last, validators: self.validators(epoch).to_vec() }
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
