//! Proofs as `eth_getProof` gives them.

use super::tree::Leaf;
use super::{Account, Root, Slot, StateTrie};
use crate::trie::NodeId;
use alloy_primitives::U256;
use troupe_crypto::hash::keccak256;
use troupe_types::Address;

/// That an account is this in a state with a known root, or is not there.
// EIP-1186
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountProof {
    /// The account; `None` where there is none.
    pub account: Option<Account>,
    /// The encodings of the nodes from the state root to it.
    pub nodes: Vec<Vec<u8>>,
    /// Words of its storage, in the order in which they were asked for.
    pub slots: Vec<SlotProof>,
}

/// That a word of storage is this under a known storage root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotProof {
    /// Where it is.
    pub slot: Slot,
    /// The word; zero where none was written.
    pub value: U256,
    /// The encodings of the nodes from the storage root to it.
    pub nodes: Vec<Vec<u8>>,
}

impl StateTrie {
    /// Proves an account and words of its storage in a version.
    #[must_use]
    pub fn prove(&self, root: &Root, address: &Address, slots: &[Slot]) -> AccountProof {
        let key = keccak256(address.0).0;
        let leaf = self.accounts.get(self.node(root), &key);
        let storage = leaf.map_or(NodeId::EMPTY, Leaf::storage);
        let prove_slot = |slot: &Slot| {
            let key = keccak256(slot.0).0;
            SlotProof {
                slot: *slot,
                value: self.slots.get(storage, &key).map_or(U256::ZERO, |word| word.0),
                nodes: self.slots.prove(storage, &key),
            }
        };
        AccountProof {
            account: leaf.map(Leaf::account),
            nodes: self.accounts.prove(self.node(root), &key),
            slots: slots.iter().map(prove_slot).collect(),
        }
    }
}
